"""What stands behind a draft: the facts it was to say, and what each of its sentences rests on."""

import re
from typing import Any

from engine.bedside import counts_in, measures_in
from engine.clauses import in_plain_words, sentences, unmarked
from engine.composer import next_step
from engine.facts import Fact, Facts
from engine.places import place
from engine.statements import outlook, stated, unassessed
from triage.reading import Evidence
from triage.vitals import PARAMETERS

NO_REGION = "no region"
STATED = "as a person wrote it"
REGISTERED = "age and sex as registered"
_OF_PERSON = re.compile(r"\b(?:man|woman|male|female|year-old|years)\b")
LIMITS = "the data behind the model cannot support a number"


def structured(facts: Facts) -> dict[str, Any]:
    """Put the facts into a form that is stored: what every style of one impression was written from."""
    return {
        "findings": [_finding(fact, facts) for fact in facts.present],
        "unlikely": list(facts.unlikely),
        "not_assessed": list(facts.not_assessed),
        "bedside": [{"code": m.code, "value": m.value, "low": m.low} for m in facts.measures],
        "abnormal": facts.abnormal.value,
        "urgency": facts.urgency.urgency.name.lower() if facts.urgency else None,
        "reasons": list(facts.urgency.reasons) if facts.urgency else [],
        "recommendation": None if facts.asserted else next_step(facts),
    }


def _finding(fact: Fact, facts: Facts) -> dict[str, Any]:
    return {
        "code": fact.code,
        "side": fact.laterality.value if fact.laterality else None,
        "certainty": fact.certainty.value,
        "severity": fact.severity,
        "evidence": _seen(fact, facts),
    }


def evidence(text: str, facts: Facts) -> tuple[Evidence, ...]:
    """Say of every sentence of a checked text what it rests on."""
    return tuple(Evidence(unmarked(sentence), _grounds(sentence, facts)) for sentence in sentences(text))


def _grounds(sentence: str, facts: Facts) -> tuple[tuple[str, str], ...]:
    lower = in_plain_words(unmarked(sentence))
    codes = dict.fromkeys(s.code for s in stated(sentence))
    found = [(code, _seen(facts.fact(code), facts)) for code in codes]
    values = {m.code: m for m in facts.measures}
    found += [(c, f"{values[c].number} {PARAMETERS[c].unit}") for c in measures_in(lower) if c in values]
    if not found and (unassessed(sentence) or counts_in(sentence)):
        return (("limits", LIMITS),)
    if not found and outlook(sentence):
        return (("film", STATED if facts.asserted else NO_REGION),)
    if not found and _OF_PERSON.search(lower):
        return (("patient", REGISTERED),)
    return tuple(found) or (_why(facts),)


def _seen(fact: Fact | None, facts: Facts) -> str:
    if facts.asserted:
        return STATED
    return place(fact.region) if fact and fact.region else NO_REGION


def _why(facts: Facts) -> tuple[str, str]:
    """Name the weightiest reason for how soon somebody must look, and the guideline that says so; else the order."""
    asked = facts.urgency
    if asked is None:
        return ("limits", LIMITS)
    return ("step", f"{asked.reasons[0]} ({asked.source})") if asked.source else ("order", asked.reasons[0])
