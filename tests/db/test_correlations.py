"""What the database says about a cohort is what Python says about the same studies, one by one."""

from datetime import date, timedelta

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from consent.record import PatientId, Purpose
from tests.builders import (
    NOW,
    PATIENT_ID,
    STUDY_UID,
    a_consent,
    a_patient,
    a_reading,
    a_study,
    an_event,
    vitals,
)
from tests.paper import pattern
from triage import withdrawal
from triage.correlation import (
    OUTCOME_CODES,
    PARAMETER_CODES,
    Cohort,
    column,
    moments,
    partial,
    pearson,
    spearman,
)
from triage.finding import LABELS, Finding
from triage.study import Sex, Urgency
from triage.urgency import Assessment
from triage.vitals import Vitals, standing

PLACE = Assessment(Urgency.ROUTINE, ())
EVERYBODY = Cohort(permitted=False)


def add(house, uid=STUDY_UID, **changes):
    house.studies.add_study(a_study(study_uid=uid, **changes), PLACE, an_event())


def drawn(house, cohort=EVERYBODY, size=1000, at=NOW):
    return house.figures.sample(cohort, at, size, 0)


def fill(house, rows):
    """Studies by the dozen."""
    with house.together():
        for row in map(dict, rows):
            patient = a_patient(
                patient_id=PatientId(row.pop("patient"), row.pop("site")),
                birth_date=row.pop("born"),
                sex=row.pop("sex"),
            )
            uid, at = row.pop("uid"), row.pop("at")
            add(house, uid, patient=patient, studied_at=at, received_at=at, instances=())
            house.studies.add_vitals(uid, Vitals(at, row.pop("values")), an_event())
            house.studies.save_reading(a_reading(study_uid=uid, read_at=at, **row), an_event())


def a_row(number, p, **values):
    return {
        "uid": f"1.2.{number}",
        "patient": f"P-{number}",
        "site": "Ward 7",
        "born": date(1950, 1, 1),
        "sex": Sex.FEMALE,
        "at": NOW,
        "values": values,
        "findings": (),
        "pathology_probability": p,
    }


# ── the lines of numbers ──────────────────────────────────────────────────────────────────────────────


def test_numbers_of_a_read_study(house):
    add(house)
    house.studies.add_vitals(STUDY_UID, vitals(NOW - timedelta(hours=5), spo2_pct=80.0), an_event())
    house.studies.add_vitals(STUDY_UID, vitals(spo2_pct=91.0, crp_mg_l=40.5), an_event())
    findings = (Finding("effusion", 0.84), Finding("hernia", None), Finding("mass", 0.123456))
    house.studies.save_reading(a_reading(findings=findings, pathology_probability=0.9), an_event())
    (numbers,) = drawn(house)
    assert numbers.values == {"spo2_pct": 91.0, "crp_mg_l": 40.5, "age": 68.0}
    assert numbers.probabilities == {"effusion": 0.84, "pathology": 0.9, "mass": 0.1235}


def test_vitals_that_come_after_the_reading_count(house):
    add(house)
    house.studies.save_reading(a_reading(), an_event())
    house.studies.add_vitals(STUDY_UID, vitals(heart_rate_bpm=91.0), an_event())
    assert drawn(house)[0].values == {"heart_rate_bpm": 91.0, "age": 68.0}


def test_what_is_not_known_is_absent_never_zero(house):
    add(house, patient=a_patient(birth_date=None))
    house.studies.save_reading(a_reading(findings=(), pathology_probability=None), an_event())
    (numbers,) = drawn(house)
    assert (numbers.values, numbers.probabilities) == ({}, {})


@pytest.mark.parametrize("hidden", [True, False])
def test_a_hidden_reading_counts_nowhere(house, hidden):
    add(house)
    add(house, "unread")
    house.studies.save_reading(a_reading(), an_event())
    if hidden:
        house.studies.hide_reading(STUDY_UID, an_event())
    assert len(drawn(house)) == (0 if hidden else 1)
    assert house.figures.counted(EVERYBODY, NOW).studies == len(drawn(house))


def test_a_withdrawal_is_known_from_its_moment_on(house):
    add(house)
    house.consents.sign(a_consent(PATIENT_ID), an_event())
    house.studies.save_reading(a_reading(), an_event())
    assert not house.figures.hidden_since(NOW - timedelta(days=1))
    house.consents.withdraw(PATIENT_ID, Purpose.AI_READING, NOW, an_event())
    withdrawal.reconsider(house, PATIENT_ID)
    assert house.figures.hidden_since(NOW)
    assert not house.figures.hidden_since(NOW + timedelta(seconds=1))


def test_only_the_latest_shown_answer_of_a_study_counts(house):
    add(house)
    for probability in (0.1, 0.2):
        house.studies.save_reading(a_reading(pathology_probability=probability), an_event())
    assert [m.probabilities["pathology"] for m in drawn(house)] == [0.2]


def test_there_is_a_column_for_everything_the_domain_knows(owner):
    named = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'measured'::regclass AND attnum > 0"
    )
    assert {name for (name,) in named} - {"study_uid", "site", "sex", "studied_at", "read_at"} == {
        *PARAMETER_CODES,
        *OUTCOME_CODES,
    }


def test_the_application_can_read_the_lines_and_not_write_them(addresses):
    with psycopg.connect(addresses.app_url, autocommit=True) as app:
        app.execute("SELECT count(*) FROM measured")
        for statement in (
            "DELETE FROM measured",
            "UPDATE measured SET age = 1",
            "INSERT INTO measured (study_uid, site, sex, studied_at, read_at) VALUES ('', '', '', now(), now())",
            "SELECT keep_measured(ARRAY['1'])",
            "DELETE FROM draft_use",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


_codes = st.sampled_from(["spo2_pct", "systolic_mmhg", "diastolic_mmhg", "crp_mg_l"])
_ranges = {
    "spo2_pct": (80, 100),
    "systolic_mmhg": (120, 150),
    "diastolic_mmhg": (60, 90),
    "crp_mg_l": (0, 99),
}
_measured = st.lists(
    st.tuples(st.integers(0, 49), st.dictionaries(_codes, st.integers(0, 9), max_size=4)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_measured, st.dates(date(1930, 1, 1), date(2026, 12, 31)))
def test_the_database_says_how_a_patient_stands_as_python_does(house, owner, measured, born):
    taken = [
        Vitals(NOW - timedelta(hours=ago), {c: float(_ranges[c][0] + v) for c, v in values.items()})
        for ago, values in measured
    ]
    owner.execute("DELETE FROM status_change; DELETE FROM vitals; DELETE FROM reading; DELETE FROM study")
    add(house, patient=a_patient(birth_date=born), instances=())
    house.studies.save_reading(a_reading(), an_event())
    for one in taken:
        house.studies.add_vitals(STUDY_UID, one, an_event())
    (numbers,) = drawn(house)
    age = house.studies.entry(STUDY_UID).study.age
    expected = dict(standing(house.studies.vitals(STUDY_UID)).values)
    assert numbers.values == expected | ({} if age is None else {"age": float(age)})


# ── sums ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def mixed(house):
    """Sixty studies with gaps and ties, of two sexes and several ages."""
    chance = np.random.default_rng(3)
    rows = []
    for number in range(60):
        crp = float(chance.integers(0, 20))
        values = {"crp_mg_l": crp} if chance.random() < 0.8 else {}
        p = (
            None
            if chance.random() < 0.1
            else float(np.clip(0.02 * crp + chance.normal(0.3, 0.1), 0, 1).round(2))
        )
        findings = tuple(Finding(c, float(chance.random())) for c in list(LABELS)[:2])
        rows.append(
            a_row(number, p, spo2_pct=90.0 + number % 7, **values)
            | {
                "sex": (Sex.FEMALE, Sex.MALE, Sex.UNKNOWN)[number % 3],
                "born": date(1940 + number % 5, 1, 1),
                "findings": findings,
                "site": "Ward 7" if number % 2 else "Clinic",
                "at": NOW - timedelta(days=number),
            }
        )
    fill(house, rows)


def test_every_coefficient_is_what_the_studies_themselves_give(house, mixed):
    counted, studies = house.figures.counted(EVERYBODY, NOW), drawn(house)
    assert counted.studies == len(studies) == 60
    assert ("crp_mg_l", "pathology") in counted.pairs
    for (x, y), pair in counted.pairs.items():
        xs, ys = column(studies, x), column(studies, y)
        ours, theirs = pearson(pair.moments), pearson(moments(xs, ys))
        assert (ours.n, ours.r) == (theirs.n, pytest.approx(theirs.r, abs=1e-9))
        ranked = [_ranked(values) for values in (xs, ys)]
        assert spearman(pair.ranks).r == pytest.approx(spearman(moments(*ranked)).r, abs=1e-9)
    assert {c: n for c, n in counted.having.items() if n} == {
        c: sum(v is not None for v in column(studies, c))
        for c in (*PARAMETER_CODES, *OUTCOME_CODES)
        if any(v is not None for v in column(studies, c))
    }


def _ranked(values):
    known = [v for v in values if v is not None]
    ranks = dict(zip(known, map(float, rankdata(known)), strict=True))
    return [None if v is None else ranks[v] for v in values]


def test_the_partial_leaves_out_whose_sex_is_not_known(house, mixed):
    pair = house.figures.counted(EVERYBODY, NOW).pairs["spo2_pct", "atelectasis"]
    assert (pair.moments.n, partial(pair.strata).n) == (60, 40)


def test_a_column_that_fewer_than_ten_have_is_in_no_pair(house):
    fill(house, [a_row(n, 0.1 * n, **({"crp_mg_l": float(n)} if n < 9 else {})) for n in range(10)])
    counted = house.figures.counted(EVERYBODY, NOW)
    assert {x for x, _ in counted.pairs} == {"age"}
    assert counted.having["crp_mg_l"] == 9


def test_the_published_pattern_comes_out_of_the_database(house):
    rows = [
        a_row(
            n,
            row["probability"],
            glucose_mmol_l=row["glucose"],
            systolic_mmhg=row["systolic"],
            diastolic_mmhg=row["diastolic"],
        )
        for n, row in enumerate(pattern(200))
    ]
    fill(house, rows)
    pairs = house.figures.counted(EVERYBODY, NOW).pairs
    for code, r, low, high in (
        ("glucose_mmol_l", 0.80, 0.74, 0.84),
        ("systolic_mmhg", -0.54, -0.63, -0.43),
        ("diastolic_mmhg", 0.01, -0.13, 0.15),
    ):
        found = pearson(pairs[code, "pathology"].moments)
        assert (found.n, found.r, found.low, found.high) == (
            200,
            *(pytest.approx(v, abs=0.006) for v in (r, low, high)),
        )


# ── which studies ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cohort", "count"),
    [
        (EVERYBODY, 60),
        (Cohort(permitted=False, sexes=(Sex.FEMALE,)), 20),
        (Cohort(permitted=False, sexes=(Sex.FEMALE, Sex.MALE)), 40),
        (Cohort(permitted=False, sites=("Clinic",)), 30),
        (Cohort(permitted=False, since=NOW.date()), 1),
        (Cohort(permitted=False, until=NOW.date() - timedelta(days=10)), 50),
        (
            Cohort(
                permitted=False, since=NOW.date() - timedelta(days=4), until=NOW.date() - timedelta(days=2)
            ),
            3,
        ),
        (Cohort(permitted=False, youngest=86), 8),
        (Cohort(permitted=False, oldest=82, sites=("Clinic", "Ward 7")), 10),
        (Cohort(), 0),
    ],
)
def test_a_cohort_takes_whom_it_names(house, mixed, cohort, count):
    if cohort.youngest or cohort.oldest:
        count = sum(
            (cohort.youngest or 0) <= m.values["age"] <= (cohort.oldest or 200)
            for m in drawn(house, EVERYBODY)
        )
        assert 0 < count < 60
    assert len(drawn(house, cohort)) == count
    assert house.figures.counted(cohort, NOW).studies == count


def test_sites_of_a_few_patients_are_not_named(house):
    few = [a_row(n, 0.5) | {"site": "A small practice"} for n in range(9)]
    fill(house, [*few, *(a_row(n, 0.5) for n in range(10, 20))])
    assert house.figures.sites() == ("Ward 7",)


def test_a_permission_must_stand_at_the_moment_as_decide_would_say(house):
    def answers(**periods):
        return a_consent(PATIENT_ID, {Purpose.AI_READING: True, Purpose.TRAINING: False}, **periods)

    add(house)
    house.studies.save_reading(a_reading(), an_event())
    stands = Cohort(permitted=True)
    assert drawn(house, stands) == []
    house.consents.sign(answers(ends_at=NOW + timedelta(days=1)), an_event())
    assert len(drawn(house, stands)) == 1
    assert drawn(house, stands, at=NOW + timedelta(days=1)) == []
    assert drawn(house, stands, at=NOW - timedelta(days=2)) == []
    assert len(drawn(house, EVERYBODY, at=NOW + timedelta(days=1))) == 1
    house.consents.sign(
        a_consent(PATIENT_ID, {Purpose.AI_READING: False}, consent_id="no", starts_at=NOW), an_event()
    )
    assert drawn(house, stands) == []
    other = PatientId(PATIENT_ID.value, "Another ward")
    house.consents.sign(a_consent(other, consent_id="same number elsewhere"), an_event())
    assert drawn(house, stands) == []


# ── samples ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_sample_is_the_same_for_the_same_seed_and_knows_who_came_twice(house):
    rows = [a_row(n, n / 100, spo2_pct=90.0) | {"patient": f"P-{n // 2}"} for n in range(40)]
    fill(house, rows)
    first, again = (house.figures.sample(EVERYBODY, NOW, 10, 7) for _ in range(2))
    assert first == again
    assert len(first) == 10
    assert house.figures.sample(EVERYBODY, NOW, 10, 8) != first
    everybody = house.figures.sample(EVERYBODY, NOW, 100, 7)
    assert len({m.person for m in everybody}) == 20
    assert "P-" not in repr(everybody)
