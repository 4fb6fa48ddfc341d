"""Every benchmark has its section of the page, and touches no other."""

import pytest

from benchmarks.page import write


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# B\n", "# B\n\n## Two\n\nnew\n"),
        ("# B\n\n## Two\n\nold\n", "# B\n\n## Two\n\nnew\n"),
        ("# B\n\n## One\n\na\n", "# B\n\n## One\n\na\n\n## Two\n\nnew\n"),
        (
            "# B\n\n## Two\n\nold\n\n## Two and a half\n\nc\n",
            "# B\n\n## Two\n\nnew\n\n## Two and a half\n\nc\n",
        ),
    ],
)
def test_a_section_takes_the_place_of_the_older_one(tmp_path, old, new):
    page = tmp_path / "benchmarks.md"
    page.write_text(old)
    for _ in range(2):
        write(page, "## Two", "\nnew\n")
        assert page.read_text() == new
