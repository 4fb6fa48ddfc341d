"""Sections, tables and cells of docs/evaluation.md."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


def write_section(path: Path, lines: list[str]) -> None:
    """Put a section in place of the one with the same title, or at the end; the rest of the file stays."""
    text = path.read_text(encoding="utf-8") if path.exists() else "# Evaluation\n"
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        inside = line == lines[0] or (inside and not line.startswith("## "))
        if line == lines[0]:
            kept += lines
        elif not inside:
            kept.append(line)
    if lines[0] not in kept:
        kept += ["", *lines]
    path.write_text("\n".join(kept).rstrip() + "\n", encoding="utf-8")


def number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def spread(row: Row, key: str = "value", low: str = "low", high: str = "high", digits: int = 2) -> str:
    """A value with its interval, or that there is none."""
    if row[key] is None:
        return "not estimable"
    if row[low] is None:
        return number(row[key], digits)
    return f"{row[key]:.{digits}f} ({row[low]:.{digits}f} to {row[high]:.{digits}f})"


def table(head: tuple[str, ...], rows: list[tuple[object, ...]], left: int = 1) -> list[str]:
    """A table whose first columns are words and the others numbers."""
    rule = ["---"] * left + ["--:"] * (len(head) - left)
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join(rule)}|",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
        "",
    ]
