"""The first reader: a film and a Permit in, findings, a heatmap and checked impressions out."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from consent.decision import Permit
from consent.record import PatientId, Purpose
from engine.answer import composed, to_draft
from engine.dicom.pixels import film_pixels
from engine.errors import UnsafeModel, WeightsMismatch
from engine.fact_check import objection
from engine.facts import Facts, from_reading, from_text
from engine.gate import check_film
from engine.heatmap import activation, region_of, side_of, to_png
from engine.model.calibration import Calibration, load_calibration
from engine.model.clinical import clinical_vector
from engine.model.config import ABNORMAL
from engine.model.load import LoadedModel, device_for, load_vlm, precision_for, prepare
from engine.model.vision import film_input
from engine.model.vlm import RadVlm
from engine.model.words import stream
from engine.prompt import facts_prompt, text_prompt
from engine.settings import Settings
from engine.statements import sentences
from engine.vocabulary import MIDLINE
from triage.errors import ReaderFailed
from triage.finding import LABELS, POSSIBLE_FROM, Finding
from triage.reading import Draft, ModelIdentity, Reading, Style, foremost
from triage.study import Study
from triage.vitals import Vitals

log = logging.getLogger(__name__)
MODEL_ID = "firstread-rad-vlm"
_REMEMBERED = 16
_ALLOWED = (Purpose.AI_READING, Purpose.EVALUATION)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Seen:
    """What one look at a film gave: soft tokens [1, N, D] and the map of the tower [1, Dv, h, w]."""

    soft_tokens: Tensor
    feature_map: Tensor
    logits: list[float]


class FilmReader:
    """Reads films with the embedded model; opens nothing without a Permit.

    What is no upright frontal chest film is refused by `admit` before the model sees it. One film is looked at
    once: its soft tokens are kept for the impressions that follow.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        tokenizer: PreTrainedTokenizerBase,
        calibration: Calibration,
        *,
        most_tokens: int = 160,
        admit: Callable[[np.ndarray, Study], None] = check_film,
        now: Callable[[], datetime] = _now,
    ) -> None:
        if not isinstance(loaded.model, RadVlm):
            raise WeightsMismatch(
                "This model has no finding head; Firstread can load it but not yet read with it."
            )
        self._model: RadVlm = loaded.model
        self._tokenizer, self._calibration, self._most, self._now = tokenizer, calibration, most_tokens, now
        self._admit = admit
        self._lock, self._seen = Lock(), OrderedDict[str, Tensor]()
        self.precision = loaded.precision
        self.identity = ModelIdentity(MODEL_ID, loaded.sha256, loaded.bits)

    def read(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit
    ) -> tuple[Reading, bytes | None]:
        """Say what a film shows, and where the network looked.

        Args:
            vitals: the latest bedside values, or None.
            film: the file's bytes; opened only after the permit was checked.
            media_type: application/dicom, image/png or image/jpeg.

        Returns: findings with calibrated probabilities (None where the reader abstains), and the heatmap of the
            most probable one as a grey PNG of the film's aspect.
        Raises: ConsentDenied: the permit is for something else or has lapsed. UnreadableFilm. ReaderFailed.
        """
        self._check(study.patient.patient_id, permit)
        clock = [time.perf_counter()]
        pixels = film_pixels(film, media_type)
        self._admit(pixels, study)
        clock.append(time.perf_counter())
        seen = self._look(pixels, vitals, study)
        clock.append(time.perf_counter())
        probabilities = self._calibration.probabilities(seen.logits)
        findings = tuple(self._finding(code, probabilities[code], seen) for code in LABELS)
        heatmap = self._heatmap(findings, seen, pixels.shape)
        clock.append(time.perf_counter())
        self._remember(study.study_uid, seen.soft_tokens)
        steps = ("decode", "look", "heatmap")
        abnormal = probabilities[ABNORMAL]
        reading = Reading(
            study_uid=study.study_uid,
            findings=findings,
            pathology_probability=abnormal,
            model=self.identity,
            permit_id=permit.permit_id,
            input_sha256=sha256(film).hexdigest(),
            read_at=self._now(),
            seconds={step: round(b - a, 4) for step, a, b in zip(steps, clock, clock[1:], strict=False)},
            note=self._calibration.note(seen.logits),
        )
        return reading, heatmap

    def draft(
        self,
        study: Study,
        vitals: Vitals | None,
        reading: Reading,
        style: Style,
        permit: Permit,
        *,
        has_prior: bool = False,
    ) -> Iterator[str | Draft]:
        """Write one impression of a film that was read.

        A sentence is shown only once it is whole and the facts support it; the finished draft comes last. When the
        film is no longer remembered, the composer writes.

        Raises: ConsentDenied: the permit is for something else or has lapsed. ReaderFailed: the model broke off.
        """
        self._check(study.patient.patient_id, permit)
        facts = from_reading(reading, vitals, study, prior=has_prior)
        soft_tokens = self._seen.get(study.study_uid)
        if soft_tokens is None:
            yield composed(facts, style)
            return
        prompt = facts_prompt(facts, style, self._model.config.image_seq_length)
        yield from self._write(prompt, soft_tokens, facts, style)

    def impression(self, findings: str, style: Style) -> Draft:
        """Write an impression of findings that a person wrote; there is no film and no patient."""
        facts = from_text(findings)
        written = list(self._write(text_prompt(findings, style), None, facts, style))
        return next(part for part in reversed(written) if isinstance(part, Draft))

    def scores(
        self,
        study: Study,
        vitals: Vitals | None,
        film: bytes,
        media_type: str,
        permit: Permit,
        bends: Sequence[Callable[[np.ndarray], np.ndarray]],
    ) -> np.ndarray:
        """Answer every finding of one film shown in several ways, believed or not: to measure, never for a screen.

        Args:
            bends: what is done to the pixels [H, W] before each look.

        Returns: [len(bends), 15] calibrated probabilities in the order of `HEAD`.
        Raises: ConsentDenied: the permit is not for evaluation. UnreadableFilm.
        """
        permit.check(study.patient.patient_id, Purpose.EVALUATION, self._now())
        pixels, side = film_pixels(film, media_type), self._model.config.vision_config.image_size
        films = torch.cat([film_input(bend(pixels), side) for bend in bends]).to(self._model.device)
        x = clinical_vector(vitals, study.age, study.patient.sex)[None].to(films.device)
        with self._lock, torch.inference_mode():
            logits = self._model.findings(self._model.fuse(films, x.expand(len(films), -1))).tolist()
        return np.array([[*self._calibration.doubtful(row).values()] for row in logits])

    def _check(self, patient: PatientId, permit: Permit) -> None:
        purpose = permit.purpose if permit.purpose in _ALLOWED else Purpose.AI_READING
        permit.check(patient, purpose, self._now())

    def _look(self, pixels: np.ndarray, vitals: Vitals | None, study: Study) -> _Seen:
        x = clinical_vector(vitals, study.age, study.patient.sex)[None].to(self._model.device)
        film = film_input(pixels, self._model.config.vision_config.image_size).to(self._model.device)
        tower, fusion = self._model.model.vision_tower, self._model.model.multi_modal_projector
        try:
            with self._lock, torch.inference_mode():
                feature_map = tower.feature_map(film)
                z = fusion(tower.pool(feature_map), x)
                logits = self._model.findings(z)[0].tolist()
        except (RuntimeError, MemoryError) as wrong:
            raise ReaderFailed("The model failed on this film; a person will read it.") from wrong
        if not np.isfinite(logits).all():
            raise ReaderFailed("The model's answer to this film is no number; a person will read it.")
        return _Seen(z, feature_map, logits)

    def _finding(self, code: str, probability: float | None, seen: _Seen) -> Finding:
        if probability is None or probability < POSSIBLE_FROM or code in MIDLINE:
            return Finding(code, probability)
        where = activation(self._model, seen.feature_map, code)
        side = side_of(where)
        return Finding(code, probability, side, region_of(where) if side else None)

    def _heatmap(self, findings: tuple[Finding, ...], seen: _Seen, shape: tuple[int, ...]) -> bytes | None:
        shown = foremost(findings)
        if shown is None:
            return None
        where = activation(self._model, seen.feature_map, shown.code)
        return to_png(where, shape[0], shape[1]) if where.any() else None

    def _remember(self, study_uid: str, soft_tokens: Tensor) -> None:
        self._seen[study_uid] = soft_tokens
        self._seen.move_to_end(study_uid)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    def _write(
        self, prompt: str, soft_tokens: Tensor | None, facts: Facts, style: Style
    ) -> Iterator[str | Draft]:
        raw, shown = "", 0
        with self._lock:
            for piece in stream(self._model, self._tokenizer, prompt, soft_tokens, self._most):
                raw += piece
                whole = sentences(raw)[:-1]
                yield from _supported(whole[shown:], facts, style)
                shown = len(whole)
        yield from _supported(sentences(raw)[shown:], facts, style)
        yield to_draft(raw, facts, style)


def _supported(whole: list[str], facts: Facts, style: Style) -> Iterator[str]:
    """Show the words of finished sentences that the facts support."""
    for sentence in whole:
        if not objection(sentence, facts):
            yield from (f"{word} " for word in sentence.split())
            if style is Style.BULLET:
                yield "\n"


def load_reader(settings: Settings, cache: Path, progress: Callable[[str, float], None]) -> FilmReader:
    """Make the model ready and load it.

    Args:
        cache: folder for converted checkpoints.
        progress: called with the step and the share done.

    Raises: ReaderFailed: the weights are missing, altered or unsafe; the sentence says what to do.
    """
    device = device_for(settings.device)
    precision = precision_for(settings.precision, device)
    try:
        folder = settings.model or prepare(cache, progress, precision)
        loaded = load_vlm(folder, precision, device)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        reader = FilmReader(loaded, tokenizer, load_calibration(), most_tokens=settings.max_new_tokens)
    except (WeightsMismatch, UnsafeModel, OSError) as wrong:
        raise ReaderFailed(str(wrong)) from wrong
    log.info("model %s ready, %d bits, on %s", loaded.sha256[:12], loaded.bits, device)
    return reader
