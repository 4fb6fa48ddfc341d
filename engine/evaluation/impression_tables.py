"""Figures of `firstread evaluate impressions --json` as a section of docs/evaluation.md."""

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
SHIPPED, TAUGHT_HERE = "## Impressions, shipped weights", "## Impressions, weights a house taught itself"
_NAMES = {
    "constant": "floor: one constant sentence",
    "copy": "floor: the findings copied",
    "naming_sentences": "floor: their sentences that name a finding",
    "nearest": "floor: nearest neighbour (TF-IDF)",
}
_HEAD = [
    "| written by | ROUGE-1 | ROUGE-2 | ROUGE-L | BLEU | chrF | facts: precision | recall | F1 | critical recall | different |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
]
_FACTS = ("fact_precision", "fact_recall", "fact_agreement")


def section(found: Row, command: str, title: str) -> list[str]:
    """One section: all pairs, the abnormal ones, the gain over each floor, and the two tests of steadiness."""
    model = found["model"]
    return [
        title,
        "",
        (
            f"Made by `{command}` with the checkpoint {model['sha256'][:12]} ({model['bits']} bit), which also wrote this "
            f"section. {found['rows']} pairs; {found['pairs_to_copy']} others to copy from. All figures are out of 100; "
            "ROUGE is stemmed. In brackets 95 % bootstrap intervals by findings text (of BLEU and chrF by row). Facts are "
            "(finding, there or not, side) heard in the text against those in the reference; critical recall is against the "
            "findings, with its n; different is the share of different texts and of different words (distinct-1)."
        ),
        "",
        f"All {found['rows']} pairs:",
        "",
        *_table(found, lambda panel: panel),
        "",
        (
            f"The {found['abnormal_rows']} pairs worth quoting: the reference says that a finding is there, and no findings "
            "text comes twice:"
        ),
        "",
        *_table(found, lambda panel: panel["abnormal"]),
        "",
        *_gains(found),
        *_steady(found),
    ]


def _table(found: Row, part: Any) -> list[str]:
    lines = list(_HEAD)
    for name, panel in found["floors"].items():
        lines.append(_line(_NAMES[name], part(panel)))
    for style, panel in found["styles"].items():
        lines += [
            _line(f"{style}, as the model wrote it", part(panel["before_the_check"])),
            _line(f"**{style}, after the check**", part(panel)),
        ]
    return lines


def _line(name: str, panel: Row) -> str:
    if not panel["n"]:
        return f"| {name} |" + " - |" * 10
    cells = [_with(panel, metric) for metric in ("rouge1", "rouge2", "rougeL", "bleu", "chrf", *_FACTS)]
    critical = f"{_plain(panel['critical_recall'])} (n = {panel['critical_n']})"
    different = f"{_plain(panel['diversity']['distinct_texts'])} / {_plain(panel['diversity']['distinct_1'])}"
    return f"| {name} | " + " | ".join([*cells, critical, different]) + " |"


def _with(panel: Row, metric: str) -> str:
    bounds = panel["intervals"][metric]
    return _plain(panel[metric]) + (f" ({bounds[0]:.1f} to {bounds[1]:.1f})" if bounds else "")


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _gains(found: Row) -> list[str]:
    lines = [
        "ROUGE-L gained over each floor on those pairs, row by row:",
        "",
        "| style | floor | n | points |",
        "|---|---|--:|--:|",
    ]
    for style, panel in found["styles"].items():
        for floor, gain in panel.get("over_floors", {}).items():
            lines.append(
                f"| {style} | {_NAMES[floor].removeprefix('floor: ')} | {gain['n']} | {_spread(gain, 'points')} |"
            )
    composed = ", ".join(
        f"{panel['composer_wrote']} of {panel['n']} ({style})" for style, panel in found["styles"].items()
    )
    return [*lines, "", f"Texts without a sentence of the model: {composed}.", ""]


def _spread(measured: Row, value: str) -> str:
    bounds = "" if measured["low"] is None else f" ({measured['low']:.1f} to {measured['high']:.1f})"
    return _plain(measured[value]) + bounds


def _steady(found: Row) -> list[str]:
    flip, noise = found["negation_flip"], found["typing_errors"]
    turned = ", ".join(
        f"{flip[part]['turned']} of {flip[part]['n']} {said}"
        for part, said in (("appeared", "where a finding appears"), ("vanished", "where it vanishes"))
    )
    return [
        (
            f"One sentence of the findings flipped ({flip['style']}): the text turned with it in {flip['turned']} of "
            f"{flip['n']}, {_spread(flip, 'share')} % ({turned})."
        ),
        (
            f"3 % of the letters mistyped, in words that deny as in every other ({noise['style']}, n = {noise['n']}): ROUGE-L loses "
            f"{_spread(noise, 'rougeL_loss')} points; of {noise['critical_n']} critical findings "
            f"{noise['critical_lost']} are lost and {noise['critical_flipped']} denied; of {noise['critical_denied_n']} that were "
            f"denied {noise['critical_raised']} are said to be there, a false alarm."
        ),
    ]
