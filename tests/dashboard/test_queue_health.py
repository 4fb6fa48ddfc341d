"""The worker's container is well when the database answers and the queue moves."""

from datetime import timedelta

import pytest

from dashboard import queue_health
from tests.builders import a_study
from triage import flow


@pytest.fixture
def environment(addresses, tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", addresses.app_url)


def test_an_empty_queue_is_well(environment):
    assert queue_health.main() == 0


def test_a_queue_that_nobody_works_on_is_not(environment, house, monkeypatch, capsys):
    flow.receive(house, a_study(), None, "ada")
    monkeypatch.setattr(queue_health, "LONGEST", timedelta(0))
    assert queue_health.main() == 1
    assert "firstread worker" in capsys.readouterr().err


def test_a_silent_database_is_not(monkeypatch, capsys):
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert queue_health.main() == 1
    assert capsys.readouterr().err.count("\n") == 1
