import pytest

from dashboard.commands.simulate import as_data
from dashboard.parts import simulator_charts as charts
from dashboard.parts.chart import GREEN, GREY, RED
from triage.waiting.setting import Disease, Group, Setting
from triage.waiting.simulation import Plan, simulate

GROUPS = (
    Group("ct", 0.5, 10, (Disease("bleed", 0.2, 10, 1, 0.95, 0.9),)),
    Group("film", 0.5, 10, (Disease("mass <b>", 0.2, 10, 2),)),
)


@pytest.fixture(scope="module")
def result():
    return as_data(simulate(Setting(GROUPS, 0.9, 1, 0.05), Plan(3000, 8, 3)))


def test_sets_have_words_and_none_is_shown_twice(result):
    names = [charts.words(o) for o in charts.shown(result)]
    assert names == [
        "all studies",
        "diseased",
        "non-diseased",
        "flagged by AI",
        "not flagged",
        "no AI looks at them",
        "bleed",
        "mass <b> (no AI)",
        "ct, all",
    ]


def test_the_verdict_names_who_gains_who_pays_and_whom_nobody_looks_for(result):
    diseased, well, unseen = charts.verdict(result)
    assert diseased.startswith("Diseased: ")
    assert " min more (" in well
    assert unseen.startswith("mass <b>, which no AI looks for: ")
    assert " min more (" in unseen


def test_a_difference_within_chance_is_called_that():
    more = {"mean": {"value": 0.3, "low": -0.2, "high": 0.8}}
    wait = {"mean": {"value": 3.0}}
    said = charts._sentence("Diseased", {"difference": more, "without": wait, "with": wait})
    assert said == "Diseased: no difference beyond chance (3.0 min without AI, 3.0 with)."


def test_change_is_said_in_signs_and_colour(result):
    bars, numbers = charts.change(result).data
    texts = dict(zip(numbers.y, (t.strip() for t in numbers.text), strict=True))
    colours = dict(zip(bars.y, bars.marker.color, strict=True))
    assert texts["bleed"].startswith("−")
    assert colours["bleed"] == GREEN
    assert texts["mass &lt;b&gt; (no AI)"].startswith("+")
    assert colours["mass &lt;b&gt; (no AI)"] == RED
    assert (texts["all studies"], colours["all studies"]) == ("no difference", GREY)
    assert all(v > 0 for v in bars.error_x.array)


def test_numbers_stand_past_the_end_of_their_interval(result):
    bars, numbers = charts.change(result).data
    for value, half, at, side in zip(
        bars.x, bars.error_x.array, numbers.x, numbers.textposition, strict=True
    ):
        assert abs(at) == pytest.approx(abs(value) + half)
        assert side == ("middle left" if value < 0 else "middle right")


def test_every_figure_asks_a_question_and_shows_both_ways(result):
    for figure in (charts.waits(result), charts.change(result), charts.tail(result)):
        assert "?" in figure.layout.title.text
    assert {t.name for t in charts.waits(result).data if t.name} == {"with AI", "without AI"}
    assert len(charts.tail(result).data) == 4


def test_the_tiles_count_what_was_simulated(result):
    drawn = str(charts.tiles(result))
    assert "<b>90%</b>" in drawn
    assert "1 reading" in drawn
