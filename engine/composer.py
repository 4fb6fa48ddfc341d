"""Facts to brief, bullet and comprehensive without a model: the sentences that are true by construction."""

from collections.abc import Sequence

from engine.facts import SURENESS, Fact, Facts, Measure
from engine.vocabulary import TERMS
from triage.finding import Certainty, Laterality
from triage.reading import Style
from triage.vitals import PARAMETERS

_WHERE = {
    Laterality.LEFT: " on the left",
    Laterality.RIGHT: " on the right",
    Laterality.BOTH: " on both sides",
}
EVERYDAY = {
    "temperature_c": "Temperature",
    "spo2_pct": "Oxygen",
    "heart_rate_bpm": "Pulse",
    "resp_rate_bpm": "Breathing rate",
    "systolic_mmhg": "Blood pressure",
    "diastolic_mmhg": "Diastolic pressure",
    "glucose_mmol_l": "Sugar",
    "white_cells_g_l": "White cells",
    "crp_mg_l": "CRP",
    "ddimer_mg_l": "D-dimer",
    "lactate_mmol_l": "Lactate",
}
NOTHING = "This film is unlikely to be abnormal."
NOTHING_SEEN = "Nothing abnormal is seen."
UNNAMED = "This film is {certainty} abnormal, but no single finding stands out."
UNJUDGED = "No finding stands out, but whether this film is abnormal was not assessed."
UNKNOWN = "No finding could be assessed on this film."
CONFIRM = "A radiologist should confirm this against the clinical picture."
AT_ONCE = "Tell the treating team now, and have a radiologist confirm."


def compose(facts: Facts, style: Style) -> str:
    """Write the impression in one style; the three styles say the same.

    Returns: brief: plain words, at most 40 of them unless more than four findings must be said. bullet: lines, the most urgent first. comprehensive: full
        sentences with one next step.
    """
    lines = finding_lines(facts.present, style, asserted=facts.asserted) or [film_line(facts, style)]
    if style is Style.BRIEF and facts.present and (len(lines) == 1 or len(facts.present) <= 3):
        lines[0] = lines[0].replace(".", " on this film.")  # a whole sentence reads more easily than a name
    if style is Style.BULLET:
        lines += measure_lines(facts.measures, style)
    if facts.unlikely and style is not Style.BRIEF:
        lines.append(in_style(unlikely_line(facts), style))
    if style is not Style.BULLET:
        lines += measure_lines(facts.measures, style)
    if style is Style.COMPREHENSIVE and not facts.asserted:
        lines.append(next_step(facts))
    return ("\n" if style is Style.BULLET else " ").join(lines)


def plain_name(fact: Fact) -> str:
    """Name a finding as everybody reads it, with its size where a person gave one."""
    term = TERMS[fact.code]
    size = f" ({fact.severity})" if fact.severity else ""
    if fact.laterality is None:
        return term.plain + size
    if fact.laterality is Laterality.BOTH:
        return term.plain_both + size
    return term.plain_sided.format(side=fact.laterality.value) + size


def formal_name(fact: Fact) -> str:
    """Name a finding as a radiologist does, with its side and, where a person gave one, its size."""
    where = _WHERE[fact.laterality] if fact.laterality else ""
    size = f"{fact.severity} " if fact.severity else ""
    return size + TERMS[fact.code].formal[0] + where


def joined(names: Sequence[str], last: str = "and") -> str:
    """a; a and b; a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def headline(facts: Facts) -> str:
    """Say how the film looks when no finding is at least possible."""
    if facts.asserted:
        return "No acute cardiopulmonary abnormality."
    if facts.abnormal is Certainty.NOT_ASSESSED:
        return UNJUDGED if facts.unlikely else UNKNOWN
    if facts.abnormal is Certainty.UNLIKELY:
        return NOTHING
    word = {Certainty.POSSIBLE: "possibly", Certainty.PROBABLE: "probably"}.get(facts.abnormal, "very likely")
    return UNNAMED.format(certainty=word)


def film_line(facts: Facts, style: Style) -> str:
    """Say that in one style."""
    plain = facts.asserted and style is Style.BRIEF
    return in_style(NOTHING_SEEN if plain else headline(facts), style)


def finding_lines(present: Sequence[Fact], style: Style, *, asserted: bool) -> list[str]:
    """One sentence per degree of certainty, the surest first, or one bullet per finding, the most urgent first.

    Empty when there is nothing to name.
    """
    if style is Style.BULLET:
        ranked = sorted(present, key=lambda fact: fact.rank)
        said = [_said([formal_name(f)], f.certainty, asserted=asserted, style=style) for f in ranked]
        return [in_style(line, style) for line in said]
    name = plain_name if style is Style.BRIEF else formal_name
    most = (
        2 if style is Style.BRIEF and asserted else len(present) or 1
    )  # beside doubt and values there is no room
    groups = [(sure, [name(fact) for fact in present if fact.certainty is sure]) for sure in SURENESS]
    parts = [(sure, g[i : i + most]) for sure, g in groups for i in range(0, len(g), most)]
    said = [_said(g, sure, asserted=asserted, style=style) for sure, g in parts]
    return [in_style(line, style) for line in said]


def _said(names: list[str], certainty: Certainty, *, asserted: bool, style: Style) -> str:
    plainly = asserted and certainty is Certainty.VERY_LIKELY
    verb = "is" if len(names) == 1 else "are"
    if plainly and style is not Style.BRIEF:
        return joined(names)
    return f"{joined(names)} {verb} {'seen' if plainly else certainty.value}"


def measure_line(measures: Sequence[Measure], style: Style) -> str:
    """Say which bedside values are out of range."""
    if style is Style.BRIEF:
        return " ".join(f"{EVERYDAY[m.code]} {direction(m)} ({m.number})." for m in measures)
    values = [f"{PARAMETERS[m.code].label} {m.number} {m.unit} ({direction(m)})" for m in measures]
    return in_style("Bedside: " + joined(values), style)


def measure_lines(measures: Sequence[Measure], style: Style) -> list[str]:
    """Say it in one sentence, or one bullet per value; empty when no value is out of range."""
    if style is Style.BULLET:
        return [measure_line([m], style) for m in measures]
    return [measure_line(measures, style)] if measures else []


def direction(measure: Measure) -> str:
    """Say on which side of normal a value lies."""
    return "low" if measure.low else "high"


def in_style(text: str, style: Style) -> str:
    """Give one sentence the form of a style: a bullet, or a sentence with its full stop."""
    text = text[:1].upper() + text[1:]
    return f"- {text.rstrip('.')}" if style is Style.BULLET else f"{text.rstrip('.')}."


def unlikely_line(facts: Facts) -> str:
    """Say what was looked for and is unlikely, or what a person said is not there."""
    names = [TERMS[code].formal[0] for code in facts.unlikely]
    if facts.asserted:
        return f"No {joined(names, 'or')}"
    return f"{joined(names)} {'is' if len(names) == 1 else 'are'} unlikely"


def next_step(facts: Facts) -> str:
    """Suggest the one thing to do next: at once for a critical finding that is at least probable."""
    return AT_ONCE if facts.at_once else CONFIRM


def limits(facts: Facts, style: Style) -> str:
    """Say what the model could not assess, so that its silence is not read as "absent"; empty when nothing."""
    missing = facts.not_assessed
    if not missing:
        return ""
    if style is Style.COMPREHENSIVE:
        return f"Not assessed: {', '.join(TERMS[code].formal[0] for code in missing)}."
    plain = "could not be judged" if style is Style.BRIEF else "not assessed"
    line = f"{len(missing)} {'finding' if len(missing) == 1 else 'findings'} {plain}."
    return f"- {line.rstrip('.')}" if style is Style.BULLET else line


def with_limits(text: str, facts: Facts, style: Style) -> str:
    """Add that sentence to an impression, on a line of its own where lines are the style."""
    last = limits(facts, style)
    return f"{text}{chr(10) if style is Style.BULLET else ' '}{last}" if last else text
