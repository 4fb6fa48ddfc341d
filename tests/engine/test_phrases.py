"""The words radiologists use, as the package lists them, are heard as the findings they name."""

import pytest

from engine import phrases as words
from engine.errors import WeightsMismatch
from engine.phrases import elsewhere, phrases
from engine.statements import stated
from triage.finding import LABELS

LISTED = [(code, phrase) for code, names in phrases().items() for phrase in names]

OURS = {"collapsed lung": "pneumothorax"}
"""Lists differ; the critical finding is the one a person must look for."""


def test_every_finding_has_its_phrases():
    assert set(phrases()) == set(LABELS)
    assert len(LISTED) > 180
    assert all(phrase == phrase.lower() for _, phrase in LISTED)


@pytest.mark.parametrize(("code", "phrase"), LISTED)
def test_each_phrase_is_heard_and_denied(code, phrase):
    heard = OURS.get(phrase, code)
    assert {(s.code, s.present) for s in stated(f"There is {phrase}.")} == {(heard, True)}
    assert {(s.code, s.present) for s in stated(f"No {phrase} is seen.")} == {(heard, False)}


@pytest.mark.parametrize("phrase", sorted(elsewhere()))
def test_what_only_bears_the_name_is_not_heard(phrase):
    assert stated(f"There is {phrase}.") == []


def test_a_hilar_mass_is_a_mass():
    assert [s.code for s in stated("There is a left hilar mass.")] == ["mass"]


def test_another_list_than_the_one_we_know_is_refused(monkeypatch):
    words._list.cache_clear()
    monkeypatch.setattr(words, "SHA256", "0" * 64)
    with pytest.raises(WeightsMismatch, match="pinned"):
        phrases()
    monkeypatch.setattr(words, "PACKAGE", "no_such_package")
    with pytest.raises(WeightsMismatch, match="not installed"):
        phrases()
