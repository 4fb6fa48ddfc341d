import pytest

from engine.clauses import (
    clauses,
    elsewhere_in_time,
    in_plain_words,
    recalled,
    sentences,
    unchanged_is_there,
    unmarked,
)


def test_sentences_keep_every_word():
    text = "- Effusion is likely\n- Oxygen 88.5 % (low)\nA second line. And a third."

    parts = sentences(text)

    assert parts == ["- Effusion is likely", "- Oxygen 88.5 % (low)", "A second line.", "And a third."]


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Effusion is likely; no edema.", ["effusion is likely", " no edema."]),
        ("Edema is unlikely and mass is possible.", ["edema is unlikely", "mass is possible."]),
        ("No edema and mass are seen.", ["no edema and mass are seen."]),  # one denial of both
        ("Cardiomegaly with probable edema.", ["cardiomegaly", "probable edema."]),
        ("Right pneumothorax, probable.", ["right pneumothorax, probable."]),
    ],
)
def test_a_clause_says_one_thing(sentence, parts):
    assert list(clauses(sentence)) == parts


def test_what_is_said_of_the_heart_and_in_words_is_put_plainly():
    assert in_plain_words("The heart is mildly enlarged.") == "cardiomegaly is mildly ."
    assert (
        in_plain_words("Heart size within normal limits.") == "no cardiomegaly;."
    )  # and its "no" ends there
    assert in_plain_words("Three findings could not be judged.") == "3 findings not assessed."


def test_a_list_mark_is_no_word():
    assert unmarked("- Edema") == unmarked("2. Edema") == "Edema"


@pytest.mark.parametrize(
    ("clause", "is_recalled"),
    [
        ("history of pneumothorax", True),
        ("h/o effusion", True),
        ("indication: pneumonia", True),
        ("mother had a lung mass", True),
        ("previous film showed an effusion", True),
        ("prior pneumonia", True),
        ("no evidence of pneumothorax", False),
        ("previously seen effusion is unchanged", False),
        ("effusion, status post drainage", False),
        ("heart failure with effusion", False),
    ],
)
def test_a_history_is_told_from_a_finding(clause, is_recalled):
    assert recalled(clause) is is_recalled


def test_a_cue_reaches_to_the_word_that_comes_back_to_the_film():
    clause = "history of pneumonia, now with effusion"

    assert [clause[a:b] for a, b in elsewhere_in_time(clause)] == ["history of pneumonia, "]


def test_only_the_denial_of_a_change_or_a_size_is_taken_out():
    assert unchanged_is_there("no change in the effusion").split() == ["the", "effusion"]
    assert unchanged_is_there("no large effusion") == "no large effusion"
    assert unchanged_is_there("effusion is not a large one").split() == ["effusion", "is", "one"]
