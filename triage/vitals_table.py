"""Vitals of many patients in one CSV: good rows are taken, bad ones named."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.errors import BadVitals
from triage.vitals import PARAMETERS, Consciousness, Vitals

MAX_BYTES, MAX_ROWS = 5_000_000, 50_000
_KEY = "accession_number"
_OTHER = {"measured_at", "on_oxygen", "consciousness", "hypercapnic"}
_CONVERT: dict[str, tuple[str, Callable[[float], float]]] = {
    "glucose_mg_dl": ("glucose_mmol_l", lambda v: v / 18.016),
    "temperature_f": ("temperature_c", lambda v: (v - 32.0) / 1.8),
    "lactate_mg_dl": ("lactate_mmol_l", lambda v: v / 9.008),
}
"""Other units we understand: column to (our column, conversion)."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,9},[0-9]{1,9}")
COLUMNS = (_KEY, "measured_at", *PARAMETERS, *_CONVERT, "on_oxygen", "consciousness", "hypercapnic")


@dataclass(frozen=True)
class Row:
    """One good line: which study, and what was measured."""

    line: int
    accession_number: str
    vitals: Vitals


@dataclass(frozen=True)
class BadRow:
    """One line that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class VitalsTable:
    """What a CSV held: the good rows, and the others with their reasons."""

    rows: tuple[Row, ...]
    problems: tuple[BadRow, ...]


def _number(column: str, text: str) -> float:
    plain = text.strip()
    if _DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise BadVitals(f"{column} is not a number.")
    return float(plain)


def _yes(column: str, text: str) -> bool | None:
    answers = {"": None, "yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.strip().lower() not in answers:
        raise BadVitals(f"{column} is neither yes nor no.")
    return answers[text.strip().lower()]


def _time(text: str, now: datetime) -> datetime:
    if not text.strip():
        return now
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as e:
        raise BadVitals("measured_at is not a time like 2026-11-21T03:15+00:00.") from e
    if at.tzinfo is None:
        raise BadVitals("measured_at needs a time zone, like 2026-11-21T03:15+00:00.")
    if at > now:
        raise BadVitals("measured_at lies in the future.")
    return at


def _consciousness(text: str) -> Consciousness | None:
    if not text.strip():
        return None
    try:
        return Consciousness(text.strip().lower())
    except ValueError as e:
        raise BadVitals(f"consciousness is one of {', '.join(Consciousness)}.") from e


def vitals_from(fields: Mapping[str, str], now: datetime) -> Vitals:
    """Turn typed text into vitals; an empty field was not measured.

    Args:
        fields: column to text, as in a CSV line or a form.
        now: timezone-aware; the time of measurement when none is given.

    Raises: BadVitals: a column nobody knows, no number, or a value no living patient has.
    """
    values: dict[str, float] = {}
    for column, text in fields.items():
        if column in {_KEY, *_OTHER} or not (text or "").strip():
            continue
        code, convert = _CONVERT.get(column, (column, float))
        if code not in PARAMETERS:
            raise BadVitals(f"Unknown column {column[:40]}.")
        if code in values:
            raise BadVitals(f"{code} is given twice.")
        values[code] = round(convert(_number(column, text)), 2)
    return Vitals(
        measured_at=_time(fields.get("measured_at", ""), now),
        values=values,
        on_oxygen=_yes("on_oxygen", fields.get("on_oxygen", "")),
        consciousness=_consciousness(fields.get("consciousness", "")),
        hypercapnic=_yes("hypercapnic", fields.get("hypercapnic", "")),
    )


def _lines(data: bytes) -> "csv.DictReader[str]":
    if len(data) > MAX_BYTES:
        raise BadVitals(f"The table is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise BadVitals("The table is not UTF-8; save it as “CSV UTF-8”.") from e
    if "\0" in text:
        raise BadVitals("The table is not UTF-8 text; save it as “CSV UTF-8”.")
    header = text.split("\n", 1)[0]
    return csv.DictReader(
        io.StringIO(text, newline=""),
        delimiter=";" if header.count(";") > header.count(",") else ",",
        strict=True,
    )


def _check_columns(columns: list[str]) -> None:
    if _KEY not in columns:
        raise BadVitals(f"The table needs a column {_KEY}.")
    unknown = [c for c in columns if c not in COLUMNS]
    if unknown:
        raise BadVitals(f"Unknown column {unknown[0][:40]}; known are {', '.join(COLUMNS)}.")
    twice = next((c for c in columns if columns.count(c) > 1), None)
    if twice:
        raise BadVitals(f"The column {twice} stands twice.")


def read_table(data: bytes, now: datetime) -> VitalsTable:
    """Read a CSV of vitals; a bad line is named and the others go on.

    Args:
        data: UTF-8 text, comma or semicolon separated, with a header line out of `COLUMNS`.
        now: timezone-aware; the time of measurement where a line gives none.

    Raises: BadVitals: the table as a whole cannot be read: its encoding, its size or its header.
    """
    lines = _lines(data)
    rows: list[Row] = []
    problems: list[BadRow] = []
    try:
        _check_columns([c.strip() for c in lines.fieldnames or []])
        for count, fields in enumerate(lines):
            if count >= MAX_ROWS:
                raise BadVitals(f"The table has more than {MAX_ROWS} lines.")
            _read_line(lines.line_num, fields, now, rows, problems)
    except csv.Error as e:
        raise BadVitals(f"The table breaks off at line {lines.line_num}: {e}.") from e
    return VitalsTable(tuple(rows), tuple(problems))


def _read_line(
    line: int, fields: dict[str, str], now: datetime, rows: list[Row], problems: list[BadRow]
) -> None:
    try:
        if None in fields or None in fields.values():
            raise BadVitals("This line has more or fewer fields than the header.")
        named = {c.strip(): text for c, text in fields.items()}
        accession = named[_KEY].strip()
        if not accession:
            raise BadVitals("This line names no accession number.")
        rows.append(Row(line, accession, vitals_from(named, now)))
    except BadVitals as e:
        problems.append(BadRow(line, str(e)))
