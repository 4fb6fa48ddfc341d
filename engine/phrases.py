"""What radiologists call a finding, from a word list that others keep: the aliases of the package radlabels.

The package is read, never run: it asks for an older PyTorch, and a list of words needs none. Source: radlabels 0.2.0,
MIT licence, arXiv 2607.06597.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from engine.errors import WeightsMismatch

PACKAGE, FILE = "radlabels", "aliases.py"
SHA256 = "9eb954dca071d3fc694b89e4aa99636a148af5ea2911c097d8330e39572a781b"
_LISTED_AS: Mapping[str, tuple[str, ...]] = {
    "atelectasis": ("atelectasis", "lobar_segmental_collapse"),
    "cardiomegaly": ("cardiomegaly",),
    "consolidation": ("consolidation",),
    "edema": ("pulmonary_edema",),
    "effusion": ("pleural_effusion",),
    "emphysema": ("emphysema", "bullous_disease"),
    "fibrosis": ("pulmonary_fibrosis",),
    "hernia": ("hiatus_hernia",),
    "infiltration": ("infiltration",),
    "pleural_thickening": ("pleural_thickening",),
    "pneumonia": ("pneumonia",),
    "pneumothorax": ("pneumothorax",),
}
_NODULE_OR_MASS = "lung_nodule_or_mass"
_MASS = ("mass", "tumor", "tumour")
_ELSEWHERE = ("subcutaneous_emphysema", "other_hernia")
_TOO_LITTLE = frozenset(
    {
        "increased cardiac",  # half a phrase
        "cardiac hypertrophy",  # of a muscle no film shows
        "fluid overload",  # of a patient
        "layering pleural",
        "emphysema soft tissues",  # "Severe emphysema. Soft tissues are …" without its full stop
        "granuloma",  # a healed nodule, which nobody must be told of as one
        "calcified granuloma",
    }
)


def phrases() -> dict[str, tuple[str, ...]]:
    """What each of our findings is called, in lower case.

    Raises: WeightsMismatch: the package is not there, or is not the one that was looked at.
    """
    found = {code: tuple(dict.fromkeys(_of(*names))) for code, names in _LISTED_AS.items()}
    either = tuple(dict.fromkeys(_of(_NODULE_OR_MASS)))
    found["mass"] = tuple(phrase for phrase in either if any(word in phrase for word in _MASS))
    found["nodule"] = tuple(phrase for phrase in either if phrase not in found["mass"])
    return found


def elsewhere() -> frozenset[str]:
    """What bears the name of a finding and is another thing: "pericardial effusion", "subq emphysema"."""
    ours = {phrase for names in phrases().values() for phrase in names}
    excluded = {phrase for name in _LISTED_AS.values() for one in name for phrase in _list()[one]["exclude"]}
    return frozenset(excluded.union(*(_list()[name]["aliases"] for name in _ELSEWHERE)) - ours - _TOO_LITTLE)


def _of(*names: str) -> Iterator[str]:
    """The phrases of some labels, in both spellings and in the plural."""
    for phrase in (one for name in names for one in _list()[name]["aliases"] if one not in _TOO_LITTLE):
        british = phrase.replace("tumor", "tumour").replace("hemothorax", "haemothorax")
        for spelt in dict.fromkeys((phrase, british)):
            yield spelt
            yield (
                spelt.replace("thorax", "thoraces")
                if spelt.endswith("thorax")
                else f"{spelt.removesuffix('s')}s"
            )


@cache
def _list() -> Mapping[str, Mapping[str, list[str]]]:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsMismatch(
            f"The package {PACKAGE} is not installed; run `make demo` or install the requirements."
        )
    text = (Path(spec.submodule_search_locations[0]) / FILE).read_bytes()
    if sha256(text).hexdigest() != SHA256:
        raise WeightsMismatch(
            f"The words of the package {PACKAGE} are not those Firstread knows; install the pinned one."
        )
    for line in ast.parse(text).body:
        if isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == "ALIASES" and line.value:
            return ast.literal_eval(line.value)
    raise WeightsMismatch(f"The package {PACKAGE} holds no list of words.")
