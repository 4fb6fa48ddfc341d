import pytest

from db.audit_trail import PgAuditTrail
from db.words import PgWordStream
from tests.builders import STUDY_UID
from triage.reading import Style


@pytest.fixture
def words(database):
    return PgWordStream(database)


def test_the_text_stands_as_it_was_last_put(words):
    for text in ("A", "A film", "A film of the chest"):
        words.put(STUDY_UID, Style.BRIEF, text)
    words.put(STUDY_UID, Style.BULLET, "• one")
    assert words.get(STUDY_UID) == {Style.BRIEF: "A film of the chest", Style.BULLET: "• one"}


def test_each_study_has_its_own_words(words):
    words.put("1", Style.BRIEF, "one")
    words.put("2", Style.BRIEF, "two")
    words.clear("1")
    assert words.get("1") == {}
    assert words.get("2") == {Style.BRIEF: "two"}


def test_clearing_nothing_is_no_error(words):
    words.clear("1.2.3")


def test_words_are_no_record(words, database):
    words.put(STUDY_UID, Style.BRIEF, "A")
    words.clear(STUDY_UID)
    assert PgAuditTrail(database).head().events == 0
