from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from dashboard import intake, resources
from dashboard.resources import Resources
from db import health as database_health
from db.connection import Database
from db.errors import QueueStuck, StorageError
from db.files import FileStore
from tests.conftest import Addresses
from tests.dashboard.api.conftest import As
from tests.films import a_film
from triage.ports import House


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


def test_req_59_a_queue_nobody_works_on_is_not_ready(house: House, database: Database, addresses: Addresses):
    database_health.check_queue(database, timedelta(0))
    intake.take_file(house, "a.dcm", a_film("A-1"), agent="test")
    database_health.check_queue(database, timedelta(minutes=10))
    with psycopg.connect(addresses.owner_url) as owner:
        owner.execute("UPDATE procrastinate_events SET at = at - interval '11 minutes'")
    with pytest.raises(QueueStuck, match="waited 11 minutes"):
        database_health.check_queue(database, timedelta(minutes=10))


def test_req_59_files_that_cannot_be_kept_are_not_ready(house: House, tmp_path: Path, monkeypatch):
    resources.check_files(house, str(tmp_path))
    monkeypatch.setattr(resources, "LEAST_FREE", 10**18)
    with pytest.raises(StorageError, match="make room"):
        resources.check_files(house, str(tmp_path))
    monkeypatch.undo()
    blocked = tmp_path / "a file where the folder should be"
    blocked.write_bytes(b"")
    with pytest.raises(StorageError):
        resources.check_files(replace(house, files=FileStore(blocked)), str(tmp_path))
