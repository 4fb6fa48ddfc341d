import pytest
from starlette.testclient import TestClient

from consent import errors as consent_errors
from dashboard.api import errors
from db import errors as db_errors
from tests.dashboard.api.conftest import As
from triage import errors as triage_errors


def kinds():
    for module in (consent_errors, triage_errors, db_errors, errors):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == module.__name__:
                yield kind


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_error_of_ours_has_a_status_that_is_no_accident(kind: type[Exception]):
    assert 400 <= errors.status_of(kind("A sentence.")) < 600
    assert any(issubclass(kind, handled) for handled in errors.HANDLERS)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (triage_errors.NotPermitted, 403),
        (consent_errors.ConsentDenied, 403),
        (triage_errors.UnknownStudy, 404),
        (triage_errors.AlreadySigned, 409),
        (errors.TooLarge, 413),
        (triage_errors.BadVitals, 422),
        (errors.TooMany, 429),
        (db_errors.DatabaseUnavailable, 503),
        (db_errors.FileMissing, 404),
    ],
)
def test_the_table(kind: type[Exception], status: int):
    assert errors.status_of(kind("A sentence.")) == status


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/studies/1", "/api/uploads/x"])
def test_an_unknown_address_is_404_in_json_and_never_the_page(
    clinician: TestClient, signed_in: As, path: str
):
    for method in ("GET", "POST", "DELETE"):
        answer = clinician.request(method, path)
        assert (answer.status_code, set(answer.json())) == (404, {"error"})
        assert signed_in().request(method, path).status_code == 401
