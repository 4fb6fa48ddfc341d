"""What can be seen on a chest film, where, and how sure."""

from dataclasses import dataclass
from enum import StrEnum

LABELS: dict[str, str] = {
    "atelectasis": "Atelectasis",
    "cardiomegaly": "Cardiomegaly",
    "consolidation": "Consolidation",
    "edema": "Pulmonary edema",
    "effusion": "Pleural effusion",
    "emphysema": "Emphysema",
    "fibrosis": "Fibrosis",
    "hernia": "Hiatal hernia",
    "infiltration": "Infiltration",
    "mass": "Mass",
    "nodule": "Nodule",
    "pleural_thickening": "Pleural thickening",
    "pneumonia": "Pneumonia",
    "pneumothorax": "Pneumothorax",
}
"""The fourteen findings the model is asked about, in the frozen order of its head (NIH ChestX-ray14)."""


class Laterality(StrEnum):
    """The patient's side, not the screen's."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Certainty(StrEnum):
    """The word that stands for a calibrated probability in every text."""

    NOT_ASSESSED = "not assessed"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    VERY_LIKELY = "very likely"


POSSIBLE_FROM, PROBABLE_FROM, VERY_LIKELY_FROM = 0.2, 0.5, 0.8


@dataclass(frozen=True)
class Region:
    """A box on the film, as fractions of its width and height; (0, 0) is the top left of the picture."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Finding:
    """One thing looked for: how probable it is, or that it could not be assessed.

    `probability` is calibrated and in [0, 1]; None means the data cannot support a number, which is shown as
    "not assessed" and never counts as absent. `heatmap_sha256` names where the model looked for it, in the file
    store: uint8 [H, W] PNG, 255 where it looked most.
    """

    code: str
    probability: float | None
    laterality: Laterality | None = None
    region: Region | None = None
    heatmap_sha256: str | None = None

    def __post_init__(self) -> None:
        if self.code not in LABELS:
            raise ValueError(f"{self.code} is not one of the findings Firstread knows.")
        if self.probability is not None and not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"The probability of {self.code} lies outside 0 to 1.")

    @property
    def label(self) -> str:
        return LABELS[self.code]

    @property
    def abstained(self) -> bool:
        return self.probability is None

    @property
    def certainty(self) -> Certainty:
        """The word for this probability."""
        p = self.probability
        if p is None:
            return Certainty.NOT_ASSESSED
        if p < POSSIBLE_FROM:
            return Certainty.UNLIKELY
        if p < PROBABLE_FROM:
            return Certainty.POSSIBLE
        return Certainty.PROBABLE if p < VERY_LIKELY_FROM else Certainty.VERY_LIKELY
