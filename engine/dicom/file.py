"""One DICOM file, opened without believing a word of it."""

import logging
import struct
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from pydicom import Dataset, config, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset

from triage.errors import UnreadableFilm

# pydicom's own complaints quote values, which may be a patient's, on standard error and in the log; what matters is
# checked here and told in our own sentences.
config.settings.reading_validation_mode = config.IGNORE
warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

MAX_FILE_BYTES = 256 * 1024**2
MAX_SIDE = 8192  # pixels; the largest chest detector is near 4300
MIN_SIDE = 32
MAX_DEPTH = 32  # sequences within sequences; a true film has three or four
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
_DAMAGE = (
    InvalidDicomError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    EOFError,
    struct.error,
)
DEFLATED_SYNTAXES = {"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.8.1"}


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
    with damage_told():
        _check_syntax(data)
        dataset = dcmread(BytesIO(data))
        _check_complete(dataset)
        _check_depth(dataset)
        _check_frame(dataset)
    return dataset


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn what pydicom raises over a malformed file, at any of its lazy steps, into one sentence.

    Raises: UnreadableFilm: whatever of a dozen kinds it was.
    """
    try:
        yield
    except RecursionError as error:
        raise UnreadableFilm("The file nests its sequences too deeply to be a film.") from error
    except _DAMAGE as error:
        raise UnreadableFilm("The DICOM file is damaged: its elements cannot be read.") from error


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


def plain(value: object, longest: int = 256) -> str:
    """Header text as harmless words: no control, direction or line-break characters, bounded in length."""
    text = " ".join(str(value if value is not None else "").split())
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})[
        :longest
    ].strip()
