"""Groups of patients and their diseases, as a site writes them down in TOML; docs/simulator.md shows one."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from triage.errors import BadSetting
from triage.waiting.setting import Disease, Group

GROUP = {"name": str, "share": float, "read_minutes": float, "disease": list}
DISEASE = {
    "name": str,
    "prevalence": float,
    "read_minutes": float,
    "severity": int,
    "sensitivity": float,
    "specificity": float,
}
OPTIONAL = {"severity", "sensitivity", "specificity", "disease"}
WORDS: dict[type, str] = {str: "a text", float: "a number", int: "a whole number", list: "tables"}


def read_classes(text: str) -> tuple[Group, ...]:
    """The groups of a file; whether their numbers can be is for `setting.checked` to say.

    Raises: BadSetting: it is no TOML, or a key is missing, unknown or of the wrong kind; one sentence says which.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as bad:
        raise BadSetting(f"The classes are no TOML: {bad}.") from bad
    if unknown := set(found) - {"group"}:
        raise BadSetting(f"The classes know no key {min(unknown)}; each group begins with [[group]].")
    groups = _tables(found.get("group"), "group")
    if not groups:
        raise BadSetting("The classes name no group; each begins with [[group]].")
    return tuple(_group(table) for table in groups)


def _group(table: Mapping[str, Any]) -> Group:
    _check_keys(table, GROUP, "group")
    diseases = (_disease(one) for one in _tables(table.get("disease"), "disease"))
    return Group(table["name"], float(table["share"]), float(table["read_minutes"]), tuple(diseases))


def _disease(table: Mapping[str, Any]) -> Disease:
    _check_keys(table, DISEASE, "disease")
    chances = {k: float(table[k]) for k in ("sensitivity", "specificity") if k in table}
    minutes, severity = float(table["read_minutes"]), int(table.get("severity", 1))
    return Disease(table["name"], float(table["prevalence"]), minutes, severity, **chances)


def _tables(value: Any, what: str) -> Sequence[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BadSetting(f"Write each {what} as a table of its own, beginning with [[{what}]].")
    return value


def _check_keys(table: Mapping[str, Any], known: Mapping[str, type], what: str) -> None:
    called = f"The {what} {table.get('name', 'without a name')}"
    if unknown := set(table) - set(known):
        raise BadSetting(f"{called} has an unknown key {min(unknown)}; known are {', '.join(known)}.")
    if missing := [key for key in known if key not in table and key not in OPTIONAL]:
        raise BadSetting(f"{called} lacks {missing[0]}.")
    for key, value in table.items():
        kinds: tuple[type, ...] = (int, float) if known[key] is float else (known[key],)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise BadSetting(f"{called}: {key} must be {WORDS[known[key]]}.")
