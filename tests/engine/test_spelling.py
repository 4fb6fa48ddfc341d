import random
import string

import pytest

from engine.facts import from_text
from engine.spelling import mended
from engine.vocabulary import CRITICAL

NOTES = (
    "There is a large right pneumothorax.",
    "Small left apical pneumothorax. No pleural effusion.",
    "Bilateral pneumothoraces are seen, larger on the right.",
    "Probable pneumothorax on the left; the heart is normal in size.",
    "A pneumothorax cannot be excluded.",
    "No pneumothorax. Left pleural effusion with atelectasis.",
    "There is no pneumothorax or pleural effusion.",
    "Heart size is normal. No evidence of pneumothorax.",
    "The lungs are clear without pneumothorax.",
    "Negative for pneumothorax.",
    "Pneumothorax is absent. Cardiomegaly is present.",
    "No focal consolidation, pleural effusion or pneumothorax.",
    "Neither pneumothorax nor effusion is identified.",
    "Pneumothorax is unlikely. Possible right lower zone pneumonia.",
)
REAL = {
    "not",
    "nor",
    "now",
    "so",
    "to",
    "do",
    "go",
    "an",
    "or",
    "is",
    "in",
    "it",
    "as",
    "of",
    "if",
    "at",
    "are",
    "and",
    "for",
    "on",
}
"""What a slip may not make of a word here: another word, which no reader could tell from what was meant."""
SEEDS = 20


def noisy(text, draw):
    """Swap, drop, double or change three letters in a hundred, denials included."""
    return " ".join(_mistyped(word, draw) for word in text.split(" "))


def _mistyped(word, draw):
    letters = list(word)
    for i in range(len(letters) - 1, -1, -1):
        if not letters[i].isalpha() or draw.random() >= 0.03:
            continue
        kind = draw.choice(("swap", "drop", "double", "change"))
        if kind == "swap" and i:
            letters[i - 1], letters[i] = letters[i], letters[i - 1]
        elif kind == "change":
            letters[i] = draw.choice(string.ascii_lowercase)
        else:
            letters[i] = letters[i] * 2 if kind == "double" else ""
    typed = "".join(letters)
    bare = typed.strip(".,;").lower()
    return word if not bare or (bare in REAL and bare != word.lower()) else typed


def critical(text):
    facts = from_text(text)
    there = {fact.code for fact in facts.present if fact.code in CRITICAL}
    return there, CRITICAL & set(facts.unlikely)


@pytest.mark.parametrize("note", NOTES)
def test_typing_noise_loses_and_flips_no_critical_finding(note):
    wanted = critical(note)
    assert wanted != (set(), set())
    for seed in range(SEEDS):
        typed = noisy(note, random.Random(seed))  # noqa: S311
        assert critical(typed) == wanted, typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Pneumothroax.", "Pneumothorax."),
        ("pleual effusoin", "pleural effusion"),
        ("nlikely", "unlikely"),
        ("N pneumothorax.", "no pneumothorax."),
        ("There is mo evidence of edema.", "There is no evidence of edema."),
    ],
)
def test_a_slip_is_mended(typed, meant):
    assert mended(typed).lower() == meant.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Now a pneumothorax on the right.",
        "On the left there is an effusion.",
        "Contrast injection through a port.",
        "Uncertain nodule; the density is decreased.",
        "The patient could not inspire.",
        "Likely pneumonia.",
        "Unclear margins of the module.",
    ],
)
def test_what_means_something_is_left_alone(text):
    assert mended(text) == text
