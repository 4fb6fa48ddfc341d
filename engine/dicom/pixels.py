"""Stored values to grey levels: rescale, window, invert; and the small pictures that screens show."""

import struct
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from pydicom import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi

from engine.dicom.file import MAX_SIDE, MIN_SIDE, damage_told, open_dicom, plain
from triage.errors import UnreadableFilm

MAX_IMAGE_PIXELS = MAX_SIDE**2
MAX_ASPECT = 2.5  # longest side to shortest
BLANK = 0.01  # standard deviation of the grey levels
FAINTEST, BRIGHTEST = 0.5, 99.5  # percentiles that stand for black and white where the file gives no window


def to_display(
    stored: np.ndarray,
    *,
    slope: float,
    intercept: float,
    center: float,
    width: float,
    inverted: bool,
    function: str = "LINEAR",
) -> np.ndarray:
    """Map stored pixel values to grey levels a screen can show.

    Args:
        stored: values as the scanner saved them, [H, W], integer, no unit.
        slope, intercept: stored value to modality value.
        center, width: the window, in modality units; width >= 1 for LINEAR, > 0 for the others.
        inverted: True for MONOCHROME1, where the lowest value is white.
        function: LINEAR, LINEAR_EXACT or SIGMOID.

    Returns: [H, W], float32 in [0, 1]; 0 is black whatever the photometry.
    Raises: UnreadableFilm: not one 2-D frame, or a window too narrow.
    Source: DICOM PS3.3 C.11.1 (rescale), C.11.2.1.2 (window functions).
    """
    if stored.ndim != 2:
        raise UnreadableFilm("The picture is not one flat frame.")
    if not width >= (1 if function == "LINEAR" else 1e-6):
        raise UnreadableFilm("The window of the film is too narrow to show anything.")
    values = stored.astype(np.float64) * slope + intercept
    if function == "SIGMOID":
        grey = 1 / (1 + np.exp(np.clip(-4 * (values - center) / width, -60, 60)))
    elif function == "LINEAR_EXACT":
        grey = (values - center) / width + 0.5
    else:
        # The standard puts the window's middle half a step low and its span one
        # step short; a width of 1 would otherwise divide by zero.
        grey = (values - (center - 0.5)) / max(width - 1, 1e-6) + 0.5
    grey = np.clip(grey, 0.0, 1.0).astype(np.float32)
    return 1 - grey if inverted else grey


def film_pixels(data: bytes, media_type: str) -> np.ndarray:
    """Decode a film to what every reader sees: air dark, bone bright.

    Args:
        data: the whole file, as stored.
        media_type: application/dicom, image/png or image/jpeg.

    Returns: [H, W], float32 in [0, 1].
    Raises: UnreadableFilm: the sentence says why the pixels cannot be shown.
    """
    if media_type == "application/dicom":
        dataset = open_dicom(data)
        with damage_told():
            return _dicom_pixels(dataset)
    if media_type in {"image/png", "image/jpeg"}:
        return _picture_pixels(data)
    raise UnreadableFilm("Firstread reads DICOM, PNG and JPEG films only.")


def _dicom_pixels(dataset: Dataset) -> np.ndarray:
    stored, inverted = stored_pixels(dataset), is_inverted(dataset)
    if has_voi_table(dataset):
        shown, brightest = through_table(stored, dataset)
        grey = np.clip(shown.astype(np.float32) / brightest, 0, 1)
        return 1 - grey if inverted else grey
    stored, slope, intercept = rescaled(stored, dataset)
    center, width, function = window_of(dataset, stored, slope, intercept)
    return to_display(
        stored,
        slope=slope,
        intercept=intercept,
        center=center,
        width=width,
        inverted=inverted,
        function=function,
    )


def stored_pixels(dataset: Dataset) -> np.ndarray:
    """Decode the one frame as the scanner saved it, [H, W], integer.

    Raises: UnreadableFilm: the pixels cannot be decoded, or are not one flat frame.
    """
    try:
        stored = dataset.pixel_array
    except (ValueError, RuntimeError, NotImplementedError, AttributeError, TypeError, struct.error) as error:
        raise UnreadableFilm(
            "The pixels of the film cannot be decoded; it may have been damaged on the way."
        ) from error
    if stored.ndim != 2:
        raise UnreadableFilm("The picture is not one flat frame.")
    return stored


def is_inverted(dataset: Dataset) -> bool:
    """Whether the lowest value is to be white: MONOCHROME1, unless the presentation says the contrary."""
    inverted = dataset.PhotometricInterpretation == "MONOCHROME1"
    shape = plain(dataset.get("PresentationLUTShape", ""))
    return bool(inverted ^ (shape == ("IDENTITY" if inverted else "INVERSE")))


def has_voi_table(dataset: Dataset) -> bool:
    return bool(dataset.get("VOILUTSequence") and dataset.VOILUTSequence[0].get("LUTData"))


def through_table(stored: np.ndarray, dataset: Dataset) -> tuple[np.ndarray, int]:
    """Apply the film's own table of greys: the greys, [H, W], integer, and which of them is the brightest."""
    bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
    return apply_voi(apply_modality_lut(stored, dataset).astype(np.int64), dataset), 2**bits - 1


def rescaled(stored: np.ndarray, dataset: Dataset) -> tuple[np.ndarray, float, float]:
    """The modality table, or the slope and intercept that stand for it.

    Returns: values, [H, W], integer, and slope and intercept that lead from them to modality values.
    Raises: UnreadableFilm: a slope of nothing, or no number.
    Source: DICOM PS3.3 C.11.1.
    """
    if dataset.get("ModalityLUTSequence"):
        return apply_modality_lut(stored, dataset), 1.0, 0.0
    slope, intercept = (
        first_number(dataset, "RescaleSlope", 1.0),
        first_number(dataset, "RescaleIntercept", 0.0),
    )
    if not np.isfinite([slope, intercept]).all() or slope == 0:
        raise UnreadableFilm("The rescale slope of the film is not a usable number.")
    return stored, slope, intercept


def window_of(
    dataset: Dataset, stored: np.ndarray, slope: float, intercept: float
) -> tuple[float, float, str]:
    """The first window of the film, or one over its own greys: center and width in modality units, function."""
    center, width = (
        first_number(dataset, "WindowCenter", np.nan),
        first_number(dataset, "WindowWidth", np.nan),
    )
    function = plain(dataset.get("VOILUTFunction", "")).upper() or "LINEAR"
    if np.isfinite([center, width]).all() and width >= 1:
        return center, width, function
    low, high = np.percentile(without_padding(dataset, stored), [FAINTEST, BRIGHTEST]) * slope + intercept
    low, high = min(low, high), max(low, high)
    return (low + high) / 2, max(high - low, 1e-3), "LINEAR_EXACT"


def without_padding(dataset: Dataset, stored: np.ndarray) -> np.ndarray:
    """The values of the film without its padding; all of them when nothing else would be left."""
    if dataset.get("PixelPaddingValue") is None:
        return stored
    shown = stored[stored != dataset.PixelPaddingValue]
    return shown if shown.size else stored


def first_number(dataset: Dataset, keyword: str, default: float) -> float:
    value = dataset.get(keyword)
    try:
        first = value[0] if hasattr(value, "__getitem__") and not isinstance(value, str) else value
        return default if first in {None, ""} else float(first)
    except (ValueError, TypeError, IndexError) as error:
        raise UnreadableFilm(f"The DICOM file is damaged: {keyword} is not a number.") from error


def _picture_pixels(data: bytes) -> np.ndarray:
    picture = picture_of(data)
    if picture.mode.startswith("I"):  # 16 bits a pixel, often 12 of them used
        deep = np.asarray(picture).astype(np.float32)
        low, high = np.percentile(deep, [FAINTEST, BRIGHTEST])
        return np.clip((deep - low) / max(high - low, 1.0), 0, 1).astype(np.float32)
    return np.asarray(picture.convert("L"), dtype=np.float32) / 255


def picture_of(data: bytes) -> Image.Image:
    """Open a PNG or JPEG, upright, after its declared size was believed possible.

    Raises: UnreadableFilm: damaged, or larger than any film.
    """
    try:
        picture: Image.Image = Image.open(BytesIO(data), formats=("PNG", "JPEG"))
        check_size(picture.width, picture.height)
        picture.load()
        return ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableFilm("The picture declares more pixels than any film has.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise UnreadableFilm("The picture is damaged or is neither PNG nor JPEG.") from error


def check_size(width: int, height: int) -> None:
    """Refuse a picture by its declared size, before a pixel of it is decoded.

    Raises: UnreadableFilm: it is smaller or larger than any film.
    """
    if width * height > MAX_IMAGE_PIXELS or not (
        MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE
    ):
        raise UnreadableFilm(
            f"A picture of {width} × {height} pixels is outside {MIN_SIDE} to {MAX_SIDE} a side."
        )


def check_shown(film: np.ndarray) -> None:
    """Refuse what decodes but cannot be a film: nothing on it, or a strip.

    Whether it is a chest is not decided here.

    Args:
        film: [H, W], float32 in [0, 1].

    Raises: UnreadableFilm: blank, or far too long for its width.
    """
    if float(film.std()) < BLANK:
        raise UnreadableFilm("The film is blank: every pixel has nearly the same grey.")
    if max(film.shape) > MAX_ASPECT * min(film.shape):
        raise UnreadableFilm("The picture is a narrow strip, not a chest film.")


def png_of(pixels: np.ndarray, longest_side: int = 1024) -> bytes:
    """The film as an 8-bit grey PNG for a screen; larger films are made smaller, never larger.

    Args:
        pixels: [H, W], float32 in [0, 1].
        longest_side: in pixels.
    """
    picture = Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    if max(picture.size) > longest_side:
        picture.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
