import json
import re
import tomllib
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[3]
VIEWER = ROOT / "dashboard/widgets/viewer"
SOURCES = sorted((VIEWER / "src").glob("*.js"))


def page() -> None:
    import streamlit as st

    from dashboard.widgets.viewing import viewer

    seen = viewer("v", {"study": "1.2"})
    st.text(f"{seen.drawable} {seen.picked}")


def test_until_the_browser_says_otherwise_it_can_draw_and_nothing_is_clicked():
    at = AppTest.from_function(page, default_timeout=20).run()
    assert not at.exception
    assert at.text[0].value == "True None"
    (component,) = at.get("bidi_component")
    assert json.loads(component.proto.json) == {"study": "1.2"}


def test_its_code_is_a_file_of_ours_so_that_no_policy_has_to_allow_inline_scripts():
    (component,) = AppTest.from_function(page, default_timeout=20).run().get("bidi_component")
    assert component.proto.js_content == ""
    assert component.proto.js_source_path.startswith("viewer")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["streamlit"]["component"]
    (mine,) = [c for c in declared["components"] if c["name"] == "viewer"]
    assert (ROOT / mine["asset_dir"] / "viewer.js").is_file()
    assert not (ROOT / mine["asset_dir"] / "node_modules").exists(), "only what is built is served"


def test_our_own_sources_write_no_markup_and_ask_nobody_else():
    assert len(SOURCES) > 10
    for source in SOURCES:
        text = source.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        for forbidden in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "eval(",
            "http://",
            "https://",
            "cookie",
        ):
            assert forbidden not in text, source.name


def test_every_key_of_the_list_is_one_that_works():
    keys = (VIEWER / "src/keys.js").read_text("utf-8")
    listed = re.findall(r'^  \["([^"]+)", "', keys, re.MULTILINE)
    assert len(listed) >= 18
    single = {key for row in listed for key in row.split() if len(key) == 1} - set("←↑→↓…−19")
    for key in single:
        assert re.search(rf'^    "?{re.escape(key)}"?: \(\) =>', keys, re.MULTILINE), key


def test_the_lock_file_names_no_registry():
    lock = (VIEWER / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert "registry" not in lock
    assert all(p.get("integrity") for name, p in json.loads(lock)["packages"].items() if name)
