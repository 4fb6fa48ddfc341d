"""Studies at the places where the tests of their way begin."""

import pytest

from tests.builders import STUDY_UID
from tests.fakes import ScriptedReader
from tests.triage.given import allow, receive, status
from triage import flow
from triage.status import Status


@pytest.fixture
def reader(clock):
    return ScriptedReader(clock)


@pytest.fixture
def received(house):
    receive(house)
    return house


@pytest.fixture
def ranked(received, reader):
    """Read, ranked and drafted."""
    allow(received)
    flow.first_read(received, reader, STUDY_UID)
    assert status(received) is Status.RANKED
    return received
