from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from consent.record import PatientId
from db.connection import Database
from db.study_store import PgStudyStore
from tests.builders import NOW, a_patient, a_study, an_event, an_instance, vitals
from triage.levels import SHIPPED
from triage.status import OPEN, Status
from triage.study import Urgency
from triage.urgency import Assessment
from triage.worklist import Claim


@pytest.fixture
def store(database):
    return PgStudyStore(database)


def add(store, uid, urgency=Urgency.ROUTINE, *, ai_negative=False, received_at=NOW, **changes):
    study = a_study(study_uid=uid, received_at=received_at, studied_at=received_at, **changes)
    gives_way = SHIPPED.gives_way(urgency, ai_negative=ai_negative)
    store.add_study(study, Assessment(urgency, ("a reason",), ai_negative, gives_way), an_event())


def uids(entries):
    return [entry.study.study_uid for entry in entries]


# ── order ─────────────────────────────────────────────────────────────────────────────────────────────

studies = st.lists(
    st.tuples(
        st.text(alphabet="0123456789.aZ_é漢", min_size=1, max_size=6),
        st.sampled_from(Urgency),
        st.booleans(),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=14,
    unique_by=lambda study: study[0],
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(studies, st.sampled_from([2, 5, 9]))
def test_the_order_is_that_of_place_and_the_pages_join(database: Database, made, page):
    """PostgreSQL sorts exactly as Python does, whatever stands in a UID and however the pages are cut."""
    store = PgStudyStore(database)
    known = set(uids(store.worklist(10_000)))
    with database.together():
        for uid, urgency, negative, microseconds in made:
            if uid not in known:
                at = NOW + timedelta(microseconds=microseconds)
                add(store, uid, urgency, ai_negative=negative, received_at=at)
    whole = store.worklist(10_000)
    assert set(uids(whole)) == known | {study[0] for study in made}
    assert whole == sorted(whole, key=lambda entry: entry.place)
    paged, after = [], None
    while part := store.worklist(page, after):
        assert len(part) <= page
        paged += part
        after = part[-1].place
    assert paged == whole


def test_nobody_starves_urgency_outweighs_waiting_until_a_study_is_due(store):
    """What is overdue stands before a STAT that came later; what is not yet due stands behind it."""
    add(store, "overdue", received_at=NOW - timedelta(days=22))
    add(store, "nearly", received_at=NOW - timedelta(days=20))
    add(store, "stat", Urgency.STAT)
    add(store, "asap", Urgency.ASAP, received_at=NOW - timedelta(hours=23))
    assert uids(store.worklist(10)) == ["overdue", "stat", "asap", "nearly"]


def test_urgency_then_what_the_model_did_not_call_negative_then_waiting_time(store):
    add(store, "routine")
    add(store, "negative", ai_negative=True, received_at=NOW - timedelta(days=2))
    add(store, "stat", Urgency.STAT, received_at=NOW + timedelta(hours=1))
    add(store, "urgent negative", Urgency.URGENT, ai_negative=True)
    add(store, "waited", received_at=NOW - timedelta(hours=5))
    assert uids(store.worklist(10)) == ["stat", "urgent negative", "waited", "routine", "negative"]


def test_a_page_begins_after_a_place_even_when_its_study_is_gone(store):
    for uid in ("1", "2", "3"):
        add(store, uid)
    after = store.worklist(1)[0].place
    for uid in ("1", "2"):
        store.move(uid, Status.RECEIVED, Status.SIGNED, "", an_event())
    assert uids(store.worklist(5, after)) == ["3"]


@pytest.mark.parametrize("status", Status)
def test_a_study_is_on_the_worklist_until_it_is_signed(store, status):
    add(store, "1.2.3")
    if status is not Status.RECEIVED:
        store.move("1.2.3", Status.RECEIVED, status, "", an_event())
    assert uids(store.worklist(5)) == (["1.2.3"] if status in OPEN else [])
    assert uids(store.finished(5)) == ([] if status in OPEN else ["1.2.3"])


def test_the_latest_signed_study_comes_first(store):
    for minutes, uid in enumerate(("first", "second", "third")):
        add(store, uid)
        event = an_event(recorded_at=NOW + timedelta(minutes=minutes))
        store.move(uid, Status.RECEIVED, Status.SIGNED, "", event)
    assert uids(store.finished(2)) == ["third", "second"]


@pytest.mark.parametrize("typed", ["A-07", "P-0007", "vale"])
def test_of_twenty_six_signed_studies_each_is_found(store, typed):
    for number in range(26):
        known = {"patient": a_patient(patient_id=PatientId(f"P-{number:04}", "Ward 7"), name="Otter^Jo")}
        if number == 7:
            known = {"patient": a_patient(patient_id=PatientId("P-0007", "Ward 7"), name="Vale^Maren")}
        add(store, f"1.2.{number}", accession_number=f"A-{number:02}", **known)
        moment = NOW + timedelta(minutes=number)
        store.move(f"1.2.{number}", Status.RECEIVED, Status.SIGNED, "", an_event(recorded_at=moment))
    assert len(store.finished(26)) == 26
    assert uids(store.finished(25, search=typed)) == ["1.2.7"]
    assert store.worklist(5, search=typed) == []


def test_the_worklist_s_index_serves_its_order(store, owner):
    """Sorting every open study for each look would not last."""
    add(store, "1.2.3")
    owner.execute("SET enable_seqscan = off")
    owner.execute("SET enable_sort = off")
    plan = owner.execute(
        "EXPLAIN SELECT * FROM study WHERE waiting AND (due_at, study_uid) > (now(), 'x') "
        "ORDER BY due_at, study_uid LIMIT 50"
    ).fetchall()
    text = "\n".join(row[0] for row in plan)
    assert "Index Scan using study_place" in text
    assert "Sort" not in text


# ── search ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def searched(store):
    add(store, "1", accession_number="A-100", patient=a_patient(name="Vale^Maren"))
    add(store, "2", accession_number="A-1001", patient=a_patient(name="Öztürk^İpek"))
    other = a_patient(patient_id=PatientId("P-2", "Ward 7"), name="O'Neil^100%_sure")
    add(store, "3", accession_number="B-100", patient=other)
    return store


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("A-100", ["1", "2"]),
        ("A-1001", ["2"]),
        ("-100", ["3"]),
        ("mar", ["1"]),
        ("aren", []),
        ("vale mar", ["1"]),
        ("mar vale", ["1"]),
        ("vale ip", []),
        ("o neil", ["3"]),
        ("a-100", []),
        ("P-2", ["3"]),
        ("P-100", []),
        ("P-1001", ["1", "2"]),
        ("maren", ["1"]),
        ("VALE", ["1"]),
        ("öztürk", ["2"]),
        ("  vale  ", ["1"]),
        ("", ["1", "2", "3"]),
        ("   ", ["1", "2", "3"]),
        ("%", []),
        ("_", []),
        ("100%_", ["3"]),
        ("\\", []),
        ("'; DROP TABLE study; --", []),
        ("O'Neil", ["3"]),
        ("\0", ["1", "2", "3"]),
        ("\udcff", []),
        ("no such", []),
    ],
)
def test_a_search_takes_the_beginning_of_an_order_a_patient_number_or_words_of_a_name(searched, typed, found):
    assert uids(searched.worklist(10, search=typed)) == found


def test_a_search_goes_page_by_page_too(searched):
    first = searched.worklist(1, search="A-")
    assert uids(first) == ["1"]
    assert uids(searched.worklist(1, first[0].place, "A-")) == ["2"]


# ── what a line shows ─────────────────────────────────────────────────────────────────────────────────


def test_a_line_shows_everything_that_belongs_to_its_study_and_nothing_of_another(store):
    for number, uid in enumerate(("1", "2")):
        add(store, uid, received_at=NOW + timedelta(hours=number))
        store.add_instance(uid, an_instance(sop_instance_uid=f"{uid}.9", view="LL"), an_event())
        store.add_vitals(uid, vitals(spo2_pct=90.0 + number), an_event())
    store.claim("2", Claim("clinician@demo", NOW), an_event())
    store.move("2", Status.RECEIVED, Status.UNRANKED, "No consent.", an_event())
    one, two = store.worklist(5)
    assert [i.sop_instance_uid for i in one.study.instances] == ["1.1.1", "1.9"]
    assert [i.sop_instance_uid for i in two.study.instances] == ["2.1.1", "2.9"]
    assert (one.vitals.values, two.vitals.values) == ({"spo2_pct": 90.0}, {"spo2_pct": 91.0})
    assert (one.claim, two.claim) == (None, Claim("clinician@demo", NOW))
    assert (one.status_reason, two.status_reason) == ("", "No consent.")
    assert (one.priors, two.priors) == (0, 1)
    assert one == store.entry("1")
    assert two == store.entry("2")


def test_the_latest_measurement_counts_by_its_own_time(store):
    add(store, "1")
    for minutes, value in ((30, 91.0), (10, 95.0), (20, 93.0), (10, 96.0)):
        store.add_vitals("1", vitals(NOW - timedelta(minutes=minutes), spo2_pct=value), an_event())
    assert store.entry("1").vitals.values == {"spo2_pct": 96.0}
    assert [v.values["spo2_pct"] for v in store.vitals("1")] == [91.0, 93.0, 95.0, 96.0]


def test_a_page_is_five_questions_however_long_it_is(store, database):
    for number in range(12):
        add(store, f"1.{number}")
    asked = []
    engine = database._engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    store.worklist(3)
    short = len(asked)
    store.worklist(12)
    assert len(asked) - short == short <= 5
