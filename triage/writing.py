"""A report on its way to its signature: kept while it is written, held against the facts, answered for."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from triage import hold
from triage.doubt import Doubt, blocking, from_a_draft, left_over, same_words
from triage.errors import TriageError, Unsupported
from triage.half_written import Begun, HalfWritten
from triage.permission import Action, Person, check_action
from triage.ports import House
from triage.steps import SHOWN, audit_event
from triage.worklist import Entry

LONGEST = 20_000  # letters; some ten pages


def keep(house: House, half: HalfWritten, person: Person) -> None:
    """Keep what a person has written so far, and the study in their hands; that they began is on record, keystrokes are not.

    What they answer for is no part of it: `take_on` alone says so, and puts it on record.

    Raises: NotPermitted. TriageError: the text is too long.
    """
    check_action(person, Action.SIGN)
    theirs = replace(half, subject=person.subject, taken_on=())
    if len(half.text) > LONGEST:
        raise TriageError(f"A report has at most {LONGEST:,} letters; what goes beyond is not kept.")
    with house.together():
        if house.half_written.find(theirs.study_uid, theirs.subject) is None:
            if not theirs.begun:
                return
            study = house.studies.entry(theirs.study_uid).study
            house.half_written.save(theirs, audit_event(house, theirs.subject, "begin report", study))
        else:
            house.half_written.keep(theirs, house.clock.now())
    hold.renew(house, theirs.study_uid, person)


def mine(house: House, study_uid: str, person: Person) -> HalfWritten | None:
    """What this person has written about a study; nobody else is shown it."""
    return house.half_written.find(study_uid, person.subject)


def others(house: House, study_uid: str, person: Person) -> tuple[Begun, ...]:
    """Who else has begun a report about this study."""
    return tuple(b for b in house.half_written.begun(study_uid) if b.subject != person.subject)


def unfinished(house: House, person: Person) -> tuple[Begun, ...]:
    """The reports this person has begun and not signed, the latest first."""
    return house.half_written.begun_by(person.subject)


# ── held against the facts ────────────────────────────────────────────────────────────────────────────


def doubts(house: House, entry: Entry, text: str, begun_from: str = "") -> tuple[Doubt, ...]:
    """The sentences of a text that come from a draft and are not supported by what film and bedside say now.

    Without an answer that may be shown nothing can be held against them: each that stands unchanged is doubted.

    Args:
        house: what the flow leans on.
        entry: the study.
        text: a draft or a report.
        begun_from: the draft that the text began from, as it stood then; empty for words of one's own.
    """
    study = entry.study
    reading = house.studies.reading(study.study_uid) if entry.status in SHOWN else None
    if reading is None:
        return left_over(text, begun_from)
    prior = bool(house.studies.priors(study.study_uid))

    def doubted(words: str) -> tuple[Doubt, ...]:
        return house.facts.doubts(words, study, entry.vitals, reading, has_prior=prior)

    said = doubted(text)
    drafts = [*(draft.text for draft in reading.drafts), begun_from]
    return from_a_draft(said, [d for draft in drafts for d in doubted(draft)]) if said else ()


def in_the_way(
    house: House, entry: Entry, doubted: Iterable[Doubt], taken_on: Iterable[str], begun_from: str = ""
) -> tuple[Doubt, ...]:
    """Which `doubts` keep a text from being signed: critical sentences, answered for by nobody.

    What stands in a signed version was answered for when it was signed.
    """
    open_doubts = blocking(doubted, taken_on)
    if not open_doubts:
        return ()
    signed = house.studies.reports(entry.study.study_uid)
    stood = [d for report in signed for d in doubts(house, entry, report.impression, begun_from)]
    before = [doubt.sentence for doubt in stood]
    return blocking(open_doubts, before)


def check_supported(
    house: House, entry: Entry, text: str, taken_on: Iterable[str], begun_from: str = ""
) -> tuple[Doubt, ...]:
    """Refuse a report with a critical sentence that came from a draft and that nothing supports; see `doubts`.

    Returns: the doubts that do not keep it from being signed.
    Raises: Unsupported: with the sentence and the reason; edit it, delete it, or take it on.
    """
    doubted = doubts(house, entry, text, begun_from)
    if against := in_the_way(house, entry, doubted, taken_on, begun_from):
        first = against[0]
        raise Unsupported(
            f"Nothing supports \u201c{first.sentence}\u201d: {first.reason}. Edit it, delete it, or answer for it yourself."
        )
    return doubted


def take_on(house: House, study_uid: str, person: Person, doubt: Doubt) -> None:
    """Answer for one unsupported sentence oneself; who did, when and for which sentence is on record.

    Raises: NotPermitted.
    """
    check_action(person, Action.SIGN)
    with house.together():
        half = mine(house, study_uid, person) or HalfWritten(study_uid, person.subject)
        if same_words(doubt.sentence) in map(same_words, half.taken_on):
            return
        study = house.studies.entry(study_uid).study
        named = sha256(same_words(doubt.sentence).encode()).hexdigest()[:16]
        event = audit_event(
            house, person.subject, "take on sentence", study, detail=f"sentence {named}: {doubt.reason}"
        )
        taken = replace(half, taken_on=(*half.taken_on, doubt.sentence))
        house.half_written.save(taken, event)
