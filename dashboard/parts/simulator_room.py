"""From what stands in the inputs of the simulator to the arguments of `firstread simulate`."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.parts.model_record import ModelRecord
from triage.errors import BadSetting
from triage.waiting.draws import FEWEST, Observed

EXAMPLE: tuple[dict[str, Any], ...] = (
    {"group": "chest film", "share": 70, "read_minutes": 6, "disease": "pneumothorax", "prevalence": 2,
     "disease_minutes": 8, "severity": 1, "sensitivity": 85, "specificity": 95},
    {"group": "chest film", "share": 70, "read_minutes": 6, "disease": "effusion", "prevalence": 10,
     "disease_minutes": 7, "severity": 2, "sensitivity": 85, "specificity": 90},
    {"group": "chest film", "share": 70, "read_minutes": 6, "disease": "rib fracture", "prevalence": 4,
     "disease_minutes": 8, "severity": 3, "sensitivity": None, "specificity": None},
    {"group": "limb film", "share": 30, "read_minutes": 4, "disease": "limb fracture", "prevalence": 20,
     "disease_minutes": 5, "severity": 3, "sensitivity": None, "specificity": None},
)  # fmt: skip
"""Invented, to show what a row is; the page says so."""

COLUMNS = {
    "group": "Group",
    "share": "of all, %",
    "read_minutes": "min, none of them",
    "disease": "Disease",
    "prevalence": "of the group, %",
    "disease_minutes": "min with it",
    "severity": "Severity, 1 first",
    "sensitivity": "AI sensitivity, %",
    "specificity": "AI specificity, %",
}
_START = datetime(2000, 1, 1, tzinfo=UTC)


def arguments(values: Mapping[str, Any]) -> list[str]:
    """The arguments, without those that name files. Shares come in percent, times in minutes.

    Args:
        values: readers, discipline, interrupting, interrupt_minutes, trials, and as far as they apply max_wait,
            traffic, prevalence, sensitivity, specificity, read_minutes, studies.
    """
    shares = ("traffic", "prevalence", "sensitivity", "specificity", "interrupting")
    found = []
    for name, value in values.items():
        if value is None:
            continue
        said = (
            f"{value / 100:g}"
            if name in shares
            else f"{value:g}"
            if isinstance(value, int | float)
            else str(value)
        )
        found += [f"--{name.replace('_', '-')}", said]
    return found


def classes(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows of the table as the TOML of `--classes`.

    Raises: BadSetting: a row lacks something, or rows of one group say different things about it.
    """
    cleaned = [{k: None if v in {None, ""} or v != v else v for k, v in row.items()} for row in rows]  # noqa: PLR0124 - NaN
    filled = [row for row in cleaned if any(v is not None for v in row.values())]
    if not filled:
        raise BadSetting("The table of diseases is empty; give at least one row.")
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for number, row in enumerate(filled, start=1):
        for key in ("group", "share", "read_minutes", "disease", "prevalence", "disease_minutes"):
            if row.get(key) is None:
                raise BadSetting(f"Row {number} of the diseases lacks “{COLUMNS[key]}”.")
        groups.setdefault(str(row["group"]), []).append(row)
    return "\n".join(_group(name, members) for name, members in groups.items())


def _group(name: str, members: Sequence[Mapping[str, Any]]) -> str:
    for key in ("share", "read_minutes"):
        if len({float(row[key]) for row in members}) > 1:
            raise BadSetting(
                f"The rows of the group {name} differ in “{COLUMNS[key]}”; it is one number per group."
            )
    first = members[0]
    lines = ["[[group]]", f"name = {_text(name)}", f"share = {float(first['share']) / 100:g}"]
    lines.append(f"read_minutes = {float(first['read_minutes']):g}")
    for row in members:
        lines += ["", "[[group.disease]]", f"name = {_text(str(row['disease']))}"]
        lines.append(f"prevalence = {float(row['prevalence']) / 100:g}")
        lines.append(f"read_minutes = {float(row['disease_minutes']):g}")
        if row.get("severity") is not None:
            lines.append(f"severity = {int(row['severity'])}")
        lines += [
            f"{k} = {float(row[k]) / 100:g}" for k in ("sensitivity", "specificity") if row.get(k) is not None
        ]
    return "\n".join([*lines, ""])


def _text(words: str) -> str:
    """A TOML text: JSON's escapes are among TOML's."""
    return json.dumps(words)


def table(observed: Observed) -> str:
    """What a house saw as the CSV of `--observed`; the moments count from an invented day."""
    lines = ["arrived_at,minutes"]
    for i, minute in enumerate(observed.arrivals):
        moment = (_START + timedelta(minutes=minute)).isoformat()
        lines.append(f"{moment},{observed.minutes[i] if i < len(observed.minutes) else ''}")
    return "\n".join(lines)


def enough(observed: Observed) -> bool:
    """Whether a house saw enough to be simulated on its own numbers."""
    return min(len(observed.arrivals), len(observed.minutes)) >= FEWEST


def model_rates(record: ModelRecord) -> dict[str, dict[str, float]]:
    """Sensitivity and specificity of this house's model at 50 %, by finding it answers; in percent.

    From the tenths of films by probability, of `firstread evaluate films` where it measured these weights, else of the
    validation films of the training: a tenth counts as flagged when its mean probability is 50 % or more. A finding of
    which no tenth is flagged is left out.

    Returns: finding → sensitivity, specificity, n, positives.
    """
    trained = {name: row.get("after") for name, row in (record.run.get("val") or {}).items()}
    measured = record.evaluation.get("labels") or trained
    found = {name: _rates(measured.get(name) or {}) for name in record.answered}
    return {name: rates for name, rates in found.items() if rates}


def _rates(row: Mapping[str, Any]) -> dict[str, float]:
    bins = row.get("bins") or []
    flagged = [b for b in bins if b["p"] >= 0.5]
    ill = sum(b["n"] * b["share"] for b in bins)
    well = sum(b["n"] for b in bins) - ill
    if not flagged or ill < 1 or well < 1:
        return {}
    hit = sum(b["n"] * b["share"] for b in flagged)
    spared = well - sum(b["n"] * (1 - b["share"]) for b in flagged)
    return {
        "sensitivity": round(100 * hit / ill, 1),
        "specificity": round(100 * spared / well, 1),
        "n": round(ill + well),
        "positives": round(ill),
    }
