"""The words for each finding: as a radiologist writes them, as everybody reads them, and who else they may name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.phrases import phrases
from triage.finding import LABELS, Certainty


@dataclass(frozen=True)
class Term:
    """How one finding is called; `{side}` in `plain_sided` takes left or right, `plain_both` is for both.

    `formal[0]` is the word our own sentences use. `also` are ways of saying it that only a checker needs.
    """

    formal: tuple[str, ...]
    plain: str
    plain_sided: str
    plain_both: str
    also: tuple[str, ...] = ()
    critical: bool = False


TERMS: dict[str, Term] = {
    "atelectasis": Term(
        ("atelectasis", "atelectatic change", "volume loss"),
        "partly collapsed lung",
        "partly collapsed {side} lung",
        "partial collapse of both lungs",
        ("atelectases", "atelectatic changes", "partly deflated lung", "atelectatic", "loss of volume"),
    ),
    "cardiomegaly": Term(
        ("cardiomegaly", "enlarged cardiac silhouette", "cardiac enlargement"),
        "enlarged heart",
        "enlarged heart",
        "enlarged heart",
        (
            "heart is enlarged",
            "heart size is enlarged",
            "cardiac silhouette is enlarged",
            "heart is mildly enlarged",
            "cardiomediastinal silhouette is enlarged",
            "enlarged cardiomediastinal silhouette",
            "heart enlargement",
            "cardiac silhouette enlargement",
            "increased heart size",
            "large heart",
            "dilated heart",
            "large cardiac silhouette",
        ),
    ),
    "consolidation": Term(
        ("consolidation", "airspace consolidation", "consolidative opacity"),
        "dense lung area",
        "dense {side} lung area",
        "dense area in both lungs",
        (
            "consolidations",
            "airspace disease",
            "air space disease",
            "air-space disease",
            "airspace opacity",
            "airspace opacities",
            "air space opacity",
            "air space opacities",
            "consolidative opacities",
            "consolidated",
        ),
    ),
    "edema": Term(
        ("pulmonary edema", "interstitial edema", "pulmonary vascular congestion with edema"),
        "fluid in the lungs",
        "fluid in {side} lung",
        "fluid in both lungs",
        ("edema", "oedema", "pulmonary oedema", "alveolar edema", "interstitial oedema", "alveolar oedema"),
    ),
    "effusion": Term(
        ("pleural effusion", "pleural fluid", "fluid in the pleural space"),
        "fluid around the lung",
        "fluid around {side} lung",
        "fluid around both lungs",
        (
            "pleural effusions",
            "effusion",
            "effusions",
            "fluid around the lungs",
            "blunted costophrenic angle",
            "blunted costophrenic angles",
            "blunting of the costophrenic angle",
            "costophrenic blunting",
            "layering fluid",
        ),
    ),
    "emphysema": Term(
        ("emphysema", "emphysematous change", "hyperinflation with emphysema"),
        "air sac damage",
        "{side} air sac damage",
        "air sac damage in both lungs",
        ("emphysematous changes", "emphysematous"),
    ),
    "fibrosis": Term(
        ("fibrosis", "pulmonary fibrosis", "fibrotic change"),
        "lung scarring",
        "{side} lung scarring",
        "scarring of both lungs",
        ("fibrotic changes", "fibrotic", "scarring"),
    ),
    "hernia": Term(
        ("hiatal hernia", "hiatus hernia"),
        "hiatal hernia",
        "hiatal hernia",
        "hiatal hernia",
        ("hernia", "hiatal hernias"),
    ),
    "infiltration": Term(
        ("infiltration", "infiltrate", "infiltrative opacity"),
        "hazy lung area",
        "hazy {side} lung area",
        "hazy area in both lungs",
        ("infiltrates", "infiltrations", "infiltrative opacities"),
    ),
    "mass": Term(
        ("mass", "mass-like opacity", "pulmonary mass"),
        "lung mass",
        "{side} lung mass",
        "mass in both lungs",
        ("masses", "lung masses", "pulmonary masses"),
    ),
    "nodule": Term(
        ("nodule", "pulmonary nodule", "nodular opacity"),
        "small lung spot",
        "small {side} lung spot",
        "small spot in both lungs",
        ("nodules", "pulmonary nodules", "nodular opacities", "small spots in the lung"),
    ),
    "pleural_thickening": Term(
        ("pleural thickening", "thickened pleura"),
        "thickened lung lining",
        "thickened {side} lung lining",
        "thickened lining of both lungs",
    ),
    "pneumonia": Term(
        ("pneumonia", "pneumonic change", "infectious process"),
        "lung infection",
        "{side} lung infection",
        "infection of both lungs",
        ("pneumonic changes", "infection"),
    ),
    "pneumothorax": Term(
        ("pneumothorax", "pleural air"),
        "air around the lung",
        "air around {side} lung",
        "air around both lungs",
        (
            "pneumothoraces",
            "air around the lungs",
            "air in the pleural space",
            "collapsed lung",
            "hydropneumothorax",
            "hydropneumothoraces",
            "ptx",
        ),
        critical=True,
    ),
}

CRITICAL = frozenset(code for code, term in TERMS.items() if term.critical)
"""Findings that are never left out of an impression."""

MIDLINE = frozenset({"cardiomegaly", "hernia"})
"""Findings that have no side."""

CERTAINTY_WORDS: dict[Certainty, tuple[str, ...]] = {
    Certainty.UNLIKELY: ("unlikely", "not likely", "improbable", "not probable"),
    Certainty.VERY_LIKELY: (
        "very likely",
        "highly likely",
        "very probable",
        "almost certain",
        "almost certainly",
        "highly probable",
    ),
    Certainty.PROBABLE: (
        "probable",
        "probably",
        "likely",
        "presumed",
        "presumably",
        "suggest",
        "suggests",
        "suggesting",
        "suggestive",
        "favoured",
        "favored",
    ),
    Certainty.POSSIBLE: (
        "possible",
        "possibly",
        "may represent",
        "may",
        "might",
        "could",
        "cannot be excluded",
        "suspected",
        "suspicious",
        "suspicion",
        "questionable",
        "equivocal",
        "conceivable",
        "conceivably",
        "perhaps",
    ),
}
"""In this order: a longer word hides the shorter one inside it."""


def _own(code: str, term: Term) -> list[str]:
    sided = [
        " ".join(term.plain_sided.format(side=side).split())
        for side in ("left", "right", "the left", "the right", "")
    ]
    return [LABELS[code], *term.formal, term.plain, *sided, term.plain_both, *term.also]


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(r"\b(?:" + "|".join(map(re.escape, longest_first)) + r")\b")


OWN: dict[str, str] = {name.lower(): code for code, term in TERMS.items() for name in _own(code, term)}
"""Our own names for findings, in lower case, and whose they are."""
_OURS = _pattern(OWN)
OWNER: dict[str, str] = {
    phrase: code
    for code, known in phrases().items()
    for phrase in known
    if {OWN[name] for name in _OURS.findall(phrase)} != {code}
} | OWN
"""Every name of a finding that is heard, in lower case: ours, and what radiologists say that ours would not hear."""
MENTION = _pattern(OWNER)
"""A pattern that finds any finding's name in lower-case text."""
SAID = _pattern(OWN.keys() - {"hydropneumothorax", "hydropneumothoraces"})
"""The names an impression may use; the others hold more than the finding they are heard as."""

MEASURE_WORDS: dict[str, re.Pattern[str]] = {
    "temperature_c": re.compile(r"\b(?:temperature|fever\w*|febrile|afebrile|hypothermi\w+|pyrexi\w+)\b"),
    "spo2_pct": re.compile(
        r"\b(?:oxygen|spo₂|spo2|saturation|desaturat\w+|hypoxi\w+|hypoxaemi\w+|hypoxemi\w+)"
    ),
    "heart_rate_bpm": re.compile(r"\b(?:pulse|heart rate|tachycardi\w+|bradycardi\w+)\b"),
    "resp_rate_bpm": re.compile(
        r"\b(?:breathing rate|respiratory rate|breaths|tachypno?e\w+|bradypno?e\w+)\b"
    ),
    "systolic_mmhg": re.compile(r"\b(?:systolic|(?<!diastolic )blood pressure|hypotensi\w+|hypertensi\w+)\b"),
    "diastolic_mmhg": re.compile(r"\bdiastolic\b"),
    "glucose_mmol_l": re.compile(r"\b(?:glucose|sugar|hypergly\w+|hypogly\w+)\b"),
    "white_cells_g_l": re.compile(r"\b(?:white cells?|leu[ck]ocyt\w+|leu[ck]openi\w+)\b"),
    "crp_mg_l": re.compile(r"\b(?:c-reactive protein|crp)\b"),
    "ddimer_mg_l": re.compile(r"\bd-dimer\b"),
    "lactate_mmol_l": re.compile(r"\blactate\b"),
}
"""How a sentence speaks of each bedside value, in lower case."""
