"""The pages as a patient's eyes, fingers and screen reader meet them."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from http import HTTPStatus

import pytest

from consent.record import Consent, ConsentState, Provision, Purpose, Signature
from consent.wording import CURRENT, LANGUAGES, Operator, wording
from dashboard.patient import pages
from dashboard.patient.answers import receipt_of, standings
from dashboard.patient.forms import BirthDateForm, SignForm
from dashboard.patient.language import PHRASES
from dashboard.patient.pages import Frame, OnFile, OwnLink
from tests.builders import NOW, PATIENT_ID

HOSTILE = "<script>alert(1)</script>\"'{{ 7*7 }}"
OPERATOR = Operator("Northfield Hospital", "+00 123 456")
LINK = OwnLink("T" * 43, "https://firstread.example/p/" + "T" * 43, keeps=True, expires="soon", tries_left=5)
CSS = (pages.FOLDER / "static" / "portal.css").read_text("utf-8")
SCRIPT = (pages.FOLDER / "static" / "signature.js").read_text("utf-8")


def frame(language="en", **changes):
    return Frame(
        **({"language": language, "operator": OPERATOR, "form_token": "f" * 64, "demo": True} | changes)
    )


def on_file(
    language="en", name="Maren Vale", drawn="[[[1,2],[3,4]],[[9,9]]]", ends_at=NOW + timedelta(days=365)
):
    text = wording(CURRENT, language)
    answers = (
        Provision("consent-1", Purpose.AI_READING, True, NOW, ends_at),
        Provision("consent-1", Purpose.TRAINING, False, NOW),
    )
    hand = Signature(name, "ab" * 32, NOW)
    consent = Consent(
        "consent-1", PATIENT_ID, ConsentState.ACTIVE, CURRENT, text.sha256, language, hand, answers
    )
    later = NOW + timedelta(hours=1)
    return OnFile(consent, standings(consent, later, language), receipt_of(consent, OPERATOR), drawn)


def every_page(language="en"):
    around, form = frame(language), SignForm(language=language)
    wrong = SignForm(language=language, name=HOSTILE, strokes="[[[")
    return {
        "door": pages.door(around),
        "refused": pages.door(around, BirthDateForm("9", "3", HOSTILE), kept=wrong, problem="refused"),
        "ask": pages.consent_page(around, form, {}, None, LINK),
        "problems": pages.consent_page(around, wrong, wrong.problems(), None, LINK),
        "answers": pages.consent_page(around, form, {}, on_file(language, HOSTILE), LINK, "signed"),
        "used": pages.message(around, "used", HTTPStatus.GONE),
    }


class Outline(HTMLParser):
    """What stands on a page: its tags with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page.body.decode())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(params=[(language, name) for language in LANGUAGES for name in every_page()], ids=str)
def page(request):
    language, name = request.param
    return every_page(language)[name]


def test_every_field_has_a_label(page):
    outline = Outline(page)
    labelled = {label["for"] for label in outline.all("label") if "for" in label}
    for field in outline.all("input"):
        wrapped = field.get("type") == "radio"
        assert field.get("type") == "hidden" or wrapped or field["id"] in labelled
    assert page.body.decode().count('<label class="choice"><input type="radio"') == len(
        [i for i in outline.all("input") if i.get("type") == "radio"]
    )


def test_every_group_of_choices_has_a_legend(page):
    outline = Outline(page)
    assert len(outline.all("fieldset")) == len(outline.all("legend"))


def test_there_is_one_first_heading_and_no_level_is_skipped(page):
    levels = [int(tag[1]) for tag, _ in Outline(page).tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    start = levels.index(1)
    assert all(b - a <= 1 for a, b in zip(levels[start:], levels[start + 1 :], strict=False))


def test_no_two_things_share_an_id(page):
    ids = [a["id"] for _, a in Outline(page).tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_every_reference_on_the_page_finds_its_thing(page):
    outline = Outline(page)
    ids = {a["id"] for _, a in outline.tags if "id" in a}
    for _, attributes in outline.tags:
        for name in ("aria-describedby", "aria-labelledby", "for"):
            assert set(attributes.get(name, "").split()) <= ids
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids


def test_a_field_that_is_wrong_is_announced_as_wrong(page):
    assert {a["aria-invalid"] for _, a in Outline(page).tags if "aria-invalid" in a} <= {"true"}


def test_the_language_of_the_page_is_named(page):
    assert Outline(page).all("html")[0]["lang"] == page.headers["content-language"]


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(page):
    for tag, attributes in Outline(page).tags:
        for name in ("src", "href", "action"):
            assert re.match(r"/p/|\?|#|data:,$|$", attributes.get(name, "")), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert "<style" not in page.body.decode()
    assert all("src" in script for script in Outline(page).all("script"))


def test_what_a_patient_typed_is_never_markup(page):
    text = page.body.decode()
    assert "<script>alert" not in text
    assert "49" not in re.sub(r"[0-9a-f]{32,}", "", text)


def test_req_17_every_page_has_its_own_strict_policy(page):
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;")
    assert "form-action 'self'; frame-ancestors 'none'; base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_a_demo_says_so_on_every_page(page):
    assert PHRASES[page.headers["content-language"]]["demo"] in page.body.decode()


def test_outside_a_demo_no_page_says_demo():
    assert "DEMO" not in pages.door(frame(demo=False)).body.decode()


def test_neither_answer_is_chosen_in_advance():
    assert not [i for i in Outline(every_page()["ask"]).all("input") if "checked" in i]


def test_what_was_typed_stands_again_beside_what_is_missing():
    form = SignForm(answers={Purpose.TRAINING: "refuse"}, name="Maren", strokes="[[[1,2]]]", read_sha256="x")
    page = pages.consent_page(frame(), form, form.problems(), None, LINK)
    outline = Outline(page)
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert [i["value"] for i in outline.all("input") if "checked" in i] == ["refuse"]
    assert next(i for i in outline.all("input") if i.get("name") == "name")["value"] == "Maren"
    assert next(i for i in outline.all("input") if i.get("name") == "strokes")["value"] == "[[[1, 2]]]"
    assert page.body.decode().count(form.problems()["ai-reading"]) == 2  # in the summary, and at the field
    assert "<title>Error: " in page.body.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_whole_text_that_is_signed(language):
    shown = re.sub(r"<[^>]+>", "\n", every_page(language)["ask"].body.decode())
    from html import unescape

    lines = {line.strip() for line in unescape(shown).splitlines()}
    text = wording(CURRENT, language)
    wanted = [text.title, text.statement]
    wanted += [line for s in text.named(OPERATOR) for line in (s.heading, *s.sentences)]
    wanted += [line for q in text.questions for line in (q.question, q.note, q.allow, q.refuse)]
    assert set(wanted) <= lines


def test_answers_come_first_and_one_tap_takes_back_a_yes():
    text = every_page()["answers"].body.decode()
    assert text.index(PHRASES["en"]["answers_title"]) < text.index(wording(CURRENT, "en").title)
    assert text.count(">Take back my yes</button>") == 1
    assert '<input type="hidden" name="purpose" value="ai-reading">' in text


def test_a_yes_that_was_taken_back_cannot_be_taken_back_again():
    shown = pages.consent_page(frame(), SignForm(), {}, on_file(ends_at=NOW), LINK)
    assert "You took back your yes" in shown.body.decode()
    assert "Take back my yes</button>" not in shown.body.decode()


def test_the_drawn_signature_is_shown_as_lines():
    assert on_file().strokes == ["M1 2 L3 4", "M9 9 L9 9"]
    assert '<path d="M1 2 L3 4"/>' in every_page()["answers"].body.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "After 5 more wrong dates of birth in a row"),
        ({"tries_left": 0}, "cannot open this link again"),
        ({"keeps": False}, "stops working on soon"),
    ],
)
def test_the_page_says_how_long_its_link_lasts(changes, says):
    from dataclasses import replace

    shown = pages.consent_page(frame(), SignForm(), {}, on_file(), replace(LINK, **changes)).body.decode()
    assert says in shown
    assert (LINK.address in shown) == replace(LINK, **changes).keeps


# ── colours, sizes, scripts ───────────────────────────────────────────────────────────────────────────


def colours():
    light, dark = re.findall(r":root\s*{([^}]*)}", CSS)
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for name, block in (("light", light), ("dark", dark))
    }


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Source: WCAG 2.2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        ("ink", "page", 7),
        ("ink", "panel", 7),
        ("quiet", "page", 4.5),
        ("accent", "page", 4.5),
        ("accent", "panel", 4.5),
        ("on-accent", "accent", 4.5),
        ("wrong", "page", 4.5),
        ("good", "page", 4.5),
        ("good", "panel", 4.5),
        ("on-demo", "demo", 4.5),
        ("line", "page", 3),
    ],
)
def test_every_colour_can_be_read_on_its_ground(theme, ink, ground, least):
    assert contrast(colours()[theme][ink], colours()[theme][ground]) >= least


def test_no_colour_stands_outside_the_two_themes():
    rest = re.sub(r":root\s*{[^}]*}", "", CSS)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", rest)


def test_style_and_script_ask_nobody():
    for text in (CSS, SCRIPT):
        assert not re.search(r"https?:|url\(|@import|fetch|XMLHttp|import ", text)
    assert len(SCRIPT.splitlines()) <= 26
