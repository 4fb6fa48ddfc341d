"""Whether a text follows a flipped negation, as it must, and not a typing error, as it must not."""

from collections.abc import Callable, Sequence

from engine.evaluation.noise import Flip, flipped, misspelt
from engine.evaluation.texts import Row, counted, critical_in, difference, present_in, rouge_l
from engine.statements import stated
from engine.vocabulary import CRITICAL

MOST_FLIPS = 100
Write = Callable[[Sequence[str]], list[str]]
"""Writes one impression of each text of findings."""


def negation_flip(rows: Sequence[Row], write: Write) -> dict[str, object]:
    """Flip one sentence of the findings and see whether the text turns with it.

    A text turned when it says the findings of that sentence are there exactly where the findings say so, before and
    after the flip; a constant text cannot do that. The first hundred different findings that can be flipped are asked.

    Returns: n, how many turned and the share with its 95 % interval; the same apart for findings that appear and that
        vanish.
    """
    asked = list(dict.fromkeys(findings for findings, _ in rows))
    flips = [(findings, flip) for findings in asked if (flip := flipped(findings))][:MOST_FLIPS]
    before = write([findings for findings, _ in flips])
    after = write([flip.findings for _, flip in flips])
    turned = [_turned(*texts) for texts in zip((flip for _, flip in flips), before, after, strict=True)]
    return {
        **_share(turned, [findings for findings, _ in flips]),
        "appeared": _share(*_only(flips, turned, present=True)),
        "vanished": _share(*_only(flips, turned, present=False)),
    }


def _share(turned: list[bool], units: list[str]) -> dict[str, object]:
    found = counted(turned, units)
    return {"n": found["n"], "turned": found["count"], **{k: found[k] for k in ("share", "low", "high")}}


def _only(
    flips: list[tuple[str, Flip]], turned: list[bool], *, present: bool
) -> tuple[list[bool], list[str]]:
    chosen = [
        (t, findings) for (findings, flip), t in zip(flips, turned, strict=True) if flip.present is present
    ]
    return [t for t, _ in chosen], [findings for _, findings in chosen]


def _turned(flip: Flip, before: str, after: str) -> bool:
    was, now = present_in(before), present_in(after)
    there, gone = (now, was) if flip.present else (was, now)
    return flip.codes <= there and not flip.codes & gone


def typing_errors(rows: Sequence[Row], clean: Sequence[str], write: Write) -> dict[str, object]:
    """Mistype three letters in a hundred of the findings and see what the text loses.

    Args:
        clean: the texts written of the findings as they are.

    Returns: n, the loss of ROUGE-L in points with its 95 % interval; of the critical findings that the findings
        name and the clean text says are there, how many the other text does not say (lost) or denies (flipped); of
        those that the clean text denies, how many the other says are there (raised): the safe side, and a false alarm.
    """
    noisy = write([misspelt(findings, seed) for seed, (findings, _) in enumerate(rows)])
    units = [findings for findings, _ in rows]
    loss = difference(rouge_l(clean, rows), rouge_l(noisy, rows), units)
    named = lost = turned = denied = raised = 0
    for (findings, _), before, after in zip(rows, clean, noisy, strict=True):
        must = critical_in(findings) & present_in(before)
        named, lost = named + len(must), lost + len(must - present_in(after))
        turned += len(must & _denied(after))
        safe = _denied(before) & CRITICAL
        denied, raised = denied + len(safe), raised + len(safe & present_in(after))
    return {
        "n": loss["n"],
        "rougeL_loss": loss["points"],
        "low": loss["low"],
        "high": loss["high"],
        "critical_n": named,
        "critical_lost": lost,
        "critical_flipped": turned,
        "critical_denied_n": denied,
        "critical_raised": raised,
    }


def _denied(text: str) -> set[str]:
    return {s.code for s in stated(text) if not s.present} & CRITICAL
