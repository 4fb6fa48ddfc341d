import pytest

from engine.summary import summarised
from triage.reading import Style, Writer

FINDINGS = (
    "There is a stable small left pleural effusion. No pneumothorax. Degenerative changes of the spine. "
    "Possible right basilar atelectasis. The heart is enlarged."
)


def drafted(raw, findings=FINDINGS, style=Style.COMPREHENSIVE):
    return summarised(raw, findings, style)


@pytest.mark.parametrize(
    "sentence",
    [
        "1. Stable small left pleural effusion.",
        "Cardiomegaly without acute abnormality.",
        "Possible right basilar atelectasis.",
        "Left effusion and degenerative changes.",
        "No pneumothorax.",
        "1. Cardiomegaly. 2. Stable small left effusion.",
    ],
)
def test_a_persons_own_style_stays_word_for_word(sentence):
    draft = drafted(sentence)

    assert draft.text.startswith(sentence)
    assert (draft.writer, draft.removed, draft.raw) == (Writer.MODEL, (), sentence)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("There is a right lung mass.", "do not name"),
        ("Left pneumothorax.", "deny"),
        ("No pleural effusion.", "is there"),
        ("Right pleural effusion.", "other side"),
        ("Right basilar atelectasis.", "doubt"),
        ("Left effusion of 3 cm.", "number 3"),
        ("Right PICC in the left atrium.", "picc"),
        ("Status post sternotomy.", "status"),
        ("Healed rib fracture.", "healed"),
    ],
)
def test_what_the_findings_speak_against_goes(sentence, reason):
    draft = drafted(f"Cardiomegaly. {sentence}")

    assert draft.text.startswith("Cardiomegaly. There is a stable small left pleural effusion.")
    assert sentence not in draft.text.replace("Possible right", "possible right")
    ((gone, why),) = draft.removed
    assert gone == sentence
    assert reason in why


def test_an_earlier_film_nobody_mentioned_goes():
    assert drafted("A mass. Unchanged mass.", "There is a mass.").text == "A mass."


def test_a_finding_left_unsaid_is_said_in_the_persons_own_words_a_critical_one_first():
    findings = "A mildly enlarged heart is seen: cardiomegaly. There is a small left pneumothorax. Spine degenerates."
    draft = drafted("Degenerative changes of the spine.", findings)  # its words are lent by the findings

    assert draft.text == (
        "There is a small left pneumothorax. Degenerative changes of the spine. "
        "A mildly enlarged heart is seen: cardiomegaly."
    )
    assert draft.writer is Writer.MODEL


def test_nobody_is_well_who_has_a_critical_finding():
    draft = drafted("No acute abnormality.", "There is a left pneumothorax.")

    assert draft.text == "There is a left pneumothorax."
    assert draft.writer is Writer.COMPOSER


@pytest.mark.parametrize("raw", ["", "   ", "mass mass mass mass mass mass", "Right mass."])
def test_when_nothing_stays_the_model_wrote_nothing(raw):
    draft = drafted(raw)

    assert draft.writer is Writer.COMPOSER
    assert "effusion" in draft.text.lower()
    assert draft.raw == raw


def test_where_nothing_is_named_the_composer_says_so():
    assert drafted("Right mass.", "The lungs are clear.").writer is Writer.COMPOSER
    assert drafted("Right mass.", "The lungs are clear.").text


def test_a_brief_text_is_brief():
    long = "Stable small left pleural effusion. " + "The spine shows degenerative changes. " * 10

    assert drafted(long, style=Style.BRIEF).writer is Writer.COMPOSER
