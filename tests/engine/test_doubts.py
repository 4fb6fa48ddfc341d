from dataclasses import replace

import pytest

from engine.doubts import SentenceCheck, within_hours
from tests.builders import a_reading, a_study, findings, vitals
from triage.levels import SHIPPED
from triage.study import Urgency

CHECK = SentenceCheck()


def doubts(text, measured=None, *, has_prior=False, **probabilities):
    reading = a_reading(findings=findings(probabilities or {"effusion": 0.84}))
    return CHECK.doubts(text, a_study(), measured, reading, has_prior=has_prior)


def test_what_the_facts_say_is_not_doubted():
    assert doubts("Pleural effusion, very likely. Pneumothorax is unlikely.") == ()


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Pneumothorax on the left is very likely.", "pneumothorax is unlikely"),
        ("Pleural effusion is unlikely.", "pleural effusion is very likely"),
        ("The film is clear.", "the film is not clear of findings"),
    ],
)
def test_a_sentence_somebody_would_act_on_within_hours_is_critical(sentence, reason):
    (doubt,) = doubts(sentence)
    assert (doubt.sentence, doubt.reason, doubt.critical) == (sentence, reason, True)


@pytest.mark.parametrize(
    "sentence", ["A nodule is probable.", "Compared with the prior the heart is unchanged."]
)
def test_the_others_are_doubted_and_not_critical(sentence):
    (doubt,) = doubts(sentence)
    assert not doubt.critical


def test_the_mark_of_a_bullet_is_no_part_of_a_sentence():
    (doubt,) = doubts("- Pneumothorax is very likely")
    assert doubt.sentence == "Pneumothorax is very likely"


def test_values_are_held_against_the_bedside():
    assert doubts("Oxygen is low (86).", vitals(spo2_pct=86.0)) == ()
    assert len(doubts("Oxygen is low (86).", vitals(spo2_pct=97.0))) == 1


def test_critical_are_the_findings_of_minutes_and_hours():
    assert {"pneumothorax", "edema", "effusion"} <= within_hours(SHIPPED)
    assert "nodule" not in within_hours(SHIPPED)


def test_a_site_that_wants_nodules_within_hours_cannot_have_one_denied_unsigned_for():
    rules = tuple(replace(r, urgency=Urgency.ASAP) if r.code == "nodule" else r for r in SHIPPED.findings)
    site = SentenceCheck(replace(SHIPPED, findings=rules))
    reading = a_reading(findings=findings({"nodule": 0.84}))

    (doubt,) = site.doubts("A nodule is unlikely.", a_study(), None, reading, has_prior=False)
    assert doubt.critical
    (doubt,) = CHECK.doubts("A nodule is unlikely.", a_study(), None, reading, has_prior=False)
    assert not doubt.critical
