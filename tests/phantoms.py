"""Films made in code: good ones by name and value, hostile ones byte by byte."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from pydicom.datadict import dictionary_VR, tag_for_keyword

EXPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
RLE, JPEG2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90"
LONG_VRS = {"OB", "OW", "SQ", "UN", "UT", "UC", "UR", "OF", "OD"}
CANARY = "Canary^Kestrel"

FIELDS = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1",
    "SOPInstanceUID": "2.25.3001",
    "StudyDate": "20260301",
    "StudyTime": "101500",
    "AccessionNumber": "A-1",
    "Modality": "DX",
    "PatientName": CANARY,
    "PatientID": "P-1",
    "IssuerOfPatientID": "WARD-7",
    "PatientBirthDate": "19600229",
    "PatientSex": "F",
    "BodyPartExamined": "CHEST",
    "ViewPosition": "PA",
    "StudyInstanceUID": "2.25.1001",
    "SeriesInstanceUID": "2.25.2001",
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
    "WindowCenter": "2048",
    "WindowWidth": "4096",
    "SpecificCharacterSet": "ISO_IR 192",
}


def a_picture(rows: int = 96, columns: int = 80, seed: int = 1) -> np.ndarray:
    """[rows, columns] uint16, twelve bits: dark to the left, bright to the right, a little grain."""
    across = np.linspace(200, 3900, columns)[None, :]
    return (across + np.random.default_rng(seed).integers(0, 100, (rows, columns))).astype("<u2")


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """One data element in Explicit VR Little Endian; `length` may lie."""
    value += (b"\0" if vr in {"UI", "OB", "OW", "UN"} else b" ") * (len(value) % 2)
    size = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (struct.pack("<HI", 0, size) if vr in LONG_VRS else struct.pack("<H", size)) + value


def named(keyword: str, value: object) -> bytes:
    vr = dictionary_VR(keyword).split(" ")[0]
    if vr == "US":
        return element(tag_for_keyword(keyword), vr, struct.pack("<H", value))
    return element(tag_for_keyword(keyword), vr, str(value).encode())


def part10(
    body: bytes, *, syntax: str = EXPLICIT, meta_uid: str = "2.25.3001", preamble: bytes = b""
) -> bytes:
    meta = element(0x00020002, "UI", FIELDS["SOPClassUID"].encode()) + element(
        0x00020003, "UI", meta_uid.encode()
    )
    if syntax:
        meta += element(0x00020010, "UI", syntax.encode())
    return (
        preamble.ljust(128, b"\0")
        + b"DICM"
        + element(0x00020000, "UL", struct.pack("<I", len(meta)))
        + meta
        + body
    )


def dataset_bytes(
    pixel_element: bytes | None = None, extra: bytes = b"", picture=None, **changes: object
) -> bytes:
    """All elements in order of their tags; a change to None leaves the element out."""
    picture = a_picture() if picture is None else picture
    fields = {**FIELDS, "Rows": picture.shape[0], "Columns": picture.shape[1], **changes}
    stored = {tag_for_keyword(k): named(k, v) for k, v in fields.items() if v is not None}
    if pixel_element is None:
        pixel_element = element(0x7FE00010, "OW", picture.tobytes())
    return b"".join(stored[tag] for tag in sorted(stored)) + extra + pixel_element


def a_film(
    *, syntax: str = EXPLICIT, meta_uid: str | None = None, preamble: bytes = b"", **changes: object
) -> bytes:
    """A valid chest film, small and quick; change any attribute by its DICOM keyword.

    `picture` takes other pixels, `pixel_element` and `extra` take raw bytes, None leaves an attribute out.
    """
    uid = str(changes.get("SOPInstanceUID") or FIELDS["SOPInstanceUID"])
    return part10(dataset_bytes(**changes), syntax=syntax, meta_uid=meta_uid or uid, preamble=preamble)


def encapsulated(*fragments: bytes) -> bytes:
    items = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, len(f) + len(f) % 2) + f + b"\0" * (len(f) % 2) for f in fragments
    )
    table = struct.pack("<HHI", 0xFFFE, 0xE000, 0)
    return element(0x7FE00010, "OB", b"", 0xFFFFFFFF) + table + items + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def nested(depth: int, *, sized: bool) -> bytes:
    """A sequence within a sequence within a sequence; `sized` gives true lengths, else the endless kind."""
    inner = b""
    for _ in range(depth):
        if sized:
            inner = element(0x00081140, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner)
        else:
            item = (
                struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
                + inner
                + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
            )
            inner = element(0x00081140, "SQ", b"", 0xFFFFFFFF) + item + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return inner


def a_deflated_bomb(inflated: int = 64 * 1024**2) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = dataset_bytes(pixel_element=element(0x7FE00010, "OW", b"", inflated))
    return part10(packer.compress(body + bytes(inflated)) + packer.flush(), syntax=DEFLATED)


def png_of_size(width: int, height: int, chunks: bytes = b"") -> bytes:
    """A PNG that declares a size; only a handful of bytes follow."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunks
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_photo(kind: str = "PNG", rows: int = 96, columns: int = 80) -> bytes:
    out = io.BytesIO()
    Image.fromarray((a_picture(rows, columns) >> 4).astype(np.uint8)).save(out, kind)
    return out.getvalue()


def a_zip(members: dict[str, bytes], **options: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@dataclass(frozen=True)
class Hostile:
    """A file that must be refused, and what the sentence must speak about."""

    make: Callable[[], bytes]
    says: str


def _long_text_png() -> bytes:
    return png_of_size(100, 100, chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(64 * 1024**2))))


def _random(size: int) -> bytes:
    return np.random.default_rng(7).bytes(size)


HOSTILE: dict[str, Hostile] = {
    "empty": Hostile(lambda: b"", "empty"),
    "random": Hostile(lambda: _random(4096), "neither DICOM"),
    "gif": Hostile(lambda: b"GIF89a" + bytes(200), "neither DICOM"),
    "html": Hostile(lambda: b"<html><script>alert(1)</script>" + bytes(200), "neither DICOM"),
    "random after DICM": Hostile(lambda: bytes(128) + b"DICM" + _random(4096), "damaged|transfer syntax"),
    "only DICM": Hostile(lambda: bytes(128) + b"DICM", "transfer syntax"),
    "cut short": Hostile(lambda: a_film()[:-500], "cut short"),
    "cut in the header": Hostile(lambda: a_film()[:300], "damaged|no pixels|cut short|transfer syntax"),
    "no pixels": Hostile(lambda: a_film(pixel_element=b" "), "no pixels|damaged"),
    "encapsulated PDF": Hostile(
        lambda: a_film(pixel_element=element(0x00420011, "OB", b"%PDF-1.7 /JS (app.alert(1))")), "no pixels"
    ),
    "CT": Hostile(lambda: a_film(Modality="CT"), "modality is CT"),
    "hand": Hostile(lambda: a_film(BodyPartExamined="HAND"), "body part is HAND"),
    "no transfer syntax": Hostile(lambda: a_film(syntax=""), "transfer syntax"),
    "unknown transfer syntax": Hostile(lambda: a_film(syntax="1.2.3.4"), "transfer syntax"),
    "deflate bomb": Hostile(a_deflated_bomb, "deflated"),
    "5000 frames declared": Hostile(
        lambda: a_film(syntax=RLE, NumberOfFrames="5000", pixel_element=encapsulated(bytes(100))), "one frame"
    ),
    "2 billion frames": Hostile(lambda: a_film(NumberOfFrames="2147483647"), "one frame"),
    "frames below zero": Hostile(lambda: a_film(NumberOfFrames="-3"), "one frame"),
    "65535 squared": Hostile(lambda: a_film(Rows=65535, Columns=65535), "65535"),
    "no rows": Hostile(lambda: a_film(Rows=0), "outside"),
    "4 GB of pixels": Hostile(
        lambda: a_film(pixel_element=element(0x7FE00010, "OW", bytes(64), 0xFFFFFFF0)), "cut short"
    ),
    "fewer pixels than declared": Hostile(lambda: a_film(Rows=500, Columns=500), "fewer pixels"),
    "nested 250 deep": Hostile(lambda: a_film(extra=nested(250, sized=False)), "too deeply"),
    "nested 100 deep, sized": Hostile(lambda: a_film(extra=nested(100, sized=True)), "too deeply"),
    "length past the end": Hostile(
        lambda: a_film(pixel_element=element(0x00280103, "LO", b"x", 60000)), "cut short|damaged|no pixels"
    ),
    "no such VR": Hostile(lambda: part10(b"\x08\x00\x05\x00ZZ\xff\xff" + bytes(60)), "damaged|no pixels|cut"),
    "UID too long": Hostile(lambda: a_film(StudyInstanceUID="2.25." + "9" * 70), "StudyInstanceUID"),
    "UID is a path": Hostile(lambda: a_film(SeriesInstanceUID="../../etc/passwd"), "SeriesInstanceUID"),
    "no study UID": Hostile(lambda: a_film(StudyInstanceUID=None), "StudyInstanceUID"),
    "two instance UIDs": Hostile(lambda: a_film(meta_uid="2.25.999"), "two different"),
    "99 bits stored": Hostile(lambda: a_film(BitsStored=99), "99 bits"),
    "24 bits allocated": Hostile(lambda: a_film(BitsAllocated=24), "in 24"),
    "colour": Hostile(lambda: a_film(SamplesPerPixel=3, PhotometricInterpretation="RGB"), "colour"),
    "slope zero": Hostile(lambda: a_film(RescaleSlope="0", RescaleIntercept="0"), "slope"),
    "slope is no number": Hostile(lambda: a_film(RescaleSlope="steep", RescaleIntercept="0"), "damaged"),
    "garbled JPEG 2000": Hostile(
        lambda: a_film(syntax=JPEG2000, pixel_element=encapsulated(_random(900))), "cannot be decoded"
    ),
    "garbled RLE": Hostile(
        lambda: a_film(syntax=RLE, pixel_element=encapsulated(_random(900))), "cannot be decoded"
    ),
    "blank": Hostile(lambda: a_film(picture=np.full((96, 80), 1000, "<u2")), "blank"),
    "strip": Hostile(lambda: a_film(picture=a_picture(40, 400)), "strip"),
    "PNG 2 billion wide": Hostile(lambda: png_of_size(2_000_000_000, 1), "pixels"),
    "PNG of 400 megapixels": Hostile(lambda: png_of_size(20_000, 20_000), "pixels"),
    "PNG with 64 MB of text": Hostile(_long_text_png, "damaged"),
    "PNG cut short": Hostile(lambda: a_photo()[:400], "damaged"),
    "JPEG cut short": Hostile(lambda: a_photo("JPEG")[:200], "damaged"),
    "JPEG of noise": Hostile(lambda: b"\xff\xd8\xff" + _random(500), "damaged"),
    "zip": Hostile(lambda: a_zip({"a.dcm": a_film()}), "zip"),
}
