"""The table of films: which file shows what, of whom, and whether it may leave the house."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import BadTable
from triage.finding import LABELS
from triage.study import Sex

NO_FINDING = "no_finding"
OLDEST = 130
"""Years; a registry that says more has mistyped."""

NORMAL, OPACITY = "Normal", "Lung Opacity"
"""What the radiologists of the RSNA Pneumonia Detection Challenge called a film."""

AIRSPACE = ("consolidation", "infiltration", "pneumonia")
"""The findings by which text-mined labels name what those radiologists call a lung opacity; chosen beforehand."""

_SEXES = {"M": Sex.MALE, "F": Sex.FEMALE}


@dataclass(frozen=True)
class Film:
    """One row: the file, the person, what was said about it.

    `shippable` is True only where the row says so; silence is a no. `origin` is the copy of the archive a film came
    from, `radiologist` what a radiologist called it where one read it anew: that column teaches only weights that stay
    in the house.
    """

    path: Path
    name: str
    patient: str
    labels: frozenset[str]
    label_source: str = ""
    split: str = ""
    view: str = ""
    age: float | None = None
    sex: Sex = Sex.UNKNOWN
    source: str = ""
    shippable: bool = False
    origin: str = ""
    radiologist: str = ""

    def truth(self) -> np.ndarray:
        """What is known, in the order of the finding head.

        Returns: [15] float32, 1 present, 0 absent, NaN unknown; the last is "abnormal at all". A case diagnosis
            says nothing about this film, so it leaves every label unknown.
        """
        if self.label_source.startswith(("case diagnosis", "hospital case diagnosis")) or not self.labels:
            return np.full(len(LABELS) + 1, np.nan, dtype=np.float32)
        return self.said()

    def read_anew(self) -> np.ndarray:
        """What is known where a radiologist's own read goes before the labels; as `truth` where nobody read it anew.

        A normal film shows nothing. One without an opacity is abnormal by something else; with one, which of `AIRSPACE`
        it is stays unknown but for those that a label names.
        """
        known = self.truth()
        if self.radiologist == NORMAL:
            return np.zeros_like(known)
        if self.radiologist:
            known[-1] = 1.0
            for i in (list(LABELS).index(code) for code in AIRSPACE):
                known[i] = 0.0 if self.radiologist != OPACITY else 1.0 if known[i] == 1.0 else np.nan
        return known

    def said(self) -> np.ndarray:
        """The labels taken at their word: one that is not there is absent, and any finding is abnormal.

        Returns: [15] float32 in the order of the finding head; only "abnormal at all" is NaN, without a label.
        """
        seen = [float(code in self.labels) for code in LABELS]
        abnormal = float(bool(self.labels - {NO_FINDING})) if self.labels else np.nan
        return np.array([*seen, abnormal], dtype=np.float32)

    @property
    def unknown_labels(self) -> frozenset[str]:
        """What the row says in words that no head answers for."""
        return self.labels - LABELS.keys() - {NO_FINDING}


def read_manifest(manifest: Path) -> list[Film]:
    """Read a table of films; paths are looked up beside the table, then one folder above.

    Raises: BadTable: it cannot be opened, has no columns `file` and `labels`, or no row.
    """
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as table:
            rows = list(csv.DictReader(table))
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise BadTable(f"{manifest.name} cannot be read as a CSV table in UTF-8; check the path.") from wrong
    if not rows or not {"file", "labels"} <= rows[0].keys():
        raise BadTable(f"{manifest.name} needs the columns file and labels, and at least one row.")
    return [_film(row, manifest.parent) for row in rows]


def _film(row: dict[str, str], folder: Path) -> Film:
    name = row["file"] or ""
    beside = folder / name
    return Film(
        path=beside if beside.exists() else folder.parent / name,
        name=name,
        patient=row.get("patient_id") or name,
        labels=_labels(row["labels"] or ""),
        label_source=row.get("label_source") or "",
        split=row.get("split") or "",
        view=row.get("view") or "",
        age=_age(row.get("age")),
        sex=_SEXES.get(row.get("sex") or "", Sex.UNKNOWN),
        source=row.get("source") or "",
        shippable=(row.get("shippable") or "").lower() == "true",
        origin=row.get("origin_repo") or "",
        radiologist=row.get("rsna_radiologist_class") or "",
    )


def _labels(text: str) -> frozenset[str]:
    """Registries write No Finding and no_finding; both are one label."""
    return frozenset(filter(None, (label.strip().casefold().replace(" ", "_") for label in text.split("|"))))


def _age(text: str | None) -> float | None:
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if 0 <= value <= OLDEST else None


def truths(films: Sequence[Film], *, reads: bool = False) -> np.ndarray:
    """All that is known about many films, with `reads` from radiologists first of all; [n, 15], NaN unknown."""
    return np.stack([film.read_anew() if reads else film.truth() for film in films])
