"""The way of a study: received, identified, consent asked, read, ranked, drafted, signed; audited throughout."""

from collections.abc import Iterator
from dataclasses import replace

from consent.audit import AuditEvent, Outcome
from consent.decision import Permit, decide
from consent.errors import ConsentDenied
from consent.record import PatientId, Purpose
from triage.errors import IdentityMismatch, MoveNotAllowed, NotPermitted, ReaderFailed, UnreadableFilm
from triage.identity import Match, match, match_all
from triage.permission import Action, Person, check_action
from triage.ports import House, ImageReader
from triage.reading import Draft, Reading, Style
from triage.report import Report, next_report, verdict
from triage.status import Owner, Status, advance
from triage.study import Study
from triage.urgency import assess
from triage.vitals import Vitals
from triage.worklist import HELD_FOR, Claim, Entry, check_claim

WORKER = "worker"
SHOWN = frozenset({Status.READ, Status.RANKED, Status.SIGNED, Status.AMENDED})
"""The statuses in which the model's answer may be looked at."""
_TO_READ = frozenset({Status.RECEIVED, Status.IDENTIFIED, Status.CONSENTED, Status.UNRANKED})
_HALF_READ = frozenset({Status.READ, Status.RANKED})


# ── received ──────────────────────────────────────────────────────────────────────────────────────────


def receive(house: House, study: Study, vitals: Vitals | None, agent: str) -> bool:
    """Take one arriving image with its study; from here on the study is on the worklist.

    Args:
        house: what the flow leans on.
        study: as its header tells it, carrying the one instance that arrived, whose bytes are in the file store.
        vitals: what was measured, when it came along.
        agent: who brought it.

    Returns: True when the instance is new, False when the same bytes are already on file.
    Raises: IdentityMismatch: the UID is on file with other bytes, or its study belongs to another patient.
    """
    (instance,) = study.instances
    with house.together():  # the images of one study arrive side by side
        known = house.studies.instance_sha256(instance.sop_instance_uid)
        if known == instance.sha256:
            return False
        if known is not None:
            raise IdentityMismatch(
                "This image's UID is on file with other content; the new file is kept apart."
            )
        on_file = house.studies.find(study.study_uid)
        if on_file and match(study.patient, on_file.study.patient) is not Match.AGREE:
            raise IdentityMismatch(
                "This image names another patient than its study on file; it is kept apart."
            )
        if on_file is None:
            first = assess(study.order_priority, vitals, None)
            house.studies.add_study(study, first, _event(house, agent, "receive study", study))
        else:
            added = _event(house, agent, "receive instance", study)
            house.studies.add_instance(study.study_uid, instance, added)
        if vitals is not None:
            record_vitals(house, study.study_uid, vitals, agent)
        _ask_for_read(house, study.study_uid)
    return True


def record_vitals(house: House, study_uid: str, vitals: Vitals, agent: str) -> None:
    """Add measurements to a study and give it the place they ask for, here and among those the model reads first."""
    with house.together():
        study = house.studies.entry(study_uid).study
        house.studies.add_vitals(study_uid, vitals, _event(house, agent, "record vitals", study))
        _reassess(house, study_uid, agent)
        if house.studies.entry(study_uid).status is not Status.UNRANKED:
            _ask_for_read(house, study_uid)


def _ask_for_read(house: House, study_uid: str) -> None:
    entry = house.studies.entry(study_uid)
    if entry.status in _TO_READ:
        house.jobs.read(study_uid, entry.assessment.urgency)


# ── identified ────────────────────────────────────────────────────────────────────────────────────────


def identify(house: House, study_uid: str) -> bool:
    """Check that the header belongs to the patient on file; a doubt sends the study to a person.

    Returns: True when the study may go on.
    """
    entry = house.studies.entry(study_uid)
    if entry.status is not Status.RECEIVED:
        return entry.status is not Status.UNRANKED or not _in_doubt(house, entry)
    if _in_doubt(house, entry):
        _move(
            house, entry, Status.UNRANKED, "The name or birth date differs from the patient's other studies."
        )
        return False
    _move(house, entry, Status.IDENTIFIED)
    return True


def _in_doubt(house: House, entry: Entry) -> bool:
    patient = entry.study.patient
    others = house.studies.patients(patient.patient_id, without=entry.study.study_uid)
    return match_all(patient, others) is not Match.AGREE


# ── consent asked ─────────────────────────────────────────────────────────────────────────────────────


def ask_consent(house: House, study_uid: str) -> Permit | None:
    """Ask what the patient allowed; without a yes the study is read by a person, in the same place.

    Returns: the Permit, or None; either answer is audited.
    """
    entry = house.studies.entry(study_uid)
    try:
        permit = _decide(house, entry.study.patient.patient_id)
    except ConsentDenied as denied:
        with house.together():
            house.audit.record(
                _event(
                    house, WORKER, "decide consent", entry.study, outcome=Outcome.DENIED, detail=str(denied)
                )
            )
            if entry.status is not Status.UNRANKED:
                _move(house, entry, Status.UNRANKED, str(denied))
        return None
    with house.together():
        _note_permit(house, entry.study, permit)
        if entry.status is not Status.CONSENTED:
            _move(house, entry, Status.CONSENTED)
    return permit


def _decide(house: House, patient_id: PatientId) -> Permit:
    return decide(patient_id, house.consents.provisions(patient_id), Purpose.AI_READING, house.clock.now())


def _note_permit(house: House, study: Study, permit: Permit) -> None:
    detail = f"{permit.permit_id} from consent {permit.consent_id}"
    house.audit.record(_event(house, WORKER, "decide consent", study, detail=detail))


# ── read ──────────────────────────────────────────────────────────────────────────────────────────────


def read(house: House, reader: ImageReader, study_uid: str, permit: Permit) -> Reading | None:
    """Let the model look at the film; if it cannot, a person will.

    Returns: the findings, or None when the study went to a person.
    """
    entry = house.studies.entry(study_uid)
    film = entry.study.frontal
    if film is None:
        _move(house, entry, Status.UNRANKED, "No frontal film to read.")
        return None
    try:
        reading, heatmap = reader.read(
            entry.study, entry.vitals, house.files.load(film.sha256), film.media_type, permit
        )
    except (ReaderFailed, UnreadableFilm) as failed:
        _move(house, entry, Status.UNRANKED, str(failed), outcome=Outcome.FAILED)
        return None
    if heatmap is not None:
        reading = replace(reading, heatmap_sha256=house.files.save(heatmap))
    with house.together():
        _check_still_permitted(house, permit)
        detail = f"{reading.permit_id} {reading.model.id} {reading.model.sha256[:12]}"
        house.studies.save_reading(reading, _event(house, WORKER, "save reading", entry.study, detail=detail))
        _move(house, entry, Status.READ)
    return reading


# ── ranked ────────────────────────────────────────────────────────────────────────────────────────────


def rank(house: House, study_uid: str) -> None:
    """Give a read study its place; the model's answer can raise it and never lowers it."""
    with house.together():
        _reassess(house, study_uid, WORKER)
        _move(house, house.studies.entry(study_uid), Status.RANKED)


def _reassess(house: House, study_uid: str, agent: str) -> None:
    entry = house.studies.entry(study_uid)
    reading = house.studies.reading(study_uid) if entry.status in SHOWN else None
    now = assess(entry.study.order_priority, entry.vitals, reading)
    if now != entry.assessment:
        detail = f"{entry.assessment.urgency.name} to {now.urgency.name}"
        event = _event(house, agent, "rank", entry.study, detail=detail)
        house.studies.save_assessment(study_uid, now, event)


# ── drafted ───────────────────────────────────────────────────────────────────────────────────────────


def draft(house: House, reader: ImageReader, reading: Reading, permit: Permit) -> None:
    """Write the impressions that are missing, word by word to the screen, each stored when its facts are checked.

    Raises: ConsentDenied: the patient withdrew meanwhile; what was written so far is hidden with the reading.
        MoveNotAllowed: the study was signed meanwhile; a draft nobody saw has no place beside that report.
    """
    entry = house.studies.entry(reading.study_uid)
    has_prior = bool(house.studies.priors(reading.study_uid))
    written = {made.style for made in reading.drafts}
    try:
        for style in (style for style in Style if style not in written):
            pieces = reader.draft(entry.study, entry.vitals, reading, style, permit, has_prior=has_prior)
            finished = _stream(house, reading.study_uid, style, pieces)
            with house.together():
                _check_still_permitted(house, permit)
                _check_still_wanted(house, reading.study_uid)
                event = _event(
                    house, WORKER, "save draft", entry.study, detail=f"{style} by {finished.writer}"
                )
                house.studies.save_draft(reading.study_uid, finished, event)
    finally:
        house.words.clear(reading.study_uid)


def _stream(house: House, study_uid: str, style: Style, pieces: Iterator[str | Draft]) -> Draft:
    text = ""
    for piece in pieces:
        if isinstance(piece, Draft):
            return piece
        text += piece
        house.words.put(study_uid, style, text)
    raise ReaderFailed("The model stopped before its draft was finished.")


# ── the worker's whole way ────────────────────────────────────────────────────────────────────────────


def first_read(house: House, reader: ImageReader, study_uid: str) -> None:
    """Everything the machine does to a study, from its arrival to three drafts beside its place.

    A read that was cut short by the death of its worker goes on where it stopped. A worker that comes too late,
    because a person or another worker was faster, leaves everything as it is.
    """
    entry = house.studies.entry(study_uid)
    try:
        if entry.status in _TO_READ:
            _read_anew(house, reader, study_uid)
        elif entry.status in _HALF_READ:
            _read_on(house, reader, entry)
    except ConsentDenied:
        reconsider(house, entry.study.patient.patient_id)
    except MoveNotAllowed as late:
        house.audit.record(
            _event(house, WORKER, "first read", entry.study, outcome=Outcome.DENIED, detail=str(late))
        )
    except (
        ReaderFailed
    ) as failed:  # the findings and the place stand; the impression is the person's to write
        house.audit.record(
            _event(house, WORKER, "save draft", entry.study, outcome=Outcome.FAILED, detail=str(failed))
        )


def _read_anew(house: House, reader: ImageReader, study_uid: str) -> None:
    if not identify(house, study_uid):
        return
    permit = ask_consent(house, study_uid)
    if permit is None:
        return
    reading = read(house, reader, study_uid, permit)
    if reading is None:
        return
    rank(house, study_uid)
    draft(house, reader, reading, permit)


def _read_on(house: House, reader: ImageReader, entry: Entry) -> None:
    study_uid = entry.study.study_uid
    reading = house.studies.reading(study_uid)
    if reading is None or (entry.status is Status.RANKED and len(reading.drafts) == len(Style)):
        return
    permit = _decide(house, entry.study.patient.patient_id)
    _note_permit(house, entry.study, permit)
    if entry.status is Status.READ:
        rank(house, study_uid)
    draft(house, reader, reading, permit)


def reconsider(house: House, patient_id: PatientId) -> None:
    """Act on a changed consent: a withdrawal takes the model's answers away at once, a yes asks for a read."""
    with house.together():
        allowed = _allowed(house, patient_id)
        for study_uid in house.studies.open_studies(patient_id):
            entry = house.studies.entry(study_uid)
            if allowed and entry.status in _TO_READ:
                _ask_for_read(house, study_uid)
            elif not allowed and entry.status in {Status.CONSENTED, *_HALF_READ}:
                _take_back(house, entry)


def _take_back(house: House, entry: Entry) -> None:
    study_uid = entry.study.study_uid
    house.jobs.cancel(study_uid)
    house.studies.hide_reading(study_uid, _event(house, WORKER, "hide reading", entry.study))
    _move(house, entry, Status.UNRANKED, "The patient withdrew consent to AI reading.")
    _reassess(house, study_uid, WORKER)


def _allowed(house: House, patient_id: PatientId) -> bool:
    try:
        _decide(house, patient_id)
    except ConsentDenied:
        return False
    return True


# ── signed, amended ───────────────────────────────────────────────────────────────────────────────────


def claim(house: House, study_uid: str, person: Person) -> None:
    """Take a study so that nobody reads it twice.

    Raises: NotPermitted. StudyHeld: another reader has it.
    """
    check_action(person, Action.CLAIM)
    entry = house.studies.entry(study_uid)
    now = house.clock.now()
    check_claim(entry.claim, person.subject, now)
    event = _event(house, person.subject, "claim", entry.study)
    house.studies.claim(study_uid, Claim(person.subject, now + HELD_FOR), event)


def release(house: House, study_uid: str, person: Person) -> None:
    """Give a claimed study back."""
    check_action(person, Action.CLAIM)
    entry = house.studies.entry(study_uid)
    check_claim(entry.claim, person.subject, house.clock.now())
    house.studies.claim(study_uid, None, _event(house, person.subject, "release", entry.study))


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

    Raises: NotPermitted, StudyHeld, AlreadySigned; TriageError: no impression, or a reason is missing.
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
        _file_report(house, entry, report, Status.SIGNED, "sign report")
    return report


def amend(house: House, study_uid: str, person: Person, impression: str, reason: str) -> Report:
    """Say something different after signing; the first version stays for ever.

    Raises: NotPermitted; TriageError: nothing is signed yet, or the reason is missing.
    """
    check_action(person, Action.SIGN)
    with house.together():
        entry = house.studies.entry(study_uid)
        earlier = house.studies.reports(study_uid)
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
        _file_report(house, entry, report, Status.AMENDED, "amend report")
    return report


def _file_report(house: House, entry: Entry, report: Report, target: Status, action: str) -> None:
    study_uid, by = entry.study.study_uid, report.signed_by
    event = _event(house, by, action, entry.study, detail=f"version {report.version}, {report.verdict}")
    house.studies.add_report(study_uid, report, event)
    _move(house, entry, target, report.reason, agent=by, owner=Owner.RADIOLOGIST)
    if entry.claim is not None:
        house.studies.claim(study_uid, None, _event(house, by, "release", entry.study))
    house.jobs.cancel(study_uid)


# ── audited ───────────────────────────────────────────────────────────────────────────────────────────


def view(house: House, study_uid: str, person: Person) -> Entry:
    """Open a study; it is shown only after the look at it is on record, and so is a refused one.

    Raises: NotPermitted. UnknownStudy.
    """
    entry = house.studies.entry(study_uid)
    try:
        check_action(person, Action.VIEW_STUDY)
    except NotPermitted as refused:
        house.audit.record(
            _event(
                house, person.subject, "view study", entry.study, outcome=Outcome.DENIED, detail=str(refused)
            )
        )
        raise
    house.audit.record(_event(house, person.subject, "view study", entry.study))
    return entry


def _check_still_permitted(house: House, permit: Permit) -> None:
    """A withdrawal between the question and the answer keeps the answer out."""
    now = house.clock.now()
    decide(permit.patient, house.consents.provisions(permit.patient), permit.purpose, now)


def _check_still_wanted(house: House, study_uid: str) -> None:
    """A signature between the question and the answer keeps the answer out."""
    status = house.studies.entry(study_uid).status
    if status not in _HALF_READ:
        raise MoveNotAllowed(f"This study is {status} by now.")


def _move(
    house: House,
    entry: Entry,
    target: Status,
    reason: str = "",
    *,
    agent: str = WORKER,
    owner: Owner = Owner.SYSTEM,
    outcome: Outcome = Outcome.DONE,
) -> None:
    advance(entry.status, target, owner)
    detail = f"{entry.status} to {target}" + (f": {reason}" if reason else "")
    event = _event(house, agent, "move study", entry.study, outcome=outcome, detail=detail)
    house.studies.move(entry.study.study_uid, entry.status, target, reason, event)


def _event(
    house: House, agent: str, action: str, study: Study, *, outcome: Outcome = Outcome.DONE, detail: str = ""
) -> AuditEvent:
    return AuditEvent(
        agent=agent,
        action=action,
        entity=f"study/{study.study_uid}",
        recorded_at=house.clock.now(),
        patient=study.patient.patient_id,
        purpose="treatment",
        outcome=outcome,
        detail=detail,
    )
