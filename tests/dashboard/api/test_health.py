from dataclasses import replace

from dashboard import resources
from dashboard.resources import Resources
from db import health as database_health
from db.connection import Database
from tests.dashboard.api.conftest import As


def test_req_59_alive_says_nothing_else(signed_in: As):
    assert signed_in().get("/healthz").json() == {"alive": True}


def test_req_59_ready_asks_the_database(signed_in: As):
    answer = signed_in().get("/readyz")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    assert answer.json() == {"ready": True, "parts": {"database": {"ok": True, "reason": ""}}}


def test_req_59_an_unready_part_is_named_with_its_reason(opened: Resources, signed_in: As):
    nowhere = Database("postgresql://firstread_app:x@127.0.0.1:1/firstread")
    broken = replace(
        opened, checks={"files": lambda: None, "database": lambda: database_health.check(nowhere)}
    )
    with resources.use(broken):
        answer = signed_in().get("/readyz")
    nowhere.close()
    said = answer.json()
    assert (answer.status_code, said["ready"], said["parts"]["files"]["ok"]) == (503, False, True)
    assert "database" in said["parts"]["database"]["reason"]


def test_anybody_may_ask_so_the_database_is_asked_rarely(opened: Resources, signed_in: As):
    asked: list[int] = []
    with resources.use(replace(opened, checks={"database": lambda: asked.append(1)})):
        client = signed_in()
        for _ in range(20):
            assert client.get("/readyz").status_code == 200
    assert len(asked) == 1
