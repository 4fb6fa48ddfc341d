"""What somebody typed, as a condition; `%` and `_` are letters like any other."""

from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, or_
from sqlmodel import col

from db.tables import StudyRow

_WORDS: ColumnElement[Any] = literal_column("study.words")


def storable(text: str) -> str:
    """What PostgreSQL can keep of a text from outside: no zero bytes, no halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _plain(typed: str) -> str:
    return typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def containing(column: Any, typed: str) -> ColumnElement[bool]:
    """The text occurs somewhere, in capitals or not."""
    found: ColumnElement[bool] = column.ilike(f"%{_plain(typed)}%", escape="\\")
    return found


def beginning(column: Any, typed: str) -> ColumnElement[bool]:
    """The text stands at the beginning, letter by letter."""
    found: ColumnElement[bool] = column.like(f"{_plain(typed)}%", escape="\\")
    return found


def of_study(typed: str) -> ColumnElement[bool]:
    """The beginning of an accession number, a whole patient number, or beginnings of words of a name.

    Each of the three has an index, so the answer does not wait for the other million studies.
    """
    return or_(
        beginning(col(StudyRow.accession_number), typed),
        col(StudyRow.patient_value) == typed,
        _WORDS.op("@@")(func.name_query(typed)),
    )
