"""The text is plain, whole in each language, and never changes under a signature."""

import re
from hashlib import sha256

import pytest

from consent.errors import ConsentError
from consent.record import Purpose
from consent.wording import CURRENT, LANGUAGES, WORDINGS, Operator, wording

PUBLISHED = {
    ("2026-11", "en"): "90c7fb74a78363d4000e42ac9ff24c6fa2cd15662088260243d56c02f9a46486",
    ("2026-11", "ru"): "6972004c8a03ebcf3a4f26ba7d6d4932addecf8db79f3a686102bb4134ff32e9",
}
OPERATOR = Operator("Northfield Hospital", "+00 123 456")
every_text = pytest.mark.parametrize("text", WORDINGS.values(), ids=lambda w: f"{w.version}-{w.language}")


def sentences(text):
    return [s for s in re.split(r"[.!?]\s+|\n+", text) if s.strip()]


def syllables(word):
    letters = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", letters))
    silent = letters.endswith("e") and not letters.endswith(("le", "ee"))
    return max(groups - (silent and groups > 1), 1)


def grade(text):
    """School grade needed to read a text. Source: Kincaid et al. 1975 (Flesch-Kincaid)."""
    words = re.findall(r"[A-Za-z][A-Za-z'-]*", text)
    return 0.39 * len(words) / len(sentences(text)) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@pytest.mark.parametrize(("key", "published"), PUBLISHED.items())
def test_a_published_text_is_never_edited(key, published):
    assert wording(*key).sha256 == published


def test_every_text_on_file_is_pinned():
    assert set(PUBLISHED) == set(WORDINGS)


def test_the_current_text_is_there_in_every_language():
    assert {language for version, language in WORDINGS if version == CURRENT} == set(LANGUAGES)


@every_text
def test_req_25_the_hash_is_of_every_word_that_is_shown(text):
    assert text.sha256 == sha256(text.text.encode()).hexdigest()
    shown = [text.title, text.statement]
    shown += [line for s in text.sections for line in (s.heading, *s.sentences)]
    shown += [line for q in text.questions for line in (q.question, q.note, q.allow, q.refuse)]
    assert all(line in text.text.splitlines() for line in shown)


@every_text
def test_the_two_purposes_are_asked_apart(text):
    assert [q.purpose for q in text.questions] == [Purpose.AI_READING, Purpose.TRAINING]
    assert all(q.allow and q.refuse and q.allow != q.refuse for q in text.questions)


@every_text
def test_the_operator_is_named_where_the_text_says_so(text):
    named = "\n".join(line for s in text.named(OPERATOR) for line in s.sentences)
    assert OPERATOR.name in named
    assert OPERATOR.contact in named
    assert "{" not in named


def test_the_texts_have_the_same_sections_and_sentences():
    shapes = {tuple(len(s.sentences) for s in w.sections) for w in WORDINGS.values() if w.version == CURRENT}
    assert len(shapes) == 1


def test_english_needs_no_more_than_eight_years_of_school():
    text = wording(CURRENT, "en")
    assert grade(text.text) <= 8
    for section in text.sections:
        assert grade("\n".join(section.sentences)) <= 8, section.heading


def test_the_grade_can_tell_plain_from_heavy():
    assert grade("The cat sat on the mat. It was warm.") < 2
    assert (
        grade("Notwithstanding the aforementioned considerations, institutional responsibilities persist.")
        > 12
    )


@every_text
def test_sentences_are_short(text):
    lengths = [len(s.split()) for s in sentences(text.text)]
    assert max(lengths) <= 25
    assert sum(lengths) / len(lengths) <= 12


@every_text
def test_the_term_is_the_year_the_text_names(text):
    assert text.term.days == 365
    assert re.search(r"one year|один год", text.text)


def test_a_text_that_never_was_is_refused():
    with pytest.raises(ConsentError, match="no consent text of version 1999-01"):
        wording("1999-01", "en")


def test_a_purpose_that_is_not_asked_about_has_no_question():
    with pytest.raises(ConsentError, match="does not ask about evaluation"):
        wording(CURRENT, "en").question(Purpose.EVALUATION)
