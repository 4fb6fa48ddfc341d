"""The log says where something happened, and nothing about a patient."""

import logging
import stat

import pytest

from dashboard import logbook

CANARY = "Canary^Kestrel 1960-02-29"


@pytest.fixture
def log():
    """The root logger as it was, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:], root.level = handlers, level


def broken():
    raise ValueError(CANARY)


def test_an_unexpected_failure_is_noted_under_an_id_without_its_words(tmp_path):
    try:
        broken()
    except ValueError as error:
        sentence = logbook.note(tmp_path, error)
    written = (tmp_path / "log" / "firstread.log").read_text("utf-8")
    number = sentence.rstrip(".").split()[-1]
    assert number in written
    assert "ValueError" in written
    assert "test_logbook.py" in written
    assert CANARY not in written + sentence


def test_a_log_nobody_can_write_is_still_a_sentence(tmp_path):
    (tmp_path / "log").write_text("in the way")
    assert "cannot be written" in logbook.note(tmp_path, ValueError())


def test_a_log_file_is_for_its_owner_alone(tmp_path):
    assert stat.S_IMODE(logbook.log_path(tmp_path, "web").stat().st_mode) == 0o600


def test_a_logged_exception_loses_its_words(tmp_path, log):
    logbook.open_log(tmp_path, "web")
    try:
        broken()
    except ValueError:
        logging.getLogger("somewhere").exception("a job failed")
    written = (tmp_path / "log" / "web.log").read_text("utf-8")
    assert "a job failed" in written
    assert "ValueError at" in written
    assert CANARY not in written
