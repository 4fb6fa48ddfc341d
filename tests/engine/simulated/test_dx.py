from datetime import UTC, date, datetime

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

from consent.record import PatientId
from engine.dicom.header import read_header
from engine.dicom.pixels import film_pixels
from engine.simulated.dx import Order, dx_file
from triage.study import Patient, Sex, Urgency

WHO = Patient(PatientId("FR-1", "FIRSTREAD-DEMO"), "Зоренко, Олена", date(1950, 1, 2), Sex.FEMALE)
ORDER = Order(WHO, "DEMO-1", datetime(2026, 3, 1, 9, 5, 7, tzinfo=UTC), "AP", Urgency.STAT, "Cough.")
FILM = np.linspace(0, 1, 80 * 96, dtype=np.float32).reshape(96, 80)


@pytest.fixture(scope="module")
def written():
    return dx_file(FILM, ORDER, pixel_mm=0.29, described="test")


def test_what_is_written_is_read_again(written):
    header = read_header(written)
    assert header.patient == WHO
    assert (header.accession_number, header.view, header.indication) == ("DEMO-1", "AP", "Cough.")
    assert header.studied_at == ORDER.studied_at
    assert header.study_uid == ORDER.study_uid
    assert header.simulated


def test_the_greys_survive(written):
    np.testing.assert_allclose(film_pixels(written, "application/dicom"), FILM, atol=2e-4)


def test_the_same_order_gives_the_same_bytes_and_another_time_another_study(written):
    assert dx_file(FILM, ORDER, pixel_mm=0.29, described="test") == written
    later = Order(WHO, "DEMO-1", datetime(2026, 3, 2, tzinfo=UTC), "AP", Urgency.STAT, "Cough.")
    assert read_header(dx_file(FILM, later, pixel_mm=0.29, described="test")).study_uid != ORDER.study_uid


def test_a_real_detector_would_say_the_same(written):
    dataset = dcmread(DicomBytesIO(written))
    for needed in (
        "AnatomicRegionSequence",
        "DetectorType",
        "PositionerType",
        "AcquisitionContextSequence",
        "ViewCodeSequence",
        "PixelIntensityRelationship",
        "ImagerPixelSpacing",
        "PatientOrientation",
    ):
        assert needed in dataset, needed
    assert (dataset.BitsStored, dataset.HighBit, dataset.PhotometricInterpretation) == (12, 11, "MONOCHROME2")
    assert dataset.RequestAttributesSequence[0].RequestedProcedurePriority == "STAT"
