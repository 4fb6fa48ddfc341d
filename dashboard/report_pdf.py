"""A signed report on paper: what a person read and signed, and beside it, marked as such, what the model answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table
from reportlab.platypus import Image as Picture

from dashboard.parts import phrases
from dashboard.report_words import Words
from triage.finding import Finding
from triage.reading import Reading
from triage.report import Report
from triage.study import Study

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
_WIDE = A4[0] - 36 * mm - 12  # the frame keeps six points free on either side
_QUIET, _LINE, _AI, _WARN = (colors.HexColor(c) for c in ("#5b6472", "#c9d0da", "#6b4f92", "#8f1410"))


@dataclass(frozen=True)
class Printed:
    """What goes onto the paper.

    `film` is what was read and `heat` the same film under the heatmap; `reading` is None when the model's answer may not
    be shown.
    """

    study: Study
    reports: Sequence[Report]
    reading: Reading | None = None
    film: Image.Image | None = None
    heat: Image.Image | None = None
    demo: bool = False

    @property
    def latest(self) -> Report:
        return self.reports[-1]


def pdf(printed: Printed, second: str | None = None) -> bytes:
    """Print a report.

    Args:
        printed: at least one signed version.
        second: a language for the headings and the fixed words beside English; the radiologist's words stay as they are.

    Returns: the same bytes for the same report.
    """
    _fonts()
    words, out = Words(second), BytesIO()
    latest = printed.latest
    page = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        # A title stands in windows, lists and histories of whoever opens the file: it names nobody.
        title=f"Radiology report, version {latest.version}",
        author="Firstread",
        creator="Firstread",
        subject="",
        lang="en",
        invariant=1,
        allowSplitting=1,
    )
    parts = [
        *_head(printed, words),
        *_impression(printed, words),
        *_answer(printed, words),
        *_earlier(printed, words),
    ]
    page.build(parts, canvasmaker=_numbered(_foot(printed), latest.signed_at, words))
    return out.getvalue()


@cache
def _fonts() -> None:
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


def _text(words: str, size: float = 9, **style: Any) -> Paragraph:
    """Words as they are, lines kept; nothing in them is markup."""
    return Paragraph(escape(words).replace("\n", "<br/>"), _style(size, **style))


def _heading(words: str, colour: Any = colors.black) -> Paragraph:
    return _text(words, 11.5, fontName=BOLD, spaceBefore=8, spaceAfter=3, textColor=colour, keepWithNext=1)


def _mark(words: str) -> Paragraph:
    look = {
        "fontName": BOLD,
        "textColor": _WARN,
        "borderColor": _WARN,
        "borderWidth": 0.8,
        "borderPadding": 4,
    }
    return _text(words, 9, spaceAfter=9, spaceBefore=4, alignment=1, **look)


def _day(at: date | None, words: Words) -> str:
    return words.say("none") if at is None else at.isoformat()


def _moment(at: datetime) -> str:
    """A moment that reads the same in every language."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


# ── who, and what was asked ───────────────────────────────────────────────────────────────────────────


def _head(printed: Printed, words: Words) -> list[Flowable]:
    study = printed.study
    marks = [name for name, on in (("demo", printed.demo), ("simulated", study.simulated)) if on]
    facts = [
        ("patient", phrases.name(study.patient)),
        ("number", f"{study.patient.patient_id.value} ({study.patient.patient_id.issuer})"),
        ("born", _day(study.patient.birth_date, words)),
        ("sex", words.term(study.patient.sex)),
        ("accession", study.accession_number or words.say("none")),
        ("study", f"{study.modality}, {_moment(study.studied_at)}"),
        ("indication", study.indication or words.say("none")),
    ]
    return [
        _text(words.say("title"), 15, fontName=BOLD, spaceAfter=5),
        *(_mark(words.say(name)) for name in marks),
        _pairs([(words.say(name), value) for name, value in facts]),
    ]


def _pairs(rows: Sequence[tuple[str, str]]) -> Table:
    cells = [[_text(name, 8, textColor=_QUIET), _text(value)] for name, value in rows]
    return Table(
        cells,
        colWidths=[_WIDE * 0.32, _WIDE * 0.68],
        style=[*_TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE)],
    )


_TIGHT: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]


# ── what was signed ───────────────────────────────────────────────────────────────────────────────────


def _impression(printed: Printed, words: Words) -> list[Flowable]:
    return [
        _heading(words.say("impression")),
        _text(printed.latest.impression, 10.5, spaceAfter=5),
        *(_text(line, 7.5, textColor=_QUIET) for line in words.lines("own_words")),
        Spacer(1, 4),
        _pairs(_signature(printed.latest, words)),
    ]


def _signature(report: Report, words: Words) -> list[tuple[str, str]]:
    rows = [
        (words.say("status"), words.say(report.status.value)),
        (words.say("version"), str(report.version)),
        ("", words.say("signed", by=report.signed_by, at=_moment(report.signed_at))),
        (words.say("draft"), words.term(report.verdict)),
    ]
    if report.reason:
        rows.append((words.say("reason"), report.reason))
    return rows + [(words.say("answers"), sentence) for sentence in report.taken_on]


def _earlier(printed: Printed, words: Words) -> list[Flowable]:
    before = list(reversed(printed.reports[:-1]))
    if not before:
        return []
    shown = [
        [_pairs(_signature(report, words)), _text(report.impression, 9, spaceAfter=6)] for report in before
    ]
    first, *rest = shown
    return [
        KeepTogether([_heading(words.say("earlier")), *first]),
        *(part for parts in rest for part in parts),
    ]


# ── what the model answered ───────────────────────────────────────────────────────────────────────────


def _answer(printed: Printed, words: Words) -> list[Flowable]:
    heading = _heading(words.say("ai"), _AI)
    if printed.reading is None:
        said = [_text(line, 9, textColor=_QUIET) for line in words.lines("no_ai")]
        return [heading, *said, *_pictures(printed, words)]
    label = [_text(line, 8, textColor=_AI) for line in words.lines("ai_label")]
    return [
        heading,
        *label,
        *_pictures(printed, words),
        _findings(printed.reading, words),
        *_silence(printed.reading, words),
        Spacer(1, 4),
        _pairs(_model(printed.reading, words)),
    ]


def _pictures(printed: Printed, words: Words) -> list[Flowable]:
    """The film, and the same film under the heatmap; one picture above its caption each."""
    if printed.film is None:
        return []
    shown = [(printed.film, words.say("film"))]
    pointed_at = printed.reading.pointed_at if printed.reading else None
    if printed.heat is not None and pointed_at is not None:
        shown.append((printed.heat, words.looked_for(pointed_at.code, pointed_at.label)))
    cells = [
        [_fitted(image) for image, _ in shown],
        [_text(caption, 7.5, textColor=_QUIET) for _, caption in shown],
    ]
    under = (
        [_text(line, 7.5, textColor=_QUIET) for line in words.lines("heatmap_is")] if len(shown) > 1 else []
    )
    return [
        Spacer(1, 4),
        KeepTogether([Table(cells, colWidths=[_WIDE / 2] * len(shown), style=_TIGHT, hAlign="LEFT"), *under]),
        Spacer(1, 4),
    ]


def _fitted(image: Image.Image) -> Picture:
    wide, high = image.size
    scale = min((_WIDE / 2 - 4 * mm) / wide, 74 * mm / high)
    drawn = BytesIO()
    image.save(drawn, "PNG")
    drawn.seek(0)
    return Picture(drawn, wide * scale, high * scale)


def _findings(reading: Reading, words: Words) -> Table:
    assessed = sorted((f for f in reading.findings if not f.abstained), key=lambda f: -(f.probability or 0.0))
    columns = ("finding", "confidence", "certainty", "side")
    rows = [[_text(words.say(name), 7.5, textColor=_QUIET) for name in columns]]
    rows.append(
        [
            _text(words.say("any"), fontName=BOLD),
            _text(phrases.per_cent(reading.pathology_probability), fontName=BOLD),
            "",
            "",
        ]
    )
    rows += [[_text(cell) for cell in _row(finding, words)] for finding in assessed]
    widths = [_WIDE * share for share in (0.39, 0.17, 0.29, 0.15)]
    return Table(
        rows, colWidths=widths, repeatRows=1, style=[*_TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE)]
    )


def _row(finding: Finding, words: Words) -> list[str]:
    return [
        words.finding(finding.code, finding.label),
        phrases.per_cent(finding.probability),
        words.term(finding.certainty),
        words.term(finding.laterality) if finding.laterality else "",
    ]


def _silence(reading: Reading, words: Words) -> list[Flowable]:
    silent = [words.finding(f.code, f.label) for f in reading.findings if f.abstained]
    if not silent:
        return []
    return [
        _text(f"{words.say('not_assessed')}: {', '.join(silent)}. {words.say('silent')}", 8, spaceBefore=3)
    ]


def _model(reading: Reading, words: Words) -> list[tuple[str, str]]:
    model = reading.model
    known = f"{model.sha256} ({model.bits} bit)" if model.bits else words.say("unknown")
    return [
        (words.say("model"), model.id),
        (words.say("weights"), known),
        (words.say("read"), _moment(reading.read_at)),
        (words.say("permit"), reading.permit_id),
    ]


# ── every page ────────────────────────────────────────────────────────────────────────────────────────


def _foot(printed: Printed) -> str:
    """Whose page this is, on each: pages part from each other."""
    study = printed.study
    facts = [phrases.name(study.patient), study.patient.patient_id.value, study.accession_number]
    return " · ".join(filter(None, facts))


def _numbered(foot: str, made: datetime, words: Words) -> Callable[..., Canvas]:
    class Numbered(Canvas):  # type: ignore[misc]
        """Pages that know how many they are."""

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
                self.setFillColor(_QUIET)
                self.drawString(18 * mm, 10 * mm, foot)
                number = words.say("page", page=page, pages=len(self._kept))
                self.drawRightString(A4[0] - 18 * mm, 10 * mm, number)
                super().showPage()
            super().save()

    return Numbered
