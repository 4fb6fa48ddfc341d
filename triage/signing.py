"""The end of the way: a person signs what the report says, and amends it; nothing signed is ever changed."""

from dataclasses import replace

from triage.doubt import same_words
from triage.permission import Action, Person, check_action
from triage.ports import House
from triage.reading import Style
from triage.report import Report, check_latest, next_report, verdict
from triage.status import Owner, Status
from triage.steps import SHOWN, audit_event, move
from triage.worklist import Entry, check_claim
from triage.writing import check_supported, mine


def sign(
    house: House,
    study_uid: str,
    person: Person,
    impression: str,
    *,
    style: Style | None,
    rejected: bool = False,
    reason: str = "",
) -> Report:
    """Take final responsibility for what the report says.

    Args:
        house: what the flow leans on.
        study_uid: the study.
        person: who signs.
        impression: the text as it stands on the screen.
        style: the draft it started from, None when it was written unaided.
        rejected: the draft was wrong; `reason` says how.
        reason: why a draft was rejected.

    Raises: NotPermitted, StudyHeld, AlreadySigned; Unsupported: a critical sentence of a draft that nothing supports
        and that this person has not taken on; TriageError: no impression, or a reason is missing.
    """
    check_action(person, Action.SIGN)
    with house.together():  # the machine goes on moving this study, and must not turn the person away
        entry = house.studies.entry(study_uid)
        now = house.clock.now()
        check_claim(entry.claim, person.subject, now)
        shown = house.studies.reading(study_uid) if entry.status in SHOWN else None
        made = verdict(impression, shown, style, rejected=rejected)
        earlier = house.studies.reports(study_uid)
        report = next_report(
            earlier, impression, made, person.subject, now, style=style, reason=reason, amends=False
        )
        report = replace(report, signer=person.name, taken_on=_answered_for(house, entry, impression, person))
        _file_report(house, entry, report, Status.SIGNED, "sign report")
    return report


def amend(
    house: House, study_uid: str, person: Person, impression: str, reason: str, *, version: int
) -> Report:
    """Say something different after signing; the first version stays for ever.

    Args:
        house: what the flow leans on.
        study_uid: the study.
        person: who signs.
        impression: the text as it stands on the screen.
        reason: why it is amended.
        version: the version that these words began from.

    Raises: NotPermitted; StudyHeld; Unsupported, as `sign`; AlreadySigned: a later version holds; TriageError: nothing is signed
        yet, or the reason is missing.
    """
    check_action(person, Action.SIGN)
    with house.together():
        entry = house.studies.entry(study_uid)
        check_claim(entry.claim, person.subject, house.clock.now())
        earlier = house.studies.reports(study_uid)
        check_latest(earlier, version)
        made = verdict(impression, None, None, rejected=False)
        report = next_report(
            earlier,
            impression,
            made,
            person.subject,
            house.clock.now(),
            style=None,
            reason=reason,
            amends=True,
        )
        report = replace(report, signer=person.name, taken_on=_answered_for(house, entry, impression, person))
        _file_report(house, entry, report, Status.AMENDED, "amend report")
    return report


def _answered_for(house: House, entry: Entry, text: str, person: Person) -> tuple[str, ...]:
    """Hold a report against the facts, and say which of its unsupported sentences its signer takes on.

    What they took on is asked of the record, never of the screen.
    """
    half = mine(house, entry.study.study_uid, person)
    taken_on, begun_from = (half.taken_on, half.as_drafted) if half else ((), "")
    doubted = check_supported(house, entry, text, taken_on, begun_from)
    settled = set(map(same_words, taken_on))
    return tuple(d.sentence for d in doubted if same_words(d.sentence) in settled)


def _file_report(house: House, entry: Entry, report: Report, target: Status, action: str) -> None:
    study_uid, by = entry.study.study_uid, report.signed_by
    event = audit_event(house, by, action, entry.study, detail=f"version {report.version}, {report.verdict}")
    house.studies.add_report(study_uid, report, event)
    house.half_written.forget(study_uid, by)
    move(house, entry, target, report.reason, agent=by, owner=Owner.RADIOLOGIST)
    if entry.claim is not None:
        house.studies.claim(study_uid, None, audit_event(house, by, "release", entry.study))
    house.jobs.cancel(study_uid)
