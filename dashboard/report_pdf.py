"""A signed report on paper: what a person read and signed, and beside it, marked as such, what the model answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, SimpleDocTemplate, Spacer, Table

from dashboard import paper
from dashboard.parts import phrases
from dashboard.report_words import Words
from triage.finding import Finding
from triage.reading import Reading
from triage.report import Report
from triage.study import Study


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
    paper.register_fonts()
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

    def of(page: int, pages: int) -> str:
        return words.say("page", page=page, pages=pages)

    page.build(parts, canvasmaker=paper.numbered(_foot(printed), latest.signed_at, of))
    return out.getvalue()


def _moment(at: datetime) -> str:
    """A moment that reads the same in every language."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _day(at: date | None, words: Words) -> str:
    return words.say("none") if at is None else at.isoformat()


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
        paper.text(words.say("title"), 15, fontName=paper.BOLD, spaceAfter=5),
        *(paper.mark(words.say(name)) for name in marks),
        paper.pairs([(words.say(name), value) for name, value in facts]),
    ]


# ── what was signed ───────────────────────────────────────────────────────────────────────────────────


def _impression(printed: Printed, words: Words) -> list[Flowable]:
    return [
        paper.heading(words.say("impression")),
        paper.text(printed.latest.impression, 10.5, spaceAfter=5),
        *(paper.text(line, 7.5, textColor=paper.QUIET) for line in words.lines("own_words")),
        Spacer(1, 4),
        paper.pairs(_signature(printed.latest, words)),
    ]


def _signature(report: Report, words: Words) -> list[tuple[str, str]]:
    rows = [
        (words.say("status"), words.say(report.status.value)),
        (words.say("version"), str(report.version)),
        ("", words.say("signed", by=report.by, at=_moment(report.signed_at))),
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
        [paper.pairs(_signature(report, words)), paper.text(report.impression, 9, spaceAfter=6)]
        for report in before
    ]
    first, *rest = shown
    return [
        KeepTogether([paper.heading(words.say("earlier")), *first]),
        *(part for parts in rest for part in parts),
    ]


# ── what the model answered ───────────────────────────────────────────────────────────────────────────


def _answer(printed: Printed, words: Words) -> list[Flowable]:
    heading = paper.heading(words.say("ai"), paper.AI)
    if printed.reading is None:
        said = [paper.text(line, 9, textColor=paper.QUIET) for line in words.lines("no_ai")]
        return [heading, *said, *_pictures(printed, words)]
    label = [paper.text(line, 8, textColor=paper.AI) for line in words.lines("ai_label")]
    return [
        heading,
        *label,
        *_pictures(printed, words),
        _findings(printed.reading, words),
        *_silence(printed.reading, words),
        Spacer(1, 4),
        paper.pairs(_model(printed.reading, words)),
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
        [paper.fitted(image) for image, _ in shown],
        [paper.text(caption, 7.5, textColor=paper.QUIET) for _, caption in shown],
    ]
    under = (
        [paper.text(line, 7.5, textColor=paper.QUIET) for line in words.lines("heatmap_is")]
        if len(shown) > 1
        else []
    )
    return [
        Spacer(1, 4),
        KeepTogether(
            [Table(cells, colWidths=[paper.WIDE / 2] * len(shown), style=paper.TIGHT, hAlign="LEFT"), *under]
        ),
        Spacer(1, 4),
    ]


def _findings(reading: Reading, words: Words) -> Table:
    assessed = sorted((f for f in reading.findings if not f.abstained), key=lambda f: -(f.probability or 0.0))
    columns = ("finding", "confidence", "certainty", "side")
    rows = [[paper.text(words.say(name), 7.5, textColor=paper.QUIET) for name in columns]]
    rows.append(
        [
            paper.text(words.say("any"), fontName=paper.BOLD),
            paper.text(phrases.per_cent(reading.pathology_probability), fontName=paper.BOLD),
            "",
            "",
        ]
    )
    rows += [[paper.text(cell) for cell in _row(finding, words)] for finding in assessed]
    widths = [paper.WIDE * share for share in (0.39, 0.17, 0.29, 0.15)]
    return Table(
        rows,
        colWidths=widths,
        repeatRows=1,
        style=[*paper.TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.3, paper.LINE)],
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
        paper.text(
            f"{words.say('not_assessed')}: {', '.join(silent)}. {words.say('silent')}", 8, spaceBefore=3
        )
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
