"""The steps of a critical result: a person opens it, people are called on, a person records who heard it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from consent.audit import AuditEvent, Outcome
from triage.critical import Attempt, CriticalResult, Delivery, Mark, Method, Notice, ReadBack
from triage.errors import TriageError
from triage.escalation import check_attempt, notices_due, state
from triage.permission import Action, Person, check_action
from triage.ports import House
from triage.steps import WORKER, audit_event

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """What a person says about one attempt; who says it and when is not theirs to write."""

    told_by: str
    received_by: str
    received_at: datetime
    method: Method
    read_back: ReadBack


def open_result(house: House, study_uid: str, person: Person, mark: Mark) -> CriticalResult:
    """Open the loop of one critical finding and call the first person at once.

    Only a person does this: a model's answer may suggest it and never opens anything (ADR-0022). It does not need a
    signed report, because a film that must be told within minutes is told before it is dictated.

    Args:
        house: what the flow leans on.
        study_uid: the study it was seen on.
        person: who found it critical.
        mark: what, how soon it must be heard, and when it was seen; it is no longer kept as half written.

    Raises: NotPermitted. UnknownStudy. TriageError: a part of the mark is missing, or the time lies ahead.
    """
    check_action(person, Action.TELL_CRITICAL)
    category, now = mark.checked(), house.clock.now()
    with house.together():
        study = house.studies.entry(study_uid).study
        signed = house.studies.reports(study_uid)
        result = CriticalResult(
            result_id=uuid4().hex,
            study_uid=study_uid,
            what=mark.what.strip(),
            category=category,
            limit=house.call_list.limits[category],
            found_at=mark.found_at or now,
            opened_by=person.subject,
            opened_at=now,
            report_version=signed[-1].version if signed else None,
        )
        detail = f"{result.result_id}, {result.category}"
        event = audit_event(house, person.subject, "open critical result", study, detail=detail)
        house.critical.open(result, event)
        _call(house, result, person.subject)
        half = house.half_written.find(study_uid, person.subject)
        if half is not None and half.mark.begun:
            house.half_written.keep(replace(half, mark=Mark()), now)
    return result


def view(house: House, results: Sequence[CriticalResult], person: Person) -> None:
    """Put on record, before they are shown, that a person sees these results and whose they are.

    Raises: NotPermitted.
    """
    check_action(person, Action.TELL_CRITICAL)
    with house.together():
        for result in results:
            study = house.studies.entry(result.study_uid).study
            detail = result.result_id
            house.audit.record(
                audit_event(house, person.subject, "view critical result", study, detail=detail)
            )


def record(
    house: House,
    result_id: str,
    person: Person,
    told: Told,
    *,
    corrects: int | None = None,
    reason: str = "",
) -> CriticalResult:
    """Write down one attempt; when nobody was reached, the next person is called in the same step.

    Args:
        house: what the flow leans on.
        result_id: which critical result.
        person: who writes this down.
        told: the facts of the attempt, and what came of it.
        corrects: the number of an entry that was wrong; it stays on file and no longer counts.
        reason: what was wrong with it.

    Returns: the result with this entry.
    Raises: NotPermitted. TriageError: a fact is missing or cannot be true. MoveNotAllowed: it was told already.
    """
    check_action(person, Action.TELL_CRITICAL)
    with house.together():  # two who tell the same result at the same time take turns
        result = house.critical.result(result_id)
        attempt = Attempt(
            told_by=told.told_by.strip(),
            received_by=told.received_by.strip(),
            received_at=told.received_at,
            method=told.method,
            read_back=told.read_back,
            recorded_by=person.subject,
            recorded_at=house.clock.now(),
            corrects=corrects,
            reason=reason.strip(),
        )
        check_attempt(result, attempt)
        action = "record attempt" if corrects is None else "correct attempt"
        event = _event(house, result, person.subject, action, f"{attempt.read_back}")
        house.critical.add_attempt(result_id, attempt, event)
        _call(house, house.critical.result(result_id), person.subject)
    return house.critical.result(result_id)


def call_next(house: House) -> int:
    """Call on everybody whose turn the clock has brought; run from time to time, it calls nobody twice.

    Returns: how many notices were filed.
    Raises: what went wrong with the first result that could not be called about, once all the others were.
    """
    filed, failed = 0, None
    for waiting in house.critical.open_results():
        try:
            filed += _call_if_due(house, waiting)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one result, the others must be heard
            _log.error("nobody called about %s: %s", waiting.result_id, type(error).__name__)
            failed = failed or error
    if failed is not None:
        raise failed
    return filed


def _call_if_due(house: House, waiting: CriticalResult) -> int:
    if not notices_due(waiting, house.call_list.names, house.clock.now()):
        return 0
    with house.together():  # another worker may be at it: what is due is asked again inside
        return _call(house, house.critical.result(waiting.result_id), WORKER)


def _call(house: House, result: CriticalResult, agent: str) -> int:
    due = notices_due(result, house.call_list.names, house.clock.now())
    for notice in due:
        event = _event(house, result, agent, "call on", f"step {notice.step}: {notice.cause}")
        house.critical.add_notice(result.result_id, notice, event)
        house.jobs.notify(result.result_id, notice.step)
    return len(due)


def to_send(house: House, result_id: str, step: str) -> tuple[CriticalResult, Notice] | None:
    """The notice a worker has to send; None when the result was told meanwhile and nobody need be called."""
    result = house.critical.result(result_id)
    notice = next((n for n in result.notices if n.step == step), None)
    if notice is None:
        raise TriageError("No notice of this step is on file.")
    return None if state(result, house.clock.now()).closed else (result, notice)


def note_delivery(house: House, result: CriticalResult, delivery: Delivery) -> None:
    """Write down what became of sending; a failure stands on the screen until a later try succeeds."""
    detail = f"step {delivery.step} by {delivery.channel}{': ' if delivery.reason else ''}{delivery.reason}"
    outcome = Outcome.DONE if delivery.sent else Outcome.FAILED
    event = _event(house, result, WORKER, "send notice", detail)
    house.critical.add_delivery(result.result_id, delivery, replace(event, outcome=outcome))


def undelivered(result: CriticalResult, step: str, channels: Iterable[str]) -> tuple[str, ...]:
    """The channels by which this step was not sent yet."""
    sent = {d.channel for d in result.deliveries if d.step == step and d.sent}
    return tuple(channel for channel in channels if channel not in sent)


def _event(house: House, result: CriticalResult, agent: str, action: str, detail: str) -> AuditEvent:
    study = house.studies.entry(result.study_uid).study
    return audit_event(house, agent, action, study, detail=f"{result.result_id}, {detail}")
