"""Figures of an evaluation as the tables of docs/evaluation.md and of the model card.

Takes the plain numbers that `firstread evaluate films --json` gives, so that no table holds a figure of its own.
"""

from collections.abc import Mapping
from typing import Any

from engine.evaluation.consistency import MIRRORED
from engine.evaluation.markdown import number, spread, table

Row = Mapping[str, Any]
TITLE = "## Findings"
HIDDEN = "fewer than 10"


def section(found: Row, command: str) -> list[str]:
    """The whole section on findings, each table with the one command that made them all."""
    draws = found["bootstrap"]
    return [
        TITLE,
        "",
        (
            f"Made by `{command}` with the checkpoint {found['model']['sha256'][:12]} "
            f"({found['model']['bits']} bit), which also wrote this section. {found['films']} films of "
            f"{found['patients']} patients were read, {len(found['unreadable'])} were refused. Intervals are "
            f"{draws['interval']}, bootstrap by {draws['by']}, {draws['draws']:,} draws, seed {draws['seed']}. Labels are "
            "taken at their word; most were mined from reports by their publisher."
        ),
        "",
        *goals(found),
        *labels(found),
        *reliability(found),
        *floors(found),
        *source(found),
        *groups(found),
        *consistency(found),
        *symptoms(found),
        *bedside(found),
        *refused(found),
    ]


def goals(found: Row) -> list[str]:
    rows = []
    for name, row in found["goals"].items():
        verdict = {None: "not estimable", True: "met", False: "**missed**"}[row["met"]]
        if row["met"] and not row["surely"]:
            verdict = "met, not surely"
        digits = 3 if row.get("honest") is not None else 2  # a calibration error is small
        said = f"{name} ({', '.join(row['labels'])})" if row.get("labels") else name
        rows.append(
            (
                said,
                row["n"],
                row["positives"],
                spread(row, digits=digits),
                number(row.get("honest"), 3),
                row["goal"],
                verdict,
            )
        )
    head = ("goal", "n", "positives", "value (95 %)", "luck alone", "goal", "verdict")
    return [
        "### Goals",
        "",
        "Every answer counts here, believed or not, so that silence cannot improve a figure. *Surely* means that the",
        "whole interval is on the right side. *Luck alone* is the calibration error that exactly right probabilities",
        "would show on so few films: where it is above the goal, these films can neither show nor refute it. A lung",
        "opacity is what its three text-mined names (consolidation, infiltration, pneumonia) say together.",
        "Calibration is judged where at least ten films show the finding.",
        "",
        "What holds the shipped weights back: they may learn only from films whose terms let weights be given away, and",
        "the labels of those were mined from text; the films that radiologists read may only measure. On the train films that",
        "were read anew the mined labels agree little with the radiologists, and towers taught by them more than the labels do",
        "(*Patients the towers never saw*). What reads change stands under *What a house's own reads give*. A house teaches",
        "itself with `firstread train --films` on a table of its own (file and labels; patient_id, age, sex, view and split",
        "where it has them): its radiologists' reads, as labels or as rsna_radiologist_class, go before mined labels.",
        "",
        "Where an answer is not above view, sex and age: in these films the label goes along with how, and of whom, a film",
        "was taken, which a regression on three columns of the table knows without a mistake, while the tower has to learn",
        "the disease from few train films (19 with fibrosis, 30 with a nodule, 108 with atelectasis) and mined labels. With a",
        "handful of films much of a difference is chance, as its interval says. Within a view or an origin the regression can",
        "no longer gain by telling those apart.",
        "",
        "Where calibration is further off than luck: *abnormal* is called too surely. The towers that calibrate saw two thirds",
        "of the films each, the one that ships saw all of them and is surer of itself, as ADR 0017 expected; among the films",
        "that calibrate the error is what the model card says. A site calibrates on films of its own anyway: the share of",
        "abnormal films there is another one.",
        "",
        *table(head, rows),
    ]


def labels(found: Row) -> list[str]:
    return [
        "### Each finding",
        "",
        "ECE in ten bins of equal mass, where at least ten films show the finding. *Held back* counts films on which the",
        "answer is not shown: all of them where too few films support it, else those on which it would reassure without",
        "being ruled out (ADR 0014). The last column counts films that show it and were told it is unlikely.",
        "",
        "Films whose labels come from a report of that film:",
        "",
        *_labels(found["labels_from_report"]),
        "Every film, its labels at their word; a case of COVID-19 counts as abnormal and as free of every other finding,",
        "which it often is not:",
        "",
        *_labels(found["labels"]),
    ]


def _labels(measured: Row) -> list[str]:
    head = (
        "finding",
        "films",
        "with it",
        "AUC (95 %)",
        "ECE (95 %)",
        "luck alone",
        "Brier (95 %)",
        "held back",
        "with it, called unlikely",
    )
    rows = [
        (
            name,
            row["n"] or "–",
            row["positives"],
            "not assessed" if row["n"] == 0 else spread(row, "auc"),
            "–" if row["ece"] is None else spread(row, "ece", "ece_low", "ece_high", 3),
            number(row["ece_honest"], 3),
            "–" if row["brier"] is None else spread(row, "brier", "brier_low", "brier_high", 3),
            row["abstained"],
            "–" if row["called_unlikely_with_it"] is None else row["called_unlikely_with_it"],
        )
        for name, row in measured.items()
    ]
    return table(head, rows)


def reliability(found: Row) -> list[str]:
    answered = {name: row["bins"] for name, row in found["labels_from_report"].items() if row["bins"]}
    if not answered:
        return []
    most = max(len(bins) for bins in answered.values())
    rows = [(name, *(f"{b['p']:.2f} → {b['share']:.2f}" for b in bins)) for name, bins in answered.items()]
    head = ("finding", *(str(i + 1) for i in range(most)))
    return [
        "### Reliability",
        "",
        "Ten groups of films of rising probability: the mean probability → the share of films that show the finding;",
        "films with labels from a report.",
        "",
        *table(head, rows),
    ]


def floors(found: Row) -> list[str]:
    keys = (
        "view_sex_age",
        "origin",
        "model",
        "above",
        "model_within_view",
        "above_within_view",
        "model_within_origin",
        "above_within_origin",
    )
    rows = [
        (name, row["positives"], *(spread(row[key]) for key in keys)) for name, row in found["floors"].items()
    ]
    head = (
        "finding",
        "films with it",
        "no pixels: view, sex, age",
        "no pixels: origin",
        "model",
        "model less view, sex, age",
        "model within view",
        "less view, sex, age there",
        "model within origin",
        "less view, sex, age there",
    )
    return [
        "### Above what needs no film",
        "",
        "AUC. The floors are logistic regressions that never saw a pixel, cross-fitted by patient over all films of the",
        "table; *within* compares only pairs of films of the same view or the same origin. Differences are taken over pairs of",
        "one fold, for both alike: across folds a regression ranks worse than it knows.",
        "",
        *table(head, rows),
    ]


def source(found: Row) -> list[str]:
    row = found["source_shortcut"]
    if row is None:
        return []
    return [
        "### The hospital shows",
        "",
        (
            f"COVID films come from other hospitals ({', '.join(row['sources_with_covid'])}: {row['positives']} of "
            f"{row['n']} films) than the rest. The fifteen answers alone tell those hospitals from the others with AUC "
            f"{spread(row['fifteen_answers'])}, *abnormal* alone with {spread(row['abnormal_alone'])}. So no figure that "
            "compares COVID films with others says anything about COVID, and Firstread has no answer for it."
        ),
        "",
    ]


def groups(found: Row) -> list[str]:
    lines = ["### For whom", ""] if found["groups"] else []
    for key, cells in found["groups"].items():
        rows: list[tuple[object, ...]] = []
        for name, cell in cells.items():
            if cell["n"] is None:
                rows.append((name, "all", HIDDEN, *["–"] * 4))
            rows += [
                (
                    name,
                    label,
                    cell["n"],
                    HIDDEN if row["positives"] is None else row["positives"],
                    *(spread(row[what]) for what in ("auc", "noticed", "false_alarms")),
                )
                for label, row in cell["labels"].items()
            ]
        head = (key, "finding", "n", "films with it", "AUC (95 %)", "noticed (95 %)", "false alarms (95 %)")
        lines += table(head, rows, left=2)
    if lines:
        lines[1:1] = [
            "",
            "*Noticed*: of the films that show it, the share with a probability from 20 % on (for *abnormal*, 30 %);",
            "*false alarms*: the same of the films that do not. What rests on fewer than ten films is hidden.",
        ]
    return lines


def consistency(found: Row) -> list[str]:
    rows = [
        (shown, label, row["n"], number(row["mean"], 3), number(row["most"], 3), f"{row['word_changed']:.0%}")
        for shown, each in found["consistency"].items()
        for label, row in each.items()
        if shown != MIRRORED
    ]
    flipped = max((row["most"] for row in found["consistency"].get(MIRRORED, {}).values()), default=None)
    head = ("shown", "finding", "n", "mean change of p", "largest", "word changed")
    return [
        "### The same film, shown a little differently",
        "",
        "Every film is looked at together with its mirror image, so that a flip must change nothing: the largest change of a",
        f"probability by mirroring was {number(flipped, 6)}.",
        "",
        *table(head, rows, left=2),
    ]


def symptoms(found: Row) -> list[str]:
    told = found["symptoms"]
    rows = [
        (name, number(row["mean"], 4), number(row["most"], 4), row["label"] if row["most"] else "–")
        for name, row in told["each"].items()
    ]
    verdict = "**ALARM**: a symptom alone moves an answer" if told["alarm"] else "no alarm"
    return [
        "### No symptom carries a diagnosis",
        "",
        f"The request of {told['n']} films with and without the symptom; limit {told['limit']:.2f}: {verdict}. The embedded",
        "model is shown no request, so nothing may move; a model that reads it is measured by the same command.",
        "",
        *table(("in the request", "mean change of p", "largest", "whose"), rows),
    ]


def bedside(found: Row) -> list[str]:
    rows = [
        (
            name,
            f"{row['from']} → {row['to']}",
            number(row["mean"], 4),
            number(row["most"], 4),
            row["label"] if row["most"] else "–",
            f"{row['texts_changed']} of {row['texts']}",
            f"{row['findings_changed']} of {row['texts']}",
        )
        for name, row in found["bedside"]["each"].items()
    ]
    head = ("value", "from → to", "mean change of p", "largest", "whose", "texts changed", "in a finding")
    return [
        "### What one bedside value moves",
        "",
        f"One value changed at a time from that of a well person, on {found['bedside']['n']} films; no film that taught",
        "the model carries measured values, so its effects on probabilities are side effects and no clinical knowledge.",
        "Texts are the three impressions of the first films, as a person would be shown them: a value out of range is",
        "named in them. The last column counts those that then name, deny or place a finding otherwise.",
        "",
        *table(head, rows, left=2),
    ]


def refused(found: Row) -> list[str]:
    reasons: dict[str, int] = {}
    for film in found["unreadable"]:
        reasons[film["reason"]] = reasons.get(film["reason"], 0) + 1
    if not reasons:
        return []
    return ["### Films that were not read", "", *table(("reason", "films"), [*reasons.items()])]
