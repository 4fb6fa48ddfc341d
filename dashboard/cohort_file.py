"""A matrix of correlations as a file, and the address of it: what is hidden on the screen is hidden in it."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from dashboard.cohort import Association, Associations
from triage.correlation import FEWEST, Cohort, Correlation
from triage.study import Sex

PATH = "/api/correlations.csv"
HIDDEN = f"fewer than {FEWEST}"
RANKED = "A rank counts among all studies that have the value, not only among those that have both."
"""Said of Spearman's coefficient where values are missing (ADR 0024)."""


# ── which studies, in an address ──────────────────────────────────────────────────────────────────────


def address(cohort: Cohort) -> str:
    """Where the file of a cohort is; it names dates, ages and sites, and no patient."""
    said: list[tuple[str, str]] = [("permitted", str(int(cohort.permitted)))]
    single = {
        "since": cohort.since,
        "until": cohort.until,
        "youngest": cohort.youngest,
        "oldest": cohort.oldest,
    }
    said += [(name, str(value)) for name, value in single.items() if value is not None]
    said += [("sex", sex.value) for sex in cohort.sexes]
    said += [("site", site) for site in cohort.sites]
    return f"{PATH}?{urlencode(said)}"


def cohort_of(said: Sequence[tuple[str, str]]) -> Cohort:
    """The cohort an address names.

    Raises: ValueError: a date, an age or a sex that is none.
    """
    one = dict(said)
    days = {name: date.fromisoformat(one[name]) for name in ("since", "until") if name in one}
    years = {name: int(one[name]) for name in ("youngest", "oldest") if name in one}
    return Cohort(
        since=days.get("since"),
        until=days.get("until"),
        youngest=years.get("youngest"),
        oldest=years.get("oldest"),
        sexes=tuple(Sex(value) for value in _every(said, "sex")),
        sites=_every(said, "site"),
        permitted=one.get("permitted") != "0",
    )


def _every(said: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value for key, value in said if key == name)


# ── the file ──────────────────────────────────────────────────────────────────────────────────────────

HEAD = (
    "measurement", "probability_of", "n", "missing", "pearson_r", "pearson_low", "pearson_high", "spearman_rho",
    "spearman_low", "spearman_high", "partial_r_age_sex", "partial_low", "partial_high", "sample_n", "permutation_p",
    "shuffles", "holm_p", "sign_stability", "bootstrap_low", "bootstrap_high", "not_shown_because",
)  # fmt: skip


def missing(studies: int, n: int) -> str:
    """How many studies lack something; a handful is not counted out."""
    lacking = studies - n
    return HIDDEN if 0 < lacking < FEWEST else str(lacking)


def to_csv(found: Associations) -> str:
    """The matrix as a table, a pair a line; what is hidden on the screen is hidden here."""
    out = io.StringIO()
    table = csv.writer(out)
    warning = "# Association, not cause. Pairs of fewer than ten studies are not shown."
    table.writerow([f"{warning} Spearman: {RANKED[0].lower()}{RANKED[1:]}"])
    table.writerow(HEAD)
    for cell in found.cells.values():
        table.writerow(_line(found, cell))
    return out.getvalue()


def _line(found: Associations, cell: Association) -> list[str]:
    if cell.pearson is None or found.studies is None:
        blank = [""] * (len(HEAD) - 3)
        return [cell.x, cell.y, *blank, cell.refused]
    chance = cell.chance
    told = (
        [chance.n, chance.p, chance.shuffles, cell.p_corrected, chance.stable, chance.low, chance.high]
        if chance
        else [""] * 7
    )
    numbers = [*_three(cell.pearson), *_three(cell.spearman), *_three(cell.partial), *told]
    written = [f"{v:.4f}" if isinstance(v, float) else str(v) for v in numbers]
    return [cell.x, cell.y, str(cell.pearson.n), missing(found.studies, cell.pearson.n), *written, ""]


def _three(value: Correlation | None) -> tuple[float | str, ...]:
    return ("", "", "") if value is None else (value.r, value.low, value.high)
