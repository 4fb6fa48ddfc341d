"""What somebody typed, as a condition; `%` and `_` are letters like any other."""

from typing import Any

from sqlalchemy import ColumnElement


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
