import json
import math

import pytest

from engine.errors import WeightsMismatch
from engine.model.calibration import SHIPPED, Calibration, load_calibration
from engine.model.config import HEAD


def test_a_score_goes_through_its_own_curve():
    calibration = Calibration(dict.fromkeys(HEAD, (1.0, 0.0)) | {"effusion": (2.0, -1.0), "mass": None})
    p = calibration.probabilities([1.0] * 15)

    assert p["effusion"] == pytest.approx(1 / (1 + math.exp(-1)))
    assert p["edema"] == pytest.approx(1 / (1 + math.exp(-1)))
    assert p["mass"] is None


def test_wild_scores_stay_probabilities():
    calibration = Calibration(dict.fromkeys(HEAD, (5.0, 0.0)))

    assert calibration.probabilities([1e6] * 15)["mass"] == pytest.approx(1.0)
    assert 0 <= calibration.probabilities([-1e6] * 15)["mass"] < 1e-9


def test_a_table_that_skips_a_finding_is_refused(tmp_path):
    (tmp_path / "c.json").write_text(json.dumps({"mass": {}}))

    with pytest.raises(WeightsMismatch, match="every finding"):
        load_calibration(tmp_path / "c.json")
    with pytest.raises(WeightsMismatch, match="no calibration"):
        load_calibration(tmp_path / "none.json")


def test_the_committed_table_answers_only_what_the_films_support():
    table = json.loads(SHIPPED.read_text())

    assert tuple(table) == HEAD
    for row in table.values():
        assert row["assessed"] == (row["positives"] >= 10 and row["low"] is not None and row["low"] > 0.5)
        assert row["slope"] > 0
