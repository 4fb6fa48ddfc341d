"""A film and an invented patient, written as the DX file a real detector would send."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from engine.dicom.header import derived_uid
from triage.study import Patient, Sex, Urgency

WHITE = 4095  # 12 bits
_SEX = {Sex.FEMALE: "F", Sex.MALE: "M"}
_PRIORITY = {Urgency.ROUTINE: "ROUTINE", Urgency.URGENT: "MEDIUM", Urgency.ASAP: "HIGH", Urgency.STAT: "STAT"}
_VIEWS = {"PA": ("272479007", "postero-anterior"), "AP": ("399348003", "antero-posterior")}


@dataclass(frozen=True)
class Order:
    """What was asked for, by whom it will be found again."""

    patient: Patient
    accession_number: str
    studied_at: datetime
    view: str
    priority: Urgency
    indication: str

    @property
    def study_uid(self) -> str:
        """The same order at the same time is always the same study."""
        return derived_uid("demo study", self.accession_number, self.studied_at.isoformat())


def dx_file(film: np.ndarray, order: Order, *, pixel_mm: float, described: str) -> bytes:
    """Write one film as DICOM, marked as simulated in its header.

    Args:
        film: [H, W], float32 in [0, 1], 0 is black.
        order: the invented patient and what was asked for.
        pixel_mm: the size of a pixel on the detector.
        described: where the picture comes from, for Series Description.

    Returns: a complete DICOM Part 10 file; the same arguments give the same bytes.
    Source: DICOM PS3.3 A.26 (Digital X-Ray); Synthetic Data (0008,001C) is the mark that `read_header` believes.
    """
    dataset = Dataset()
    _identify(dataset, order)
    _describe(dataset, order, described)
    _place_codes(dataset, order.view)
    _detector(dataset, pixel_mm)
    _pixels(dataset, film)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _identify(dataset: Dataset, order: Order) -> None:
    patient = order.patient
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.StudyInstanceUID = order.study_uid
    dataset.SeriesInstanceUID = derived_uid("demo series", order.study_uid)
    dataset.SOPInstanceUID = derived_uid("demo instance", order.study_uid)
    dataset.PatientName = patient.name.replace(", ", "^")
    dataset.PatientID = patient.patient_id.value
    dataset.IssuerOfPatientID = patient.patient_id.issuer
    dataset.PatientBirthDate = patient.birth_date.strftime("%Y%m%d") if patient.birth_date else ""
    dataset.PatientSex = _SEX.get(patient.sex, "O")
    age = patient.age_at(order.studied_at.date())
    if age is not None:
        dataset.PatientAge = f"{age:03d}Y"
    dataset.PatientComments = "Invented person; no such patient exists."


def _describe(dataset: Dataset, order: Order, described: str) -> None:
    taken = order.studied_at
    offset = taken.strftime("%z") or "+0000"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.SyntheticData = "YES"
    dataset.TimezoneOffsetFromUTC = offset
    for what in ("Study", "Series", "Acquisition", "Content"):
        setattr(dataset, f"{what}Date", taken.strftime("%Y%m%d"))
        setattr(dataset, f"{what}Time", taken.strftime("%H%M%S"))
    dataset.AcquisitionDateTime = taken.strftime("%Y%m%d%H%M%S") + offset
    dataset.AccessionNumber = order.accession_number
    dataset.Modality = "DX"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.Manufacturer = "Firstread"
    dataset.ManufacturerModelName = "simulated film"
    dataset.InstitutionName = "Firstread demonstration"
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = order.accession_number[-16:]
    dataset.StudyDescription = "CHEST (simulated, invented patient)"
    dataset.SeriesDescription = described[:64]
    dataset.SeriesNumber, dataset.InstanceNumber = 1, 1
    dataset.DerivationDescription = described[:1024]
    dataset.RequestAttributesSequence = Sequence([_request(order)])


def _request(order: Order) -> Dataset:
    request = Dataset()
    request.RequestedProcedureID = order.accession_number[-16:]
    request.RequestedProcedureDescription = f"Chest {order.view}"
    request.ScheduledProcedureStepID = "1"
    request.ReasonForTheRequestedProcedure = order.indication
    request.RequestedProcedurePriority = _PRIORITY[order.priority]
    return request


def _place_codes(dataset: Dataset, view: str) -> None:
    dataset.BodyPartExamined = "CHEST"
    dataset.ViewPosition = view
    dataset.PatientOrientation = ["L", "F"]
    dataset.ImageLaterality = "U"
    dataset.AnatomicRegionSequence = Sequence([_code("816094009", "Chest")])
    dataset.ViewCodeSequence = Sequence([_code(*_VIEWS[view])])
    dataset.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence([])
    dataset.AcquisitionContextSequence = Sequence([])


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "SCT", meaning
    return code


def _detector(dataset: Dataset, pixel_mm: float) -> None:
    spacing = [f"{pixel_mm:.5f}"] * 2
    dataset.ImagerPixelSpacing = spacing
    dataset.PixelSpacing = spacing
    dataset.DetectorType = "DIRECT"
    dataset.PositionerType = "NONE"
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"


def _pixels(dataset: Dataset, film: np.ndarray) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = film.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = -1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.WindowCenter, dataset.WindowWidth = f"{(WHITE + 1) / 2:g}", f"{WHITE + 1:g}"
    dataset.PixelData = np.rint(np.clip(film, 0, 1) * WHITE).astype("<u2").tobytes()
