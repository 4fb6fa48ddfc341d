import numpy as np
import pytest
from PIL import Image

from engine.errors import BadTable
from engine.evaluation.pointing import (
    GRID,
    LUNG_CENTRES,
    Target,
    _right_sides,
    boxed,
    brightest,
    evaluate,
    hit,
    section,
    simulated,
    to_table,
)
from tests.engine.model.tiny import a_model
from triage.finding import Laterality

HEADER = "image,finding,x,y,w,h\n"


def quiet(_step, _share):
    """Nobody watches a test's progress."""


def whole(kind="effusion", share=1.0, **changes):
    truth = np.zeros((GRID, GRID), bool)
    truth[:, : round(share * GRID)] = True
    pixels = np.random.default_rng(1).random((80, 70), np.float32)
    return Target(kind, (kind,), pixels, truth, **changes)


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "cxr").mkdir()
    Image.fromarray(np.full((64, 64), 90, np.uint8)).save(tmp_path / "cxr" / "nih_1_000.jpg")
    path = tmp_path / "films.csv"
    path.write_text("file,labels,split\ncxr/nih_1_000.jpg,pneumonia,train\n", encoding="utf-8")
    return path


def test_boxes_are_scaled_from_the_original_and_those_of_one_finding_are_one_target(manifest, tmp_path):
    boxes = tmp_path / "boxes.csv"
    rows = [
        "1_000.png,Infiltrate,512,256,256,128",
        "1_000.png,Infiltrate,0,0,64,64",
        "2_000.png,Mass,1,1,9,9",
    ]
    boxes.write_text(HEADER + "\n".join(rows), encoding="utf-8")
    (target,) = boxed(boxes, manifest)

    assert target.answers == ("infiltration",)
    assert target.taught
    assert hit(target.truth, (0.3, 0.6))
    assert hit(target.truth, (0.03, 0.03))
    assert not hit(target.truth, (0.6, 0.3))
    assert target.truth.mean() == pytest.approx((256 * 128 + 64 * 64) / 1024**2, rel=0.02)


@pytest.mark.parametrize(
    ("text", "said"), [("image,x\na,1\n", "columns"), (HEADER + "9.png,Mass,1,1,2,2", "No film")]
)
def test_boxes_nobody_can_use_are_refused(manifest, tmp_path, text, said):
    (tmp_path / "boxes.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadTable, match=said):
        boxed(tmp_path / "boxes.csv", manifest)


def test_the_brightest_cell_is_pointed_at():
    where = np.zeros((7, 7), np.float32)
    where[2, 5] = 1

    assert brightest(where) == pytest.approx((2.5 / 7, 5.5 / 7))


def test_what_covers_the_film_is_hit_and_what_is_nowhere_near_is_not():
    found = evaluate(
        a_model(), {"all": [whole()] * 3, "none": [whole(share=1 / GRID, taught=True)] * 2}, quiet
    )
    everywhere, _, corner, _ = found["table"]

    assert (everywhere["n"], everywhere["hits"], everywhere["centre"], everywhere["lung"]) == (3, 3, 3, 3)
    assert everywhere["chance"] == 1
    assert 0.3 < everywhere["low"] < everywhere["high"] == 1
    assert (corner["hits"], corner["centre"], corner["lung"], corner["taught"]) == (0, 0, 0, 2)
    assert corner["low"] == pytest.approx(0, abs=1e-9)


def test_scrambled_networks_are_compared_and_the_table_is_whole():
    found = evaluate(a_model(), {"boxes": [whole("mass"), whole("effusion")]}, quiet)
    lines = to_table(found)

    assert [row["kind"] for row in found["table"]] == ["effusion", "mass", "all"]
    assert all(abs(value) < 0.95 for value in found["alike"].values())
    assert found["map_ms"] < 100
    assert len({line.count("|") for line in lines[:5]}) == 1
    assert "random weights" in lines[-1]
    assert section(found, "the command", "a" * 64)[0] == "## Where it looked"


def test_a_side_counts_only_where_the_truth_has_one():
    left, right, both = Laterality.LEFT, Laterality.RIGHT, None

    assert _right_sides([(left, left), (left, right), (right, None), (both, left)]) == {
        "n": 3,
        "said": 2,
        "right": 1,
    }
    assert evaluate(a_model(), {"all": [whole()]}, quiet)["sides"]["all"]["n"] == 0
    assert evaluate(a_model(), {"half": [whole(share=0.4)]}, quiet)["sides"]["half"]["n"] == 1


def test_simulated_lesions_bring_their_own_truth(monkeypatch):
    monkeypatch.setattr("engine.evaluation.pointing.SHOWS", {"effusion": ("effusion",)})
    (target,) = simulated(1, quiet)

    assert (target.kind, target.answers, target.taught) == ("effusion", ("effusion",), False)
    assert target.truth.shape == (GRID, GRID)
    assert np.argwhere(target.truth)[:, 1].mean() > GRID / 2  # the first lies on the patient's left
    assert hit(target.truth, tuple(np.argwhere(target.truth)[0] / GRID))
    assert all(0 < down < 1 and 0 < across < 1 for down, across in LUNG_CENTRES)
