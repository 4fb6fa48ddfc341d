"""A site's table: which finding and which word of an order asks for which level, and how long a level gives way."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from triage.errors import BadLevels
from triage.finding import LABELS, POSSIBLE_FROM
from triage.notes import NoteRule
from triage.study import Urgency

SHIPPED_FILE = Path(__file__).with_name("levels.toml")
Rule = TypeVar("Rule")
MAX_BYTES, MAX_ROWS, LONGEST_HOURS = 200_000, 500, 24 * 365


@dataclass(frozen=True)
class FindingRule:
    """From this probability on, this finding asks for this urgency; routine raises nothing."""

    code: str
    from_probability: float
    urgency: Urgency
    source: str


@dataclass(frozen=True)
class PathologyRule:
    """From this probability on, a film that is abnormal in whatever way asks for this urgency."""

    from_probability: float
    urgency: Urgency
    source: str


@dataclass(frozen=True)
class LevelRule:
    """How long a study of this level lets later, more urgent arrivals pass before it is due."""

    urgency: Urgency
    gives_way: timedelta
    when_ai_negative: timedelta
    source: str


@dataclass(frozen=True)
class Levels:
    """One site's table. `version` is its name and the beginning of its SHA-256: the same words, the same bytes."""

    version: str
    levels: tuple[LevelRule, ...]
    findings: tuple[FindingRule, ...]
    pathology: PathologyRule
    notes: tuple[NoteRule, ...]

    def gives_way(self, urgency: Urgency, *, ai_negative: bool) -> timedelta:
        """Say how long a study lets studies pass that arrived after it."""
        rule = next(rule for rule in self.levels if rule.urgency is urgency)
        return rule.when_ai_negative if ai_negative else rule.gives_way

    def asks_for(self, code: str, probability: float) -> Urgency:
        """Say which level a finding of this probability asks for; routine when it reaches no row."""
        reached = [r.urgency for r in self.findings if r.code == code and probability >= r.from_probability]
        return max(reached, default=Urgency.ROUTINE)


# ── reading a table ───────────────────────────────────────────────────────────────────────────────────


def read_levels(path: Path) -> Levels:
    """Read and check a site's table.

    Raises: BadLevels: one sentence that names the file, the row and what to write instead.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as e:
        raise BadLevels(f"The table of levels {path} cannot be read: {e.strerror}.") from e
    return levels_from(data, path.name)


def levels_from(data: bytes, file: str) -> Levels:
    """Check the bytes of a table; `file` is how an error calls it. Raises: BadLevels."""
    if len(data) > MAX_BYTES:
        raise BadLevels(f"{file} is larger than {MAX_BYTES // 1000} kB; that is no table of levels.")
    try:
        said = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise BadLevels(f"{file} is not TOML: {e}.") from e
    try:
        return _checked(said, sha256(data).hexdigest())
    except BadLevels as wrong:
        raise BadLevels(f"{file}, {wrong}") from wrong


def _checked(said: dict[str, Any], digest: str) -> Levels:
    _check_keys("the table", said, {"name", "level", "finding", "pathology", "note"})
    name = _text("the table", said, "name")
    made = Levels(
        version=f"{name[:40]} {digest[:12]}",
        levels=_rows(said, "level", _level),
        findings=_rows(said, "finding", _finding),
        pathology=_pathology(said.get("pathology")),
        notes=_rows(said, "note", _note),
    )
    _check_levels(made.levels)
    _check_findings(made.findings)
    return made


def _rows(
    said: Mapping[str, Any], kind: str, make: Callable[[str, dict[str, Any]], Rule]
) -> tuple[Rule, ...]:
    rows = said.get(kind, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadLevels(f"the rows of {kind} must be written as [[{kind}]].")
    if len(rows) > MAX_ROWS:
        raise BadLevels(f"there are more than {MAX_ROWS} rows of {kind}.")
    return tuple(make(f"{kind} row {number}", row) for number, row in enumerate(rows, start=1))


def _level(where: str, row: dict[str, Any]) -> LevelRule:
    _check_keys(where, row, {"level", "gives_way_hours", "when_ai_negative_hours", "source"})
    return LevelRule(
        urgency=_urgency(where, row),
        gives_way=timedelta(hours=_number(where, row, "gives_way_hours", 0, LONGEST_HOURS)),
        when_ai_negative=timedelta(hours=_number(where, row, "when_ai_negative_hours", 0, LONGEST_HOURS)),
        source=_text(where, row, "source"),
    )


def _finding(where: str, row: dict[str, Any]) -> FindingRule:
    _check_keys(where, row, {"code", "from_probability", "level", "source"})
    code = _text(where, row, "code")
    where = f"{where} ({code[:40]})"
    if code not in LABELS:
        raise BadLevels(f"{where}: code is one of {', '.join(LABELS)}.")
    return FindingRule(
        code=code,
        from_probability=_number(where, row, "from_probability", POSSIBLE_FROM, 1),
        urgency=_urgency(where, row),
        source=_text(where, row, "source"),
    )


def _pathology(row: object) -> PathologyRule:
    if not isinstance(row, dict):
        raise BadLevels(
            "a section [pathology] is missing: from which probability an abnormal film is raised."
        )
    _check_keys("pathology", row, {"from_probability", "level", "source"})
    return PathologyRule(
        from_probability=_number("pathology", row, "from_probability", POSSIBLE_FROM, 1),
        urgency=_urgency("pathology", row),
        source=_text("pathology", row, "source"),
    )


def _note(where: str, row: dict[str, Any]) -> NoteRule:
    _check_keys(where, row, {"words", "level", "source"})
    words = row.get("words")
    if not isinstance(words, list) or not words or not all(_is_phrase(said) for said in words):
        raise BadLevels(
            f'{where}: words is a list of lower-case words without punctuation, like ["trauma", "perforat*"].'
        )
    return NoteRule(tuple(words), _urgency(where, row), _text(where, row, "source"))


def _is_phrase(said: object) -> bool:
    if not isinstance(said, str) or said != said.lower() or not 1 < len(said) <= 60:
        return False
    *inner, last = said.split(" ")
    return all(word.isalnum() for word in inner) and len(last) > 1 and last.removesuffix("*").isalnum()


# ── what holds for the whole table ────────────────────────────────────────────────────────────────────


def _check_levels(rules: tuple[LevelRule, ...]) -> None:
    by_level = {rule.urgency: rule for rule in rules}
    if len(rules) != len(Urgency) or len(by_level) != len(Urgency):
        raise BadLevels("the levels stat, asap, urgent and routine need one [[level]] row each.")
    stat = by_level[Urgency.STAT]
    if stat.gives_way or stat.when_ai_negative:
        raise BadLevels("level stat: it gives way to nobody, write 0 hours.")
    for rule in rules:
        if rule.when_ai_negative < rule.gives_way:
            raise BadLevels(
                f"level {rule.urgency.name.lower()}: when_ai_negative_hours is below gives_way_hours, "
                "which would punish whoever refused the AI."
            )
    for less, more in zip(Urgency, list(Urgency)[1:], strict=False):
        if by_level[less].gives_way <= by_level[more].when_ai_negative:
            raise BadLevels(
                f"level {less.name.lower()}: gives_way_hours must be above all hours of {more.name.lower()}, "
                "or the AI could put the more urgent study behind."
            )


def _check_findings(rules: tuple[FindingRule, ...]) -> None:
    missing = [code for code in LABELS if code not in {rule.code for rule in rules}]
    if missing:
        raise BadLevels(
            f'{missing[0]} has no [[finding]] row; give it one, with level = "routine" if it shall raise nothing.'
        )
    known = [(rule.code, rule.from_probability) for rule in rules]
    twice = next((row for row in known if known.count(row) > 1), None)
    if twice:
        raise BadLevels(f"finding {twice[0]} stands twice from {twice[1]:g} on.")


# ── one field ─────────────────────────────────────────────────────────────────────────────────────────


def _check_keys(where: str, row: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(row.keys() - known)
    if unknown:
        raise BadLevels(f"{where}: {unknown[0][:40]} is not known here; write {', '.join(sorted(known))}.")


def _text(where: str, row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 300:
        raise BadLevels(f"{where}: {key} is missing or is no short text.")
    return value.strip()


def _number(where: str, row: Mapping[str, Any], key: str, least: float, most: float) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadLevels(f"{where}: {key} is a number from {least:g} to {most:g}.")
    return float(value)


def _urgency(where: str, row: Mapping[str, Any]) -> Urgency:
    names = {level.name.lower(): level for level in reversed(Urgency)}
    value = row.get("level")
    if not isinstance(value, str) or value not in names:
        raise BadLevels(f"{where}: level is one of {', '.join(names)}.")
    return names[value]


SHIPPED = read_levels(SHIPPED_FILE)
"""The table that is in use where a site names none."""
