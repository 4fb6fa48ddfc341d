"""The way of a study: received, identified, consent asked, read, ranked, drafted; a person signs (`triage/signing.py`)."""

from collections.abc import Iterator
from contextlib import contextmanager

from consent.audit import Outcome
from consent.decision import Permit
from consent.errors import ConsentDenied
from triage.drafting import draft
from triage.errors import IdentityMismatch, MoveNotAllowed, ReaderFailed, UnreadableFilm
from triage.identity import Match, match, match_all
from triage.ports import House, ImageReader
from triage.reading import Reading
from triage.status import REPORTED, Status
from triage.steps import (
    TO_READ,
    WORKER,
    ask,
    ask_for_read,
    audit_event,
    check_still_permitted,
    lacks_words,
    move,
    reassess,
)
from triage.study import Study
from triage.urgency import assess
from triage.vitals import Vitals
from triage.withdrawal import reconsider
from triage.worklist import Entry

LATE_FILM = "A film came after the signature; look at it and amend the report."

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
            first = assess(study.order_priority, vitals, None, notes=study.indication, levels=house.levels)
            detail = f"{first.urgency.name} by {first.levels}"
            event = audit_event(house, agent, "receive study", study, detail=detail)
            house.studies.add_study(study, first, event)
        else:
            added = audit_event(house, agent, "receive instance", study)
            house.studies.add_instance(study.study_uid, instance, added)
            _order_sooner(house, on_file, study, agent)
            _reopen(house, on_file, agent)
        if vitals is not None:
            record_vitals(house, study.study_uid, vitals, agent)
        ask_for_read(house, study.study_uid)
    return True


def _reopen(house: House, on_file: Entry, agent: str) -> None:
    """A film that comes after the signature brings its study back to the list; what was signed stays as it is."""
    if on_file.status in REPORTED:
        move(house, on_file, Status.REOPENED, LATE_FILM, agent=agent)
        reassess(house, on_file.study.study_uid, agent)


def _order_sooner(house: House, on_file: Entry, study: Study, agent: str) -> None:
    """A later image can order its study more urgently, never less."""
    was, now = on_file.study.order_priority, study.order_priority
    if now <= was:
        return
    event = audit_event(house, agent, "raise order", study, detail=f"{was.name} to {now.name}")
    house.studies.raise_order(study.study_uid, now, event)
    reassess(house, study.study_uid, agent)


def record_vitals(house: House, study_uid: str, vitals: Vitals, agent: str) -> None:
    """Add measurements to a study and give it the place they ask for, here and among those the model reads first."""
    with house.together():
        study = house.studies.entry(study_uid).study
        house.studies.add_vitals(study_uid, vitals, audit_event(house, agent, "record vitals", study))
        reassess(house, study_uid, agent)
        if house.studies.entry(study_uid).status is not Status.UNRANKED:
            ask_for_read(house, study_uid)


# ── identified ────────────────────────────────────────────────────────────────────────────────────────


def identify(house: House, study_uid: str) -> bool:
    """Check that the header belongs to the patient on file; a doubt sends the study to a person.

    Returns: True when the study may go on.
    """
    entry = house.studies.entry(study_uid)
    if entry.status is not Status.RECEIVED:
        return entry.status is not Status.UNRANKED or not _in_doubt(house, entry)
    if _in_doubt(house, entry):
        move(
            house, entry, Status.UNRANKED, "The name or birth date differs from the patient's other studies."
        )
        return False
    move(house, entry, Status.IDENTIFIED)
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
        permit = ask(house, entry.study.patient.patient_id)
    except ConsentDenied as denied:
        with house.together():
            house.audit.record(
                audit_event(
                    house, WORKER, "decide consent", entry.study, outcome=Outcome.DENIED, detail=str(denied)
                )
            )
            if entry.status is not Status.UNRANKED:
                move(house, entry, Status.UNRANKED, str(denied))
        return None
    with house.together():
        _note_permit(house, entry.study, permit)
        if entry.status is not Status.CONSENTED:
            move(house, entry, Status.CONSENTED)
    return permit


def _note_permit(house: House, study: Study, permit: Permit) -> None:
    detail = f"{permit.permit_id} from consent {permit.consent_id}"
    house.audit.record(audit_event(house, WORKER, "decide consent", study, detail=detail))


# ── read ──────────────────────────────────────────────────────────────────────────────────────────────


def read(house: House, reader: ImageReader, study_uid: str, permit: Permit) -> Reading | None:
    """Let the model look at the film; if it cannot, a person will.

    Returns: the findings, or None when the study went to a person.
    """
    entry = house.studies.entry(study_uid)
    film = entry.study.frontal
    if film is None:
        move(house, entry, Status.UNRANKED, "No frontal film to read.")
        return None
    try:
        reading, heatmaps = reader.read(
            entry.study, entry.vitals, house.files.load(film.sha256), film.media_type, permit
        )
    except (ReaderFailed, UnreadableFilm) as failed:
        move(house, entry, Status.UNRANKED, str(failed), outcome=Outcome.FAILED)
        return None
    reading = reading.with_heatmaps({code: house.files.save(png) for code, png in heatmaps.items()})
    with house.together():
        check_still_permitted(house, permit)
        detail = f"{reading.permit_id} {reading.model.id} {reading.model.sha256[:12]}"
        house.studies.save_reading(
            reading, audit_event(house, WORKER, "save reading", entry.study, detail=detail)
        )
        move(house, entry, Status.READ)
    return reading


# ── ranked ────────────────────────────────────────────────────────────────────────────────────────────


def rank(house: House, study_uid: str) -> None:
    """Give a read study its place; the model's answer can raise it and never lowers it."""
    with house.together():
        reassess(house, study_uid, WORKER)
        move(house, house.studies.entry(study_uid), Status.RANKED)


# ── the worker's way ──────────────────────────────────────────────────────────────────────────────────


def find_place(house: House, reader: ImageReader, study_uid: str) -> None:
    """What every waiting patient needs first: identified, consent asked, read, ranked. Its words wait in a lane apart."""
    entry = house.studies.entry(study_uid)
    with _undisturbed(house, entry):
        if _placed(house, reader, entry):
            ask_for_read(house, study_uid)


def first_read(house: House, reader: ImageReader, study_uid: str) -> None:
    """Everything the machine still has to do to a study, up to three drafts beside its place.

    A read that was cut short by the death of its worker goes on where it stopped. A worker that comes too late,
    because a person or another worker was faster, leaves everything as it is.
    """
    entry = house.studies.entry(study_uid)
    with _undisturbed(house, entry):
        placed = _placed(house, reader, entry)
        if placed is not None:
            draft(house, reader, *placed)


@contextmanager
def _undisturbed(house: House, entry: Entry) -> Iterator[None]:
    """Whatever stops the machine is on record, and the study stands where a person finds it."""
    try:
        yield
    except ConsentDenied:
        reconsider(house, entry.study.patient.patient_id)
    except MoveNotAllowed as late:
        house.audit.record(
            audit_event(house, WORKER, "first read", entry.study, outcome=Outcome.DENIED, detail=str(late))
        )
    except (ReaderFailed, UnreadableFilm) as failed:
        # The findings and the place stand; the impression is the person's to write.
        house.audit.record(
            audit_event(house, WORKER, "save draft", entry.study, outcome=Outcome.FAILED, detail=str(failed))
        )


def _placed(house: House, reader: ImageReader, entry: Entry) -> tuple[Reading, Permit] | None:
    """Bring a study to its place; None when it goes no further, or when nothing is left to write."""
    study_uid = entry.study.study_uid
    if entry.status in TO_READ:
        permit = ask_consent(house, study_uid) if identify(house, study_uid) else None
        reading = read(house, reader, study_uid, permit) if permit else None
    elif lacks_words(house, entry):
        permit, reading = ask(house, entry.study.patient.patient_id), house.studies.reading(study_uid)
        _note_permit(house, entry.study, permit)
    else:
        return None
    if reading is None or permit is None:
        return None
    if house.studies.entry(study_uid).status is Status.READ:
        rank(house, study_uid)
    return reading, permit
