"""The question to the model; a version of it belongs to the weights that were trained on it."""

from engine.facts import SURENESS, Facts
from engine.vocabulary import TERMS
from triage.reading import Style
from triage.study import Sex
from triage.vitals import PARAMETERS

VERSION = 1
IMAGE_TOKEN = "<reponame>"  # a spare special token of the language model, never seen in text  # noqa: S105
IMAGE_TOKEN_ID = 4
_PERSON = {Sex.FEMALE: "woman", Sex.MALE: "man"}


def facts_prompt(facts: Facts, style: Style, image_tokens: int) -> str:
    """Ask for an impression of a film; structured facts only, never a word from a header."""
    places = IMAGE_TOKEN * image_tokens
    return _chat(f"{places}\n{facts_line(facts)}\nWrite the {style.value} impression.")


def text_prompt(findings: str, style: Style) -> str:
    """Ask for an impression of findings that a person wrote; there is no film."""
    clean = " ".join(findings.replace("<|", " ").replace(IMAGE_TOKEN, " ").split())
    return _chat(f"Findings: {clean}\nWrite the {style.value} impression.")


def _chat(question: str) -> str:
    return f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"


def facts_line(facts: Facts) -> str:
    """Put the facts on one line, the way the model was taught to read them."""
    parts = [person(facts)]
    for certainty in SURENESS:
        named = [_named(f.code, f.laterality) for f in facts.present if f.certainty is certainty]
        if named:
            parts.append(f"{certainty.value}: {', '.join(named)}")
    if facts.unlikely:
        parts.append("unlikely: " + ", ".join(TERMS[code].formal[0] for code in facts.unlikely))
    if not facts.present:
        parts.append(f"film abnormal: {facts.abnormal.value}")
    parts += [
        f"{PARAMETERS[m.code].label} {m.number} {m.unit} {'low' if m.low else 'high'}" for m in facts.measures
    ]
    return "; ".join(parts) + "."


def _named(code: str, side: object) -> str:
    return f"{TERMS[code].formal[0]} ({side})" if side else TERMS[code].formal[0]


def person(facts: Facts) -> str:
    """Say who it is by decade and sex, never by name or exact age."""
    who = _PERSON.get(facts.sex, "patient")
    return who if facts.age is None else f"{who}, {min(facts.age // 10 * 10, 90)}s"
