"""Real files, where the public films are at hand."""

import csv
import os
from pathlib import Path

import pytest

from engine.dicom.quarantine import Outcome, close, examine

ROOT = Path(__file__).resolve().parents[3]
PACK = Path(os.environ.get("FIRSTREAD_DATA", ROOT.parent / "shared" / "data"))
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (PACK / "dicom").is_dir(), reason="the public films are not here"),
]
OUTCOMES = {"dx_edema_no_patient_id.dcm": Outcome.QUARANTINED}
REASONS = {
    "cr_extremity_mono1_j2k_lossless.dcm": "body part is EXTREMITY",
    "mr_truncated.dcm": "cut short",
    "mr_multiframe.dcm": "one frame",
    "us_rgb.dcm": "colour",
    "sr_no_pixels.dcm": "no pixels",
    "meta_missing_ts.dcm": "transfer syntax",
    "ct_small.dcm": "modality is CT",
}


def rows():
    listed = PACK / "dicom" / "manifest.csv"
    return list(csv.DictReader(listed.read_text().splitlines())) if listed.exists() else []


@pytest.fixture(scope="module", autouse=True)
def _children_end():
    yield
    close()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_each_file_of_the_pack_gets_what_its_manifest_promises(row):
    path = PACK / row["file"]
    examined = examine(path.read_bytes(), path.name)
    chest = row["modality"] in {"CR", "DX"} and "limb" not in row["description"]
    expected = OUTCOMES.get(path.name, Outcome.ACCEPTED if chest else Outcome.REJECTED)
    assert examined.outcome is expected, examined.reason
    assert REASONS.get(path.name, "") in examined.reason
    if expected is Outcome.ACCEPTED:
        assert (examined.rows, examined.columns) == (int(float(row["rows"])), int(float(row["cols"])))
