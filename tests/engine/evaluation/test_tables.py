from engine.evaluation.tables import TITLE, number, spread, table, write_section


def test_a_section_takes_the_place_of_the_one_before_and_leaves_the_rest(tmp_path):
    path = tmp_path / "evaluation.md"
    path.write_text(
        "# Evaluation\n\n## Impressions\n\nkept\n\n## Findings\n\nold\n\n### Goals\n\nold\n\n## Where\n\nkept too\n"
    )
    write_section(path, [TITLE, "", "new", ""])

    assert path.read_text() == (
        "# Evaluation\n\n## Impressions\n\nkept\n\n## Findings\n\nnew\n\n## Where\n\nkept too\n"
    )
    write_section(path, [TITLE, "", "newer", ""])
    assert path.read_text().count(TITLE) == 1


def test_a_new_section_comes_last(tmp_path):
    write_section(tmp_path / "new.md", [TITLE, "", "first"])

    assert (tmp_path / "new.md").read_text() == "# Evaluation\n\n## Findings\n\nfirst\n"


def test_a_value_without_an_interval_says_so():
    assert spread({"value": 0.5, "low": 0.4, "high": 0.61}) == "0.50 (0.40 to 0.61)"
    assert spread({"value": 0.5, "low": None, "high": None}) == "0.50"
    assert spread({"value": None, "low": None, "high": None}) == "not estimable"
    assert number(None) == "–"


def test_a_table_has_as_many_cells_in_every_line():
    lines = table(("a", "b", "c"), [(1, 2, 3)], left=2)

    assert {line.count("|") for line in lines if line} == {4}
