from consent.record import Purpose
from engine.simulated.people import ISSUER, PEOPLE


def test_twenty_people_of_every_age_and_both_sexes():
    patients = [person.patient for person in PEOPLE.values()]
    assert len(patients) == 20
    assert {p.patient_id.issuer for p in patients} == {ISSUER}
    assert len({p.name for p in patients}) == 20
    assert all(", " in p.name for p in patients)
    years = sorted(p.birth_date.year for p in patients)
    assert years[0] < 1940
    assert years[-1] > 2000
    assert len({p.sex for p in patients}) == 2


def test_some_allow_some_refuse_and_some_were_never_asked():
    answers = [person.answers for person in PEOPLE.values()]
    reading = [answer.get(Purpose.AI_READING) for answer in answers]
    assert (reading.count(True), reading.count(False), reading.count(None)) == (15, 3, 2)
    assert any(a.get(Purpose.AI_READING) and a.get(Purpose.TRAINING) is False for a in answers)
    assert any(a.get(Purpose.TRAINING) for a in answers)
