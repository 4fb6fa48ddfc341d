"""Paper: fonts, sizes, tables and page numbers of what is printed; it knows nothing of reports."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Image as Picture
from reportlab.platypus import Paragraph, Table

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
WIDE = A4[0] - 36 * mm - 12  # the frame keeps six points free on either side
QUIET, LINE, AI, WARN = (colors.HexColor(c) for c in ("#5b6472", "#c9d0da", "#6b4f92", "#8f1410"))


@cache
def register_fonts() -> None:
    """DejaVu Sans, Latin and Cyrillic; it comes with matplotlib, which is not imported for it."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("matplotlib, whose fonts the report is printed with, is not installed.")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def _style(size: float = 9, **more: Any) -> ParagraphStyle:
    return ParagraphStyle("one", **{"fontName": PLAIN, "fontSize": size, "leading": size * 1.4, **more})


def text(words: str, size: float = 9, **style: Any) -> Paragraph:
    """Words as they are, lines kept; nothing in them is markup."""
    return Paragraph(escape(words).replace("\n", "<br/>"), _style(size, **style))


def heading(words: str, colour: Any = colors.black) -> Paragraph:
    """The name of a section; it stays with what follows."""
    return text(words, 11.5, fontName=BOLD, spaceBefore=8, spaceAfter=3, textColor=colour, keepWithNext=1)


def mark(words: str) -> Paragraph:
    """A warning in a frame: nobody overlooks that a report is a simulated one."""
    look = {
        "fontName": BOLD,
        "textColor": WARN,
        "borderColor": WARN,
        "borderWidth": 0.8,
        "borderPadding": 4,
    }
    return text(words, 9, spaceAfter=9, spaceBefore=4, alignment=1, **look)


TIGHT: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]


def pairs(rows: Sequence[tuple[str, str]]) -> Table:
    """Names and what they are, a line each."""
    cells = [[text(name, 8, textColor=QUIET), text(value)] for name, value in rows]
    return Table(
        cells,
        colWidths=[WIDE * 0.32, WIDE * 0.68],
        style=[*TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE)],
    )


def fitted(image: Image.Image) -> Picture:
    """A picture at half the width of the page, its aspect kept."""
    wide, high = image.size
    scale = min((WIDE / 2 - 4 * mm) / wide, 74 * mm / high)
    drawn = BytesIO()
    image.save(drawn, "PNG")
    drawn.seek(0)
    return Picture(drawn, wide * scale, high * scale)


def numbered(foot: str, made: datetime, of: Callable[[int, int], str]) -> Callable[..., Canvas]:
    """Pages with a foot and a number; made at a moment that is the report's, so that the same report is the same bytes."""

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._kept: list[dict[str, Any]] = []
            self.setDateFormatter(lambda *_: f"D:{made.astimezone(UTC):%Y%m%d%H%M%S}+00'00'")

        def showPage(self) -> None:  # noqa: N802 - the library's name
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for page, state in enumerate(self._kept, 1):
                self.__dict__.update(state)
                self.setFont(PLAIN, 7)
                self.setFillColor(QUIET)
                self.drawString(18 * mm, 10 * mm, foot)
                self.drawRightString(A4[0] - 18 * mm, 10 * mm, of(page, len(self._kept)))
                super().showPage()
            super().save()

    return Numbered
