import json
from dataclasses import asdict

import numpy as np
import pytest

from engine.evaluation.films import evaluate
from engine.model.calibration import SHIPPED
from engine.training.calibrate import LabelCalibration, calibrate_label
from engine.training.card import card, card_of
from tests.engine.scripted import ScriptedFilmReader

DRAW = np.random.default_rng(0)
TRUTH = (DRAW.random(120) < 0.3).astype(float)
GOOD = calibrate_label(TRUTH + DRAW.normal(0, 0.7, 120), TRUTH, list(map(str, range(120))))
RARE = LabelCalibration(
    1.0, 0.0, assessed=False, n=160, positives=3, auc=0.9, low=None, high=None, people=2,
    why="too few films to judge (3 with it)",
)  # fmt: skip
TABLE = {"effusion": GOOD, "hernia": RARE}
RECORD = {
    "settings": {"shippable": True, "words": "0123456789abcdef"},
    "delta_sha256": "d",
    "films": {"taught": 694, "simulated": 240, "val": 164},
    "cross_fitted_mean_auc": 0.71234,
    "wording": {
        "facts": 20, "drafts": 60, "sentences": 170, "faithful": 81.7, "unsupported": 4.1, "composer": 3.3,
        "readable": {"n": 20, "count": 19, "share": 95.0, "low": 76.4, "high": 99.1},
        "short": {"n": 20, "count": 20, "share": 100.0, "low": 83.9, "high": 100.0},
        "same_critical": {"n": 9, "count": 9, "share": 100.0, "low": 70.1, "high": 100.0},
        "styles": {"brief": {"faithful": {"n": 20, "count": 16, "share": 80.0, "low": 58.4, "high": 91.9}}},
    },
    "minutes": {"tower": 8.0, "language": 20.0},
    "val": {name: asdict(row) for name, row in TABLE.items()},
}  # fmt: skip


def a_card(*, shippable=True):
    return card(shippable, TABLE, TABLE, RECORD)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    rows = ["file,labels,patient_id,sex"]
    for i in range(24):
        (folder / f"{i}.png").write_bytes(b"film")
        rows.append(f"{i}.png,{'effusion' if i % 2 else 'no_finding'},P{i},{'F' if i < 20 else 'M'}")
    (folder / "films.csv").write_text("\n".join(rows), encoding="utf-8")
    answers = [{"effusion": 0.6 if i % 2 else 0.1, "abnormal": 0.7 if i % 2 else 0.2} for i in range(24)]
    return evaluate(folder / "films.csv", ScriptedFilmReader(answers), None, lambda *_: None, by=("sex",))


def a_folder(tmp_path, found):
    (tmp_path / "run.json").write_text(json.dumps(RECORD))
    (tmp_path / "calibration.json").write_text(json.dumps(RECORD["val"]))
    (tmp_path / "evaluation.json").write_text(json.dumps(found))
    return tmp_path


def test_every_figure_comes_with_n_and_interval_and_silence_with_its_reason():
    written = a_card()

    assert (
        f"| effusion | 120 | {GOOD.positives} | {GOOD.people} | {GOOD.auc:.2f} ({GOOD.low:.2f} to" in written
    )
    assert f"{GOOD.before.ece.value:.3f}" in written
    assert f"{GOOD.after.brier.value:.3f}" in written
    assert "**not assessed**: too few films to judge (3 with it)" in written
    assert "0.712" in written


def test_limits_licences_and_what_it_is_not_for_are_said():
    for needed in (
        "Not a medical device",
        "must not be used for",
        "nihcc.app.box.com",
        "Apache-2.0",
        "text-mined",
        "calibrated anew",
    ):
        assert needed in a_card()


def test_weights_that_may_not_ship_say_so_first_of_all():
    assert "Not shippable" in a_card(shippable=False)
    assert "Not shippable" not in a_card()


def test_films_of_a_house_are_never_called_the_nih_s():
    house = a_card(shippable=False)
    for theirs in ("NIH", "American", "text-mined by their publisher", "The delta itself: Apache-2.0"):
        assert theirs not in house
    assert "of the house that taught it" in house
    assert "It stays there" in house


def test_how_finished_texts_read_is_told_with_n_and_interval():
    written = a_card()
    assert "19 of 20 (76 to 99 %) of the brief texts ask for school grade 8 or less" in written
    assert "9 of 9 (70 to 100 %)" in written


def test_the_evaluation_of_these_weights_and_of_no_others_is_in_the_card(tmp_path, measured):
    theirs = card_of(a_folder(tmp_path, measured))
    ours = card_of(a_folder(tmp_path, measured | {"delta_sha256": "d"}))

    assert "once\n`firstread evaluate films` has measured" in theirs
    for needed in (
        "### Goals",
        "### For whom",
        "### Above what needs no film",
        "### What one bedside value moves",
    ):
        assert needed in ours
        assert needed not in theirs
    assert "| male | all | fewer than 10 |" in ours


def test_the_committed_card_belongs_to_the_committed_files():
    assert (SHIPPED.parent / "MODEL_CARD.md").read_text(encoding="utf-8") == card_of(SHIPPED.parent)


def test_how_faithful_each_style_is_stands_with_n_and_interval_and_what_the_words_go_on_from():
    written = a_card()

    assert "| brief | 20 | 80 % (58 to 92) |" in written
    assert "sha256 0123456789ab" in written
