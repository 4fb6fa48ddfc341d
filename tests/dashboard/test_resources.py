import secrets
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard import resources
from dashboard.resources import Resources
from dashboard.settings import Settings, SettingsError
from db.connection import Database
from db.sign_in_store import SignInStore
from tests.builders import NOW, a_person, an_event
from tests.conftest import Addresses
from triage.ports import House


@pytest.fixture
def environment(addresses: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What `firstread serve` finds in its environment, and a process that has opened nothing yet."""
    said = {
        "FIRSTREAD_HOME": str(tmp_path),
        "FIRSTREAD_DATABASE_URL": addresses.app_url,
        "FIRSTREAD_COOKIE_SECRET": secrets.token_hex(32),
        "FIRSTREAD_OIDC_METADATA_URL": "http://127.0.0.1:1/.well-known/openid-configuration",
        "FIRSTREAD_OIDC_CLIENT_ID": "firstread",
        "FIRSTREAD_OIDC_CLIENT_SECRET": "s",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(resources, "_opened", None)
    yield
    if resources._opened is not None:
        resources._opened.news.close()
        resources._opened.house.studies._database.close()


@pytest.mark.usefixtures("environment")
def test_the_house_is_opened_once_whoever_asks_first():
    found: list[House] = []
    askers = [threading.Thread(target=lambda: found.append(resources.house())) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len({id(house) for house in found}) == 1
    assert resources.settings().url == "http://127.0.0.1:8501"
    assert set(resources.checks()) == {"database", "files", "queue"}
    for check in resources.checks().values():
        check()


@pytest.mark.usefixtures("environment")
def test_nothing_opens_before_somebody_can_sign_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FIRSTREAD_OIDC_CLIENT_SECRET")
    with pytest.raises(SettingsError, match="FIRSTREAD_OIDC_CLIENT_SECRET"):
        resources.house()
    assert resources._opened is None


def test_another_house_stands_in_for_as_long_as_the_block(house: House, database: Database):
    made = Resources(Settings(Path("/")), house, SignInStore(database))
    before = resources._opened
    with resources.use(made):
        assert resources.house() is house
        assert resources.sign_ins() is made.sign_ins
    assert resources._opened is before


class Heard:
    """News as a screen asks it."""

    heard, listening = 7, True


def test_the_worklist_is_asked_when_something_was_heard_and_by_the_clock_while_nobody_listens(
    house: House, database: Database, tmp_path: Path
):
    settings, sign_ins, news = Settings(tmp_path, demo=True), SignInStore(database), Heard()
    with resources.use(Resources(settings, house, sign_ins, news=news)):
        assert resources.worklist_stamp(NOW) == resources.worklist_stamp(NOW + timedelta(hours=1)) == 7
        news.heard = 8
        assert resources.worklist_stamp(NOW) == 8
        news.listening = False
        assert resources.worklist_stamp(NOW) == resources.worklist_stamp(NOW + timedelta(seconds=1.9))
        assert resources.worklist_stamp(NOW) != resources.worklist_stamp(NOW + timedelta(seconds=2))
    with resources.use(Resources(settings, house, sign_ins)):
        assert resources.worklist_stamp(NOW) != resources.worklist_stamp(NOW + timedelta(seconds=2))


def test_colleagues_are_asked_for_once_a_minute(house: House, database: Database, tmp_path: Path) -> None:
    sign_ins, minute = SignInStore(database), timedelta(minutes=1)
    with resources.use(Resources(Settings(tmp_path), house, sign_ins)):
        sign_ins.open("1", a_person(), NOW, an_event())
        assert resources.names(NOW) == {a_person().subject: a_person().name}
        sign_ins.open("2", a_person(subject="tom", name="Dr. Tom"), NOW, an_event())
        assert "tom" not in resources.names(NOW)
        assert "tom" in resources.names(NOW + minute)
        assert resources.clinicians(NOW + resources.COLLEAGUE_FOR + minute) == ()
