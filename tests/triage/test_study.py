"""Who was imaged, how old, and which film is read."""

from datetime import UTC, date, datetime

import pytest

from consent.record import PatientId
from triage.study import Instance, Patient, Study, Urgency

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)


def a_study(*views, born=None):
    instances = tuple(Instance(f"1.{n}", "1", "0" * 64, 8, 8, view) for n, view in enumerate(views))
    patient = Patient(PatientId("P", "H"), birth_date=born)
    return Study("1.2", patient, "A", "DX", NOW, NOW, instances=instances)


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(1980, 3, 1), 46),
        (date(1980, 3, 2), 45),
        (date(2026, 3, 1), 0),
        (date(2027, 1, 1), None),
        (None, None),
    ],
)
def test_whole_years_on_the_day_of_the_study(born, age):
    assert a_study(born=born).age == age


@pytest.mark.parametrize(
    ("views", "read"),
    [
        ((), None),
        (("LL",), None),
        (("LL", "PA"), "1.1"),
        (("", "AP"), "1.1"),
        (("",), "1.0"),
        (("pa",), "1.0"),
    ],
)
def test_the_frontal_film_is_read(views, read):
    film = a_study(*views).frontal
    assert (film.sop_instance_uid if film else None) == read


def test_times_need_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        Study("1.2", Patient(PatientId("P", "H")), "A", "DX", NOW.replace(tzinfo=None), NOW)


def test_urgency_in_words():
    assert [u.within for u in Urgency] == ["in turn", "within days", "within hours", "within minutes"]
