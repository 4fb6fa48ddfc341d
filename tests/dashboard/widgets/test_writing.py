import json
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.widgets.writing import Said, said

ROOT = Path(__file__).parents[3]
CODE = {name: (ROOT / f"dashboard/widgets/{name}/{name}.js").read_text() for name in ("editor", "pointer")}


def page() -> None:
    from dashboard.widgets.writing import editor

    editor(
        "e",
        label="Impression",
        text="A",
        revision="r",
        heard=2,
        status="Kept",
        placeholder="Write",
        on_said=lambda: None,
    )


def test_the_field_is_given_what_it_needs():
    at = AppTest.from_function(page).run()
    assert not at.exception
    (field,) = at.get("bidi_component")
    told = {"name": "e", "label": "Impression", "text": "A", "revision": "r", "heard": 2, "status": "Kept"}
    assert json.loads(field.proto.json) == {**told, "placeholder": "Write"}
    assert field.proto.js_content == ""


@pytest.mark.parametrize("name", CODE)
def test_its_code_is_ours_keeps_nothing_in_the_browser_and_asks_nobody_else(name):
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["streamlit"]["component"]
    (mine,) = [c for c in declared["components"] if c["name"] == name]
    assert (ROOT / mine["asset_dir"] / f"{name}.js").is_file()
    for forbidden in (
        "innerHTML",
        "insertAdjacentHTML",
        "eval(",
        "http",
        "cookie",
        "localStorage",
        "sessionStorage",
        "indexedDB",
    ):
        assert forbidden not in CODE[name]


def test_only_what_the_field_can_say_is_heard():
    good = {"said": {"text": "A", "revision": "r", "heard": 1}}
    assert said(good) == Said("A", "r", 1)
    for bad in (
        None,
        "x",
        {},
        {"said": None},
        {"said": {**good["said"], "text": 1}},
        {"said": {"text": "A"}},
    ):
        assert said(bad) is None
