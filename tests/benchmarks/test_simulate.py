"""The benchmark of the simulator runs, and its section replaces itself alone."""

from benchmarks.page import write
from benchmarks.simulate import MARK, ROOMS, coverage, measured, options, table


def test_a_small_run_is_measured_and_written_twice_into_one_section(tmp_path):
    rooms = measured(options(["--studies", "2000", "--rounds", "1"]))
    assert set(rooms) == set(ROOMS)
    assert all(spent["core_s"] > 0 for spent in rooms.values())
    found = {"studies": 2000, "rounds": 1, "machine": "m", "load_at_the_start": "0.1", "rooms": rooms}
    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n\n## First\n\none\n", "utf-8")
    write(page, MARK, "old")
    page.write_text(page.read_text("utf-8") + "\n## Last\n\ntwo\n", "utf-8")
    write(page, MARK, table(found))
    text = page.read_text("utf-8")
    assert text.count(MARK) == 1
    assert "old" not in text
    assert text.index("## First") < text.index(MARK) < text.index("## Last")
    assert "| 2,000 studies, each read without and with AI | wall s | core s |" in text


def test_coverage_counts_simulations_whose_interval_holds_the_theory():
    first, _, *rows = coverage(2).splitlines()
    assert first == "| intervals that hold the theory, of 2 | without | with | difference |"
    counts = [int(cell) for row in rows for cell in row.strip("| ").split(" | ")[1:]]
    assert all(0 <= n <= 2 for n in counts)
    assert sum(counts) > len(counts)
