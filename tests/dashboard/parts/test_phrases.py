from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.parts import phrases
from tests.builders import NOW, a_patient, a_study, vitals
from triage.finding import Finding, Laterality
from triage.status import Status
from triage.study import Sex
from triage.vitals import early_warning
from triage.worklist import Claim

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "under 1 min"),
        (timedelta(seconds=-5), "under 1 min"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=60), "1 h"),
        (timedelta(minutes=133), "2 h 13 min"),
        (timedelta(hours=24), "1 d"),
        (timedelta(days=3, hours=4, minutes=50), "3 d 4 h"),
    ],
)
def test_a_length_of_time_in_its_two_largest_units(length, words):
    assert phrases.span(length) == words
    assert phrases.waiting(NOW, NOW + length) == words


def test_a_moment_always_names_its_zone():
    assert phrases.when(NOW, UTC) == "21 Nov 2026, 08:00 UTC"
    assert phrases.when(NOW, BERLIN) == "21 Nov 2026, 09:00 CET"
    assert phrases.clock(NOW, BERLIN) == "09:00 CET"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW - timedelta(hours=1), "07:00 UTC"),
        (NOW - timedelta(days=1), "20 Nov, 08:00 UTC"),
        (NOW - timedelta(days=400), "17 Oct 2025, 08:00 UTC"),
    ],
)
def test_a_near_moment_is_said_shorter_and_never_ambiguously(at, words):
    assert phrases.when_near(at, NOW, UTC) == words


def test_yesterday_evening_is_not_today():
    now = datetime(2026, 11, 21, 0, 10, tzinfo=UTC)
    assert phrases.when_near(now - timedelta(minutes=20), now, UTC) == "20 Nov, 23:50 UTC"


def test_dates_and_names():
    assert phrases.day(date(1961, 2, 3)) == "3 Feb 1961"
    assert phrases.day(None) == "not recorded"
    assert phrases.name(a_patient(name="Okonjo^Adaeze^^Dr")) == "Okonjo Adaeze Dr"
    assert phrases.name(a_patient(name=" ^ ")) == "No name recorded"


def test_age_and_sex_say_when_they_are_not_known():
    assert phrases.age_and_sex(a_study()) == "68 y, female"
    unknown = a_study(patient=a_patient(birth_date=None, sex=Sex.UNKNOWN))
    assert phrases.age_and_sex(unknown) == "age not recorded, sex not recorded"


def test_every_status_has_its_words():
    assert all(phrases.status(s) for s in Status)
    assert phrases.status(Status.UNRANKED) == "for a person"


def test_a_claim_is_named_until_it_lapses():
    claim = Claim("tom", NOW + timedelta(minutes=5))
    assert phrases.holder(claim, "ada", NOW, UTC) == "held by tom until 08:05 UTC"
    assert phrases.holder(claim, "tom", NOW, UTC) == "held by you until 08:05 UTC"
    assert phrases.holder(claim, "ada", claim.until, UTC) == ""
    assert phrases.holder(None, "ada", NOW, UTC) == ""


def test_a_score_with_gaps_is_a_lower_bound_and_names_them():
    full = early_warning(
        vitals(
            on_oxygen=False,
            consciousness="alert",
            temperature_c=37.0,
            spo2_pct=98.0,
            heart_rate_bpm=70.0,
            resp_rate_bpm=14.0,
            systolic_mmhg=120.0,
        )
    )
    assert full.missing == ()
    assert phrases.score(full).startswith("NEWS2 ")
    assert "≥" not in phrases.score(full)
    gaps = early_warning(vitals(spo2_pct=90.0, temperature_c=37.0))
    assert phrases.score(gaps) == "NEWS2 ≥ 3"
    assert "heart rate" in phrases.missing(gaps.missing)
    assert "oxygen" in phrases.missing(gaps.missing)
    assert phrases.score(None) == "no vitals"
    assert phrases.missing(()) == ""
    assert phrases.missing(["spo2_pct"]) == "not measured: SpO₂"


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (None, "—"),
        (0.0, "< 1%"),
        (0.004, "< 1%"),
        (0.5, "50%"),
        (0.99, "99%"),
        (0.999, "> 99%"),
        (1.0, "> 99%"),
    ],
)
def test_no_probability_is_shown_as_certain(p, words):
    assert phrases.per_cent(p) == words


@pytest.mark.parametrize(("r", "words"), [(0.5, "+0.50"), (-0.5, "−0.50"), (0.001, "0.00"), (-0.001, "0.00")])
def test_a_coefficient_has_a_sign_and_zero_has_none(r, words):
    assert phrases.signed(r) == words


def test_sides_priors_and_counts():
    assert phrases.side(Finding("effusion", 0.5, Laterality.BOTH)) == "both sides"
    assert phrases.side(Finding("effusion", 0.5)) == ""
    assert [phrases.priors(n) for n in (0, 1, 2)] == ["no prior", "1 prior", "2 priors"]
    assert phrases.count(1, "event", "events") == "1 event"
    assert phrases.count(0, "event", "events") == "0 events"
