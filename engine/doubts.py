"""What the facts hold against a text that a person is about to sign: the fact check, asked from outside the engine."""

from engine.clauses import sentences, unmarked
from engine.fact_check import objection
from engine.facts import Facts, from_reading
from engine.statements import calls_clear, stated
from engine.vocabulary import CRITICAL
from triage.doubt import Doubt
from triage.levels import SHIPPED, Levels
from triage.reading import Reading
from triage.study import Study, Urgency
from triage.vitals import Vitals


def within_hours(levels: Levels) -> frozenset[str]:
    """Findings that a table wants acted on within minutes or hours: false or denied, they do harm soon."""
    return CRITICAL | {rule.code for rule in levels.findings if rule.urgency >= Urgency.ASAP}


class SentenceCheck:
    """Holds sentences against film and bedside, with the site's table of levels; see triage.ports.FactCheck."""

    def __init__(self, levels: Levels = SHIPPED) -> None:
        self._levels, self._soon = levels, within_hours(levels)

    def doubts(
        self, text: str, study: Study, vitals: Vitals | None, reading: Reading, *, has_prior: bool
    ) -> tuple[Doubt, ...]:
        """Every sentence of a text that the facts do not support.

        Args:
            text: a draft or a report.
            study, vitals, reading: all that is established about the film, as it stands now.
            has_prior: whether there is an earlier study to compare with.
        """
        facts = from_reading(reading, vitals, study, prior=has_prior, levels=self._levels)
        return tuple(
            Doubt(unmarked(sentence), reason, is_critical(sentence, facts, self._soon))
            for sentence in sentences(text)
            if (reason := objection(sentence, facts))
        )


def is_critical(sentence: str, facts: Facts, soon: frozenset[str]) -> bool:
    """Say whether somebody would act on a sentence within hours, or leave undone what must be done within hours.

    That is a finding of `soon`, there or denied, and a film called clear over a finding.
    """
    named = {statement.code for statement in stated(sentence)}
    return bool(named & soon) or (bool(facts.present) and calls_clear(sentence))
