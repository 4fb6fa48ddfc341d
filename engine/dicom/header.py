"""The few attributes of a film that are trusted, read once, typed."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from pydicom import Dataset
from pydicom.valuerep import PersonName

from consent.record import PatientId
from engine.dicom.file import damage_told, open_dicom, plain
from triage.errors import UnreadableFilm
from triage.study import Patient, Sex

MODALITIES = ("CR", "DX")
CHEST_WORDS = ("CHEST", "THORAX", "LUNG")
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_VIEW_CODES = {  # SNOMED CT and the older SNOMED RT codes of DICOM PS3.16 CID 4010
    "399348003": "AP",
    "R-10206": "AP",
    "272479007": "PA",
    "R-10214": "PA",
    "R-40888": "PA",
    "399173006": "LL",
    "R-10236": "LL",
    "399198007": "RL",
    "R-10232": "RL",
}
_AGE = re.compile(r"(\d{3})([DWMY])")
_SEX = {"F": Sex.FEMALE, "M": Sex.MALE, "O": Sex.OTHER}


@dataclass(frozen=True)
class Header:
    """What a film says about itself and its patient; nothing else of the file is believed.

    `studied_at` is None when the file carries no date, as de-identified films often do. A time without an offset
    is taken as UTC. `simulated` is True when the file declares Synthetic Data (0008,001C). `burnt_in` is True
    when it declares burnt-in annotation (0028,0301).
    """

    study_uid: str
    series_uid: str
    sop_instance_uid: str
    patient: Patient
    accession_number: str
    modality: str
    body_part: str
    view: str
    studied_at: datetime | None
    rows: int
    columns: int
    indication: str = ""
    burnt_in: bool = False
    simulated: bool = False
    frames: int = 1


def read_header(data: bytes) -> Header:
    """Read who and what a DICOM film shows, and refuse what is not one frontal or lateral chest film.

    Args:
        data: the whole file as it arrived.

    Raises: UnreadableFilm: with one sentence; see `open_dicom`, and for a wrong modality, another body part, or
        identifiers that are missing, too long or differ between the file's two places.
    """
    dataset = open_dicom(data)
    with damage_told():
        return _header(dataset)


def _header(dataset: Dataset) -> Header:
    modality = plain(dataset.get("Modality", "")).upper()
    if modality not in MODALITIES:
        raise UnreadableFilm(
            f"The modality is {modality or 'not given'}; Firstread reads CR and DX films only."
        )
    body_part = plain(dataset.get("BodyPartExamined", "")).upper()
    if body_part and not any(word in body_part for word in CHEST_WORDS):
        raise UnreadableFilm(f"The body part is {body_part}, not the chest.")
    sop_instance_uid = _uid(dataset, "SOPInstanceUID")
    if str(dataset.file_meta.get("MediaStorageSOPInstanceUID", sop_instance_uid)) != sop_instance_uid:
        raise UnreadableFilm("The file gives two different SOP Instance UIDs.")
    return Header(
        study_uid=_uid(dataset, "StudyInstanceUID"),
        series_uid=_uid(dataset, "SeriesInstanceUID"),
        sop_instance_uid=sop_instance_uid,
        patient=_patient(dataset),
        accession_number=plain(dataset.get("AccessionNumber", "")),
        modality=modality,
        body_part=body_part,
        view=_view(dataset),
        studied_at=_studied_at(dataset),
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        indication=_indication(dataset),
        burnt_in=plain(dataset.get("BurnedInAnnotation", "")).upper() == "YES",
        simulated=plain(dataset.get("SyntheticData", "")).upper() == "YES",
    )


def age_in(data: bytes, media_type: str) -> int | None:
    """The patient's age in whole years as the file of a film states it; None where it does not.

    A film that was made nameless often keeps the age and loses the birth date. Source: DICOM PS3.5 table 6.2-1 (AS).
    Raises: UnreadableFilm: no DICOM file that may be opened.
    """
    if media_type != "application/dicom":
        return None
    stated = _AGE.fullmatch(plain(open_dicom(data).get("PatientAge", "")))
    if stated is None:
        return None
    return int(stated[1]) // {"D": 365, "W": 52, "M": 12, "Y": 1}[stated[2]]


def _uid(dataset: Dataset, keyword: str) -> str:
    value = str(dataset.get(keyword, "") or "")
    if len(value) > 64 or not _UID.fullmatch(value):
        raise UnreadableFilm(f"{keyword} is missing or is not a valid DICOM identifier.")
    return value


def _patient(dataset: Dataset) -> Patient:
    number = PatientId(
        plain(dataset.get("PatientID", ""), 64), plain(dataset.get("IssuerOfPatientID", ""), 64)
    )
    sex = _SEX.get(plain(dataset.get("PatientSex", "")).upper(), Sex.UNKNOWN)
    return Patient(number, _name(dataset.get("PatientName")), _day(dataset.get("PatientBirthDate")), sex)


def _name(value: object) -> str:
    groups = [plain(group) for group in str(value or "").split("=")]
    first = next((group for group in groups if group.strip("^ ")), "")
    parts = PersonName(first)
    return ", ".join(p for p in (plain(parts.family_name), plain(parts.given_name)) if p)


def _view(dataset: Dataset) -> str:
    view = plain(dataset.get("ViewPosition", "")).upper()
    codes = dataset.get("ViewCodeSequence") or []
    code = plain(codes[0].get("CodeValue", "")) if len(codes) else ""
    return view or _VIEW_CODES.get(code, "")


def _indication(dataset: Dataset) -> str:
    requests = dataset.get("RequestAttributesSequence") or []
    holders = [dataset, *requests]
    reasons = (plain(h.get("ReasonForTheRequestedProcedure", ""), 1024) for h in holders)
    return next((reason for reason in reasons if reason), "")


def _day(value: object) -> date | None:
    try:
        return datetime.strptime(str(value or "").replace(".", "")[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _studied_at(dataset: Dataset) -> datetime | None:
    for what in ("Study", "Acquisition", "Series", "Content"):
        day = _day(dataset.get(f"{what}Date"))
        if day is not None:
            digits = re.sub(r"\D", "", str(dataset.get(f"{what}Time") or "").split(".")[0])[:6].ljust(6, "0")
            return _moment(day, digits, str(dataset.get("TimezoneOffsetFromUTC") or ""))
    return None


def _moment(day: date, digits: str, offset: str) -> datetime:
    zone: timezone = UTC
    if re.fullmatch(r"[+-](0\d|1[0-4])[0-5]\d", offset):
        minutes = int(offset[1:3]) * 60 + int(offset[3:])
        zone = timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))
    try:
        clock = datetime.strptime(digits, "%H%M%S").replace(tzinfo=UTC).time()
    except ValueError:
        clock = datetime.min.time()
    return datetime.combine(day, clock, zone)


def derived_uid(*parts: str) -> str:
    """The same identifier for the same parts, on every machine.

    Source: DICOM PS3.5 annex B.2 (root 2.25 and a 128-bit number).
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def photo_header(
    sha256: str,
    rows: int,
    columns: int,
    *,
    patient: Patient,
    accession_number: str,
    studied_at: datetime,
    view: str = "",
    indication: str = "",
) -> Header:
    """The header of a PNG or JPEG, which has none: what the person at the screen gave, identifiers derived.

    Two pictures with the same patient and accession number belong to the same study; the same bytes are always the
    same instance.
    """
    study_uid = derived_uid("study", str(patient.patient_id), accession_number)
    return Header(
        study_uid=study_uid,
        series_uid=derived_uid("series", study_uid),
        sop_instance_uid=derived_uid("instance", study_uid, sha256),
        patient=patient,
        accession_number=accession_number,
        modality="DX",
        body_part="CHEST",
        view=view.upper(),
        studied_at=studied_at,
        rows=rows,
        columns=columns,
        indication=indication,
    )
