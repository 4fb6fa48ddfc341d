"""The few attributes of a film that are trusted, read once, typed."""

import hashlib
import re
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO

from pydicom import Dataset, config, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset
from pydicom.valuerep import PersonName

from consent.record import PatientId
from triage.errors import UnreadableFilm
from triage.study import Patient, Sex

# pydicom's own complaints quote the value, which may be a patient's; what matters is checked below.
config.settings.reading_validation_mode = config.IGNORE

MAX_FILE_BYTES = 512 * 1024**2
MAX_SIDE = 10_000  # pixels; the largest chest detector is near 4300
MIN_SIDE = 32
MAX_DEPTH = 32  # sequences within sequences; a true film has three or four
MODALITIES = ("CR", "DX")
CHEST_WORDS = ("CHEST", "THORAX", "LUNG")
READABLE_SYNTAXES = {  # deflated syntaxes are left out on purpose: a megabyte of them grows to gigabytes
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202",
    "1.2.840.10008.1.2.4.203",
}
NATIVE_SYNTAXES = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}
DEFLATED_SYNTAXES = {"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.8.1"}
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_FRONTAL_CODES = {"R-10206": "AP", "399348003": "AP", "R-10214": "PA", "399273006": "PA"}
_LATERAL_CODES = {"R-10236": "LL", "399173006": "LL", "R-10232": "RL", "399198007": "RL"}
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


def media_type_of(data: bytes) -> str:
    """Say what the first bytes are, whatever the file is called; "" when it is nothing Firstread reads."""
    if data[128:132] == b"DICM":
        return "application/dicom"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "application/zip" if data.startswith(b"PK\x03\x04") else ""


def open_dicom(data: bytes) -> Dataset:
    """Open one DICOM file and refuse what would hurt before anything is decoded.

    Raises: UnreadableFilm: no DICOM, cut short, deflated, nested too deeply, without pixels, or absurd in size.
    Source: DICOM PS3.10 section 7.1 (preamble and file meta), PS3.5 section 8 (pixel data).
    """
    if media_type_of(data) != "application/dicom":
        raise UnreadableFilm("This is not a DICOM file: the mark DICM is missing after the first 128 bytes.")
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableFilm(f"The file is larger than {MAX_FILE_BYTES // 1024**2} MB.")
    try:
        _check_syntax(data)
        dataset = dcmread(BytesIO(data))
        _check_complete(dataset)
        _check_depth(dataset)
    except RecursionError as error:
        raise UnreadableFilm("The file nests its sequences too deeply to be a film.") from error
    except (InvalidDicomError, EOFError, struct.error, ValueError, KeyError) as error:
        raise UnreadableFilm("The DICOM file is damaged: its elements cannot be read.") from error
    _check_frame(dataset)
    return dataset


def _check_syntax(data: bytes) -> None:
    stream = BytesIO(data)
    stream.seek(132)
    meta = read_dataset(stream, is_implicit_VR=False, is_little_endian=True, stop_when=_after_meta)
    syntax = str(meta.get("TransferSyntaxUID", ""))
    if not syntax:
        raise UnreadableFilm("The DICOM file does not say how its pixels are coded (no transfer syntax).")
    if syntax in DEFLATED_SYNTAXES:
        raise UnreadableFilm(
            "The DICOM file is deflated; send it uncompressed or with JPEG, JPEG 2000 or RLE."
        )
    if syntax not in READABLE_SYNTAXES:
        raise UnreadableFilm("The DICOM file is coded in a way Firstread does not read (transfer syntax).")


def _after_meta(tag: int, _vr: str | None, _length: int) -> bool:
    return int(tag) >> 16 != 2


def _check_complete(dataset: Dataset) -> None:
    for tag in dataset.keys():  # noqa: SIM118 - iterating a Dataset converts every element
        raw = dataset.get_item(tag)
        length = getattr(raw, "length", 0)
        if length not in {0, 0xFFFFFFFF} and length > len(raw.value or b""):
            raise UnreadableFilm("The DICOM file is cut short: an element is longer than the file.")


def _check_depth(dataset: Dataset) -> None:
    level = [dataset]
    for _ in range(MAX_DEPTH):
        level = [item for parent in level for item in _items(parent)]
        if not level:
            return
    raise UnreadableFilm("The file nests its sequences too deeply to be a film.")


def _items(dataset: Dataset) -> Iterator[Dataset]:
    for tag in dataset.keys():  # noqa: SIM118
        if dataset.get_item(tag).VR in {"SQ", None} and dataset[tag].VR == "SQ":
            yield from dataset[tag].value


def _check_frame(dataset: Dataset) -> None:
    if "PixelData" not in dataset:
        raise UnreadableFilm("The DICOM file has no pixels.")
    rows, columns = _number(dataset, "Rows", 0), _number(dataset, "Columns", 0)
    if _number(dataset, "NumberOfFrames", 1) != 1:
        raise UnreadableFilm("The file declares more or less than one frame; a chest film has exactly one.")
    if not (MIN_SIDE <= rows <= MAX_SIDE and MIN_SIDE <= columns <= MAX_SIDE):
        raise UnreadableFilm(
            f"A film of {columns} × {rows} pixels is outside {MIN_SIDE} to {MAX_SIDE} a side."
        )
    samples = _number(dataset, "SamplesPerPixel", 1)
    if samples != 1 or not str(dataset.get("PhotometricInterpretation", "")).startswith("MONOCHROME"):
        raise UnreadableFilm("The picture is in colour; a chest film is grey.")
    allocated, stored = _number(dataset, "BitsAllocated", 0), _number(dataset, "BitsStored", 0)
    if allocated not in {8, 16} or not 1 <= stored <= allocated:
        raise UnreadableFilm(f"The file stores {stored} bits in {allocated}, which no film does.")
    native = str(dataset.file_meta.TransferSyntaxUID) in NATIVE_SYNTAXES
    if native and len(dataset.PixelData) < rows * columns * allocated // 8:
        raise UnreadableFilm("The DICOM file is cut short: it holds fewer pixels than it declares.")


def _number(dataset: Dataset, keyword: str, default: int) -> int:
    try:
        value = dataset.get(keyword)
        return default if value is None or value == "" else int(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise UnreadableFilm(f"The DICOM file is damaged: {keyword} is not a number.") from error


def read_header(data: bytes) -> Header:
    """Read who and what a DICOM film shows, and refuse what is not one frontal or lateral chest film.

    Args:
        data: the whole file as it arrived.

    Raises: UnreadableFilm: with one sentence; see `open_dicom`, and for a wrong modality, another body part, or
        identifiers that are missing, too long or differ between the file's two places.
    """
    dataset = open_dicom(data)
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


def plain(value: object, longest: int = 256) -> str:
    """Header text as harmless words: no control, direction or line-break characters, bounded in length."""
    text = " ".join(str(value if value is not None else "").split())
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})[
        :longest
    ].strip()


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
    return view or {**_FRONTAL_CODES, **_LATERAL_CODES}.get(code, "")


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
    if re.fullmatch(r"[+-]\d{4}", offset):
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
