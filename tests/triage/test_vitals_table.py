"""Good rows are taken, bad ones named, and nothing a spreadsheet can hold brings the reader down."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import BadVitals
from triage.vitals import Consciousness
from triage.vitals_table import MAX_BYTES, read_table, vitals_from

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def table(*lines):
    return read_table("\n".join(lines).encode(), NOW)


def test_a_good_table():
    read = table(
        "accession_number,temperature_c,spo2_pct,on_oxygen,consciousness,measured_at",
        "A1,37.5,91,yes,confused,2026-11-21T02:00+00:00",
        "A2,,97,,,",
    )
    assert read.problems == ()
    first, second = read.rows
    assert (first.accession_number, first.line) == ("A1", 2)
    assert first.vitals.values == {"temperature_c": 37.5, "spo2_pct": 91}
    assert first.vitals.on_oxygen is True
    assert first.vitals.consciousness is Consciousness.CONFUSED
    assert first.vitals.measured_at == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert second.vitals.values == {"spo2_pct": 97}
    assert second.vitals.measured_at == NOW


def test_other_units_are_converted_by_the_name_of_their_column():
    read = table("accession_number;glucose_mg_dl;temperature_f", "A1;180,16;98.6")
    assert read.rows[0].vitals.values == {"glucose_mmol_l": 10.0, "temperature_c": 37.0}


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("1e400", "not a number"),
        ("0x10", "not a number"),
        ("nan", "not a number"),
        ("inf", "not a number"),
        ("-5", "lies outside"),
        ("٣٧", "not a number"),
        ("=cmd()", "not a number"),
        ("98.6", "temperature_f"),
        ("3,7,5", "not a number"),
        ("--5", "not a number"),
        ("37.", "not a number"),
        ("1.2.3", "not a number"),
    ],
)
def test_a_bad_cell_costs_its_line_only(cell, why):
    read = table("accession_number;temperature_c", f"A1;{cell}", "A2;37")
    assert [r.accession_number for r in read.rows] == ["A2"]
    (problem,) = read.problems
    assert problem.line == 2
    assert why in problem.reason


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("A1,37,extra", "more or fewer"),
        ("A1", "more or fewer"),
        (",37", "no accession number"),
    ],
)
def test_a_line_of_another_shape_is_named(line, why):
    (problem,) = table("accession_number,temperature_c", line).problems
    assert why in problem.reason


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"measured_at": "yesterday"}, "not a time"),
        ({"measured_at": "2026-11-21T03:00"}, "time zone"),
        ({"measured_at": "2026-11-22T03:00+00:00"}, "future"),
        ({"on_oxygen": "maybe"}, "neither yes nor no"),
        ({"consciousness": "sleepy"}, "one of alert"),
        ({"glucose_mmol_l": "5", "glucose_mg_dl": "90"}, "given twice"),
        ({"shoe_size": "42"}, "Unknown column"),
    ],
)
def test_every_other_field_says_what_is_wrong(fields, why):
    with pytest.raises(BadVitals, match=why):
        vitals_from(fields, NOW)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("accession_number,temperature_c\nА1,37".encode("cp1251"), "UTF-8"),
        ("accession_number,temperature_c\nA1,37".encode("utf-16"), "UTF-8"),
        (b"temperature_c\n37", "needs a column accession_number"),
        (b"accession_number,temperature_k\nA1,310", "Unknown column temperature_k"),
        (b"accession_number,spo2_pct,spo2_pct\nA1,97,97", "stands twice"),
        (b'accession_number,spo2_pct\n"A1,97', "breaks off"),
        (b"", "needs a column"),
        (b"x" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_a_table_nobody_can_read_says_why(data, why):
    with pytest.raises(BadVitals, match=why):
        read_table(data, NOW)


@given(st.binary(max_size=300))
def test_no_bytes_bring_it_down(noise):
    try:
        read_table(noise, NOW)
        read_table(b"accession_number,spo2_pct\n" + noise, NOW)
    except BadVitals:
        pass


@pytest.mark.parametrize(("text", "said"), [("yes", True), ("no", False), ("", None)])
def test_an_empty_field_says_nothing_about_the_oxygen_scale(text, said):
    assert vitals_from({"spo2_pct": "89", "hypercapnic": text}, NOW).hypercapnic is said
