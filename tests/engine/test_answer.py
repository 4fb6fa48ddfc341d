import pytest

from engine.answer import clean, to_draft
from engine.composer import compose
from engine.errors import UnreadableAnswer
from engine.facts import Fact, Facts
from triage.finding import Certainty
from triage.reading import Style, Writer

FACTS = Facts(
    present=(Fact("pneumothorax", Certainty.VERY_LIKELY), Fact("mass", Certainty.POSSIBLE)),
    unlikely=("edema",),
)


def test_what_is_supported_is_the_models():
    draft = to_draft("Pneumothorax is very likely. Mass is possible.<|im_end|>", FACTS, Style.COMPREHENSIVE)

    assert draft.writer is Writer.MODEL
    assert draft.text == "Pneumothorax is very likely. Mass is possible."
    assert draft.removed == ()


def test_an_unsaid_critical_finding_is_put_in_first():
    draft = to_draft("Mass is possible.", FACTS, Style.BRIEF)

    assert draft.text.startswith("Air around the lung is very likely.")
    assert draft.writer is Writer.MODEL


def test_a_flipped_sentence_goes_and_its_truth_comes():
    draft = to_draft("No pneumothorax. Mass is possible. Edema is unlikely.", FACTS, Style.BULLET)

    assert draft.removed == (("No pneumothorax.", "pneumothorax is very likely"),)
    assert draft.text.splitlines()[0] == "- Pneumothorax is very likely"


def test_mostly_false_means_the_composer_writes():
    draft = to_draft("No pneumothorax. Effusion is likely.", FACTS, Style.BRIEF)

    assert draft.writer is Writer.COMPOSER
    assert draft.text == compose(FACTS, Style.BRIEF)
    assert len(draft.removed) == 2


@pytest.mark.parametrize("raw", ["", " \n <|im_end|>", "..."])
def test_nothing_is_no_answer(raw):
    with pytest.raises(UnreadableAnswer):
        clean(raw)
    assert to_draft(raw, FACTS, Style.BRIEF).writer is Writer.COMPOSER


def test_a_word_five_times_over_is_no_answer():
    with pytest.raises(UnreadableAnswer, match="repeated"):
        clean("The lung lung lung lung lung is clear.")


def test_a_brief_that_is_not_brief_is_written_anew():
    draft = to_draft(
        "Pneumothorax is very likely. " + "Please have a radiologist confirm this. " * 7, FACTS, Style.BRIEF
    )

    assert draft.writer is Writer.COMPOSER
    assert draft.removed[-1][1] == "longer than 40 words"
