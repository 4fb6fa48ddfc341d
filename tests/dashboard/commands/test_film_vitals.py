"""Vitals find their film, whichever way the table names it, and a line without one is said."""

from pathlib import Path

import pytest

from dashboard.commands.film_vitals import FilmVitals
from triage.errors import BadVitals


@pytest.fixture
def vitals(tmp_path):
    def made(text, encoding="utf-8"):
        table = tmp_path / "vitals.csv"
        table.write_bytes(text.encode(encoding))
        return FilmVitals(table)

    return made


def values(found):
    return found.values if found else None


@pytest.mark.parametrize("name", ["ward/a.dcm", "a.dcm", "a", "A-1"])
def test_a_film_is_found_by_path_name_stem_or_order(vitals, name):
    table = vitals(f"file,heart_rate_bpm\n{name},80\n")
    assert values(table.of(Path("ward/a.dcm"), "A-1")) == {"heart_rate_bpm": 80.0}
    assert table.problems() == []


@pytest.mark.parametrize(
    "header",
    ['"file",heart_rate_bpm', "file ,heart_rate_bpm", "\ufefffile,heart_rate_bpm", '"file","heart_rate_bpm"'],
)
def test_the_header_is_read_as_csv(vitals, header):
    assert values(vitals(f"{header}\na.dcm,80\n").of(Path("a.dcm"))) == {"heart_rate_bpm": 80.0}


def test_semicolons_with_decimal_commas_are_understood(vitals):
    table = vitals("temperature_c;file\r\n38,5;a.dcm\r\n")
    assert values(table.of(Path("a.dcm"))) == {"temperature_c": 38.5}


def test_a_column_whose_name_holds_the_word_file_is_not_the_file(vitals):
    with pytest.raises(BadVitals, match="Unknown column profile"):
        vitals("profile,heart_rate_bpm\na.dcm,80\n")


def test_beside_the_file_the_order_is_ignored(vitals):
    table = vitals("accession_number,file,heart_rate_bpm\nA-9,a.dcm,80\nA-1,b.dcm,90\n")
    assert values(table.of(Path("a.dcm"), "A-1")) == {"heart_rate_bpm": 80.0}
    assert table.problems()[0].endswith("line 3: No FILE is called b.dcm.")


def test_without_a_column_file_the_order_names_the_film(vitals):
    assert values(vitals("accession_number,heart_rate_bpm\nA-1,80\n").of(Path("a.dcm"), "A-1"))


def test_one_line_without_names_is_for_all(vitals):
    table = vitals("heart_rate_bpm,spo2_pct\n80,97\n")
    assert table.of(Path("a.dcm")) is table.of(Path("b.dcm")) is not None
    assert table.problems() == []


def test_two_lines_without_names_are_for_nobody(vitals):
    with pytest.raises(BadVitals, match="a column file, or one line for all"):
        vitals("heart_rate_bpm\n80\n90\n")


@pytest.mark.parametrize("line", ["a.dcm,80", "a.dcm", "a.dcm,80,A-1,7"])
def test_a_line_of_another_length_than_the_header_is_named(vitals, line):
    table = vitals(f"file,heart_rate_bpm,accession_number\n\n{line}\n")
    (problem,) = table.problems()
    assert "line 3: This line has more or fewer fields" in problem


def test_a_line_without_a_name_is_named(vitals):
    (problem,) = vitals("file,heart_rate_bpm\n,80\n").problems()
    assert problem.endswith("line 2: This line names no film.")


@pytest.mark.parametrize(
    ("text", "encoding", "says"),
    [
        ("file,spo2_pct\nÄ,97\n", "utf-16", "UTF-8"),
        ('file,spo2_pct\n"a,97\n', "utf-8", "breaks off"),
        ("", "utf-8", "one line for all"),
        ("file,file,spo2_pct\na,b,97\n", "utf-8", "stands twice"),
        ("file,spo2_pct\n" + "a" * 5_000_000, "utf-8", "larger than"),
    ],
)
def test_a_table_nobody_can_read_is_one_sentence(vitals, text, encoding, says):
    with pytest.raises(BadVitals, match=says):
        vitals(text, encoding)
