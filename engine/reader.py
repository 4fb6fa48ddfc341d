"""The first reader: a film and a Permit in, findings, their heatmaps and checked impressions out."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from consent.decision import Permit
from consent.record import PatientId, Purpose
from engine import selftest
from engine.dicom.pixels import film_pixels
from engine.drafting import drafts
from engine.errors import UnsafeModel, WeightsMismatch
from engine.facts import from_reading
from engine.gate import check_age, check_film
from engine.general import GeneralReader
from engine.heatmap import to_png
from engine.look import Seen, findings_of, look, places_of
from engine.model.calibration import SHIPPED as CALIBRATION
from engine.model.calibration import Calibration, load_calibration
from engine.model.clinical import clinical_vector
from engine.model.config import ABNORMAL
from engine.model.decoder import Decoder
from engine.model.delta import SHIPPED as DELTA
from engine.model.folder import check_bytes, remember
from engine.model.load import LoadedModel, device_for, load_vlm, precision_for, prepare
from engine.model.vision import film_input
from engine.model.vlm import RadVlm
from engine.opening import open_folder, open_served
from engine.prompt import text_prompt
from engine.settings import Settings
from engine.spelling import mended
from engine.summary import summarised
from triage.errors import ReaderFailed
from triage.levels import SHIPPED, Levels
from triage.ports import Film
from triage.reading import Draft, ModelIdentity, Reading, Style
from triage.study import Study
from triage.vitals import Vitals

log = logging.getLogger(__name__)
MODEL_ID = "firstread-rad-vlm"
_REMEMBERED = 16
_ALLOWED = (Purpose.AI_READING, Purpose.EVALUATION)


def _now() -> datetime:
    return datetime.now(UTC)


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
        levels: Levels = SHIPPED,
    ) -> None:
        if not isinstance(loaded.model, RadVlm):
            raise WeightsMismatch(
                "This model has no finding head; Firstread can load it but not yet read with it."
            )
        self._model: RadVlm = loaded.model
        self._calibration, self._admit, self._now = calibration, admit, now
        self._decoder = Decoder(self._model, tokenizer, most_tokens)
        self._levels = levels
        self._seen = OrderedDict[str, Tensor]()
        self.precision = loaded.precision
        self.identity = ModelIdentity(MODEL_ID, loaded.sha256, loaded.bits)

    def read(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit
    ) -> tuple[Reading, Mapping[str, bytes]]:
        """Say what a film shows, and where the network looked.

        Args:
            vitals: the latest bedside values, or None.
            film: the file's bytes; opened only after the permit was checked.
            media_type: application/dicom, image/png or image/jpeg.

        Returns: findings with calibrated probabilities (None where the reader abstains), and by their codes the
            heatmaps of those that are at least possible, each a grey PNG of the film's aspect.
        Raises: ConsentDenied: the permit is for something else or has lapsed. UnreadableFilm. ReaderFailed.
        """
        self._check(study.patient.patient_id, permit)
        clock = [time.perf_counter()]
        check_age(study, film, media_type)
        pixels = film_pixels(film, media_type)
        self._admit(pixels, study)
        clock.append(time.perf_counter())
        seen = self._look(pixels, vitals, study)
        clock.append(time.perf_counter())
        probabilities = self._calibration.probabilities(seen.logits)
        places = self._decoder.hand.begin(lambda: places_of(self._model, seen, probabilities))
        heatmaps = {code: to_png(where, *pixels.shape) for code, where in places.items()}
        clock.append(time.perf_counter())
        self._remember(study.study_uid, seen.soft_tokens)
        steps = ("decode", "look", "heatmap")
        abnormal = probabilities[ABNORMAL]
        reading = Reading(
            study_uid=study.study_uid,
            findings=findings_of(probabilities, places),
            pathology_probability=abnormal,
            model=self.identity,
            permit_id=permit.permit_id,
            input_sha256=sha256(film).hexdigest(),
            read_at=self._now(),
            seconds={step: round(b - a, 4) for step, a, b in zip(steps, clock, clock[1:], strict=False)},
            note=self._calibration.note(seen.logits),
        )
        return reading, heatmaps

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
        """Write the impressions of a film that was read, side by side; see `engine.drafting.drafts`.

        Args:
            film: gives what was read; it is looked at again when the look is no longer remembered.

        Raises: ConsentDenied: the permit is for something else or has lapsed. UnreadableFilm. ReaderFailed.
        """
        self._check(study.patient.patient_id, permit)
        facts = from_reading(reading, vitals, study, prior=has_prior, levels=self._levels)
        soft_tokens = self._seen.get(study.study_uid)
        if soft_tokens is None:
            soft_tokens = self._look(film_pixels(*film()), vitals, study).soft_tokens
            self._remember(study.study_uid, soft_tokens)
        yield from drafts(self._decoder, soft_tokens, facts, self._model.config.image_seq_length)

    def impressions(self, findings: Sequence[str], style: Style) -> list[Draft]:
        """Write an impression of each text of findings that a person wrote; there is no film and no patient.

        A slip of the keyboard is mended before the model reads the text, and in what is quoted from it.
        """
        meant = [mended(text) for text in findings]
        written = self._decoder.answers([text_prompt(text, style) for text in meant], None)
        return [summarised(raw, text, style) for raw, text in zip(written, meant, strict=True)]

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

        @torch.inference_mode()
        def answered() -> list[list[float]]:
            return self._model.look(films, x.expand(len(films), -1))[2].tolist()

        logits = self._decoder.hand.begin(answered)
        return np.array([[*self._calibration.doubtful(row).values()] for row in logits])

    def explain(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit, code: str
    ) -> dict[str, object]:
        """Tell why a film got one answer, in seconds and not at once; see `engine.attribution.explain`.

        Raises: ConsentDenied: the permit is for something else or has lapsed. UnreadableFilm.
        """
        from engine.attribution import explain  # captum brings a plotting library that no other answer needs

        self._check(study.patient.patient_id, permit)
        x = clinical_vector(vitals, study.age, study.patient.sex)[None].to(self._model.device)
        pixels = film_pixels(film, media_type)
        return self._decoder.hand.begin(lambda: explain(self._model, pixels, x, code))

    @property
    def network(self) -> RadVlm:
        """The network itself, to measure where it looks on public films; it holds nobody's film."""
        return self._model

    def _check(self, patient: PatientId, permit: Permit) -> None:
        purpose = permit.purpose if permit.purpose in _ALLOWED else Purpose.AI_READING
        permit.check(patient, purpose, self._now())

    def _look(self, pixels: np.ndarray, vitals: Vitals | None, study: Study) -> Seen:
        return self._decoder.hand.begin(lambda: look(self._model, pixels, vitals, study))

    def _remember(self, study_uid: str, soft_tokens: Tensor) -> None:
        self._seen[study_uid] = soft_tokens
        self._seen.move_to_end(study_uid)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)


def load_reader(
    settings: Settings, cache: Path, progress: Callable[[str, float], None]
) -> FilmReader | GeneralReader:
    """Make ready whichever model the settings name, and load it.

    Args:
        cache: folder for converted checkpoints, and for the fingerprints of folders that were loaded before.
        progress: called with the step and the share done.

    Raises: ReaderFailed: the weights are missing, altered or unsafe; the sentence says what to do.
    """
    if settings.model_url is not None:
        return open_served(settings, cache)
    device = device_for(settings.device)
    precision = precision_for(settings.precision, device)
    try:
        found = check_bytes(settings.model, cache, settings.sha256) if settings.model else None
        folder = settings.model or prepare(cache, progress, precision, weights(settings) / DELTA.name)
        loaded = load_vlm(folder, precision, device, found)
        reader = _reader_of(loaded, folder, settings, cache)
        if found:
            remember(folder, cache, found)
    except (WeightsMismatch, UnsafeModel, OSError) as wrong:
        raise ReaderFailed(str(wrong)) from wrong
    log.info("model %s ready, %d bits, on %s", loaded.sha256[:12], loaded.bits, device)
    return reader


def _reader_of(
    loaded: LoadedModel, folder: Path, settings: Settings, cache: Path
) -> FilmReader | GeneralReader:
    if not isinstance(loaded.model, RadVlm):
        return open_folder(loaded, settings, cache)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    taught = weights(settings)
    known = (
        selftest.load(folder / selftest.SHIPPED.name, None)
        if settings.model
        else selftest.load(taught / selftest.SHIPPED.name, taught / DELTA.name)
    )
    selftest.check(loaded.model, tokenizer, known)
    # Of the very weights that read: another curve makes other probabilities of the same answer.
    calibration = load_calibration((settings.model or taught) / CALIBRATION.name)
    most, levels = settings.max_new_tokens, settings.levels
    return FilmReader(loaded, tokenizer, calibration, most_tokens=most, levels=levels)


def weights(settings: Settings) -> Path:
    """Name the folder of what training added: what this house taught itself, or what Firstread ships."""
    return settings.delta or DELTA.parent
