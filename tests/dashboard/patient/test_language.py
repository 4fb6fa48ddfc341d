"""Both languages say everything, and the browser's wish is heard."""

import string
from datetime import UTC, datetime, timedelta, timezone

import pytest

from consent.wording import LANGUAGES
from dashboard.patient.language import PHRASES, choose, moment


def blanks(phrase):
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_every_language_of_the_text_has_its_pages():
    assert set(PHRASES) == set(LANGUAGES)


@pytest.mark.parametrize("name", PHRASES["en"])
def test_every_phrase_is_there_in_both_languages_with_the_same_blanks(name):
    assert PHRASES["en"][name].strip()
    assert PHRASES["ru"][name].strip()
    assert blanks(PHRASES["en"][name]) == blanks(PHRASES["ru"][name])
    assert not hasattr(dict, name)  # a template would find the method instead of the phrase


def test_no_language_has_phrases_of_its_own():
    assert set(PHRASES["ru"]) == set(PHRASES["en"])


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "spoken"),
    [
        (None, None, "", "en"),
        (None, None, "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        (None, None, "de-DE,de;q=0.9,ru;q=0.8,en;q=0.7", "ru"),
        (None, None, "de,fr", "en"),
        (None, "ru", "en", "ru"),
        ("en", "ru", "ru", "en"),
        ("xx", "ru", "en", "ru"),
        ("xx", "yy", "*", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_then_remembered_then_accepted(asked, remembered, accepted, spoken):
    assert choose(asked, remembered, accepted) == spoken


def test_a_moment_has_its_zone():
    at = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
    assert moment(at, "en") == "21 November 2026, 14:05 UTC"
    assert moment(at.astimezone(timezone(timedelta(hours=3))), "ru") == "21 ноября 2026, 14:05 UTC"
