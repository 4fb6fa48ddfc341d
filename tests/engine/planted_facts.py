"""The films of the planted sentences: what is established about each, under the name its rows use."""

import csv
from pathlib import Path

from engine.facts import Fact, Facts, Measure
from triage.finding import Certainty, Laterality, Region
from triage.study import Sex

LEFT, RIGHT, BOTH = Laterality.LEFT, Laterality.RIGHT, Laterality.BOTH
SURE, PROBABLE, POSSIBLE = Certainty.VERY_LIKELY, Certainty.PROBABLE, Certainty.POSSIBLE
_FOLDER = Path(__file__).parent / "planted"

FILMS: dict[str, Facts] = {
    "left-effusion": Facts(
        present=(
            Fact("effusion", SURE, LEFT, region=Region(0.55, 0.66, 0.92, 0.95)),
            Fact("atelectasis", PROBABLE, LEFT),
        ),
        unlikely=("pneumothorax", "edema", "pneumonia", "cardiomegaly"),
        not_assessed=("hernia", "nodule", "mass"),
        measures=(Measure("spo2_pct", 88.0, low=True),),
        abnormal=SURE,
        age=68,
        sex=Sex.FEMALE,
    ),
    "pneumothorax": Facts(
        present=(Fact("pneumothorax", PROBABLE, RIGHT),),
        unlikely=("effusion", "pneumonia", "cardiomegaly", "edema", "consolidation"),
        not_assessed=("hernia", "mass", "fibrosis"),
        measures=(
            Measure("resp_rate_bpm", 28.0, low=False),
            Measure("heart_rate_bpm", 118.0, low=False),
        ),
        abnormal=SURE,
        age=24,
        sex=Sex.MALE,
    ),
    "infection": Facts(
        present=(
            Fact("consolidation", SURE, RIGHT),
            Fact("pneumonia", PROBABLE),
            Fact("effusion", POSSIBLE, RIGHT),
        ),
        unlikely=("pneumothorax", "edema", "cardiomegaly", "nodule"),
        not_assessed=("hernia", "emphysema"),
        measures=(Measure("temperature_c", 39.2, low=False), Measure("crp_mg_l", 184.0, low=False)),
        abnormal=SURE,
        age=55,
        sex=Sex.MALE,
    ),
    "heart-failure": Facts(
        present=(
            Fact("cardiomegaly", SURE),
            Fact("edema", PROBABLE, BOTH),
            Fact("effusion", PROBABLE, BOTH),
        ),
        unlikely=("pneumothorax", "pneumonia", "mass"),
        not_assessed=("hernia", "fibrosis", "pleural_thickening"),
        measures=(Measure("spo2_pct", 90.0, low=True), Measure("systolic_mmhg", 98.0, low=True)),
        abnormal=SURE,
        age=81,
        sex=Sex.FEMALE,
        prior=True,
    ),
    "clear": Facts(
        unlikely=("pneumothorax", "effusion", "consolidation", "pneumonia", "edema", "cardiomegaly"),
        not_assessed=("hernia", "nodule", "mass"),
        abnormal=Certainty.UNLIKELY,
        age=40,
        sex=Sex.FEMALE,
    ),
    "nodule": Facts(
        present=(
            Fact("emphysema", PROBABLE, BOTH),
            Fact("nodule", POSSIBLE, RIGHT),
            Fact("pleural_thickening", POSSIBLE, LEFT),
        ),
        unlikely=("pneumothorax", "effusion", "pneumonia", "consolidation", "cardiomegaly"),
        not_assessed=("hernia", "edema"),
        abnormal=PROBABLE,
        age=63,
        sex=Sex.MALE,
        prior=True,
    ),
    "unnamed": Facts(
        unlikely=("pneumothorax", "effusion", "cardiomegaly", "edema"),
        not_assessed=("mass", "nodule", "hernia", "fibrosis"),
        measures=(Measure("glucose_mmol_l", 14.2, low=False),),
        abnormal=PROBABLE,
    ),
    "dictated": Facts(
        present=(
            Fact("effusion", SURE, LEFT, severity="small"),
            Fact("cardiomegaly", SURE, severity="mild"),
        ),
        unlikely=("pneumothorax", "consolidation"),
        abnormal=SURE,
        asserted=True,
    ),
}


def planted(name: str) -> list[dict[str, str]]:
    """Read one table of sentences."""
    with (_FOLDER / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))
