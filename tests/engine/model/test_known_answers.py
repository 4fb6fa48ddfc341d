"""A brought model is held to its own first answers."""

import json

import pytest

from engine.errors import WeightsMismatch
from engine.model.known_answers import FURTHEST, check_answers
from engine.reader import load_reader
from engine.settings import Settings
from tests.engine.model.families import a_family_folder
from triage.errors import ReaderFailed


def test_the_first_answers_are_kept_and_later_ones_held_against_them(tmp_path):
    assert not check_answers(tmp_path, "a", "q", [1.0, -2.0])
    assert check_answers(tmp_path, "a", "q", [1.0 + FURTHEST / 2, -2.0])
    with pytest.raises(WeightsMismatch, match=r"by 0\.6 in log odds"):
        check_answers(tmp_path, "a", "q", [1.6, -2.0])
    assert check_answers(tmp_path, "a", "q", [1.0, -2.0]), "a refusal must not become the new truth"


def test_another_width_and_other_questions_begin_anew(tmp_path):
    check_answers(tmp_path, "a-nf4", "q", [1.0])
    assert not check_answers(tmp_path, "a-bf16", "q", [9.0])
    assert not check_answers(tmp_path, "a-nf4", "other", [9.0])


def test_no_number_is_refused_at_once(tmp_path):
    with pytest.raises(WeightsMismatch, match="no number"):
        check_answers(tmp_path, "a", "q", [float("nan")])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_answers_a_known_film_otherwise_than_at_its_first_load_is_refused(tmp_path):
    settings = Settings(model=a_family_folder("gemma3", tmp_path / "brought"), precision="bf16")

    def opened():
        return load_reader(settings, tmp_path / "cache", lambda _step, _share: None)

    opened()
    (kept,) = (tmp_path / "cache").glob("known-answers-*-bf16-cpu.json")
    first = json.loads(kept.read_text())
    opened()

    kept.write_text(json.dumps(first | {"answers": [a + 2.0 for a in first["answers"]]}))
    with pytest.raises(ReaderFailed, match="otherwise than at its first load"):
        opened()
