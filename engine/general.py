"""Reading with a model nobody made for this: it is asked yes or no per finding, and writes from the facts it is given."""

import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from consent.decision import Permit
from consent.record import PatientId, Purpose
from engine.answer import to_draft
from engine.dicom.pixels import film_pixels
from engine.errors import WeightsMismatch
from engine.facts import Facts, from_reading
from engine.gate import check_age, check_film
from engine.model.calibration import Calibration, calibration_of
from engine.model.config import ABNORMAL, HEAD
from engine.prompt import facts_line, person
from engine.summary import summarised
from triage.errors import ReaderFailed
from triage.finding import LABELS, Finding
from triage.levels import SHIPPED, Levels
from triage.ports import Film
from triage.reading import Draft, ModelIdentity, Reading, Style
from triage.study import Study
from triage.vitals import PARAMETERS, Vitals

DERIVED = "Derived from text logits: what the model would say, yes or no, to one question per finding."
NOT_CALIBRATED = "not calibrated on this site's films"
OTHER = "calibrated for another model, another width of weights or other questions"
LONGEST_SIDE = 896
"""Of the film as a general model sees it, in pixels."""
_GREY = 128
_REMEMBERED = 16
_ALLOWED = (Purpose.AI_READING, Purpose.EVALUATION)
_FORMS = {
    Style.BRIEF: "in at most 40 plain words for a reader whose first language is another",
    Style.BULLET: "as short lines, one fact a line, the most urgent first",
    Style.COMPREHENSIVE: "as one paragraph for a radiologist, with how certain each finding is",
}


class Respondent(Protocol):
    """Whoever can be asked about a film in words: a model of this machine, or one behind an address."""

    identity: ModelIdentity
    precision: str

    def yes_over_no(self, film: Image.Image, context: str, questions: Sequence[str]) -> list[float]:
        """Say how much likelier yes is than no as the first word of each answer, as log odds.

        Args:
            film: grey, 8 bits, at most `LONGEST_SIDE` a side.
            context: said before every question; who it is by decade, and bedside values.

        Raises: ReaderFailed: no answer; the sentence says what a person does.
        """

    def write(self, film: Image.Image | None, requests: Sequence[str], most: int) -> list[str]:
        """Write one text per request, at most `most` tokens each. Raises: ReaderFailed."""


def question(name: str) -> str:
    """Put one answer of the finding head as a question."""
    what = "anything abnormal on this film" if name == ABNORMAL else LABELS[name].lower()
    return f"Is there {what}? Answer yes or no."


def asked_sha256() -> str:
    """Names the questions: a calibration belongs to the words it was made with."""
    return sha256("\n".join(map(question, HEAD)).encode()).hexdigest()


def uncalibrated(why: str = NOT_CALIBRATED) -> Calibration:
    """No answer is believed: a general model's yes means nothing until it was held against this site's films."""
    return Calibration(curves=dict.fromkeys(HEAD), why=dict.fromkeys(HEAD, why))


def made_for(identity: ModelIdentity) -> dict[str, object]:
    """What a site's calibration holds for: these weights, this wide, asked in these words."""
    return {"sha256": identity.sha256, "bits": identity.bits, "questions_sha256": asked_sha256()}


def site_calibration(path: Path, identity: ModelIdentity) -> Calibration:
    """Read what `firstread calibrate` wrote; without it, or with one made for another model, no answer is believed.

    Raises: WeightsMismatch: the file is broken.
    """
    if not path.is_file():
        return uncalibrated()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return (
            calibration_of(kept["findings"])
            if kept["made_for"] == made_for(identity)
            else uncalibrated(OTHER)
        )
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise WeightsMismatch(
            f"{path.name} is no calibration; make it again with firstread calibrate."
        ) from broken


def _now() -> datetime:
    return datetime.now(UTC)


class GeneralReader:
    """Reads films by asking; opens nothing without a Permit, and gives no number without a calibration.

    A plain grey film is asked the same questions once; what the model says to it is its habit, and is taken off.
    """

    def __init__(
        self,
        respondent: Respondent,
        calibration: Calibration | None = None,
        *,
        most_tokens: int = 160,
        admit: Callable[[np.ndarray, Study], None] = check_film,
        now: Callable[[], datetime] = _now,
        levels: Levels = SHIPPED,
    ) -> None:
        self._respondent, self._calibration = respondent, calibration or uncalibrated()
        self._most, self._admit, self._now, self._levels = most_tokens, admit, now, levels
        self._habit: list[float] = []
        self._seen = OrderedDict[str, Image.Image]()
        self.identity, self.precision = respondent.identity, respondent.precision

    def read(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit
    ) -> tuple[Reading, Mapping[str, bytes]]:
        """Say what a film shows; a general model cannot say where.

        Returns: findings with calibrated probabilities (None where the reader abstains), and no heatmaps.
        Raises: ConsentDenied: the permit is for something else or has lapsed. UnreadableFilm. ReaderFailed.
        """
        self._check(study.patient.patient_id, permit)
        clock = [time.perf_counter()]
        picture = self._open(film, media_type, study)
        clock.append(time.perf_counter())
        logits = self._ask(picture, vitals, study)
        clock.append(time.perf_counter())
        self._remember(study.study_uid, picture)
        p = self._calibration.probabilities(logits)
        reading = Reading(
            study_uid=study.study_uid,
            findings=tuple(Finding(code, p[code]) for code in LABELS),
            pathology_probability=p[ABNORMAL],
            model=self.identity,
            permit_id=permit.permit_id,
            input_sha256=sha256(film).hexdigest(),
            read_at=self._now(),
            seconds={"decode": round(clock[1] - clock[0], 4), "look": round(clock[2] - clock[1], 4)},
            note=f"{DERIVED} {self._calibration.note(logits)}".strip(),
        )
        return reading, {}

    def logits(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit
    ) -> list[float]:
        """Every answer as it comes, before any calibration; [15] log odds in the order of the finding head.

        Raises: as `read`.
        """
        self._check(study.patient.patient_id, permit)
        return self._ask(self._open(film, media_type, study), vitals, study)

    def scores(
        self,
        study: Study,
        vitals: Vitals | None,
        film: bytes,
        media_type: str,
        permit: Permit,
        bends: Sequence[Callable[[np.ndarray], np.ndarray]],
    ) -> np.ndarray:
        """Every answer, believed or not, for each way of showing the film; [len(bends), 15]. For measuring only."""
        self._check(study.patient.patient_id, permit)
        pixels = film_pixels(film, media_type)
        self._admit(pixels, study)
        shown = [self._ask(picture_of(bend(pixels)), vitals, study) for bend in bends]
        return np.array([[*self._calibration.doubtful(logits).values()] for logits in shown])

    def drafts(
        self,
        study: Study,
        vitals: Vitals | None,
        reading: Reading,
        film: Film,
        permit: Permit,
        *,
        has_prior: bool = False,
    ) -> Iterator[tuple[Style, str | Draft]]:
        """Write the three impressions of a film that was read, in one go; each is checked before it is shown.

        Args:
            film: gives what was read; it is opened again when it is no longer remembered.

        Raises: ConsentDenied: the permit is for something else or has lapsed. UnreadableFilm. ReaderFailed.
        """
        self._check(study.patient.patient_id, permit)
        facts = from_reading(reading, vitals, study, prior=has_prior, levels=self._levels)
        picture = self._seen.get(study.study_uid)
        if picture is None:
            picture = picture_of(film_pixels(*film()))
            self._remember(study.study_uid, picture)
        asked = [_request(facts, style) for style in Style]
        for style, raw in zip(Style, self._respondent.write(picture, asked, self._most), strict=True):
            yield style, to_draft(raw, facts, style)

    def impressions(self, findings: Sequence[str], style: Style) -> list[Draft]:
        """Write impressions of findings that a person wrote; there is no film and no patient."""
        asked = [f"Findings: {' '.join(text.split())}\n{_wish(style)}" for text in findings]
        written = self._respondent.write(None, asked, self._most)
        return [summarised(raw, text, style) for raw, text in zip(written, findings, strict=True)]

    def warm(self) -> None:
        """Ask the grey film now, so that a model that gives no numbers is refused before a patient's film.

        Raises: ReaderFailed.
        """
        if not self._habit:
            grey = Image.new("L", (LONGEST_SIDE, LONGEST_SIDE), _GREY)
            self._habit = self._numbers(grey, "A chest radiograph.")

    def _check(self, patient: PatientId, permit: Permit) -> None:
        purpose = permit.purpose if permit.purpose in _ALLOWED else Purpose.AI_READING
        permit.check(patient, purpose, self._now())

    def _open(self, film: bytes, media_type: str, study: Study) -> Image.Image:
        check_age(study, film, media_type)
        pixels = film_pixels(film, media_type)
        self._admit(pixels, study)
        return picture_of(pixels)

    def _ask(self, picture: Image.Image, vitals: Vitals | None, study: Study) -> list[float]:
        self.warm()
        found = self._numbers(picture, _context(vitals, study))
        return [score - habit for score, habit in zip(found, self._habit, strict=True)]

    def _numbers(self, picture: Image.Image, context: str) -> list[float]:
        found = self._respondent.yes_over_no(picture, context, [question(name) for name in HEAD])
        if not all(map(math.isfinite, found)):
            raise ReaderFailed("The model's answer to this film is no number; a person will read it.")
        return found

    def _remember(self, study_uid: str, picture: Image.Image) -> None:
        self._seen[study_uid] = picture
        self._seen.move_to_end(study_uid)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)


def picture_of(pixels: np.ndarray) -> Image.Image:
    """The film as a general model sees it: grey, 8 bits, no header; [H, W] float in [0, 1]."""
    picture = Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return picture


def _context(vitals: Vitals | None, study: Study) -> str:
    """Who it is by decade and sex, and what was measured: numbers with their units, never a word from a header."""
    who = person(Facts(age=study.age, sex=study.patient.sex))
    return " ".join([f"A chest radiograph. Patient: {who}.", *_measured(vitals)])


def _measured(vitals: Vitals | None) -> Iterator[str]:
    if vitals and vitals.values:
        each = (
            f"{PARAMETERS[code].label} {v:g} {PARAMETERS[code].unit}" for code, v in vitals.values.items()
        )
        yield f"Measured: {', '.join(each)}."
    if vitals and vitals.on_oxygen is not None:
        yield "Breathing oxygen." if vitals.on_oxygen else "Breathing room air."
    if vitals and vitals.consciousness is not None:
        yield f"Consciousness: {vitals.consciousness.value}."


def _wish(style: Style) -> str:
    return f"Write the impression {_FORMS[style]}. Say nothing that is not among these facts."


def _request(facts: Facts, style: Style) -> str:
    return f"Facts: {facts_line(facts)}\n{_wish(style)}"
