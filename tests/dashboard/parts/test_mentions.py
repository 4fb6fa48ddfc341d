import pytest

from dashboard.parts import mentions
from tests.builders import a_reading
from triage.finding import Finding, Region

BOXED = Finding("effusion", 0.84, region=Region(0.5, 0.7, 0.9, 0.95))


def test_every_name_of_a_finding_in_a_text_is_a_button():
    shown = mentions.linked("Fluid around left lung. An enlarged heart <is> possible.", None)
    assert shown.count("<button") == 2
    assert 'data-finding="effusion"' in shown
    assert ">Fluid around left lung</button>" in shown
    assert 'data-finding="cardiomegaly"' in shown
    assert "&lt;is&gt;" in shown


def test_what_is_lit_says_so():
    shown = mentions.linked("Effusion and nodule.", "nodule")
    assert 'data-finding="nodule" aria-pressed="true"' in shown
    assert 'data-finding="effusion" aria-pressed="false"' in shown


def test_letters_that_grow_when_lowered_move_no_button():
    assert mentions.linked("İ effusion", None) == "İ effusion"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("effusion", "left lower zone, lit up on the film"),
        ("nodule", "no region: no single place on the film speaks for it"),
        ("hernia", "no region: it was not assessed"),
        ("mass", "no region: it was not assessed"),
    ],
)
def test_a_region_is_named_or_said_to_be_none(code, words):
    reading = a_reading(findings=(BOXED, Finding("nodule", 0.3), Finding("hernia", None)))
    assert words in mentions.lit_up(reading, code)


def test_the_table_says_the_same():
    assert mentions.where(BOXED) == "left lower zone"
    assert mentions.where(Finding("nodule", 0.3)) == mentions.NO_REGION
