import pytest

from engine.clauses import clauses, in_plain_words, sentences, unmarked


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
    assert in_plain_words("Heart size within normal limits.") == "no cardiomegaly."
    assert in_plain_words("Three findings could not be judged.") == "3 findings not assessed."


def test_a_list_mark_is_no_word():
    assert unmarked("- Edema") == unmarked("2. Edema") == "Edema"
