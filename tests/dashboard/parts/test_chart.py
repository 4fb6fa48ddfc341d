import plotly.graph_objects as go
import pytest

from dashboard.parts.chart import BLUE, CONFIG, GREEN, GREY, ORANGE, RED, VIOLET, diverging, dressed


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["#fbfcfd", "#12181e"])
@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREEN, RED, VIOLET, GREY])
def test_one_colour_is_seen_on_both_grounds(colour, ground):
    assert contrast(colour, ground) >= 2.5


@pytest.mark.parametrize("dark", [False, True])
def test_words_stay_readable_on_every_colour_of_the_matrix(dark):
    for _, colour in diverging(dark=dark):
        assert max(contrast(colour, "#ffffff"), contrast(colour, "#444444")) >= 3.4


def test_a_figure_takes_the_ground_of_the_page():
    shown = dressed(go.Figure(go.Bar(x=[1], y=[2])), title="How many?", height=300)
    assert shown.layout.paper_bgcolor == shown.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert (shown.layout.title.text, shown.layout.height) == ("How many?", 300)


def test_no_tool_carries_a_picture_away():
    assert CONFIG["displaylogo"] is False
    assert "toImage" in CONFIG["modeBarButtonsToRemove"]
