import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

FOLDER = Path(__file__).parents[3] / "dashboard/widgets/worklist"
SCRIPTS = sorted(FOLDER.glob("*.js"))


def page() -> None:
    import streamlit as st

    from dashboard.widgets.studies import studies

    def nothing() -> None: ...

    uid = studies("a", {"rows": [], "me": "ada"}, on_claim=nothing, on_release=nothing, on_assign=nothing)
    st.text(str(uid))


def test_the_list_is_told_its_rows_and_opens_nothing_by_itself():
    at = AppTest.from_function(page, default_timeout=20).run()
    assert not at.exception
    (drawn,) = at.get("bidi_component")
    assert json.loads(drawn.proto.json) == {"rows": [], "me": "ada"}
    assert drawn.proto.js_source_path.startswith("worklist")
    assert drawn.proto.js_content == ""
    assert at.text[0].value == "None"


def test_it_looks_like_a_list_that_loads_before_its_code_runs():
    (drawn,) = AppTest.from_function(page, default_timeout=20).run().get("bidi_component")
    assert 'aria-busy="true"' in drawn.proto.html_content
    assert drawn.proto.html_content.count("bone") == 5


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_its_code_writes_no_markup_and_asks_nobody(script):
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "eval(",
        "fetch(",
        "http",
        "document.cookie",
    ):
        assert forbidden not in script.read_text()


def test_four_files_and_the_list_is_emptied_by_none():
    """Replacing the rows would lose focus and scroll; only cells that hold no button are drawn anew."""
    assert [path.name for path in SCRIPTS] == ["frame.js", "order.js", "row.js", "worklist.js"]
    assert "body.replaceChildren" not in (FOLDER / "worklist.js").read_text()
    assert "hold.replaceChildren" not in (FOLDER / "row.js").read_text()
