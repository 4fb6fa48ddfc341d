from datetime import UTC, timedelta

import pytest

from dashboard.parts import study_line
from tests.builders import NOW, a_person, a_study, vitals
from triage.listing import Line
from triage.permission import Person
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment, assess
from triage.worklist import Claim, Entry

NAMES = {"tom": "Dr. Tomas Okoye"}


def line(consent=None, **changes):
    study = a_study(received_at=NOW - timedelta(minutes=40))
    measured = vitals(spo2_pct=85.0, resp_rate_bpm=30.0)
    made = {
        "study": study,
        "status": Status.RANKED,
        "assessment": assess(study.order_priority, measured, None),
        "vitals": measured,
    }
    return Line(Entry(**{**made, **changes}), consent)


def row(consent=None, **changes):
    return study_line.row(line(consent, **changes), NAMES, NOW, UTC)


def test_a_row_answers_how_soon_who_which_why_how_ill_and_where():
    told = row(priors=2)
    assert (told["word"], told["tone"], told["within"]) == ("ASAP", "asap", "within hours")
    assert told["received"] == int((NOW - timedelta(minutes=40)).timestamp() * 1000)
    assert (told["name"], told["number"], told["age"]) == ("Vale Maren", "P-1001", "68 y, female")
    assert (told["accession"], told["modality"], told["priors"]) == ("A-100", "DX", "2 priors")
    assert "NEWS2 6: urgent review" in told["why"]
    assert told["score"] == "NEWS2 ≥ 6"
    assert told["status"] == "read by AI"


@pytest.mark.parametrize("level", Urgency)
def test_urgency_is_a_word_a_shape_and_a_colour(level):
    told = row(assessment=Assessment(level, ("because",)))
    assert told["word"] == level.name
    assert told["tone"] == level.name.lower()
    assert len({row(assessment=Assessment(other, ("x",)))["shape"] for other in Urgency}) == 4
    assert told["shape"]


@pytest.mark.parametrize(("answer", "word"), [(True, "given"), (False, "refused"), (None, "no answer")])
def test_what_the_patient_allowed_is_a_word_too(answer, word):
    assert word in row(answer)["consent"]


def test_who_holds_it_is_named_until_the_claim_lapses():
    claim = Claim("tom", NOW + timedelta(minutes=3))
    held = row(claim=claim)["holder"]
    assert held == {"subject": "tom", "name": "Dr. Tomas Okoye", "until": int(claim.until.timestamp() * 1000)}
    assert row(claim=Claim("tom", NOW))["holder"] is None
    assert row(claim=Claim("gone", NOW + timedelta(minutes=3)))["holder"]["name"] == "gone"
    assert row()["holder"] is None


def test_why_a_person_reads_it_is_said():
    told = row(status=Status.UNRANKED, status_reason="The patient said <no>.")
    assert (told["status"], told["status_tone"]) == ("for a person", "person")
    assert told["status_reason"] == "The patient said <no>."  # text stays text: the browser sets it as such


def test_what_a_score_lacks_is_named_when_little_and_counted_when_much():
    much = row()
    assert much["gaps"] == "5 of 7 not measured"
    assert much["gaps_text"].startswith("not measured: systolic pressure, heart rate")
    healthy = dict.fromkeys(("resp_rate_bpm", "spo2_pct", "heart_rate_bpm", "systolic_mmhg"), 97.0)
    little = vitals(temperature_c=37.0, on_oxygen=False, **{**healthy, "resp_rate_bpm": 14.0})
    assert row(vitals=little)["gaps"] == "not measured: consciousness"
    assert row(vitals=None)["score"] == "no vitals"


def test_the_list_is_told_who_looks_and_whom_a_study_can_be_given_to():
    people = (a_person(), Person("tom", "Dr. Tomas Okoye"))
    told = study_line.told([line()], subject="tom", people=people, now=NOW, zone=UTC)
    assert told["me"] == "tom"
    assert [p["subject"] for p in told["people"]] == ["clinician@demo", "tom"]
    assert [r["uid"] for r in told["rows"]] == [a_study().study_uid]
