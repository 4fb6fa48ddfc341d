"""`firstread audit verify`: is the trail whole, and does it still hold what it held at the last look?"""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from consent.audit import ChainHead, verify
from consent.errors import BrokenAuditChain
from dashboard import wiring
from dashboard.console import Console
from dashboard.evaluation_trail import EvaluationTrail
from dashboard.settings import Settings
from db.audit_trail import PgAuditTrail

SEEN = "audit-head.json"
"""Kept beside the database, not in it: a chain alone does not show that its tail was cut off."""

Trail = PgAuditTrail | EvaluationTrail


def run(_asked: argparse.Namespace, console: Console) -> int:
    """Walk the whole trail, against its own head and against the one kept at the last look.

    Returns: 0 when it is whole, 1 when it was changed.
    """
    settings = Settings.from_environment()
    with open_trail(settings) as trail:
        return _verify(trail, settings.home / SEEN, console)


def _verify(trail: Trail, seen: Path, console: Console) -> int:
    try:
        head = verify(trail.chain(), trail.head())
        if seen.exists():
            verify(trail.chain(), _known(seen))
    except BrokenAuditChain as broken:
        return _broken(trail, str(broken), console)
    seen.parent.mkdir(parents=True, exist_ok=True)
    seen.write_text(json.dumps({"events": head.events, "head": head.sha256}) + "\n", encoding="utf-8")
    answer = {"ok": True, "events": head.events, "head": head.sha256}
    console.answer(answer, f"ok: {head.events} events, head {head.sha256}")
    return 0


@contextmanager
def open_trail(settings: Settings) -> Iterator[Trail]:
    """The trail of this installation: the database's, or where there is none the one that evaluations write."""
    if settings.database_url is None and not (settings.home / "postgres").exists():
        yield EvaluationTrail(settings.home)
        return
    database = wiring.open_database(settings)
    try:
        yield PgAuditTrail(database)
    finally:
        database.close()


def _known(seen: Path) -> ChainHead:
    try:
        kept = json.loads(seen.read_text(encoding="utf-8"))
        return ChainHead(int(kept["events"]), str(kept["head"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenAuditChain(f"The head kept in {seen} cannot be read; it was changed.") from error


def _broken(trail: Trail, reason: str, console: Console) -> int:
    last = ChainHead(0, "")
    with suppress(BrokenAuditChain):
        last = trail.head()
    console.answer(
        {"ok": False, "events": last.events, "head": last.sha256, "reason": reason}, f"not ok: {reason}"
    )
    return 1
