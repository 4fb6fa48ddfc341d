"""Structured facts to text: the only teacher of the shipped language model, written by this project."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.composer import compose, formal_name, headline, joined, measure_line, next_step, plain_name
from engine.facts import MOST_FINDINGS, MOST_MEASURES, SURENESS, Fact, Facts, Measure, asked_for
from engine.prompt import facts_prompt, text_prompt
from engine.training.phrasings import ABSENT, CLEAR, GROUPED, QUIET, STATED, STEPS
from engine.vocabulary import MIDLINE, TERMS
from triage.finding import Certainty, Laterality
from triage.reading import Style
from triage.study import Sex
from triage.vitals import PARAMETERS

HOW_MANY = (0.25, 0.3, 0.22, 0.14, 0.09)
TYPOS = 0.03
_MEASURED = [code for code in PARAMETERS if code != "days_since_onset"]


@dataclass(frozen=True)
class Pair:
    """What the model is asked and what it should write; `facts` are what both are about."""

    facts: Facts
    style: Style
    prompt: str
    target: str


def some_facts(draw: random.Random) -> Facts:
    """Invent what might be established about one film."""
    codes = draw.sample(list(TERMS), len(TERMS))
    count = draw.choices(range(MOST_FINDINGS + 1), HOW_MANY)[0]
    present = sorted((_fact(code, draw) for code in codes[:count]), key=lambda f: SURENESS.index(f.certainty))
    cut = count + draw.randint(0 if count else 1, 6)
    return Facts(
        present=tuple(present),
        unlikely=tuple(code for code in TERMS if code in codes[count:cut]),
        not_assessed=tuple(code for code in TERMS if code in codes[cut:]),
        measures=_measures(draw),
        abnormal=draw.choice((Certainty.UNLIKELY, Certainty.UNLIKELY, *SURENESS)),
        age=draw.choice([None, *range(18, 96)]),
        sex=draw.choice([Sex.FEMALE, Sex.MALE, Sex.UNKNOWN]),
    )


def _fact(code: str, draw: random.Random) -> Fact:
    sides = [None] if code in MIDLINE else [None, None, *Laterality]
    sure, side = draw.choice(SURENESS), draw.choice(sides)
    return Fact(code, sure, side, urgency=asked_for(code, sure))


def _measures(draw: random.Random) -> tuple[Measure, ...]:
    chosen = draw.sample(_MEASURED, draw.choices(range(MOST_MEASURES + 1), (0.5, 0.3, 0.2))[0])
    return tuple(filter(None, (_measure(code, draw) for code in chosen)))


def _measure(code: str, draw: random.Random) -> Measure | None:
    parameter = PARAMETERS[code]
    low, high = parameter.normal
    is_low = draw.random() < 0.5 and low > parameter.lowest
    if not is_low and high >= parameter.highest:
        return None
    far = draw.random() ** 2
    value = (
        low - far * (low - parameter.lowest) * 0.6
        if is_low
        else high + far * (parameter.highest - high) * 0.6
    )
    value = round(value) if parameter.highest > 90 else round(value, 1)
    return Measure(code, float(value), is_low) if not low <= value <= high else None


def impression(facts: Facts, style: Style, draw: random.Random) -> str:
    """Say the facts in one style; half the time as the composer says them, a list of single facts always."""
    if facts.asserted or style is Style.BULLET or draw.random() < 0.5:
        return compose(facts, style)
    lines = _groups(facts, style, draw)
    if facts.unlikely and style is not Style.BRIEF:
        lines.append(
            _grouped("{xs} {be} unlikely.", [TERMS[c].formal[0] for c in facts.unlikely], "unlikely")
        )
    if facts.measures:
        lines.append(measure_line(facts.measures, style))
    if style is Style.COMPREHENSIVE:
        lines.append(
            draw.choice((next_step(facts), *STEPS)) if "now" not in next_step(facts) else next_step(facts)
        )
    return " ".join(lines)


def _groups(facts: Facts, style: Style, draw: random.Random) -> list[str]:
    name = plain_name if style is Style.BRIEF else formal_name
    form = draw.choice(GROUPED)
    groups = [(c, [name(f) for f in facts.present if f.certainty is c]) for c in SURENESS]
    lines = [_grouped(form, names, certainty.value) for certainty, names in groups if names]
    quiet = facts.abnormal is Certainty.UNLIKELY
    return lines or [draw.choice(CLEAR) if quiet else headline(facts)]


def _grouped(form: str, names: list[str], word: str) -> str:
    return _capital(form.format(xs=joined(names), be="is" if len(names) == 1 else "are", word=word))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def reported_facts(draw: random.Random) -> Facts:
    """Invent what a person might have stated: mostly plain assertions, some doubt, many normals."""
    facts = some_facts(draw)
    sure = (Certainty.VERY_LIKELY, Certainty.VERY_LIKELY, Certainty.VERY_LIKELY, *SURENESS)
    present = [_graded(fact, draw.choice(sure)) for fact in facts.present[:3]]
    present.sort(key=lambda f: SURENESS.index(f.certainty))
    outlook = Certainty.VERY_LIKELY if present else Certainty.UNLIKELY
    absent = facts.unlikely[: draw.randint(0, 3)]
    return Facts(present=tuple(present), unlikely=absent, abnormal=outlook, asserted=True)


def _graded(fact: Fact, sure: Certainty) -> Fact:
    return replace(fact, certainty=sure, urgency=asked_for(fact.code, sure))


def findings_text(facts: Facts, draw: random.Random) -> str:
    """Write facts down the way a person reports findings, normal things around them."""
    lines = [_reported(fact, draw) for fact in facts.present]
    if facts.unlikely:
        names = [draw.choice(TERMS[code].formal) for code in facts.unlikely]
        either = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
        lines.append(_capital(draw.choice(ABSENT).format(xs=either)))
    quiet = [line for line in QUIET if not facts.present or ("lung" not in line and "eart" not in line)]
    lines += draw.sample(quiet, draw.randint(0, 3) if lines else draw.randint(1, 3))
    draw.shuffle(lines)
    return " ".join(lines)


def _reported(fact: Fact, draw: random.Random) -> str:
    term = draw.choice(TERMS[fact.code].formal)
    where = {Laterality.LEFT: "left", Laterality.RIGHT: "right", Laterality.BOTH: "bilateral"}.get(
        fact.laterality
    )
    if where and draw.random() < 0.6:
        term = f"{where} {term}"
    elif where:
        term = f"{term} on {'both sides' if where == 'bilateral' else 'the ' + where}"
    return _capital(draw.choice(STATED[fact.certainty]).format(x=term))


def with_typos(text: str, draw: random.Random) -> str:
    """Misspell about three letters in a hundred, but never a word that negates."""
    return " ".join(_misspelt(word, draw) for word in text.split(" "))


def _misspelt(word: str, draw: random.Random) -> str:
    if word.lower().strip(".,") in {"no", "not", "without", "absent", "negative"} or len(word) < 5:
        return word
    letters = list(word)
    for i in range(1, len(letters) - 1):
        if draw.random() < TYPOS:
            letters[i], letters[i - 1] = letters[i - 1], letters[i]
    return "".join(letters)


def worded(seed: int, image_tokens: int, from_text: float = 0.3) -> Iterator[list[Pair]]:
    """Draw questions and answers without end, one set of facts in each style; the same seed draws the same.

    Args:
        image_tokens: places for the film in a prompt of facts.
        from_text: share of questions that ask about findings a person wrote, without a film.
    """
    draw = random.Random(seed)  # noqa: S311 - teaching material, not a secret
    while True:
        if draw.random() < from_text:
            facts = reported_facts(draw)
            text = findings_text(facts, draw)
            text = with_typos(text, draw) if draw.random() < 0.5 else text
            asked = {style: text_prompt(text, style) for style in Style}
        else:
            facts = some_facts(draw)
            asked = {style: facts_prompt(facts, style, image_tokens) for style in Style}
        yield [Pair(facts, style, asked[style], impression(facts, style, draw)) for style in Style]
