from dataclasses import replace

import pytest

from dashboard.cohort import Association, Associations
from dashboard.parts import correlation_charts as charts
from dashboard.resampling import Chance
from triage.correlation import Correlation, Measured

R = Correlation(0.5, 200, 0.39, 0.6)
CHANCE = Chance(200, 0.0004, 4999, 0.999, 0.38, 0.61)
STRONG = Association("age", "pathology", "", R, R, replace(R, r=0.3), CHANCE, 0.0008, (0.01, 0.0))
WEAK = Association(
    "spo2_pct", "pathology", "", replace(R, r=-0.01), R, None, replace(CHANCE, p=0.9, stable=0.6), 1.0
)
BLANK = Association("crp_mg_l", "pathology", "Fewer than 10 studies have both.")


def found(*cells, **changes):
    cells = cells or (STRONG, WEAK, BLANK)
    made = Associations(
        200,
        {"age": 200, "spo2_pct": 195, "crp_mg_l": 9, "pathology": 150},
        tuple(c.x for c in cells),
        ("pathology",),
        {(c.x, c.y): c for c in cells},
        tuple(Measured({"age": 60.0 + n}, {"pathology": n / 50}, n) for n in range(40)),
    )
    return replace(made, **changes)


def test_names_carry_their_units():
    assert charts.label("crp_mg_l") == "C-reactive protein, mg/L"
    assert charts.label("age") == "Age, years"
    assert charts.label("effusion") == "Pleural effusion"


@pytest.mark.parametrize("dark", [False, True])
def test_cells_say_r_n_and_whether_they_stand(dark):
    heat, _ = charts.matrix(found(), "pearson", dark=dark).data
    assert [row[0] for row in heat.text] == ["+0.50*<br>200", "−0.01~<br>200", ""]
    assert [row[0] for row in heat.z] == [0.5, -0.01, None]
    partial, _ = charts.matrix(found(), "partial", dark=dark).data
    assert [row[0] for row in partial.z] == [0.3, None, None]


def test_every_cell_can_be_taken_hold_of_and_says_why_it_is_blank():
    _, handles = charts.matrix(found(), "spearman", dark=False).data
    assert [tuple(c[:2]) for c in handles.customdata] == [
        ("age", "pathology"),
        ("spo2_pct", "pathology"),
        ("crp_mg_l", "pathology"),
    ]
    assert handles.customdata[2][2] == BLANK.refused
    assert "beside age and sex +0.30" in handles.customdata[0][2]
    assert "p 0.0004, corrected 0.0008" in handles.customdata[0][2]


def test_the_chosen_cell_is_framed():
    framed = charts.matrix(found(), "pearson", dark=False, chosen=("spo2_pct", "pathology"))
    (frame,) = framed.layout.shapes
    assert (frame.x0, frame.y0, frame.y1) == (-0.5, 0.5, 1.5)
    assert not charts.matrix(found(), "pearson", dark=False, chosen=("x", "y")).layout.shapes


def test_the_figure_itself_says_that_it_is_no_cause():
    for figure in (
        charts.matrix(found(), "pearson", dark=True),
        charts.scatter(found(), "age", "pathology", dark=True),
    ):
        assert "Association, not cause" in figure.layout.title.text
        assert figure.layout.paper_bgcolor == "#12181e"


def test_nobody_older_than_ninety_can_be_told_apart():
    shown = charts.scatter(found(), "age", "pathology", dark=False)
    assert max(shown.data[0].x) == 90
    assert "90 stands for 90 and older" in shown.layout.title.text
    assert "40 studies drawn at random" in shown.layout.title.text


def test_a_pair_is_a_question_and_its_numbers_stand_below():
    asked, numbers, warning = charts.scatter(
        found(), "spo2_pct", "pathology", dark=False
    ).layout.title.text.split("<br>")
    assert asked == "Does SpO₂ go with any pathology?"
    assert "r −0.01 (" in numbers
    assert "n 200" in numbers
    assert "Association, not cause" in warning


def test_the_line_is_that_of_all_studies_not_of_the_points():
    line = charts.scatter(found(), "age", "pathology", dark=False).data[1]
    assert list(line.y) == [0.6, 0.9]


def test_a_refused_pair_is_a_sentence_and_a_pair_the_sample_misses_has_no_points():
    assert charts.scatter(found(), "crp_mg_l", "pathology", dark=False) == BLANK.refused
    shown = charts.scatter(found(), "spo2_pct", "pathology", dark=False)
    assert len(shown.data) == 1
    assert "Too few of them are in the sample" in shown.layout.title.text


def test_facts_and_doubts_of_a_pair():
    text = str(charts.facts(found(), "age", "pathology"))
    assert "<dt>Beside sex (partial r)</dt><dd>+0.30" in text
    assert "<dt>Permutation p</dt><dd>0.0004, 4,999 shuffles of 200 studies</dd>" in text
    assert "<dt>Same sign</dt><dd>in 99.9% of 1,000 resamples by patient</dd>" in text
    assert charts.doubts(STRONG) == []
    assert len(charts.doubts(WEAK)) == 2
    turned = replace(STRONG, partial=replace(R, r=-0.2))
    assert charts.doubts(turned) == ["The sign turns when age and sex are taken out of both sides."]
    assert charts.facts(found(), "crp_mg_l", "pathology") == ""


def test_where_values_are_missing_it_is_said_among_whom_a_rank_counts():
    said = "A rank counts among all studies that have the value"
    assert said not in str(charts.facts(found(), "age", "pathology"))
    fewer = replace(STRONG, pearson=replace(R, n=150))
    assert said in str(charts.facts(found(fewer), "age", "pathology"))


def test_gaps_hide_a_handful():
    bars = charts.gaps(found(), dark=False).data[0]
    assert list(bars.text) == ["0%", "fewer than 10", "known in fewer than 10", "25%"]


def test_a_million_fits_into_a_cell():
    many = replace(STRONG, pearson=replace(R, n=1_234_567))
    heat, _ = charts.matrix(found(many), "pearson", dark=False).data
    assert heat.text[0][0] == "+0.50*<br>1.23 M"
