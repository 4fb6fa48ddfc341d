import json
from dataclasses import replace

import pytest

from engine.answer import composed, to_draft
from engine.evidence import LIMITS, NO_REGION, evidence, structured
from tests.engine.planted_facts import FILMS
from triage.finding import LABELS
from triage.reading import Style
from triage.study import Urgency
from triage.urgency import Assessment
from triage.vitals import PARAMETERS

FACTS = replace(
    FILMS["left-effusion"], urgency=Assessment(Urgency.ASAP, ("AI: pleural effusion 91%",), source="ACR")
)
TEXT = (
    "Pleural effusion on the left is very likely. Atelectasis on the left is probable. No pneumothorax. "
    "Oxygen is low (88 %). A radiologist should confirm this. 3 findings not assessed."
)


def test_every_sentence_says_what_it_rests_on():
    assert [said.grounds for said in evidence(TEXT, FACTS)] == [
        (("effusion", "left lower zone"),),
        (("atelectasis", NO_REGION),),
        (("pneumothorax", NO_REGION),),
        (("spo2_pct", "88 %"),),
        (("step", "AI: pleural effusion 91% (ACR)"),),
        (("limits", LIMITS),),
    ]


def test_a_step_that_the_order_alone_asks_for_is_no_guideline_and_a_person_is_no_step():
    ordered = replace(FACTS, urgency=Assessment(Urgency.ROUTINE, ("ordered routine",)))
    said = evidence("A radiologist should confirm this. Film of a 64-year-old man.", ordered)
    assert [one.grounds for one in said] == [
        (("order", "ordered routine"),),
        (("patient", "age and sex as registered"),),
    ]


def test_a_film_without_findings_rests_on_the_film():
    assert evidence("The lungs are clear.", FILMS["clear"])[0].grounds == (("film", NO_REGION),)


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("film", list(FILMS))
def test_every_sentence_of_a_composed_draft_has_known_grounds(film, style):
    draft = composed(FILMS[film], style)
    known = {*LABELS, *PARAMETERS, "film", "limits", "step", "order", "patient"}

    assert draft.evidence
    assert all(said.grounds for said in draft.evidence)
    assert {code for said in draft.evidence for code, _ in said.grounds} <= known


def test_the_structured_draft_carries_side_certainty_evidence_urgency_and_step():
    kept = structured(FACTS)

    assert kept["findings"][0] == {
        "code": "effusion",
        "side": "left",
        "certainty": "very likely",
        "severity": None,  # nobody said how large it is; a heatmap does not
        "evidence": "left lower zone",
    }
    assert (kept["urgency"], kept["reasons"]) == ("asap", ["AI: pleural effusion 91%"])
    assert "radiologist" in kept["recommendation"]
    assert json.loads(json.dumps(kept)) == kept


def test_a_draft_keeps_what_the_model_wrote_and_what_became_of_it():
    raw = "There is a right pleural effusion. A rib is broken."
    draft = to_draft(raw, FACTS, Style.COMPREHENSIVE)

    assert draft.raw == raw
    assert draft.mended == (
        (
            "There is a right pleural effusion.",
            "There is a left pleural effusion.",
            "pleural effusion is on the left",
        ),
    )
    assert [sentence for sentence, _ in draft.removed] == ["A rib is broken."]
    assert draft.facts == structured(FACTS)
    assert "There is a left pleural effusion." in [said.sentence for said in draft.evidence]
