import random
from dataclasses import replace

import pytest

from engine.answer import clean, to_draft
from engine.composer import AT_ONCE, compose
from engine.errors import UnreadableAnswer
from engine.fact_check import check
from engine.facts import Fact, Facts
from engine.prompt import facts_line
from engine.statements import stated
from engine.training.sentences import impression, some_facts
from triage.finding import Certainty
from triage.reading import Style, Writer

FACTS = Facts(
    present=(Fact("pneumothorax", Certainty.VERY_LIKELY), Fact("mass", Certainty.POSSIBLE)),
    unlikely=("edema",),
)


def test_what_is_supported_is_the_models():
    draft = to_draft("Pneumothorax is very likely. Mass is possible.<|im_end|>", FACTS, Style.BRIEF)

    assert draft.writer is Writer.MODEL
    assert draft.text == "Pneumothorax is very likely. Mass is possible."
    assert draft.removed == ()


def test_an_unsaid_critical_finding_is_put_in_first():
    draft = to_draft("Mass is possible.", FACTS, Style.BRIEF)

    assert draft.text.startswith("Air around the lung is very likely.")
    assert draft.writer is Writer.MODEL


def test_a_flipped_sentence_is_turned_back_once():
    draft = to_draft("No pneumothorax. Mass is possible. Edema is unlikely.", FACTS, Style.BULLET)

    assert draft.mended == (("No pneumothorax.", "Very likely pneumothorax.", "pneumothorax is very likely"),)
    assert draft.text.splitlines() == [
        "- Very likely pneumothorax",
        "- Mass is possible",
        "- Edema is unlikely",
    ]
    assert draft.raw == "No pneumothorax. Mass is possible. Edema is unlikely."


def test_what_no_small_change_mends_is_composed_and_good_sentences_stay():
    raw = "Pneumothorax of 12 cm with mediastinal shift. Effusion is likely. Mass is possible."
    draft = to_draft(raw, FACTS, Style.COMPREHENSIVE)

    assert draft.writer is Writer.MODEL
    assert draft.text == f"Pneumothorax is very likely. Mass is possible. {AT_ONCE}"
    assert [(was, now) for was, now, _ in draft.mended] == [
        ("Pneumothorax of 12 cm with mediastinal shift.", "Pneumothorax is very likely.")
    ]
    assert draft.removed == (("Effusion is likely.", "pleural effusion was not assessed"),)


def test_nothing_but_falsehood_means_the_composer_writes():
    draft = to_draft("Effusion is likely. A fracture is seen.", FACTS, Style.BRIEF)

    assert draft.writer is Writer.COMPOSER
    assert draft.text == compose(FACTS, Style.BRIEF)
    assert len(draft.removed) == 2


def test_a_bullet_names_one_finding():
    facts = replace(FACTS, present=(*FACTS.present, Fact("effusion", Certainty.POSSIBLE)))

    draft = to_draft("- Mass and effusion are possible\n- Pneumothorax is very likely", facts, Style.BULLET)

    assert draft.text.splitlines() == [
        "- Pneumothorax is very likely",
        "- Mass is possible",
        "- Pleural effusion is possible",
    ]


@pytest.mark.parametrize("raw", ["", " \n <|im_end|>", "..."])
def test_nothing_is_no_answer(raw):
    with pytest.raises(UnreadableAnswer):
        clean(raw)
    assert to_draft(raw, FACTS, Style.BRIEF).writer is Writer.COMPOSER


def test_a_word_five_times_over_is_no_answer():
    with pytest.raises(UnreadableAnswer, match="repeated"):
        clean("The lung lung lung lung lung is clear.")


def test_a_brief_that_is_not_brief_is_written_anew():
    step = "Please have a radiologist confirm this on the film, on the chest radiograph, on the x-ray, on the image"
    step += (
        ", on the film of the chest, on the chest image, on the chest x-ray and against the clinical picture."
    )

    draft = to_draft(f"Pneumothorax is very likely. {step}", FACTS, Style.BRIEF)

    assert draft.writer is Writer.COMPOSER
    assert draft.removed[-1][1] == "longer than 40 words"


def test_a_film_without_findings_never_stays_without_a_word_on_the_film():
    facts = Facts(unlikely=("edema",), abnormal=Certainty.PROBABLE)

    draft = to_draft("Edema is unlikely.\nNo abnormality is likely on this film.", facts, Style.BULLET)

    assert draft.writer is Writer.MODEL
    assert draft.text.splitlines() == [
        "- This film is probably abnormal, but no single finding stands out",
        "- Edema is unlikely",
    ]


def test_lines_take_the_form_of_their_style():
    said = "- Pneumothorax is very likely\n- Mass is possible"

    assert to_draft(said, FACTS, Style.BRIEF).text == "Pneumothorax is very likely. Mass is possible."
    assert to_draft("Edema is unlikely. Mass is possible.", FACTS, Style.BULLET).text.count("- ") == 3


def test_a_critical_finding_calls_once_in_the_comprehensive_draft():
    for call in ("", AT_ONCE, "Tell the treating team.", "Tell"):
        text = to_draft(
            f"Pneumothorax is very likely. Mass is possible. {call}", FACTS, Style.COMPREHENSIVE
        ).text
        assert text == f"Pneumothorax is very likely. Mass is possible. {AT_ONCE}"


@pytest.mark.parametrize(
    "said",
    [
        "Pneumothorax is very likely; inform the treating team.",
        "Tell the treating team of the very likely pneumothorax.",
        "Very likely pneumothorax: call the team now.",
    ],
)
@pytest.mark.parametrize("style", Style)
def test_a_finding_said_together_with_the_call_is_not_lost_with_it(said, style):
    text = to_draft(said, FACTS, style).text
    assert "pneumothorax" in text.lower()
    assert AT_ONCE in text or style is not Style.COMPREHENSIVE


def garbled(facts, style, draw):
    """What a weak model may write: words of the facts and of another film, lost, doubled, exchanged, broken off."""
    words = f"{impression(facts, style, draw)} {impression(some_facts(draw), style, draw)}".split(" ")
    spare = [
        *facts_line(facts).split(),
        "no",
        "not",
        "unlikely",
        "possible",
        "Bedside:",
        "abnormal",
        "and",
        "(",
    ]
    for _ in range(draw.randint(0, 8)):
        at = draw.randrange(len(words))
        words[at : at + draw.randint(0, 2)] = draw.sample(spare, draw.randint(0, 2)) or words[at : at + 2]
    return " ".join(words[: draw.randint(1, len(words))])


def present(text):
    heard = [s for s in stated(text) if s.present]
    return {(s.code, s.certainty or Certainty.VERY_LIKELY, s.laterality) for s in heard}


def test_three_finished_styles_say_the_same_whatever_the_model_wrote():
    draw = random.Random(6)  # noqa: S311
    writers = set()
    for _ in range(120):
        facts = some_facts(draw)
        wanted = {(f.code, f.certainty, f.laterality) for f in facts.present}
        for style in Style:
            draft = to_draft(garbled(facts, style, draw), facts, style)
            checked = check(draft.text, facts)
            assert not checked.removed, draft.text
            assert (checked.missing, checked.missing_measures, checked.film_unsaid) == ((), (), False)
            assert present(draft.text) == wanted
            assert (AT_ONCE in draft.text) is (facts.at_once and style is Style.COMPREHENSIVE)
            writers.add(draft.writer)
    assert writers == set(Writer)
