from dataclasses import replace
from io import BytesIO

import numpy as np
import pypdf
import pypdfium2
import pytest
from PIL import Image

from dashboard.report_pdf import Printed, pdf
from tests.builders import MODEL, NOW, a_patient, a_reading, a_study, findings
from tests.films import a_picture
from triage.report import Report, ReportStatus, Verdict

ODD = "Effusion <b>left</b> & right.\n• Ещё строка ≥ 3 ↑ SpO₂"
FIRST = Report(1, ReportStatus.FINAL, ODD, Verdict.EDITED, "ada", NOW, taken_on=("A pneumothorax.",))
SECOND = Report(
    2, ReportStatus.AMENDED, "Only left.", Verdict.UNAIDED, "tom", NOW, reason="Wrong side or place"
)
READ = a_reading(findings=findings({"effusion": 0.84, "hernia": None}))
FILM = Image.open(BytesIO(a_picture())).convert("L")


def printed(**changes) -> Printed:
    return Printed(
        **{"study": a_study(), "reports": (FIRST,), "reading": READ, "film": FILM, "heat": FILM, **changes}
    )


def pages(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages]


def text(data: bytes) -> str:
    return "\n".join(pages(data))


def test_the_words_stand_as_they_were_signed_in_both_alphabets():
    said = text(pdf(printed()))
    for line in ODD.splitlines():
        assert line in said


def test_the_viewer_of_chromium_shows_words_and_film():
    """PDFium draws what Chrome and Edge draw; pypdf only reads what stands in the file."""
    with pypdfium2.PdfDocument(pdf(printed())) as opened:
        sheet = opened[0]
        assert "Effusion <b>left</b> & right." in sheet.get_textpage().get_text_bounded()
        drawn = np.asarray(sheet.render(scale=1).to_pil().convert("L"))
    assert drawn.shape == (842, 596), "A4, in points"
    bright, grey, dark = (drawn > 240).mean(), ((drawn > 60) & (drawn < 200)).mean(), (drawn < 60).sum()
    assert bright > 0.5, "paper"
    assert grey > 0.05, "two films"
    assert dark > 500, "letters"


def test_who_what_when_how_sure_and_by_whose_weights():
    said = text(pdf(printed()))
    for words in ("Vale Maren", "P-1001", "1958-03-09", "A-100", "2026-11-21 07:30 UTC", "Signed by ada on 2026-11-21 08:00 UTC",
                  "84%", "very likely", "90%", "permit-of-a-test", "Not assessed: Hiatal hernia", "Made by software"):  # fmt: skip
        assert words in said
    assert MODEL.sha256 in said.replace("\n", "")


def test_paper_names_who_signed_and_not_what_the_provider_calls_them():
    said = text(pdf(printed(reports=(replace(FIRST, signed_by="0f2a-99", signer="Dr. Ada Keller"),))))
    assert "Signed by Dr. Ada Keller on" in said
    assert "0f2a-99" not in said


def test_a_sentence_that_was_taken_on_is_named():
    said = text(pdf(printed()))
    assert "The signer answers for" in said
    assert "A pneumothorax." in said


def test_every_version_stands_on_it_the_latest_first():
    said = text(pdf(printed(reports=(FIRST, SECOND))))
    assert said.index("Only left.") < said.index("Earlier versions") < said.index("• Ещё строка")
    assert "Wrong side or place" in said


@pytest.mark.parametrize("second", [None, "ru"])
def test_the_same_report_is_the_same_bytes(second):
    assert pdf(printed(), second) == pdf(printed(), second)


def test_the_file_names_nobody_outside_its_pages():
    reader = pypdf.PdfReader(BytesIO(pdf(printed())))
    assert reader.metadata is not None
    assert reader.metadata.title == "Radiology report, version 1"
    assert reader.metadata.creation_date == NOW
    for name in ("Vale", "Maren", "P-1001", "A-100"):
        assert name not in str(reader.metadata)


@pytest.mark.parametrize(("study", "demo", "marks"), [
    (a_study(), False, ()), (a_study(simulated=True), False, ("SIMULATED",)), (a_study(simulated=True), True, ("SIMULATED", "DEMONSTRATION")),
])  # fmt: skip
def test_what_is_invented_says_so(study, demo, marks):
    said = text(pdf(printed(study=study, demo=demo)))
    assert tuple(m for m in ("SIMULATED", "DEMONSTRATION") if m in said) == marks


def test_without_an_answer_that_may_be_shown_there_is_none():
    said = text(pdf(printed(reading=None, heat=None)))
    assert "no answer of the model" in said
    assert "84%" not in said


def test_without_a_film_a_name_or_a_birth_date_it_is_printed_all_the_same():
    bare = a_study(
        patient=a_patient(name="", birth_date=None), instances=(), accession_number="", indication=""
    )
    said = text(pdf(printed(study=bare, film=None, heat=None, reading=None)))
    assert said.count("not recorded") >= 3


def test_a_long_report_goes_on_and_every_page_says_whose_it_is():
    long = Report(
        1, ReportStatus.FINAL, "\n".join(["A line of findings."] * 150), Verdict.UNAIDED, "ada", NOW
    )
    every = pages(pdf(printed(reports=(long,))))
    assert len(every) >= 3
    for number, page in enumerate(every, 1):
        assert "Vale Maren · P-1001 · A-100" in page
        assert f"page {number} of {len(every)}" in page
