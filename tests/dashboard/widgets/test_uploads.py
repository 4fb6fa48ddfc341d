import json
import tomllib
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[3]
SCRIPT = (ROOT / "dashboard/widgets/drop_area/drop_area.js").read_text()


def page() -> None:
    import streamlit as st

    from dashboard.widgets.uploads import drop_area

    taken = drop_area(
        "a", to="/api/uploads", fields={"x": "1"}, accept=".dcm", prompt="Drop here", blocked="wait"
    )
    st.text(str(taken))


def test_the_area_is_given_what_it_needs_and_answers_nothing_before_a_batch_ends():
    at = AppTest.from_function(page).run()
    assert not at.exception
    (area,) = at.get("bidi_component")
    assert json.loads(area.proto.json) == {
        "to": "/api/uploads",
        "fields": {"x": "1"},
        "once": {},
        "accept": ".dcm",
        "prompt": "Drop here",
        "blocked": "wait",
    }
    assert at.text[0].value == "None"


def test_its_code_is_a_file_of_ours_so_that_no_policy_has_to_allow_inline_scripts():
    at = AppTest.from_function(page).run()
    (area,) = at.get("bidi_component")
    assert area.proto.js_content == ""
    assert area.proto.js_source_path.startswith("drop_area")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["streamlit"]["component"][
        "components"
    ]
    (mine,) = [c for c in declared if c["name"] == "drop_area"]
    assert (ROOT / mine["asset_dir"] / "drop_area.js").is_file()


def test_its_code_writes_no_markup_and_asks_nobody_else():
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "eval(",
        "http://",
        "https://",
        "document.cookie",
    ):
        assert forbidden not in SCRIPT
