"""The studies of the demonstration, written once and kept; or any folder of films, with people invented for them."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache as once
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from consent.record import PatientId, Purpose
from engine.dicom.file import media_type_of
from engine.dicom.header import Header, photo_header, read_header
from engine.dicom.pixels import film_pixels
from engine.dicom.quarantine import Outcome, examine
from engine.simulated.bedside import course, measured
from engine.simulated.cases import CASES, REAL_FILM, Case
from engine.simulated.dx import WHITE, Order, dx_file
from engine.simulated.lesions import LONGEST_SIDE, PIXEL_MM, clean_film, with_grain
from engine.simulated.people import ISSUER
from triage.finding import Laterality
from triage.study import Patient, Urgency
from triage.vitals import Vitals

REAL_FILM_SHA256 = "946f28f48b9fbf360196a9b835c8fce83b0c654bf85a5107663c8a61df02e498"
STALE_AFTER = timedelta(hours=12)
Progress = Callable[[int, int], None]
"""Called after each film with how many are done and how many there are."""


@dataclass(frozen=True)
class Truth:
    """What a simulated film really shows; it never goes into the DICOM file.

    With the same kind, side, size, seed and breast, `lesions.clean_film` gives the exact mask.
    """

    kind: str
    side: Laterality | None
    size: float
    seed: int
    breast_mm: float


@dataclass(frozen=True)
class DemoStudy:
    """One film of the demonstration with all that comes along with it.

    `answers` holds what the patient said to each purpose; a purpose that is missing was never answered. `earlier` is what
    was measured at the bedside before `vitals`.
    """

    path: Path
    media_type: str
    header: Header
    received_at: datetime
    order_priority: Urgency
    vitals: Vitals | None
    answers: Mapping[Purpose, bool]
    truth: Truth | None = None
    earlier: tuple[Vitals, ...] = ()


def demo_studies(cache: Path, progress: Progress, now: datetime | None = None) -> list[DemoStudy]:
    """The simulated films of twenty invented patients, with priors, vitals and answers about consent.

    The first call computes the films; later calls only read them. When the demonstration they were dated for began
    more than half a day ago, or `now` says otherwise, the files are dated anew, under new UIDs.

    Args:
        cache: a folder that keeps the films; it is made when missing.
        progress: told after each film.
        now: the start of the demonstration, timezone-aware.
    """
    films, dicom = cache / "films", cache / "dicom"
    films.mkdir(parents=True, exist_ok=True)
    dicom.mkdir(exist_ok=True)
    start = _start(cache / "start.json", now)
    studies = []
    for done, case in enumerate(CASES, start=1):
        studies.append(_demo_study(case, films, dicom, start))
        progress(done, len(CASES))
    for stale in set(dicom.glob("*.dcm")) - {study.path for study in studies}:
        stale.unlink()
    return studies


def _start(kept: Path, now: datetime | None) -> datetime:
    if now is None and kept.exists():
        start = datetime.fromisoformat(json.loads(kept.read_text())["start"])
        if datetime.now(UTC) - start < STALE_AFTER:
            return start
    start = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    kept.write_text(json.dumps({"start": start.isoformat()}))
    return start


def _demo_study(case: Case, films: Path, dicom: Path, start: datetime) -> DemoStudy:
    received_at = start - case.before
    order = Order(
        case.person.patient,
        case.accession_number,
        received_at - timedelta(minutes=9),
        case.view,
        case.priority,
        case.indication,
    )
    path = dicom / f"{case.accession_number}-{_recipe()[:8]}-{start:%Y%m%dT%H%M%S}.dcm"
    if not path.exists():
        _write(path, _dicom_of(case, order, films))
    seed = case.person.seed
    latest = measured(case.condition, received_at - timedelta(minutes=15), int(case.accession_number[-4:]))
    return DemoStudy(
        path,
        "application/dicom",
        read_header(path.read_bytes()),
        received_at,
        case.priority,
        latest,
        case.person.answers,
        Truth("nodule", Laterality.BOTH, 1.0, seed, 0.0)
        if case.kind == REAL_FILM
        else Truth(case.kind, case.side, case.size, seed, case.breast_mm),
        course(latest),
    )


def _write(path: Path, data: bytes) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(data)
    unfinished.rename(path)


def _dicom_of(case: Case, order: Order, films: Path) -> bytes:
    if case.kind == REAL_FILM:
        return dx_file(_real_film(), order, pixel_mm=0.35, described="Public sample film, invented patient")
    film = _kept_film(case, films)
    return dx_file(film, order, pixel_mm=PIXEL_MM, described="Simulated: projected from one public chest CT")


def _kept_film(case: Case, films: Path) -> np.ndarray:
    recipe = f"{_recipe()}|{case.kind}|{case.side}|{case.size}|{case.person.seed}|{case.breast_mm}"
    path = films / f"{hashlib.sha256(recipe.encode()).hexdigest()[:32]}.png"
    if not path.exists():
        film, _ = clean_film(case.kind, case.side, case.size, case.person.seed, breast_mm=case.breast_mm)
        stored = np.rint(with_grain(film, int(case.accession_number[-4:])) * WHITE).astype(np.uint16)
        unfinished = path.with_suffix(".part")
        Image.fromarray(stored).save(unfinished, "PNG")
        unfinished.rename(path)
    return np.asarray(Image.open(path)).astype(np.float32) / WHITE


@once
def _recipe() -> str:
    """Changes whenever the code that makes the films does, so an old cache is never taken for a new one."""
    parts = ("projection.py", "insertion.py", "lesions.py", "dx.py", "cases.py", "people.py")
    here = Path(__file__).parent
    return hashlib.sha256(b"".join((here / part).read_bytes() for part in parts)).hexdigest()


def _real_film() -> np.ndarray:
    """The true chest film that the package pydicom-data carries, as [H, W] float32 in [0, 1].

    Raises: FileNotFoundError: the package is not installed. ValueError: the file is another one.
    """
    spec = find_spec("data_store")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            "The package pydicom-data is not installed; run make demo, which installs it."
        )
    data = (Path(spec.submodule_search_locations[0]) / "data" / "RG1_UNCR.dcm").read_bytes()
    if hashlib.sha256(data).hexdigest() != REAL_FILM_SHA256:
        raise ValueError("RG1_UNCR.dcm of pydicom-data is not the file Firstread knows (sha256 differs).")
    film = film_pixels(data, "application/dicom")
    low, high = np.percentile(film, [0.5, 99.5])  # its own window leaves most of the greys unused
    picture = Image.fromarray(np.clip((film - low) / (high - low), 0, 1))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return np.clip(np.asarray(picture), 0, 1)


def folder_studies(films: Path, now: datetime | None = None) -> list[DemoStudy]:
    """Every film of a folder that can be read, as studies of the demonstration.

    Accession numbers, patient numbers and times are invented where a file has none. Whoever starts a demonstration
    with a folder answers for it: AI-assisted reading is taken as allowed, training as refused.

    Args:
        films: a folder of DICOM, PNG or JPEG files; its subfolders are searched too.
        now: when the films arrive, timezone-aware.
    """
    arrived = (now or datetime.now(UTC)).replace(microsecond=0)
    answers = {Purpose.AI_READING: True, Purpose.TRAINING: False}
    return [
        DemoStudy(
            path, media_type, header, arrived - timedelta(minutes=4 * number), Urgency.ROUTINE, None, answers
        )
        for number, (path, media_type, header) in enumerate(_readable(films, arrived))
    ]


def _readable(films: Path, arrived: datetime) -> Iterator[tuple[Path, str, Header]]:
    for path in sorted(p for p in films.rglob("*") if p.is_file()):
        data = path.read_bytes()
        film = examine(data, path.name)
        if film.outcome is Outcome.REJECTED:
            continue
        sha256 = hashlib.sha256(data).hexdigest()
        number = f"FILM-{sha256[:8].upper()}"
        patient = Patient(PatientId(number, ISSUER))
        header = film.header or photo_header(
            sha256, film.rows, film.columns, patient=patient, accession_number=number, studied_at=arrived
        )
        named = header if header.patient.patient_id.value else replace(header, patient=patient)
        yield (
            path,
            media_type_of(data),
            replace(
                named,
                accession_number=named.accession_number or number,
                studied_at=named.studied_at or arrived,
            ),
        )
