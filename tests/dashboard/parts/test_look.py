from datetime import UTC
from zoneinfo import ZoneInfo

from markupsafe import Markup
from streamlit.testing.v1 import AppTest

from dashboard.parts import look
from dashboard.parts.look import joined, markup

HOSTILE = "<img src=x onerror=alert(1)>'\"&"


def test_every_value_is_escaped_and_markup_is_not_escaped_twice():
    inner = markup("<b>{}</b>", HOSTILE)
    assert inner == "<b>&lt;img src=x onerror=alert(1)&gt;&#39;&#34;&amp;</b>"
    assert markup('<p title="{}">{}</p>', HOSTILE, inner).count("&lt;img") == 2
    assert joined([inner, inner]) == inner + inner


def test_a_value_cannot_smuggle_a_hole_into_the_template():
    assert markup("<i>{}</i>", "{0.__class__}") == "<i>{0.__class__}</i>"


def test_only_markup_is_drawn_as_markup():
    assert isinstance(markup("{}", 1), Markup)


def page() -> None:
    from dashboard.parts import look

    look.wear()
    look.heading("A <title>", "and a <lead>")
    look.section("Part <1>")
    look.empty("Nothing <here>", "Do <this>.")


def test_headings_and_empty_places_escape_their_words():
    at = AppTest.from_function(page).run()
    shown = "".join(h.value for h in at.get("html"))
    for words in (
        "A &lt;title&gt;",
        "and a &lt;lead&gt;",
        "Part &lt;1&gt;",
        "Nothing &lt;here&gt;",
        "Do &lt;this&gt;.",
    ):
        assert words in shown
    assert 'role="status"' in shown


def test_the_sheet_asks_nobody_for_anything():
    sheet = look._SHEET.read_text()
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert sheet.count("{") == sheet.count("}")


def zoned() -> None:
    import streamlit as st

    from dashboard.parts import look

    st.text(str(look.zone()))
    st.text(str(look.dark()))


def test_the_zone_is_the_browsers_and_else_utc():
    at = AppTest.from_function(zoned)
    at.context = {"timezone": "Europe/Berlin"}
    at.run()
    assert at.text[0].value == str(ZoneInfo("Europe/Berlin"))
    at = AppTest.from_function(zoned).run()
    assert at.text[0].value in {str(UTC), "UTC"}
    assert at.text[1].value == "False"
