import pytest

from dashboard.parts import badges
from triage.finding import Certainty
from triage.status import Status
from triage.study import Urgency


@pytest.mark.parametrize("level", Urgency)
def test_an_urgency_is_a_shape_and_a_word_never_a_colour_alone(level):
    shown = badges.urgency(level)
    assert f"</span>{level.name}</span>" in shown
    assert 'aria-hidden="true">' in shown


def test_every_urgency_has_its_own_shape():
    shapes = {badges.urgency(u).split('aria-hidden="true">')[1][0] for u in Urgency}
    assert len(shapes) == len(Urgency)


@pytest.mark.parametrize("word", Certainty)
def test_a_certainty_is_its_word(word):
    assert word.value in badges.certainty(word)


def test_what_a_person_reads_is_marked():
    assert "fr-person" in badges.status(Status.UNRANKED, "for a person")
    assert "fr-person" in badges.status(Status.REOPENED, "new film since signed")
    assert "fr-done" in badges.status(Status.SIGNED, "signed")
    assert "fr-quiet" in badges.status(Status.RANKED, "read by AI")


def test_an_answer_is_a_word_and_silence_is_its_own():
    assert "allowed" in badges.answer(yes=True)
    assert "refused" in badges.answer(yes=False)
    assert "counts as no" in badges.answer(None)
    assert "simulated" in badges.simulated()


def test_the_words_of_a_badge_are_escaped():
    assert "&lt;b&gt;" in badges.badge("<b>", "quiet")
