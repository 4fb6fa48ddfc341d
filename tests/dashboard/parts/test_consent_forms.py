from datetime import UTC, timedelta

import pytest

from consent.record import ConsentState, Purpose, Signature
from dashboard.parts import consent_forms
from tests.builders import NOW, a_consent


def test_what_holds_now_is_said_purpose_by_purpose():
    table = consent_forms.standing(
        [(Purpose.AI_READING, True, "by c-1"), (Purpose.TRAINING, None, "No consent <x>.")]
    )
    assert "Reading of films with AI assistance" in table
    assert "by c-1" in table
    assert "counts as no" in table
    assert "No consent &lt;x&gt;." in table


@pytest.mark.parametrize("state", ConsentState)
def test_a_form_says_its_state_in_words(state):
    form = consent_forms.form(a_consent(state=state), UTC)
    assert consent_forms._STATES[state] in form
    assert ("fr-signed" in form) is (state is ConsentState.ACTIVE)


def test_a_form_names_wording_language_hand_and_answers():
    signature = Signature("<b>Maren", "0" * 64, NOW)
    answers = {Purpose.AI_READING: True, Purpose.TRAINING: False}
    form = consent_forms.form(a_consent(answers=answers, signature=signature, ends_at=NOW), UTC)
    for words in (
        "wording 1 (en)",
        "&lt;b&gt;Maren",
        "21 Nov 2026, 08:00 UTC",
        "allowed",
        "refused",
        "until 21 Nov",
    ):
        assert words in form


def test_only_permissions_that_are_over_are_listed_as_ended():
    over = a_consent(consent_id="a", ends_at=NOW)
    later = a_consent(consent_id="b", ends_at=NOW + timedelta(days=1))
    refused = a_consent(consent_id="c", answers={Purpose.TRAINING: False}, ends_at=NOW)
    lines = consent_forms.ended([over, later, refused, a_consent(consent_id="d")], NOW, UTC)
    assert len(lines) == 1
    assert "permission ended 21 Nov 2026, 08:00 UTC" in lines[0]
