import pytest

from engine.lexicon import SEVERITIES, strange_words


@pytest.mark.parametrize(
    ("sentence", "strange"),
    [
        ("Pleural effusion on the left is very likely.", []),
        ("Pulmonary is unlikely.", ["pulmonary"]),  # half a name
        ("A rib fracture is seen.", ["rib", "fracture"]),
        ("Hydropneumothorax on the right.", ["hydropneumothorax"]),  # heard in a person's text, never said
        ("Tachycardia of 118.", []),
    ],
)
def test_a_word_no_impression_uses_is_strange(sentence, strange):
    assert strange_words(sentence) == strange


def test_sizes_are_ranked():
    assert SEVERITIES["tiny"] < SEVERITIES["small"] == SEVERITIES["mildly"] < SEVERITIES["large"]
