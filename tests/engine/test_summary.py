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


@pytest.mark.parametrize(
    "sentence",
    ["Rule out pneumothorax.", "Check for effusion.", "History of pneumonia.", "If pneumonia, treat."],
)
def test_a_question_or_a_history_that_is_not_the_persons_own_goes(sentence):
    assert sentence not in drafted(f"Stable small left pleural effusion. {sentence}").text
    asked = "Rule out pneumonia. Stable small left pleural effusion."
    assert "Rule out pneumonia" in drafted(asked, asked).text


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


@pytest.mark.parametrize(
    ("sentence", "findings"),
    [
        ("The lungs are clear.", "There is consolidation in the right lung."),
        ("Normal chest.", "There is a large left pleural effusion and a lung mass."),
        ("Nothing abnormal.", "There is a lung nodule."),
        ("Normal chest radiograph.", "The heart is enlarged."),
        ("Cardiomegaly without acute abnormality.", "Enlarged heart: cardiomegaly. Left pleural effusion."),
        ("No acute abnormality.", "There is a right pneumonia."),
        ("Clear lungs.", "Possible left basal atelectasis."),
    ],
)
def test_nothing_is_called_clear_over_a_finding(sentence, findings):
    draft = drafted(f"{sentence} {findings}", findings)

    assert draft.text == findings
    assert draft.removed[0][0] == sentence


@pytest.mark.parametrize(
    ("sentence", "findings"),
    [
        ("No acute abnormality.", "The heart is enlarged. There is scarring of the left lung."),
        ("Cardiomegaly without acute abnormality.", "Cardiomegaly."),
        ("The lungs are clear.", "The lungs are clear. The heart is enlarged."),
        ("The mediastinum is unremarkable.", "The mediastinum is normal. Small left effusion."),
        ("Small left effusion, otherwise unremarkable chest.", "Small left effusion."),
    ],
)
def test_what_is_clear_beside_a_finding_may_be_called_so(sentence, findings):
    assert drafted(sentence, findings).text.startswith(sentence)


@pytest.mark.parametrize(
    "findings",
    [
        "Small right and large left effusion.",
        "Small right pleural effusion and large left pleural effusion.",
        "There is a small right pleural effusion. There is a large left pleural effusion.",
    ],
)
def test_the_other_side_is_never_left_out(findings):
    text = drafted("Right pleural effusion.", findings).text

    assert text.startswith("Right pleural effusion.")
    assert "large left" in text


@pytest.mark.parametrize(
    ("sentence", "findings", "reason"),
    [
        ("No pneumothorax.", "Right pneumothorax. No left pneumothorax.", "is there"),
        ("No right pneumothorax.", "Right pneumothorax. No left pneumothorax.", "is there"),
        ("Bilateral pleural effusions.", "Left pleural effusion.", "other side"),
        ("Left pleural effusion.", "Right pleural effusion. Possible left pleural effusion.", "doubt"),
    ],
)
def test_a_side_is_held_against_its_own_side(sentence, findings, reason):
    ((gone, why),) = drafted(f"{sentence} {findings}", findings).removed

    assert gone == sentence
    assert reason in why


def test_what_one_side_does_not_have_may_be_said():
    sentence = "Right pneumothorax. No left pneumothorax."

    assert drafted(sentence, sentence).text == sentence


def test_a_critical_finding_is_said_with_its_side():
    assert drafted("Pneumothorax.", "There is a left pneumothorax.").text.startswith(
        "There is a left pneumothorax."
    )


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
