"""Small films and heatmaps, made in code; no patient, no file."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from consent.record import PatientId
from engine.simulated.dx import Order, dx_file
from triage.study import Patient, Sex, Urgency


def patient_of(accession: str, **changes: Any) -> Patient:
    """An invented patient of their own for each accession number."""
    number = PatientId(f"P-{accession}", "Test ward")
    return replace(Patient(number, f"Test^{accession}", date(1958, 3, 9), Sex.FEMALE), **changes)


def a_film(accession: str, patient: Patient | None = None, *, seed: int = 0) -> bytes:
    """A small DX file; another seed is another picture under the same numbers."""
    order = Order(
        patient=patient or patient_of(accession),
        accession_number=accession,
        studied_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        view="PA",
        priority=Urgency.ROUTINE,
        indication="Cough and fever.",
    )
    return dx_file(a_chest(seed), order, pixel_mm=2.0, described="test film")


def a_chest(seed: int = 0) -> np.ndarray:
    """Something bright in the middle, with grain; [192, 160], float32 in [0, 1]."""
    grain = np.random.default_rng(seed).random((192, 160), dtype=np.float32)
    rows, columns = np.mgrid[0:1:192j, 0:1:160j]
    chest = np.exp(-(((columns - 0.5) * 3) ** 2)) * 0.6 + 0.2 * rows
    return np.clip(chest + 0.08 * grain, 0, 1).astype(np.float32)


def a_picture(seed: int = 0) -> bytes:
    """The same film as PNG, which names nobody."""
    return _png((a_chest(seed) * 255).astype(np.uint8))


def a_heatmap(across: float = 0) -> bytes:
    """A heatmap as the reader writes one; it glows in its middle, or so far `across` of it (1 is the right edge)."""
    y, x = np.mgrid[-1:1:96j, -1:1:80j]
    return _png((255 * np.exp(-4 * ((x - across) ** 2 + y**2))).astype(np.uint8))


def _png(pixels: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
