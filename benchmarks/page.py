"""docs/benchmarks.md: one section for each benchmark, which writes it anew and leaves the others alone; its figures."""

import statistics
from pathlib import Path


def write(page: Path, heading: str, section: str) -> None:
    """Put a section under its heading, in the place of the older one or at the end of the page."""
    before, _, after = page.read_text(encoding="utf-8").partition(f"{heading}\n")
    _, found, others = after.partition("\n## ")
    following = f"\n## {others}" if found else ""
    page.write_text(f"{before.rstrip()}\n\n{heading}\n\n{section.strip()}\n{following}", encoding="utf-8")


def figures(spent: list[float]) -> dict[str, float]:
    """The middle of what was measured, and what nineteen in twenty stayed below."""
    ordered = sorted(spent)
    at = min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))
    return {"p50": round(statistics.median(ordered), 1), "p95": round(ordered[at], 1)}
