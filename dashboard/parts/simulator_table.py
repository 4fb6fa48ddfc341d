"""The numbers behind the figures of the simulator: on the page, and for a spreadsheet."""

import csv
from io import StringIO

from markupsafe import Markup

from dashboard.parts.look import joined, markup
from dashboard.parts.simulator_charts import Row, signed, span, words

MEASURES = ("mean", "p95")


def table(result: Row) -> Markup:
    """Every number with its theory, n and interval."""
    heads = ("", "n", "without", "theory", "with AI", "theory", "difference (95 %)", "theory", "p95", "max")
    head = joined([markup('<th class="{}">{}</th>', "n" if i else "", h) for i, h in enumerate(heads)])
    body = joined([_line(one) for one in result["outcomes"]])
    return markup(
        '<table class="fr-table"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        "Minutes of waiting; p95 and max without AI → with AI. Theory is a dash where no formula is known.",
        head,
        body,
    )


def _line(one: Row) -> Markup:
    more = one["difference"]["mean"]
    ends = "" if more["low"] is None else f" ({signed(more['low'])} … {signed(more['high'])})"
    cells = [
        f"{one['n']:,}",
        f"{one['without']['mean']['value']:.2f}",
        _theory(one["without"]["theory"]),
        f"{one['with']['mean']['value']:.2f}",
        _theory(one["with"]["theory"]),
        signed(more["value"]) + ends,
        _theory(one["difference"]["theory"]),
        f"{span(one['without']['p95']['value'])} → {span(one['with']['p95']['value'])}",
        f"{span(one['without']['max'])} → {span(one['with']['max'])}",
    ]
    return markup(
        '<tr><th scope="row">{}</th>{}</tr>',
        words(one),
        joined([markup('<td class="n">{}</td>', c) for c in cells]),
    )


def _theory(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def as_csv(result: Row) -> str:
    """The numbers of the page as a table for a spreadsheet; a name can be no formula there."""
    made = StringIO()
    sheet = csv.writer(made)
    ends = ("value", "low", "high")
    names = [f"{way}_{m}_{e}" for way in ("without", "with") for m in MEASURES for e in ends]
    changes = [f"difference_{m}_{e}" for m in MEASURES for e in ends]
    rest = ("without_max", "with_max", "without_theory", "with_theory", "difference_theory")
    sheet.writerow(["set", "has_ai", "n", *names, *changes, *rest])
    for one in result["outcomes"]:
        values = [one[way][m][e] for way in ("without", "with") for m in MEASURES for e in ends]
        moved = [one["difference"][m][e] for m in MEASURES for e in ends]
        last = [one["without"]["max"], one["with"]["max"], one["without"]["theory"], one["with"]["theory"]]
        name = one["name"]
        safe = f"'{name}" if name[:1] in "=+-@\t\r" else name
        sheet.writerow([safe, one["has_ai"], one["n"], *values, *moved, *last, one["difference"]["theory"]])
    return made.getvalue()
