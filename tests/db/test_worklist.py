"""The list on the screen: filters, counts, and who a study can be given to."""

import threading
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.worklist_filling import fill
from consent.record import PatientId, Purpose
from db import entries
from db.consent_store import PgConsentStore
from db.sign_in_store import SignInStore
from db.study_store import PgStudyStore
from db.worklist import PgWorklist
from tests.builders import NOW, a_consent, a_patient, a_person, a_study, an_event
from triage import hold
from triage.errors import NotPermitted, StudyHeld
from triage.levels import SHIPPED
from triage.listing import Filter, Held, Stage
from triage.permission import Person, Role
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment
from triage.worklist import HELD_FOR, Claim

TOM = Person("tom", "Dr. Tomas Okoye", frozenset({Role.CLINICIAN}))


@pytest.fixture
def studies(database):
    return PgStudyStore(database)


@pytest.fixture
def store(database):
    return PgWorklist(database)


def add(
    studies, uid, urgency=Urgency.ROUTINE, *, received_at=NOW, modality="DX", name="Vale^Maren", patient="P-1"
):
    study = a_study(
        study_uid=uid,
        received_at=received_at,
        studied_at=received_at,
        modality=modality,
        patient=a_patient(patient_id=PatientId(patient, "Ward 7"), name=name),
    )
    gives_way = SHIPPED.gives_way(urgency, ai_negative=False)
    studies.add_study(study, Assessment(urgency, ("a reason",), False, gives_way), an_event())


def uids(lines):
    return [line.entry.study.study_uid for line in lines]


def listed(store, only, *, limit=100, after=None, subject="ada", at=NOW):
    return uids(store.page(only, limit, after, subject, at))


# ── filters ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def filled(store, studies):
    add(studies, "1", Urgency.STAT, modality="CR")
    add(studies, "2", Urgency.ASAP, received_at=NOW - timedelta(hours=3))
    add(studies, "3", Urgency.ROUTINE, received_at=NOW - timedelta(days=3), name="Otter^Jo")
    add(studies, "4", Urgency.STAT, received_at=NOW - timedelta(minutes=20))
    add(studies, "5", Urgency.STAT)
    studies.move("2", Status.RECEIVED, Status.RANKED, "", an_event())
    studies.move("3", Status.RECEIVED, Status.UNRANKED, "No consent.", an_event())
    studies.move("5", Status.RECEIVED, Status.SIGNED, "", an_event())
    studies.claim("1", Claim("ada", NOW + HELD_FOR), an_event(agent="ada"))
    studies.claim("2", Claim("tom", NOW + HELD_FOR), an_event(agent="tom"))
    studies.claim("4", Claim("tom", NOW), an_event(agent="tom"))
    return store


FILTERS = [
    (Filter(), ["4", "1", "2", "3"]),
    (Filter(urgencies=frozenset({Urgency.STAT})), ["4", "1"]),
    (Filter(urgencies=frozenset({Urgency.STAT, Urgency.ROUTINE})), ["4", "1", "3"]),
    (Filter(modality="CR"), ["1"]),
    (Filter(modality="MG"), []),
    (Filter(stage=Stage.WAITING), ["4", "1"]),
    (Filter(stage=Stage.READ), ["2"]),
    (Filter(stage=Stage.PERSON), ["3"]),
    (Filter(held=Held.ME), ["1"]),
    (Filter(held=Held.NOBODY), ["4", "3"]),
    (Filter(arrived_within=timedelta(hours=1)), ["4", "1"]),
    (Filter(arrived_within=timedelta(days=1)), ["4", "1", "2"]),
    (Filter(search="otter"), ["3"]),
    (Filter(search="vale", urgencies=frozenset({Urgency.STAT}), held=Held.NOBODY), ["4"]),
    (Filter(search="\0", modality="\0CR"), ["1"]),
]


@pytest.mark.parametrize("few", [5_000, 0], ids=["sorted", "walked"])
@pytest.mark.parametrize(("only", "found"), FILTERS)
def test_each_filter_leaves_what_it_says_in_reading_order(filled, monkeypatch, only, found, few):
    """However many match: a handful that is sorted, or so many that the list is walked in order."""
    monkeypatch.setattr(entries, "_FEW", few)
    assert listed(filled, only) == found


@pytest.mark.parametrize("few", [5_000, 0], ids=["sorted", "walked"])
@pytest.mark.parametrize(("only", "found"), FILTERS)
def test_pages_of_a_filtered_list_join(filled, monkeypatch, only, found, few):
    monkeypatch.setattr(entries, "_FEW", few)
    paged, after = [], None
    while part := filled.page(only, 1, after, "ada", NOW):
        paged += uids(part)
        after = part[-1].entry.place
    assert paged == found


def test_a_line_says_what_its_patient_allowed_at_that_moment(store, studies, database):
    consents = PgConsentStore(database)
    for uid, patient in (("1", "P-YES"), ("2", "P-NO"), ("3", "P-SILENT"), ("4", "P-ENDED")):
        add(studies, uid, patient=patient)
    for patient, yes, ends in (("P-YES", True, None), ("P-NO", False, None), ("P-ENDED", True, NOW)):
        who, answers = PatientId(patient, "Ward 7"), {Purpose.AI_READING: yes, Purpose.TRAINING: not yes}
        consents.sign(a_consent(who, answers, consent_id=f"c-{patient}", ends_at=ends), an_event())
    answers = {line.entry.study.study_uid: line.consent for line in store.page(Filter(), 9, None, "ada", NOW)}
    assert answers == {"1": True, "2": False, "3": None, "4": None}


# ── counts ────────────────────────────────────────────────────────────────────────────────────────────

steps = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "rank", "sign", "claim"]), st.integers(0, 5), st.sampled_from(Urgency)
    ),
    max_size=14,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_the_counts_are_those_of_the_list_whatever_happens(database, owner, made):
    studies, store = PgStudyStore(database), PgWorklist(database)
    owner.execute("DELETE FROM status_change; DELETE FROM instance; DELETE FROM study")
    for what, number, urgency in made:
        uid = f"1.2.{number}"
        entry = studies.find(uid)
        if entry is None:
            add(studies, uid, urgency)
        elif what == "rank":
            studies.save_assessment(uid, Assessment(urgency, ("because",)), an_event())
        elif what == "claim" and entry.status is Status.RECEIVED:
            studies.claim(uid, Claim("test", NOW), an_event())
        elif what == "sign" and entry.status is Status.RECEIVED:
            studies.move(uid, Status.RECEIVED, Status.SIGNED, "", an_event())
    seen = [line.entry for line in store.page(Filter(), 100, None, "ada", NOW)]
    counted = store.waiting()
    assert counted.total == len(seen)
    for level in Urgency:
        assert counted.counts[level] == sum(e.assessment.urgency is level for e in seen)
    assert counted.since == min((e.study.received_at for e in seen), default=None)


def test_the_application_cannot_change_the_counts(store, addresses):
    with (
        psycopg.connect(addresses.app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("UPDATE open_count SET studies = 0")


def test_each_modality_of_an_open_study_is_named_once(filled, studies):
    add(studies, "9", modality="MG")
    studies.move("9", Status.RECEIVED, Status.SIGNED, "", an_event())
    assert filled.modalities() == ("CR", "DX")


PLANS = {
    "urgency = 3": "study_urgency",
    "modality = 'RF'": "study_modality",
    "stage = 'person' AND due_at > now() + interval '15 days'": "study_stage",
    "claimed_by = 'ada'": "study_claimed",
    "accession_number LIKE 'A-100123%'": "study_accession_open",
}


@pytest.mark.usefixtures("own_database")
def test_an_index_serves_each_filter(addresses):
    """No filter may end in looking at every open study; as the planner sees it with some thousands on file."""
    fill(addresses.owner_url, 4000)
    said = {}
    with psycopg.connect(addresses.app_url) as connection:
        connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        for asked in PLANS:
            order = "" if "LIKE" in asked or "claimed" in asked else "ORDER BY due_at, study_uid"
            plan = connection.execute(f"EXPLAIN SELECT * FROM study WHERE waiting AND {asked} {order}")  # noqa: S608
            said[asked] = "\n".join(row[0] for row in plan)
    assert [asked for asked, plan in said.items() if PLANS[asked] not in plan or "Sort" in plan] == [], said


# ── in whose hands ────────────────────────────────────────────────────────────────────────────────────


def test_who_ever_signed_in_as_a_clinician_can_be_given_a_study(store, database):
    sign_ins, admin = SignInStore(database), a_person(Role.ADMINISTRATOR)
    for number, person in enumerate(
        (TOM, admin, a_person(), Person("ex", "Ex", frozenset({Role.CLINICIAN})))
    ):
        sign_ins.open(f"s{number}", person, NOW, an_event())
    sign_ins.open("later", Person("ex", "Ex", frozenset({Role.ADMINISTRATOR})), NOW + HELD_FOR, an_event())
    assert [person.subject for person in store.clinicians(NOW)] == ["clinician@demo", "tom"]
    assert store.clinicians(NOW + HELD_FOR) == ()


def test_who_signs_in_often_is_found_by_the_last_time(owner):
    owner.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    asked = "SELECT DISTINCT ON (subject) * FROM sign_in WHERE signed_in_at >= now() ORDER BY subject, signed_in_at DESC"
    plan = "\n".join(row[0] for row in owner.execute(f"EXPLAIN {asked}").fetchall())
    owner.execute("RESET enable_seqscan; RESET enable_bitmapscan")
    assert "sign_in_latest" in plan
    assert "Sort" not in plan


def test_what_nobody_holds_is_counted_by_level(store, studies):
    add(studies, "1", Urgency.STAT)
    add(studies, "2", Urgency.STAT)
    add(studies, "3", Urgency.STAT)
    add(studies, "4", Urgency.ASAP)
    assert store.unheld(Urgency.STAT, NOW) == 3
    studies.claim("1", Claim("tom", NOW + HELD_FOR), an_event())
    studies.move("2", Status.RECEIVED, Status.SIGNED, "", an_event())
    assert (store.unheld(Urgency.STAT, NOW), store.unheld(Urgency.ROUTINE, NOW)) == (1, 0)
    assert store.unheld(Urgency.STAT, NOW + HELD_FOR) == 2


def test_what_is_given_to_a_colleague_is_theirs_until_it_lapses(house, studies, clock):
    add(studies, "1")
    hold.assign(house, "1", a_person(), TOM)
    assert house.studies.entry("1").claim == Claim("tom", NOW + HELD_FOR)
    with pytest.raises(StudyHeld):
        hold.claim(house, "1", a_person())
    (latest,) = house.audit.latest(1)
    assert (latest.event.agent, latest.event.action, latest.event.detail) == (
        "clinician@demo",
        "assign",
        "to tom",
    )
    hold.release(house, "1", TOM)
    hold.assign(house, "1", TOM, TOM)
    clock.advance(HELD_FOR.total_seconds())
    hold.claim(house, "1", a_person())
    assert house.studies.entry("1").claim.subject == "clinician@demo"


def test_nobody_gives_away_what_another_holds_or_to_whom_may_not_read(house, studies):
    add(studies, "1")
    hold.claim(house, "1", TOM)
    with pytest.raises(StudyHeld):
        hold.assign(house, "1", a_person(), a_person())
    with pytest.raises(NotPermitted, match="Robin Hale may not read"):
        hold.assign(house, "1", TOM, a_person(Role.ADMINISTRATOR))
    with pytest.raises(NotPermitted):
        hold.assign(house, "1", a_person(Role.ADMINISTRATOR), TOM)
    assert house.studies.entry("1").claim.subject == "tom"


def test_those_who_ask_for_the_next_study_at_once_never_get_the_same(house, studies):
    for number in range(6):
        add(studies, f"1.2.{number}")
    readers = [Person(f"reader {n}", f"Reader {n}", frozenset({Role.CLINICIAN})) for n in range(8)]
    start, taken = threading.Barrier(len(readers)), {}

    def ask(reader):
        start.wait()
        taken[reader.subject] = hold.claim_next(house, reader, Filter())

    threads = [threading.Thread(target=ask, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = [uid for uid in taken.values() if uid]
    assert sorted(got) == [f"1.2.{n}" for n in range(6)]
    for subject, uid in taken.items():
        assert uid is None or house.studies.entry(uid).claim.subject == subject


def test_the_next_study_is_the_first_of_the_list_that_nobody_else_holds(house, filled):
    assert hold.claim_next(house, TOM, Filter()) == "4"
    assert hold.claim_next(house, a_person(), Filter(urgencies=frozenset({Urgency.STAT}))) is None
    assert hold.claim_next(house, a_person(), Filter()) == "3"
