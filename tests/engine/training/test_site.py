import csv
import json

import numpy as np
import pytest
from PIL import Image

from engine.errors import BadTable
from engine.general import GeneralReader, site_calibration
from engine.model.config import ABNORMAL
from engine.training.site import calibrate_site
from triage.reading import ModelIdentity


class Dark:
    """Says yes to dark films; a film with a mass is darker here."""

    identity, precision = ModelIdentity("dark", "0" * 64, 4), "nf4"

    def yes_over_no(self, film, _context, questions):
        return [4.0 - float(np.asarray(film).mean()) / 32] * len(questions)


@pytest.fixture
def manifest(tmp_path):
    draw = np.random.default_rng(0)
    with (tmp_path / "site.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["file", "labels", "patient_id"])
        for i in range(40):
            mass = i % 2
            pixels = draw.integers(0, 150 if mass else 255, (256, 256), np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"{i}.png")
            rows.writerow([f"{i}.png", "mass" if mass else "no_finding", f"P{i}"])
        rows.writerow(["gone.png", "mass", "P41"])
    return tmp_path / "site.csv"


def a_reader():
    return GeneralReader(Dark(), admit=lambda _pixels, _study: None)


def test_a_site_makes_its_own_calibration_and_it_is_believed(manifest, tmp_path):
    out = tmp_path / "made.json"

    found = calibrate_site(manifest, a_reader(), out, lambda _step, _share: None)

    assert found["films"] == 40
    assert [u["file"] for u in found["unreadable"]] == ["gone.png"]
    assert found["findings"]["mass"]["assessed"] is True
    assert found["findings"]["hernia"]["assessed"] is False
    known = site_calibration(out, Dark.identity)
    sure, unsure = known.probabilities([2.0] * 15), known.probabilities([-2.0] * 15)
    assert sure["mass"] > 0.5
    assert unsure[ABNORMAL] is None or unsure[ABNORMAL] < 0.5
    assert sure["hernia"] is None
    assert "too few films" in known.reasons([0.0] * 15)["hernia"]
    assert len(json.loads(out.read_text())["manifest_sha256"]) == 64


def test_a_table_without_a_readable_film_is_a_sentence(tmp_path):
    (tmp_path / "site.csv").write_text("file,labels\ngone.png,mass\n")

    with pytest.raises(BadTable, match="No film"):
        calibrate_site(tmp_path / "site.csv", a_reader(), tmp_path / "o.json", lambda _s, _d: None)
    assert not (tmp_path / "o.json").exists()
