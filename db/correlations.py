"""A cohort as sums: what a million studies say about two columns, without one of them leaving the database.

Age and sex are constant within a group of the first question, so that a few hundred groups hold everything a partial
correlation needs. Ranks come from counting values: probabilities are kept to four decimals (migration 0009), so even a
million studies have at most ten thousand different ones.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Any

import sqlalchemy
from sqlmodel import Session

from consent.record import ConsentState, Purpose
from triage.correlation import (
    FEWEST,
    OUTCOME_CODES,
    PARAMETER_CODES,
    Cohort,
    Counted,
    Measured,
    Moments,
    Pair,
    Stratum,
)
from triage.stores import HIDE_READING
from triage.study import Sex

_CODES = (*PARAMETER_CODES, *OUTCOME_CODES)
_PATIENCE = sqlalchemy.text(
    "SET LOCAL statement_timeout = '120s'; SET LOCAL jit = off; SET LOCAL work_mem = '64MB';"
    # Handing over a row costs far less than the ranks in it: without this, one process computes those of all lines.
    "SET LOCAL parallel_tuple_cost = 0; SET LOCAL parallel_setup_cost = 0;"
    # Nothing is locked here, and turning thousands of sums into numbers takes a busy machine a while.
    "SET LOCAL idle_in_transaction_session_timeout = '60s'"
)
# The same as consent.decision.decide for one purpose at one moment: a permission covers it and no refusal does.
_LAPSED = """
SELECT study_uid FROM (SELECT study_uid FROM measured{where}) AS line JOIN study USING (study_uid) LEFT JOIN (
    SELECT patient_value, patient_issuer, permits FROM consent JOIN provision USING (consent_id)
    WHERE state = :active AND purpose = :purpose AND starts_at <= :at AND (ends_at IS NULL OR :at < ends_at)
) AS answer USING (patient_value, patient_issuer)
GROUP BY study_uid HAVING bool_and(permits) IS NOT TRUE
"""
_STAMP = sqlalchemy.text("SELECT changes FROM measured_stamp")
_HIDDEN = sqlalchemy.text(
    "SELECT EXISTS (SELECT FROM audit_event WHERE recorded_at >= :at AND action = :action)"
)
_SITES = sqlalchemy.text(
    "SELECT site FROM measured GROUP BY site HAVING count(*) >= :fewest ORDER BY count(*) DESC, site LIMIT 200"
)


def sites(session: Session) -> tuple[str, ...]:
    """Who issued the numbers of the patients, the largest first; those of a few patients are not named."""
    return tuple(session.execute(_SITES, {"fewest": FEWEST}).scalars())


def stamp(session: Session) -> int:
    """A number that changes with the lines of numbers; what was summed under it still holds while it stands."""
    return int(session.execute(_STAMP).scalar_one())


def hidden_since(session: Session, at: datetime) -> bool:
    """Whether a reading was hidden at that moment or later; every hiding is on the audit trail."""
    return bool(session.execute(_HIDDEN, {"at": at, "action": HIDE_READING}).scalar_one())


def counted(session: Session, cohort: Cohort, at: datetime) -> Counted:
    """Every pair of columns of a cohort, as sums.

    Args:
        session: an open one.
        cohort: which studies.
        at: the moment at which permissions must stand.

    Returns: pairs of which at least `FEWEST` studies could have both; the others cannot be correlated anyway.
    """
    session.execute(_PATIENCE)
    chosen, named = _chosen(session, cohort, at)
    pairs = list(product(PARAMETER_CODES, OUTCOME_CODES))
    studies, each, strata = _strata(session, chosen, named, pairs)
    having = dict(zip(_CODES, each, strict=True))
    pairs = [(x, y) for x, y in pairs if min(having[x], having[y]) >= FEWEST]
    if not pairs:
        return Counted(studies, having)
    ranks = _ranks(session, chosen, named, pairs)
    return Counted(studies, having, {p: Pair(*p, tuple(strata[p]), ranks[p]) for p in pairs})


def sample(session: Session, cohort: Cohort, at: datetime, size: int, seed: int) -> list[Measured]:
    """Draw studies of a cohort at random, without return; the same ones for the same seed and the same studies."""
    session.execute(_PATIENCE)
    chosen, named = _chosen(session, cohort, at)
    drawn = f"""{chosen} SELECT dense_rank() OVER (ORDER BY patient_value, patient_issuer) AS person, drawn.*
        FROM (SELECT * FROM cohort ORDER BY hashtextextended(study_uid, :seed), study_uid LIMIT :size) AS drawn
        JOIN study USING (study_uid)"""  # noqa: S608
    rows = session.execute(sqlalchemy.text(drawn), {**named, "seed": seed, "size": size}).mappings()
    return [_measured(row) for row in rows]


# ── the questions ─────────────────────────────────────────────────────────────────────────────────────


def _chosen(session: Session, cohort: Cohort, at: datetime) -> tuple[str, dict[str, Any]]:
    """The beginning of every question: `cohort`, the lines that count, and what its names stand for."""
    clauses: dict[str, tuple[str, Any]] = {}
    if cohort.since:
        clauses["since"] = ("studied_at >= :since", datetime.combine(cohort.since, time(), UTC))
    if cohort.until:
        end = datetime.combine(cohort.until + timedelta(days=1), time(), UTC)
        clauses["until"] = ("studied_at < :until", end)
    if cohort.sexes:
        clauses["sexes"] = ("sex = ANY(:sexes)", [sex.value for sex in cohort.sexes])
    if cohort.youngest is not None:
        clauses["youngest"] = ("age >= :youngest", cohort.youngest)
    if cohort.oldest is not None:
        clauses["oldest"] = ("age <= :oldest", cohort.oldest)
    if cohort.sites:
        clauses["sites"] = ("site = ANY(:sites)", list(cohort.sites))
    if cohort.permitted:
        # Asked once, and named: every question that joined it again would walk all consents again, and alone.
        clauses["lapsed"] = ("study_uid <> ALL(:lapsed)", _lapsed(session, _where(clauses), at))
    condition, named = _where(clauses)
    return f"WITH cohort AS NOT MATERIALIZED (SELECT * FROM measured{condition})", named  # noqa: S608


def _where(clauses: Mapping[str, tuple[str, Any]]) -> tuple[str, dict[str, Any]]:
    condition = " AND ".join(clause for clause, _ in clauses.values())
    return f" WHERE {condition}" if clauses else "", {name: value for name, (_, value) in clauses.items()}


def _lapsed(session: Session, where: tuple[str, dict[str, Any]], at: datetime) -> list[str]:
    """Studies whose patient's permission does not stand at a moment, of lines that are chosen otherwise."""
    condition, named = where
    moment = {"active": ConsentState.ACTIVE.value, "purpose": Purpose.AI_READING.value, "at": at}
    return list(
        session.execute(sqlalchemy.text(_LAPSED.format(where=condition)), {**named, **moment}).scalars()
    )


def _sums(x: str, y: str) -> str:
    """The six sums of a pair; PostgreSQL computes all but the first from one pass (Youngs and Cramer 1971)."""
    asked = ("count", "avgx", "avgy", "sxx", "syy", "sxy")
    return f"ARRAY[{', '.join(f'regr_{name}({y}, {x})' for name in asked)}]"


def _strata(
    session: Session, chosen: str, named: Mapping[str, Any], pairs: Sequence[tuple[str, str]]
) -> tuple[int, list[int], dict[tuple[str, str], list[Stratum]]]:
    """Returns: how many studies, how many have each column, and every pair's sums by age and sex."""
    counts = ", ".join(f"count({code})" for code in _CODES)
    columns = ", ".join(_sums(x, y) for x, y in pairs)
    asked = f"{chosen} SELECT age, sex, ARRAY[count(*), {counts}], {columns} FROM cohort GROUP BY age, sex"  # noqa: S608
    counted = [0] * (1 + len(_CODES))
    found: dict[tuple[str, str], list[Stratum]] = {pair: [] for pair in pairs}
    for age, sex, some, *cells in session.execute(sqlalchemy.text(asked), named):
        counted = [all_of + one for all_of, one in zip(counted, some, strict=True)]
        for pair, cell in zip(pairs, cells, strict=True):
            if cell[0]:
                found[pair].append(Stratum(age, Sex(sex), _moments(cell)))
    return counted[0], counted[1:], found


def _ranks(
    session: Session, chosen: str, named: Mapping[str, Any], pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Moments]:
    """Equal values share the mean of their ranks, so a value's rank follows from how many are no larger.

    Each column's values are put in order once, and a line finds its rank by bisection: joining a million lines to as many
    tables of ranks as there are columns took five times as long.
    """
    used = dict.fromkeys(code for pair in pairs for code in pair)
    tables = ", ".join(
        f"of_{c} AS MATERIALIZED (SELECT array_agg(v ORDER BY v) AS values, array_agg(rank ORDER BY v) AS ranks FROM ("  # noqa: S608
        f"SELECT {c} AS v, (sum(count(*)) OVER (ORDER BY {c}) - (count(*) - 1) / 2.0)::float8 AS rank FROM cohort"
        f" WHERE {c} IS NOT NULL GROUP BY {c}) AS counted)"
        for c in used
    )
    ranked = ", ".join(
        f"(SELECT ranks FROM of_{c})[width_bucket({c}, (SELECT values FROM of_{c}))] AS {c}"  # noqa: S608
        for c in used
    )
    columns = ", ".join(_sums(x, y) for x, y in pairs)
    # OFFSET 0 keeps a rank from being looked up again for every pair it is part of.
    asked = f"{chosen}, {tables} SELECT {columns} FROM (SELECT {ranked} FROM cohort OFFSET 0) AS ranked"  # noqa: S608
    row = session.execute(sqlalchemy.text(asked), named).one()
    return {pair: _moments(cell) for pair, cell in zip(pairs, row, strict=True)}


def _moments(cell: Sequence[float | None]) -> Moments:
    n = int(cell[0] or 0)
    return Moments(n, *(value or 0.0 for value in cell[1:]))


def _measured(row: Any) -> Measured:
    return Measured(
        {code: row[code] for code in PARAMETER_CODES if row[code] is not None},
        {code: row[code] for code in OUTCOME_CODES if row[code] is not None},
        row["person"],
    )
