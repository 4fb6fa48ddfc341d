from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from consent.record import PatientId
from db.errors import ChangeRefused
from db.study_store import PgStudyStore
from tests.builders import NOW, PATIENT_ID, STUDY_UID, a_patient, a_study, an_event, an_instance, vitals
from triage.errors import AlreadySigned, MoveNotAllowed, StudyHeld, UnknownStudy
from triage.report import Report, ReportStatus, Verdict
from triage.status import Status
from triage.stores import Quarantined, StatusChange
from triage.study import Urgency
from triage.urgency import Assessment
from triage.vitals import Consciousness
from triage.worklist import Claim

PLACE = Assessment(Urgency.URGENT, ("ordered urgent", "because"))
REPORT = Report(1, ReportStatus.FINAL, "Normal.", Verdict.UNAIDED, "clinician@demo", NOW)
UNTIL = NOW + timedelta(minutes=20)


@pytest.fixture
def store(database):
    return PgStudyStore(database)


@pytest.fixture
def filed(store):
    store.add_study(a_study(), PLACE, an_event())
    return store


# ── arriving and finding ──────────────────────────────────────────────────────────────────────────────


def test_a_study_comes_back_as_it_arrived(filed):
    entry = filed.entry(STUDY_UID)
    assert entry.study == a_study()
    assert entry.assessment == PLACE
    assert entry.status is Status.RECEIVED
    assert (entry.vitals, entry.claim, entry.priors, entry.status_reason) == (None, None, 0, "")


def test_an_unknown_study_is_none_or_a_sentence(store):
    assert store.find("1.2.3") is None
    with pytest.raises(UnknownStudy, match="No study with this UID"):
        store.entry("1.2.3")


def test_images_keep_the_order_of_their_arrival(filed):
    for name in ("z", "a", "m"):
        filed.add_instance(STUDY_UID, an_instance(sop_instance_uid=name, view="LL"), an_event())
    assert [i.sop_instance_uid for i in filed.entry(STUDY_UID).study.instances][1:] == ["z", "a", "m"]
    assert filed.entry(STUDY_UID).study.frontal == an_instance()


def test_the_hash_of_an_image_is_known_by_its_uid(filed):
    assert filed.instance_sha256(an_instance().sop_instance_uid) == an_instance().sha256
    assert filed.instance_sha256("1.2.3") is None


def test_the_same_image_or_study_is_not_filed_twice(filed):
    with pytest.raises(ChangeRefused, match="study_pkey"):
        filed.add_study(a_study(), PLACE, an_event())
    with pytest.raises(ChangeRefused, match="instance_pkey"):
        filed.add_instance(STUDY_UID, an_instance(), an_event())
    with pytest.raises(ChangeRefused, match="instance_study_uid_fkey"):
        filed.add_instance("1.2.3", an_instance(sop_instance_uid="1.2.3.4"), an_event())


def test_an_order_leads_to_its_latest_study(store):
    for hours, uid in enumerate(("1", "2")):
        received = NOW + timedelta(hours=hours)
        store.add_study(
            a_study(study_uid=uid, accession_number="A-7", received_at=received), PLACE, an_event()
        )
    assert store.by_accession("A-7") == "2"
    assert store.by_accession("A-") is None


def test_an_order_number_that_two_patients_share_leads_to_neither(store):
    """Vitals from a table must not land on somebody else's study."""
    other = a_patient(patient_id=PatientId("P-1001", "Another house"))
    store.add_study(a_study(study_uid="1", accession_number="A-7"), PLACE, an_event())
    store.add_study(a_study(study_uid="2", accession_number="A-7", patient=other), PLACE, an_event())
    assert store.by_accession("A-7") is None


def test_what_is_on_file_about_a_patient(filed):
    married = a_patient(name="Quill^Maren")
    filed.add_study(a_study(study_uid="1", patient=married), PLACE, an_event())
    filed.add_study(a_study(study_uid="2", patient=married), PLACE, an_event())
    stranger = a_patient(patient_id=PatientId("P-1001", "Another house"))
    filed.add_study(a_study(study_uid="3", patient=stranger), PLACE, an_event())
    assert set(filed.patients(PATIENT_ID)) == {a_patient(), married}
    assert filed.patients(PATIENT_ID, without=STUDY_UID) == (married,)
    assert filed.patients(PatientId("P-9", "Ward 7")) == ()


def test_priors_are_earlier_studies_of_the_same_patient_the_latest_first(filed):
    for days, uid in ((-9, "old"), (-2, "recent"), (1, "later"), (0, "same time")):
        made = a_study(study_uid=uid, studied_at=a_study().studied_at + timedelta(days=days))
        filed.add_study(made, PLACE, an_event())
    assert [study.study_uid for study in filed.priors(STUDY_UID)] == ["recent", "old"]
    assert filed.entry(STUDY_UID).priors == 2
    assert filed.priors("old") == ()
    with pytest.raises(UnknownStudy):
        filed.priors("1.2.3")


def test_all_studies_of_a_patient_signed_ones_too(filed):
    filed.add_study(a_study(study_uid="signed"), PLACE, an_event())
    filed.move("signed", Status.RECEIVED, Status.SIGNED, "", an_event())
    stranger = a_patient(patient_id=PatientId("P-1001", "Another house"))
    filed.add_study(a_study(study_uid="stranger", patient=stranger), PLACE, an_event())
    assert sorted(filed.studies_of(PATIENT_ID)) == sorted((STUDY_UID, "signed"))


def test_files_kept_apart_the_latest_first(store):
    for number in range(3):
        file = Quarantined(f"film {number}.dcm", "Truncated.", "a" * 64, NOW)
        store.quarantine(file, an_event())
    assert [file.name for file in store.quarantined(2)] == ["film 2.dcm", "film 1.dcm"]


@pytest.mark.parametrize("name", ["film\0.dcm", "\udcff.dcm", "x" * 5000, "", "Zürich/漢字.dcm"])
def test_a_file_is_kept_apart_whatever_it_is_called(store, name):
    store.quarantine(Quarantined(name, "Truncated\0.", "a" * 64, NOW), an_event())
    (kept,) = store.quarantined(5)
    assert kept.reason == "Truncated."
    assert kept.name == name.replace("\0", "").replace("\udcff", "?")


# ── moving ────────────────────────────────────────────────────────────────────────────────────────────


def test_each_move_is_remembered_with_who_when_and_why(filed):
    later = NOW + timedelta(minutes=1)
    event = an_event(agent="worker", recorded_at=later)
    filed.move(STUDY_UID, Status.RECEIVED, Status.UNRANKED, "Another birth date.", event)
    entry = filed.entry(STUDY_UID)
    assert (entry.status, entry.status_reason) == (Status.UNRANKED, "Another birth date.")
    assert filed.history(STUDY_UID) == (
        StatusChange(Status.RECEIVED, NOW, "test", ""),
        StatusChange(Status.UNRANKED, later, "worker", "Another birth date."),
    )


def test_the_reason_belongs_to_the_last_move_alone(filed):
    filed.move(STUDY_UID, Status.RECEIVED, Status.UNRANKED, "No consent.", an_event())
    filed.move(STUDY_UID, Status.UNRANKED, Status.CONSENTED, "", an_event())
    assert filed.entry(STUDY_UID).status_reason == ""


def test_a_study_that_has_moved_on_is_not_moved(filed):
    filed.move(STUDY_UID, Status.RECEIVED, Status.IDENTIFIED, "", an_event())
    with pytest.raises(MoveNotAllowed, match="no longer received; somebody was faster"):
        filed.move(STUDY_UID, Status.RECEIVED, Status.UNRANKED, "", an_event())
    assert len(filed.history(STUDY_UID)) == 2


def test_of_many_who_move_at_once_one_succeeds(filed):
    def attempt(_number):
        try:
            filed.move(STUDY_UID, Status.RECEIVED, Status.IDENTIFIED, "", an_event())
        except MoveNotAllowed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1
    assert len(filed.history(STUDY_UID)) == 2


def test_a_place_is_saved_and_an_unknown_study_refused(filed):
    raised = Assessment(
        Urgency.ASAP, ("NEWS2 6",), ai_negative=True, gives_way=timedelta(days=21), levels="site 1"
    )
    filed.save_assessment(STUDY_UID, raised, an_event())
    assert filed.entry(STUDY_UID).assessment == raised
    assert filed.entry(STUDY_UID).place.due_at == a_study().received_at + timedelta(days=21)
    with pytest.raises(UnknownStudy):
        filed.save_assessment("1.2.3", raised, an_event())


# ── claiming ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_keeps_others_out_until_it_ends(filed):
    filed.claim(STUDY_UID, Claim("ada", UNTIL), an_event(agent="ada"))
    with pytest.raises(StudyHeld, match="was faster"):
        filed.claim(STUDY_UID, Claim("tomas", UNTIL), an_event(agent="tomas"))
    with pytest.raises(StudyHeld):
        filed.claim(STUDY_UID, None, an_event(agent="tomas"))
    assert filed.entry(STUDY_UID).claim == Claim("ada", UNTIL)
    filed.claim(STUDY_UID, Claim("tomas", UNTIL), an_event(agent="tomas", recorded_at=UNTIL))
    assert filed.entry(STUDY_UID).claim == Claim("tomas", UNTIL)


def test_a_claim_is_renewed_and_given_back_by_its_holder(filed):
    filed.claim(STUDY_UID, Claim("ada", NOW), an_event(agent="ada"))
    filed.claim(STUDY_UID, Claim("ada", UNTIL), an_event(agent="ada"))
    filed.claim(STUDY_UID, None, an_event(agent="ada"))
    assert filed.entry(STUDY_UID).claim is None


def test_an_unknown_study_is_held_by_nobody(store):
    with pytest.raises(UnknownStudy):
        store.claim("1.2.3", Claim("ada", UNTIL), an_event())


def test_of_many_who_claim_at_once_one_holds(filed):
    def attempt(number):
        try:
            filed.claim(STUDY_UID, Claim(f"reader {number}", UNTIL), an_event(agent=f"reader {number}"))
        except StudyHeld:
            return None
        return f"reader {number}"

    with ThreadPoolExecutor(8) as pool:
        winners = [name for name in pool.map(attempt, range(16)) if name]
    assert [filed.entry(STUDY_UID).claim.subject] == winners


# ── measuring and reporting ───────────────────────────────────────────────────────────────────────────


def test_vitals_come_back_as_they_were_measured(filed):
    made = vitals(on_oxygen=True, consciousness=Consciousness.VOICE, hypercapnic=True, spo2_pct=88.5)
    filed.add_vitals(STUDY_UID, made, an_event())
    assert filed.vitals(STUDY_UID) == (made,)
    assert filed.vitals("1.2.3") == ()


def test_every_version_of_a_report_is_kept(filed):
    amended = replace(
        REPORT, version=2, status=ReportStatus.AMENDED, impression="Not normal.", reason="Missed."
    )
    filed.add_report(STUDY_UID, REPORT, an_event())
    filed.add_report(STUDY_UID, amended, an_event())
    assert filed.reports(STUDY_UID) == (REPORT, amended)


def test_a_version_is_signed_once(filed):
    filed.add_report(STUDY_UID, REPORT, an_event())
    with pytest.raises(AlreadySigned, match="amend theirs instead"):
        filed.add_report(STUDY_UID, replace(REPORT, impression="Something else."), an_event())
    assert filed.reports(STUDY_UID) == (REPORT,)
