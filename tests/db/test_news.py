"""What PostgreSQL says of changed studies reaches whoever asks, and a lost line is noticed and found again."""

import time

import psycopg
import pytest

from consent.record import Purpose
from db.consent_store import PgConsentStore
from db.errors import ChangeRefused
from db.news import News
from db.study_store import PgStudyStore
from tests.builders import NOW, PATIENT_ID, STUDY_UID, a_consent, a_study, an_event, vitals
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment
from triage.worklist import Claim

RANKED = Assessment(Urgency.STAT, ("why",))


@pytest.fixture
def news(addresses):
    made = News(addresses.app_url).start()
    assert made.wait(5)
    yield made
    made.close()


def until(answers, seconds=2.0):
    """Wait for something as long as a screen may take to show it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers():
            return True
        time.sleep(0.01)
    return False


CHANGES = {
    "a claim": (PgStudyStore, lambda s: s.claim(STUDY_UID, Claim("ada", NOW), an_event())),
    "a move": (PgStudyStore, lambda s: s.move(STUDY_UID, Status.RECEIVED, Status.IDENTIFIED, "", an_event())),
    "a place": (PgStudyStore, lambda s: s.save_assessment(STUDY_UID, RANKED, an_event())),
    "vitals": (PgStudyStore, lambda s: s.add_vitals(STUDY_UID, vitals(), an_event())),
    "a consent": (PgConsentStore, lambda s: s.sign(a_consent(consent_id="c2"), an_event())),
    "a withdrawal": (
        PgConsentStore,
        lambda s: s.withdraw(PATIENT_ID, Purpose.AI_READING, NOW, an_event()),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_change_of_an_open_study_is_told_with_its_uid_alone(database, addresses, what):
    store, change = CHANGES[what]
    PgStudyStore(database).add_study(a_study(), Assessment(Urgency.ROUTINE, ("why",)), an_event())
    PgConsentStore(database).sign(a_consent(), an_event())
    with psycopg.connect(addresses.app_url, autocommit=True) as listening:
        listening.execute("LISTEN worklist")
        change(store(database))
        told = list(listening.notifies(timeout=2, stop_after=1))
    assert [notice.payload for notice in told] == [STUDY_UID]


def test_a_new_study_is_heard_and_a_rolled_back_one_is_not(news, database):
    studies, before = PgStudyStore(database), news.heard

    def twice():
        with database.together():
            studies.add_study(a_study(), RANKED, an_event())
            studies.add_study(a_study(), RANKED, an_event())

    with pytest.raises(ChangeRefused):
        twice()
    time.sleep(0.2)
    assert news.heard == before
    studies.add_study(a_study(), RANKED, an_event())
    assert until(lambda: news.heard > before)


def test_a_lost_line_is_noticed_and_found_again(news, addresses):
    before = news.heard
    with psycopg.connect(addresses.app_url, autocommit=True) as same_role:
        same_role.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
    assert until(lambda: news.heard > before, 5)  # whatever was missed meanwhile is asked again
    assert news.listening


def test_without_a_database_nothing_is_heard_and_nothing_breaks(tmp_path):
    silent = News(f"postgresql://nobody@/nothing?host={tmp_path}").start()
    assert not silent.wait(0.2)
    assert (silent.heard, silent.listening) == (0, False)
    silent.close()
