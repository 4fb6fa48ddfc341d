"""How well an impression says what a person concluded from the same findings."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.errors import BadTable
from engine.evaluation.floors import floors
from engine.evaluation.steadiness import negation_flip, typing_errors
from engine.evaluation.texts import Row, compare, difference, present_in, rouge_l
from engine.general import GeneralReader
from engine.reader import FilmReader
from triage.reading import Draft, Style, Writer

Progress = Callable[[str, float], None]
JUDGED, TAUGHT = "val", "train"
_COLUMNS = ("row", "style", "text")
_AT_ONCE = 16


def evaluate(
    pairs: Path,
    reader: FilmReader | GeneralReader,
    predictions: Path | None,
    progress: Progress,
    *,
    train: Path | None = None,
    styles: Sequence[Style] = tuple(Style),
) -> dict[str, object]:
    """Write an impression of every row's findings and hold it against the reference, and against what is free.

    Args:
        pairs: CSV with columns findings and impression; where its column split has val rows, only those.
        predictions: where to write (row, style, text), rows counted from 0, or None.
        train: CSV of pairs that may be copied from; where its column split has train rows, only those. Findings that
            are also judged are left out.
        styles: the last of them is also asked about flipped and mistyped findings.

    Returns: per style and per floor what `compare` gives, over all rows and under `abnormal` over those whose
        reference says that a finding is there, each findings text once; the same `before_the_check`; how many texts the
        composer wrote; the gain over each floor. Then the flip and the typing test. All scores are out of 100.
    Raises: BadTable: a table cannot be read.
    """
    rows = read_pairs(pairs, JUDGED)
    asked = {_plain(findings) for findings, _ in rows}
    known = [row for row in (read_pairs(train, TAUGHT) if train else []) if _plain(row[0]) not in asked]
    few = abnormal(rows)
    free = floors(rows, known)
    pen = _Pen(reader, progress)
    drafts = {style: pen.drafts([findings for findings, _ in rows], style) for style in styles}
    if predictions is not None:
        _write(predictions, {style: [draft.text for draft in written] for style, written in drafts.items()})
    steady, last = styles[-1], [draft.text for draft in drafts[styles[-1]]]
    return {
        "rows": len(rows),
        "abnormal_rows": len(few),
        "pairs_to_copy": len(known),
        "model": {"id": reader.identity.id, "sha256": reader.identity.sha256, "bits": reader.identity.bits},
        "styles": {style.value: _style(written, rows, few, free) for style, written in drafts.items()},
        "floors": {name: _panel(texts, rows, few) for name, texts in free.items()},
        "negation_flip": {"style": steady.value, **negation_flip(rows, pen.writing(steady, "flips"))},
        "typing_errors": {
            "style": steady.value,
            **typing_errors(rows, last, pen.writing(steady, "typing errors")),
        },
    }


def read_pairs(path: Path, split: str | None = None) -> list[Row]:
    """Read findings and impressions; rows that lack one of them are left out.

    Args:
        split: keep only rows with this word in the column split, where there are any.

    Raises: BadTable: it cannot be opened, or has no such columns or rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as table:
            read = list(csv.DictReader(table))
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise BadTable(f"{path.name} cannot be read as a CSV table in UTF-8; check the path.") from wrong
    chosen = [row for row in read if split and row.get("split") == split] or read
    found = [(row.get("findings") or "", row.get("impression") or "") for row in chosen]
    kept = [
        (findings, impression) for findings, impression in found if findings.strip() and impression.strip()
    ]
    if not kept:
        raise BadTable(f"{path.name} needs the columns findings and impression, and at least one full row.")
    return kept


def abnormal(rows: Sequence[Row]) -> list[int]:
    """Pick the rows worth quoting: the impression says that a finding is there, and no findings text comes twice."""
    first: dict[str, int] = {}
    for i, (findings, impression) in enumerate(rows):
        if present_in(impression):
            first.setdefault(_plain(findings), i)
    return list(first.values())


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _panel(texts: Sequence[str], rows: Sequence[Row], few: Sequence[int]) -> dict[str, object]:
    chosen = compare([texts[i] for i in few], [rows[i] for i in few]) if few else {"n": 0}
    return {**compare(texts, rows), "abnormal": chosen}


def _style(
    drafts: Sequence[Draft], rows: Sequence[Row], few: Sequence[int], free: dict[str, list[str]]
) -> dict[str, object]:
    texts = [draft.text for draft in drafts]
    found = _panel(texts, rows, few)
    found["before_the_check"] = _panel([draft.raw or draft.text for draft in drafts], rows, few)
    found["composer_wrote"] = sum(draft.writer is Writer.COMPOSER for draft in drafts)
    if few:
        judged = [rows[i] for i in few]
        found["over_floors"] = {
            name: difference(
                rouge_l([texts[i] for i in few], judged),
                rouge_l([copied[i] for i in few], judged),
                [findings for findings, _ in judged],
            )
            for name, copied in free.items()
        }
    return found


class _Pen:
    """Writes each findings text once in a style, however often it comes."""

    def __init__(self, reader: FilmReader | GeneralReader, progress: Progress) -> None:
        self._reader, self._progress = reader, progress
        self._kept: dict[tuple[Style, str], Draft] = {}

    def drafts(self, findings: Sequence[str], style: Style, step: str = "impressions") -> list[Draft]:
        new = sorted({text for text in findings if (style, text) not in self._kept}, key=len)
        for start in range(0, len(new), _AT_ONCE):
            some = new[start : start + _AT_ONCE]
            written = self._reader.impressions(some, style)
            self._kept.update({(style, text): draft for text, draft in zip(some, written, strict=True)})
            self._progress(f"{step}, {style.value}", (start + len(some)) / len(new))
        return [self._kept[style, text] for text in findings]

    def writing(self, style: Style, step: str) -> Callable[[Sequence[str]], list[str]]:
        return lambda findings: [draft.text for draft in self.drafts(findings, style, step)]


def _write(path: Path, written: dict[Style, list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(_COLUMNS)
        for style, texts in written.items():
            table.writerows((row, style.value, text) for row, text in enumerate(texts))
