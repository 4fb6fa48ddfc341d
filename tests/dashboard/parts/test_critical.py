from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from markupsafe import Markup

from dashboard.parts import critical
from tests.builders import NOW, a_critical_result, an_attempt
from triage.critical import Category, Cause, Delivery, Notice, ReadBack

PEOPLE = ("Ordering clinician", "Ward doctor")


def after(minutes):
    return NOW + timedelta(minutes=minutes)


def heard(minutes, **changes):
    at = after(minutes)
    return replace(a_critical_result(), attempts=(an_attempt(received_at=at, recorded_at=at, **changes),))


@pytest.mark.parametrize(
    ("minutes", "words", "shape", "tone"),
    [
        (10, "due in 50 min", "●", "urgent"),
        (46, "due in 14 min", "▲", "asap"),
        (60, "due in under 1 min", "▲", "asap"),
        (125, "overdue by 1 h 5 min", "◆", "stat"),
    ],
)
def test_how_late_it_is_is_a_word_a_shape_and_a_colour(minutes, words, shape, tone):
    shown = critical.due(a_critical_result(), after(minutes))
    assert words in shown
    assert shape in shown
    assert f"fr-{tone}" in shown


def test_told_in_time_and_told_late_are_different_words():
    assert "told in 5 min" in critical.due(heard(5), after(600))
    assert "told in 1 h 10 min, late" in critical.due(heard(70), after(600))


def test_where_it_stands_in_words():
    assert "open" in critical.standing(a_critical_result(), NOW)
    assert "escalated, step 2" in critical.standing(a_critical_result(), after(30))
    assert "reached without read-back" in critical.standing(heard(5, read_back=ReadBack.REACHED), after(9))


def test_the_banner_counts_and_is_nothing_when_there_is_nothing():
    assert critical.banner([], NOW) == ""
    both = [a_critical_result(), a_critical_result(found_at=after(-90))]
    shown = critical.banner(both, NOW)
    for words in (
        "2 critical results",
        "<b>1</b> overdue",
        "the first has waited 30 min too long",
        "fr-late",
    ):
        assert words in shown
    calm = critical.banner(both[:1], NOW)
    assert "the next is due in 1 h" in calm
    assert "fr-late" not in calm


def test_the_card_names_who_is_next_and_the_last_is_called_again():
    def shown(minutes):
        return critical.card(a_critical_result(), Markup("<i>whose</i>"), PEOPLE, {}, after(minutes), UTC)

    assert "To be told now: <b>Ordering clinician</b>. No answer by 08:15 UTC calls the next." in shown(0)
    assert "To be told now: <b>Ward doctor</b>. No answer by 08:30 UTC calls on them again." in shown(15)
    assert "To be told now: <b>Ward doctor</b>" in shown(500)
    assert "<i>whose</i>" in shown(0)
    assert "before the report" in shown(0)
    assert "To be told now" not in critical.card(heard(5), Markup(), PEOPLE, {}, after(6), UTC)


def test_history_keeps_the_order_and_every_way_a_notice_went():
    notice = Notice("0", "Ward doctor", Cause.OPENED, NOW)
    result = replace(
        heard(5),
        notices=(notice, Notice("1", "Senior doctor", Cause.TIME, after(3))),
        deliveries=(
            Delivery("0", "mail", sent=True, at=NOW),
            Delivery("1", "webhook", sent=False, at=NOW, reason="The webhook answered 503."),
        ),
    )
    shown = critical.history(result, {}, UTC)
    assert "called on <b>Ward doctor</b>: opened (sent by mail)" in shown
    assert "nobody answered in time (webhook not sent: The webhook answered 503.)" in shown
    assert shown.index("Ward doctor") < shown.index("Senior doctor") < shown.index("told Dr. Noor Haddad")


def test_names_and_words_are_escaped():
    result = heard(5, received_by="<b>x</b>")
    result = replace(result, what="<script>", category=Category.DAYS)
    assert "<script>" not in critical.card(result, Markup(), ("<i>",), {}, NOW, UTC)
    assert "<b>x</b>" not in critical.history(result, {}, UTC)
