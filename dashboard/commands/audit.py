"""`firstread audit verify`: is the trail whole, and does it still hold what it held at the last look?"""

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from consent.audit import ChainHead, verify
from consent.errors import BrokenAuditChain
from dashboard import wiring
from dashboard.console import Console
from dashboard.evaluation_trail import NAME, EvaluationTrail
from dashboard.settings import Settings
from db.audit_trail import PgAuditTrail

DATABASE, EVALUATION = "database", "evaluation"
Trail = PgAuditTrail | EvaluationTrail


def seen_file(home: Path, name: str) -> Path:
    """Where the head of one trail is kept: beside it, since a chain alone does not show that its tail was cut off."""
    return home / f"audit-head-{name}.json"


def run(_asked: argparse.Namespace, console: Console) -> int:
    """Walk every trail of this installation, against its own head and against the one kept at the last look.

    Returns: 0 when all of them are whole, 1 when one was changed.
    """
    settings = Settings.from_environment()
    with open_trail(settings) as trail:
        name = DATABASE if isinstance(trail, PgAuditTrail) else EVALUATION
        answer = _verify(trail, seen_file(settings.home, name))
    told = [_text(answer)]
    if name == DATABASE and _evaluated(settings.home):
        other = _verify(EvaluationTrail(settings.home), seen_file(settings.home, EVALUATION))
        told.append(f"evaluation trail {_text(other)}")
        answer = _together(answer, other)
    console.answer(answer, "\n".join(told))
    return 0 if answer["ok"] else 1


def _evaluated(home: Path) -> bool:
    """Whether films were ever read here without a database, even if their trail is gone by now."""
    return (home / NAME).exists() or seen_file(home, EVALUATION).exists()


def _verify(trail: Trail, seen: Path) -> dict[str, Any]:
    try:
        head = verify(trail.chain(), trail.head())
        if seen.exists():
            verify(trail.chain(), _known(seen))
    except BrokenAuditChain as broken:
        return _broken(trail, str(broken))
    kept = {"events": head.events, "head": head.sha256}
    _keep(seen, json.dumps(kept) + "\n")
    return {"ok": True, **kept}


def _keep(seen: Path, text: str) -> None:
    """Replace the kept head in one step: a power cut leaves the old one or the new one."""
    seen.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=seen.parent, prefix=seen.name, encoding="utf-8", delete=False) as made:
        made.write(text)
        made.flush()
        os.fsync(made.fileno())
    Path(made.name).replace(seen)


def _together(main: dict[str, Any], evaluation: dict[str, Any]) -> dict[str, Any]:
    answer = {**main, "ok": main["ok"] and evaluation["ok"], "evaluation": evaluation}
    if main["ok"] and not evaluation["ok"]:
        answer["reason"] = f"Evaluation trail: {evaluation['reason']}"
    return answer


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


def _broken(trail: Trail, reason: str) -> dict[str, Any]:
    last = ChainHead(0, "")
    with suppress(BrokenAuditChain):
        last = trail.head()
    return {"ok": False, "events": last.events, "head": last.sha256, "reason": reason}


def _text(answer: dict[str, Any]) -> str:
    if not answer["ok"]:
        return f"not ok: {answer['reason']}"
    return f"ok: {answer['events']} events, head {answer['head']}"
