"""The words for each finding: as a radiologist writes them, as everybody reads them, and who else they may name."""

import re
from dataclasses import dataclass

from triage.finding import LABELS, Certainty
from triage.vitals import PARAMETERS


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
        ("atelectases", "atelectatic changes", "partly deflated lung"),
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
        ),
    ),
    "consolidation": Term(
        ("consolidation", "airspace consolidation", "consolidative opacity"),
        "dense lung area",
        "dense {side} lung area",
        "dense area in both lungs",
        ("consolidations", "airspace disease", "air space disease", "consolidative opacities"),
    ),
    "edema": Term(
        ("pulmonary edema", "interstitial edema", "pulmonary vascular congestion with edema"),
        "fluid in the lungs",
        "fluid in {side} lung",
        "fluid in both lungs",
        ("edema", "oedema", "pulmonary oedema", "alveolar edema"),
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
        ("hernia",),
    ),
    "infiltration": Term(
        ("infiltration", "infiltrate", "infiltrative opacity"),
        "hazy lung area",
        "hazy {side} lung area",
        "hazy area in both lungs",
        ("infiltrates", "infiltrations"),
    ),
    "mass": Term(
        ("mass", "mass-like opacity", "pulmonary mass"),
        "lung mass",
        "{side} lung mass",
        "mass in both lungs",
        ("masses", "lung masses"),
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
        ("pneumothoraces", "air around the lungs", "collapsed lung"),
        critical=True,
    ),
}

CRITICAL = frozenset(code for code, term in TERMS.items() if term.critical)
"""Findings that are never left out of an impression."""

MIDLINE = frozenset({"cardiomegaly", "hernia"})
"""Findings that have no side."""

CERTAINTY_WORDS: dict[Certainty, tuple[str, ...]] = {
    Certainty.UNLIKELY: ("unlikely", "not likely", "improbable"),
    Certainty.VERY_LIKELY: (
        "very likely",
        "highly likely",
        "very probable",
        "almost certain",
        "highly probable",
    ),
    Certainty.PROBABLE: ("probable", "probably", "likely"),
    Certainty.POSSIBLE: (
        "possible",
        "possibly",
        "may represent",
        "may",
        "might",
        "could",
        "cannot be excluded",
        "suspected",
        "questionable",
    ),
}
"""In this order: a longer word hides the shorter one inside it."""


def _all_words(code: str, term: Term) -> list[str]:
    sided = [" ".join(term.plain_sided.format(side=side).split()) for side in ("left", "right", "")]
    return [LABELS[code], *term.formal, term.plain, *sided, term.plain_both, *term.also]


def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    owner: dict[str, str] = {}
    for code, term in TERMS.items():
        for word in _all_words(code, term):
            owner.setdefault(word.lower(), code)
    longest_first = sorted(owner, key=lambda word: (-len(word), word))
    return re.compile(r"\b(?:" + "|".join(map(re.escape, longest_first)) + r")\b"), owner


MENTION, OWNER = _pattern()
"""A pattern that finds any finding's name in lower-case text, and whose name it is."""

MEASURE_WORDS: dict[str, re.Pattern[str]] = {
    "temperature_c": re.compile(r"\b(?:temperature|fever|febrile|afebrile|hypothermia)\b"),
    "spo2_pct": re.compile(r"\b(?:oxygen|spo₂|spo2|saturation|hypoxi\w+|hypoxaemia)"),
    "heart_rate_bpm": re.compile(r"\b(?:pulse|heart rate|tachycardia|bradycardia)\b"),
    "resp_rate_bpm": re.compile(r"\b(?:breathing rate|respiratory rate|tachypno?ea)\b"),
    "systolic_mmhg": re.compile(r"\b(?:systolic|(?<!diastolic )blood pressure|hypotension|hypertension)\b"),
    "diastolic_mmhg": re.compile(r"\bdiastolic\b"),
    "glucose_mmol_l": re.compile(r"\b(?:glucose|sugar|hypergly\w+|hypogly\w+)\b"),
    "white_cells_g_l": re.compile(r"\b(?:white cells?|leu[ck]ocyt\w+)\b"),
    "crp_mg_l": re.compile(r"\b(?:c-reactive protein|crp)\b"),
    "ddimer_mg_l": re.compile(r"\bd-dimer\b"),
    "lactate_mmol_l": re.compile(r"\blactate\b"),
}
"""How a sentence speaks of each bedside value, in lower case."""

_SMALL_WORDS = """
a an and are area as at be because been bedside but by can cannot clear comprehensive could due for found from given has
have in is it its likely may might more most no nor not nothing noted of on one or other over present seen shown shows
side sides should single stands suggests than that the there these this to too under was were which with within without whether
film image impression chest radiograph x-ray patient man woman
abnormal abnormality abnormalities normal acute cardiopulmonary finding findings assessed not-assessed out
low high raised lung lungs left right both bilateral zone upper lower middle base bases
radiologist radiologists clinical picture confirm confirmed confirmation against please have tell treating team now
heart rate pulse breathing respiratory temperature oxygen saturation blood pressure systolic diastolic glucose sugar
white cells c-reactive protein crp d-dimer lactate earlier prior previous compare compared comparison
looks possibly probably
"""


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-zà-ÿ][a-zà-ÿ'_-]*", text.lower()))


LEXICON = frozenset(
    _words(_SMALL_WORDS)
    | {word for words in CERTAINTY_WORDS.values() for phrase in words for word in _words(phrase)}
    | {word for p in PARAMETERS.values() for word in _words(f"{p.label} {p.unit}")}
)
"""Every word an impression may use beside the findings' names. The small language model sometimes makes up a word, or
half a name; no reader should meet either."""


def strange_words(sentence: str) -> list[str]:
    """Find words that no impression uses, in order; "pleural" alone is one, "pleural effusion" is not."""
    rest = MENTION.sub(" ", sentence.lower())
    return [word for word in re.findall(r"[a-zà-ÿ][a-zà-ÿ'_-]*", rest) if word not in LEXICON]
