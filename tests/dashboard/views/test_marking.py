"""The panel of critical results in the reading room: marked, kept, and opened by a person or by their signature."""

from datetime import datetime, timedelta

import pytest

from tests.builders import NOW, a_person, a_study, an_event, vitals
from tests.dashboard.views.conftest import open_from_worklist, said
from tests.dashboard.views.test_critical import click, errors
from triage import signing
from triage.critical import Category, Mark
from triage.report import Verdict

UID = a_study().study_uid
WHAT, CATEGORY, FOUND = "What is critical", "Must be heard", "Found at (UTC)"
HALF = "Say in a few words what is critical and how soon it must be heard, or clear both."


@pytest.fixture
def reading(screen, arrive, read):
    arrive(a_study(), vitals())
    read(a_study(), probabilities={"pneumothorax": 0.91})
    at = screen("worklist")
    at.session_state["open_study_uid"] = UID
    return at.switch_page("views/reading.py").run()


def test_the_model_suggests_and_opens_nothing(reading, house):
    assert "Suggested by the model, AI-generated:" in said(reading)
    assert house.critical.of_study(UID) == ()
    click(reading, "Pneumothorax, within minutes")
    assert field(reading, WHAT).value == "Pneumothorax"
    assert house.critical.of_study(UID) == ()


def test_a_person_opens_it_before_the_report(reading, house):
    click(reading, "Open it now")
    assert "Say in a few words what is critical and how soon it must be heard, or clear both." in errors(
        reading
    )
    field(reading, WHAT).set_value("Left tension pneumothorax.").run()
    field(reading, CATEGORY).set_value("minutes").run()
    filled = field(reading, WHAT).key
    click(reading, "Open it now")
    (result,) = house.critical.of_study(UID)
    assert (result.what, result.opened_by, result.report_version) == (
        "Left tension pneumothorax.",
        "ada",
        None,
    )
    assert "Left tension pneumothorax." in said(reading)
    assert field(reading, WHAT).value == ""
    assert field(reading, WHAT).key != filled  # a new field, which no browser has filled


def test_what_is_marked_opens_with_the_signature_and_not_without_it(reading, house):
    click(reading, "Pneumothorax, within minutes")
    reading.session_state[f"impression-{UID}"] = "Left tension pneumothorax."
    click(reading.run(), "Sign…")
    assert house.critical.of_study(UID) == ()
    click(reading, "Sign as final")
    assert [r.verdict for r in house.studies.reports(UID)] == [Verdict.UNAIDED]
    (result,) = house.critical.of_study(UID)
    assert (result.what, result.category, result.report_version) == ("Pneumothorax", Category.MINUTES, 1)
    assert isinstance(result.opened_at, datetime)


def test_a_signature_that_is_refused_opens_nothing(reading, house):
    click(reading, "Pneumothorax, within minutes")
    reading.session_state[f"impression-{UID}"] = "Left tension pneumothorax."
    click(reading.run(), "Sign…")
    house.studies.claim(UID, None, an_event(agent="ada"))
    signing.sign(house, UID, a_person(subject="tom"), "Theirs.", style=None)
    click(reading, "Sign as final")
    assert house.critical.of_study(UID) == ()


def field(at, label):
    return next(f for f in (*at.text_input, *at.segmented_control, *at.datetime_input) if f.label == label)


def write(at, text="Left tension pneumothorax."):
    at.session_state[f"impression-{UID}"] = text
    return at.run()


@pytest.mark.parametrize(("part", "value"), [(WHAT, "Pneumothorax"), (CATEGORY, "minutes")])
def test_a_half_filled_mark_is_not_signed_away(reading, house, part, value):
    field(reading, part).set_value(value).run()
    click(write(reading), "Sign…")
    assert HALF in errors(reading)
    assert "Sign as final" not in [b.label for b in reading.button]
    field(reading, part).set_value("" if part == WHAT else None).run()
    click(click(reading, "Sign…"), "Sign as final")
    assert len(house.studies.reports(UID)) == 1
    assert house.critical.of_study(UID) == ()


def test_a_mark_that_was_emptied_by_half_before_the_last_click_refuses_the_signature(reading, house):
    click(reading, "Pneumothorax, within minutes")
    click(write(reading), "Sign…")
    field(reading, CATEGORY).set_value(None).run()
    click(reading, "Sign as final")
    assert HALF in errors(reading)
    assert house.studies.reports(UID) == ()
    assert field(reading, WHAT).value == "Pneumothorax"


def test_beside_the_signature_stands_what_it_opens(reading):
    click(write(reading), "Sign…")
    assert "Opens as critical" not in said(reading)
    click(reading, "Pneumothorax, within minutes")
    assert "Opens as critical: Pneumothorax, within minutes, found 21 Nov 2026, 08:00 UTC." in said(reading)


def test_an_amendment_opens_what_is_marked_with_its_own_version(reading, house):
    signing.sign(house, UID, a_person(subject="ada"), "No pneumothorax.", style=None)
    reading.run()
    click(reading, "Pneumothorax, within minutes")
    reading.toggle(key=f"amending-1-{UID}").set_value(True).run()
    write(reading)
    reading.pills(key=f"chip-{UID}").set_value(reading.pills(key=f"chip-{UID}").options[0]).run()
    click(reading, "Sign…")
    assert "Opens as critical: Pneumothorax" in said(reading)
    click(reading, "Sign the amendment")
    (result,) = house.critical.of_study(UID)
    assert (result.what, result.report_version) == ("Pneumothorax", 2)


def test_it_was_found_when_it_was_marked_until_the_reader_says_otherwise(reading, house, clock):
    assert field(reading, FOUND).label == "Found at (UTC)"
    assert field(reading, FOUND).value is None
    field(reading, WHAT).set_value("Left tension pneumothorax.").run()
    assert field(reading, FOUND).value == NOW.replace(tzinfo=None)
    clock.advance(10 * 60)
    field(reading, CATEGORY).set_value("minutes").run()
    assert field(reading, FOUND).value == NOW.replace(tzinfo=None)
    field(reading, FOUND).set_value((NOW - timedelta(minutes=5)).replace(tzinfo=None)).run()
    click(reading, "Open it now")
    (result,) = house.critical.of_study(UID)
    assert result.found_at == NOW - timedelta(minutes=5)
    assert result.opened_at == NOW + timedelta(minutes=10)


def test_a_mark_that_is_emptied_takes_its_time_along(reading, clock):
    field(reading, WHAT).set_value("Pneumothorax").run()
    clock.advance(600)
    field(reading, WHAT).set_value("").run()
    assert field(reading, FOUND).value is None


def test_nothing_is_found_ahead(reading, house):
    click(reading, "Pneumothorax, within minutes")
    field(reading, FOUND).set_value((NOW + timedelta(minutes=5)).replace(tzinfo=None)).run()
    click(reading, "Open it now")
    assert errors(reading) == ["It cannot be found later than now; look at the time again."]
    assert house.critical.of_study(UID) == ()


def test_a_mark_comes_back_after_a_reload_as_the_words_do(reading, screen, house, clock):
    field(reading, WHAT).set_value("Left tension pneumothorax.").run()
    half = house.half_written.find(UID, "ada")
    assert half.mark == Mark("Left tension pneumothorax.", None, NOW)
    clock.advance(600)
    again = open_from_worklist(screen("worklist"), UID)
    assert field(again, WHAT).value == "Left tension pneumothorax."
    assert field(again, FOUND).value == NOW.replace(tzinfo=None)
    field(again, CATEGORY).set_value("minutes").run()
    third = open_from_worklist(screen("worklist"), UID)
    assert field(third, CATEGORY).value == "minutes"
    click(third, "Open it now")
    assert house.half_written.find(UID, "ada").mark == Mark()
    (result,) = house.critical.of_study(UID)
    assert (result.found_at, result.category) == (NOW, Category.MINUTES)
    fourth = open_from_worklist(screen("worklist"), UID)
    assert field(fourth, WHAT).value == ""
