"""How the impressions of a read study come to be: side by side, on the screen while they are written, stored when checked."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager

from consent.decision import Permit
from triage.errors import ReaderFailed
from triage.ports import House, ImageReader
from triage.reading import Draft, Reading, Style
from triage.steps import WORKER, audit_event, check_still_permitted, check_still_wanted
from triage.study import Study
from triage.worklist import Entry


def draft(house: House, reader: ImageReader, reading: Reading, permit: Permit) -> None:
    """Write the impressions side by side, each checked sentence to the screen at once, each style stored when it is whole.

    An impression that is on file already stays as it is.

    Raises: ConsentDenied: the patient withdrew meanwhile; what was written so far is hidden with the reading.
        MoveNotAllowed: the study was signed meanwhile; a draft nobody saw has no place beside that report.
    """
    entry, study_uid = house.studies.entry(reading.study_uid), reading.study_uid
    texts = dict.fromkeys((style for style in Style if style not in _styles(reading)), "")
    with (
        _shown_meanwhile(house, study_uid),
        closing(_pieces(house, reader, entry, reading, permit)) as pieces,
    ):
        for style, piece in pieces:
            if style not in texts:
                continue
            if isinstance(piece, Draft):
                _store(house, entry.study, piece, permit)
                del texts[style]
            else:
                texts[style] += piece
                house.words.put(study_uid, style, texts[style])
    if texts:
        raise ReaderFailed("The model stopped before its drafts were finished.")


def _styles(reading: Reading) -> set[Style]:
    return {made.style for made in reading.drafts}


@contextmanager
def _shown_meanwhile(house: House, study_uid: str) -> Iterator[None]:
    try:
        yield
    finally:
        house.words.clear(study_uid)


def _pieces(
    house: House, reader: ImageReader, entry: Entry, reading: Reading, permit: Permit
) -> Generator[tuple[Style, str | Draft]]:
    """A generator of our own: left in mid-word, it lets the reader let go of its model."""

    def film() -> tuple[bytes, str]:
        shown = next(i for i in entry.study.instances if i.sha256 == reading.input_sha256)
        return house.files.load(shown.sha256), shown.media_type

    has_prior = bool(house.studies.priors(reading.study_uid))
    yield from reader.drafts(entry.study, entry.vitals, reading, film, permit, has_prior=has_prior)


def _store(house: House, study: Study, finished: Draft, permit: Permit) -> None:
    with house.together():
        check_still_permitted(house, permit)
        check_still_wanted(house, study.study_uid)
        event = audit_event(
            house, WORKER, "save draft", study, detail=f"{finished.style} by {finished.writer}"
        )
        house.studies.save_draft(study.study_uid, finished, event)
