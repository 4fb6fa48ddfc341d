"""Vitals for films outside the patient record: the table names a film where a patient's names an order."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from triage.errors import BadVitals
from triage.vitals import Vitals
from triage.vitals_table import MAX_BYTES, Row, read_table

FILE, ORDER = "file", "accession_number"
ALL = "*"
"""The name of every film, in a table that names none."""


class FilmVitals:
    """What was measured, by the name of the film; it remembers which lines found theirs.

    Args:
        table: a CSV with a column file, or with accession_number alone, or with neither and one line for all films.

    Raises: BadVitals: the table as a whole cannot be read.
    """

    def __init__(self, table: Path) -> None:
        with table.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        try:
            read = read_table(_by_order(data), datetime.now(UTC))
        except BadVitals as bad:
            raise BadVitals(str(bad).replace(ORDER, FILE)) from bad
        self._table, self._rows, self._used = table, read.rows, set[int]()
        self._bad = {bad.line: bad.reason.replace("accession number", "film") for bad in read.problems}

    def of(self, path: Path, accession_number: str = "") -> Vitals | None:
        """The vitals of one film: by its path, its name, its name without ending, or its order; the last line counts."""
        names = [str(path), path.name, path.stem, accession_number, ALL]
        found = [row for row in self._rows if row.accession_number in names]
        self._used |= {row.line for row in found}
        return (
            min(reversed(found), key=lambda row: names.index(row.accession_number)).vitals if found else None
        )

    def problems(self) -> list[str]:
        """A sentence for every line that was left out, or whose film was not among those asked about so far."""
        lost = {row.line: _lost(row) for row in self._rows if row.line not in self._used}
        return [
            f"{self._table}, line {line}: {reason}" for line, reason in sorted((self._bad | lost).items())
        ]


def _lost(row: Row) -> str:
    return f"No FILE is called {row.accession_number[:80]}."


def _by_order(data: bytes) -> bytes:
    """The same table with its films in the column where a patient's table has its orders; line numbers stay."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data  # refused with its reason by the table of patients
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as broken:
        raise BadVitals(f"The table breaks off: {broken}.") from broken
    columns = [column.strip() for column in lines[0]] if lines else []
    if FILE in columns:
        lines = [_keyed(line, columns) for line in [columns, *lines[1:]]]
    elif ORDER not in columns:
        if sum(map(bool, lines[1:])) != 1:
            raise BadVitals("The table needs a column file, or one line for all films.")
        lines = [[ORDER, *columns], *([ALL, *line] if line else line for line in lines[1:])]
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()


def _keyed(line: list[str], columns: list[str]) -> list[str]:
    if not line:
        return line
    if len(line) != len(columns):
        return [*line, *columns]  # stays longer than the header, so that it is named as such
    kept = [text for column, text in zip(columns, line, strict=True) if column != ORDER]
    return [ORDER if line is columns and text == FILE else text for text in kept]
