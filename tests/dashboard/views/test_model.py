import json

import pytest

from dashboard.parts import model_record
from tests.dashboard.views.conftest import said

CALIBRATION = {
    "effusion": {
        "assessed": True,
        "n": 167,
        "positives": 18,
        "auc": 0.84,
        "low": 0.76,
        "high": 0.92,
        "after": {"bins": [{"n": 17, "p": 0.1, "share": 0.12}, {"n": 17, "p": 0.5, "share": 0.41}]},
    },
    "hernia": {
        "assessed": False,
        "n": 167,
        "positives": 2,
        "auc": None,
        "low": None,
        "high": None,
        "why": "too few films to judge (2 with it)",
    },
}
RUN = {
    "tower_losses": [0.6, 0.5],
    "language_losses": {"total": [2.0] * 40, "findings": [0.5, None] * 20, "text": [2.6] * 40},
}
PASSPORT = {
    "made_at": "2026-11-21T12:00:00+00:00",
    "films": {"n": 6, "simulated": 6},
    "machine": {"cpu": "a CPU", "cores": 2, "flags": [], "versions": {"torch": "2.13.0"}},
    "widths": {
        "fp32": {
            "runs": True,
            "same_urgency": 1.0,
            "largest_change_of_p": 0.0,
            "same_facts": 1.0,
            "rouge_l": 0.98,
            "without_fault": 0.5,
            "tokens_per_s": 17.4,
            "peak_mib": 1200,
        },
        "int8": {"runs": False, "why": "RuntimeError: no kernel"},
    },
}


CELL = {"value": 0.8, "low": 0.7, "high": 0.9}
UNKNOWN = {"value": None, "low": None, "high": None}
ANSWER = {
    "n": 100, "positives": 20, "abstained": 3, "auc": 0.84, "low": 0.76, "high": 0.92, "ece": 0.04, "ece_low": 0.02,
    "ece_high": 0.07, "ece_honest": 0.03, "brier": 0.1, "brier_low": 0.08, "brier_high": 0.12,
    "called_unlikely_with_it": 2,
    "bins": [{"n": 50, "p": 0.1, "share": 0.12}, {"n": 50, "p": 0.4, "share": 0.35}],
}  # fmt: skip
EVALUATION = {
    "films": 100,
    "patients": 90,
    "bootstrap": {"draws": 1000, "seed": 0, "by": "patient", "interval": "95 %"},
    "unreadable": [{"name": "x", "reason": "y"}],
    "delta_sha256": "d" * 64,
    "goals": {
        "mean AUC": {"value": 0.8, "low": 0.7, "high": 0.9, "goal": 0.78, "met": True, "surely": False}
    },
    "labels_from_report": {
        "effusion": ANSWER,
        "mass": ANSWER | {"positives": 4, "ece": None, "ece_honest": None, "bins": []},
        "hernia": ANSWER | {"n": 0, "bins": []},
    },
    "groups": {
        "sex": {
            "female": {
                "n": 60,
                "labels": {
                    "effusion": {"positives": 12, "auc": CELL, "noticed": CELL, "false_alarms": CELL},
                    "mass": {"positives": None, "auc": UNKNOWN, "noticed": UNKNOWN, "false_alarms": CELL},
                },
            },
            "other": {"n": None, "labels": {}},
        }
    },
}


@pytest.fixture
def papers(tmp_path, monkeypatch):
    """Put papers beside the weights; the page reads those of this folder."""
    monkeypatch.setattr(model_record.load, "__defaults__", (tmp_path,))

    def put(**files):
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        (tmp_path / "MODEL_CARD.md").write_text("# The card\nNot for pneumothorax.", encoding="utf-8")

    return put


def shown(screen):
    return screen("model", subject="robin", role="administrator")


def test_papers_become_a_page(screen, papers):
    papers(run=RUN, calibration=CALIBRATION, passport=PASSPORT)
    at = shown(screen)
    text = said(at)
    assert "Which answers can be believed? 1 of 2" in text
    assert "<td>Hiatal hernia</td><td>not assessed</td>" in text
    assert "too few films to judge (2 with it)" in text
    assert "0.84 (0.76–0.92)" in text
    assert "does not run here: RuntimeError: no kernel" in text
    assert "6 simulated films; a CPU" in text
    assert [c.proto.alt for c in at.get("plotly_chart")] == [
        "Reliability of the probabilities",
        "Loss of the tower stage",
        "Loss of the language stage",
    ]
    assert any("Not for pneumothorax." in m.value for m in at.markdown)


def test_an_evaluation_is_told_finding_by_finding_and_group_by_group(screen, papers):
    papers(run=RUN | {"delta_sha256": "d" * 64}, calibration=CALIBRATION, evaluation=EVALUATION)
    at = shown(screen)
    text = said(at)
    assert "<td>mean AUC</td>" in text
    assert "met, not surely" in text
    assert '<td>Pleural effusion</td><td class="n">20 of 100</td><td class="n">0.84 (0.76–0.92)</td>' in text
    assert '<td>Mass</td><td class="n">fewer than 10 of 100</td>' in text
    assert "100 films of 90 patients, 1 refused" in text
    assert "Reliability of each finding" in [c.proto.alt for c in at.get("plotly_chart")]
    assert '<td>other</td><td class="n">fewer than 10</td>' in text
    at.selectbox(key="subgroup_finding").set_value("mass").run()
    assert "Mass by sex" in said(at)


def test_an_evaluation_of_other_weights_is_left_out(screen, papers):
    papers(run=RUN | {"delta_sha256": "e" * 64}, calibration=CALIBRATION, evaluation=EVALUATION)
    assert "No evaluation of these weights beside them" in said(shown(screen))


def test_without_papers_it_says_what_is_missing(screen, papers):
    papers()
    text = said(shown(screen))
    assert "No passport beside the weights" in text
    assert "The record of the training does not say." in text


def test_the_committed_papers_can_be_shown(screen):
    assert "Which answers can be believed?" in said(shown(screen))
