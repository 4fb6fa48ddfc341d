"""What was typed is checked field by field, in the patient's language, and nothing of it is lost."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import IncompleteConsent
from consent.record import ConsentState, Purpose
from consent.wording import CURRENT, LANGUAGES, wording
from dashboard.patient.forms import BirthDateForm, SignForm, strokes_in
from tests.builders import NOW, PATIENT_ID

STROKES = "[[[1,2],[3,4]],[[600,200]]]"


def typed(language="en", **changes):
    fields = {
        "language": language,
        "read": wording(CURRENT, language).sha256,
        "ai-reading": "allow",
        "training": "refuse",
        "name": "Maren Vale",
        "strokes": STROKES,
    }
    return {k: v for k, v in (fields | changes).items() if v is not None}


def form(language="en", **changes):
    return SignForm.read(typed(language, **{k.replace("_", "-"): v for k, v in changes.items()}))


@pytest.mark.parametrize(
    ("boxes", "day"),
    [
        (("9", "3", "1958"), date(1958, 3, 9)),
        ((" 09 ", "03", "1958 "), date(1958, 3, 9)),
        (("29", "2", "2024"), date(2024, 2, 29)),
        (("29", "2", "2023"), None),
        (("31", "4", "1958"), None),
        (("9", "3", "58"), None),
        (("", "3", "1958"), None),
        (("nine", "3", "1958"), None),
        (("9", "3", "19580000000"), None),
    ],
)
def test_a_birth_date_is_a_day_that_was(boxes, day):
    assert BirthDateForm.read(dict(zip(("day", "month", "year"), boxes, strict=True))).typed == day


def test_a_birth_date_form_may_be_empty():
    assert BirthDateForm.read({}).typed is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_form_makes_a_consent(language):
    consent, text = form(language).consent(PATIENT_ID, "ab" * 32, NOW), wording(CURRENT, language)
    assert consent.patient == PATIENT_ID
    assert consent.state is ConsentState.ACTIVE
    assert (consent.wording_version, consent.language) == (CURRENT, language)
    assert consent.wording_sha256 == text.sha256
    assert (consent.signature.name, consent.signature.signed_at) == ("Maren Vale", NOW)
    said = {p.purpose: (p.permits, p.starts_at, p.ends_at) for p in consent.provisions}
    assert said == {Purpose.AI_READING: (True, NOW, NOW + text.term), Purpose.TRAINING: (False, NOW, None)}
    assert {p.consent_id for p in consent.provisions} == {consent.consent_id}


def test_no_two_consents_share_a_number():
    assert form().consent(PATIENT_ID, "", NOW).consent_id != form().consent(PATIENT_ID, "", NOW).consent_id


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"ai-reading": None}, "ai-reading", "May the AI take a first look"),
        ({"ai-reading": "yes"}, "ai-reading", "choose yes or no"),
        ({"training": None}, "training", "train the AI"),
        ({"name": ""}, "name", "type your full name"),
        ({"name": "  \u00a0 "}, "name", "type your full name"),
        ({"name": "A"}, "name", "type your full name"),
        ({"name": "12345"}, "name", "type your full name"),
        ({"name": "Maren\x00Vale"}, "name", "type your full name"),
        ({"name": "Maren " * 40}, "name", "too long"),
        ({"strokes": "[[["}, "drawing", "drawn signature"),
        ({"strokes": '"pen"'}, "drawing", "drawn signature"),
        ({"read": "0" * 64}, "read", "text has changed"),
        ({"read": None}, "read", "text has changed"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_signed(change, field, says):
    incomplete = SignForm.read(typed(**change))
    assert list(incomplete.problems()) == [field]
    assert says in incomplete.problems()[field]
    if field != "drawing":
        with pytest.raises(IncompleteConsent, match=says):
            incomplete.consent(PATIENT_ID, "ab" * 32, NOW)
    else:
        with pytest.raises(IncompleteConsent, match=says):
            incomplete.drawing()


def test_an_empty_form_asks_for_everything_in_the_order_of_the_page():
    assert list(SignForm.read({}).problems()) == ["ai-reading", "training", "name", "read"]


def test_the_sentences_are_in_the_patients_language():
    assert "Выберите" in form("ru", training="").problems()["training"]


def test_names_of_all_alphabets_are_names():
    for name in ("Мария Иванова", "Ünal Çelik", "李小龙", "O'Brien-Smith", "Vale^Maren"):
        assert form(name=name).problems() == {}


def test_space_around_and_inside_a_name_is_tidied():
    assert form(name="  Maren \t Vale ").consent(PATIENT_ID, "", NOW).signature.name == "Maren Vale"


def test_another_language_than_ours_is_read_as_english():
    assert SignForm.read({"language": "xx"}).language == "en"


def test_nothing_typed_is_lost_on_the_way_through_an_interruption():
    before = form(name="Maren  Vale", ai_reading="refuse")
    again = SignForm.read(before.fields | {"language": before.language})
    assert again == before
    assert again.begun


def test_a_form_nobody_touched_has_not_begun():
    assert not SignForm.read({"language": "en", "read": "abc"}).begun


def test_a_drawing_is_kept_as_strokes_of_whole_numbers():
    assert json.loads(form().drawing()) == [[[1, 2], [3, 4]], [[600, 200]]]
    assert form(strokes="").drawing() == b"[]"
    assert form(strokes="[[]]").drawing() == b"[]"


@pytest.mark.parametrize(
    "drawn",
    [
        "{}x",
        "[[[601,0]]]",
        "[[[0,201]]]",
        "[[[-1,0]]]",
        "[[[1.5,2]]]",
        "[[[true,1]]]",
        "[[[1]]]",
        "[[[1,2,3]]]",
        "[[1]]",
        '[[["1","2"]]]',
        "null1",
        "[" * 5000,
        json.dumps([[[1, 1]] * 6000]),
    ],
)
def test_what_was_not_drawn_on_our_board_is_refused(drawn):
    with pytest.raises(IncompleteConsent):
        strokes_in(drawn)


@given(st.text(max_size=60) | st.recursive(st.integers() | st.text() | st.none(), st.lists).map(json.dumps))
def test_any_text_is_strokes_inside_the_board_or_refused(drawn):
    try:
        strokes = strokes_in(drawn)
    except IncompleteConsent:
        return
    assert all(0 <= x <= 600 and 0 <= y <= 200 for stroke in strokes for x, y in stroke)
