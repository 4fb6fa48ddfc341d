"""Paper: words as they were written, in any alphabet; pictures as they were taken."""

from io import BytesIO

import pypdf
import pytest
from PIL import Image
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate

from dashboard import paper
from tests.builders import NOW


def sheet(*parts) -> pypdf.PdfReader:
    paper.register_fonts()
    out = BytesIO()
    SimpleDocTemplate(out).build(list(parts), canvasmaker=paper.numbered("Vale", NOW, "page {} of {}".format))
    return pypdf.PdfReader(out)


def test_nothing_in_words_is_markup():
    assert "<b>left</b> & right" in sheet(paper.text("<b>left</b> & right")).pages[0].extract_text()


def test_its_fonts_travel_with_it():
    reader = sheet(paper.text("Ещё ≥ 3 ↑ SpO₂"), paper.mark("SIMULATED"))
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
    embedded = [font for font in fonts if "/FontDescriptor" in font]
    assert {"DejaVuSans", "DejaVuSans-Bold"} <= {str(f["/BaseFont"]).partition("+")[2] for f in embedded}
    assert all("/FontFile2" in font["/FontDescriptor"] for font in embedded)
    assert "Ещё ≥ 3 ↑ SpO₂" in reader.pages[0].extract_text()


@pytest.mark.parametrize(("wide", "high"), [(400, 100), (100, 400), (2500, 3000)])
def test_a_picture_keeps_its_aspect_and_its_half_of_the_page(wide, high):
    shown = paper.fitted(Image.new("L", (wide, high)))
    assert shown.drawWidth / shown.drawHeight == pytest.approx(wide / high)
    assert shown.drawWidth <= paper.WIDE / 2
    assert shown.drawHeight <= 74 * mm


def test_every_page_says_whose_it_is_and_which_of_how_many():
    pages = sheet(*(paper.text("A line.") for _ in range(120))).pages
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        said = page.extract_text()
        assert "Vale" in said
        assert f"page {number} of {len(pages)}" in said
