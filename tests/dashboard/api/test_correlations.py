import csv
import threading
from datetime import timedelta

from consent.record import PatientId
from dashboard import cohort
from dashboard.api import correlations
from dashboard.rate import Rate
from tests.builders import NOW, a_consent, a_patient, a_reading, a_study, an_event, vitals
from triage.study import Urgency
from triage.urgency import Assessment


def fill(house, count):
    for n in range(count):
        patient = PatientId(f"P-{n}", "Ward 7")
        study = a_study(study_uid=f"1.2.{n}", patient=a_patient(patient_id=patient))
        house.studies.add_study(study, Assessment(Urgency.ROUTINE, ()), an_event())
        house.studies.add_vitals(study.study_uid, vitals(spo2_pct=98.0 - n), an_event())
        house.studies.save_reading(
            a_reading(study_uid=study.study_uid, pathology_probability=n / 50), an_event()
        )
        house.consents.sign(a_consent(patient, consent_id=f"c-{n}"), an_event())


def test_a_file_of_a_cohort_and_the_record_of_who_took_it(clinician, house):
    fill(house, 12)
    answer = clinician.get("/api/correlations.csv", params={"permitted": "1", "site": "Ward 7"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="correlations.csv"'
    assert answer.headers["cache-control"] == "private, no-store"
    rows = list(csv.DictReader(answer.text.splitlines()[1:]))
    (row,) = [r for r in rows if (r["measurement"], r["probability_of"]) == ("spo2_pct", "pathology")]
    assert (row["n"], row["pearson_r"]) == ("12", "-1.0000")
    assert "P-1" not in answer.text
    event = house.audit.latest(1)[0].event
    assert (event.agent, event.action, event.recorded_at) == ("ada", "export correlations", NOW)
    assert event.detail == "permitted=1&site=Ward+7"


def test_a_cohort_of_a_few_is_an_empty_table(clinician, house):
    fill(house, 3)
    assert len(clinician.get("/api/correlations.csv").text.splitlines()) == 2


def test_whoever_may_not_see_them_gets_none(signed_in, house):
    assert signed_in().get("/api/correlations.csv").status_code == 401
    refused = signed_in("nobody").get("/api/correlations.csv")
    assert refused.status_code == 403
    assert house.audit.latest(1)[0].event.outcome.value == "denied"


def test_one_person_cannot_keep_the_database_busy(clinician, house, monkeypatch):
    monkeypatch.setattr(correlations, "_rate", Rate(2, timedelta(minutes=1)))
    codes = [clinician.get("/api/correlations.csv", params={"youngest": n}).status_code for n in range(3)]
    assert codes == [200, 200, 429]


def test_whoever_gets_no_turn_is_told_to_come_back(clinician, monkeypatch):
    monkeypatch.setattr(correlations, "_rate", Rate(2, timedelta(minutes=1)))
    monkeypatch.setattr(cohort, "PATIENCE_S", 0.01)
    monkeypatch.setattr(cohort, "_slots", threading.Semaphore(0))
    answer = clinician.get("/api/correlations.csv", params={"youngest": 41})
    assert answer.status_code == 429
    assert "ask again in a minute" in answer.json()["error"]


def test_a_cohort_nobody_can_read_is_said_so(clinician):
    answer = clinician.get("/api/correlations.csv", params={"since": "soon"})
    assert answer.status_code == 400
    assert "2026-01-31" in answer.json()["error"]
