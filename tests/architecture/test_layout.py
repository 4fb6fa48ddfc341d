"""The traps the layout avoids: each would be easy to fall into and hard to see."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("consent", "triage", "engine", "db", "dashboard")
MODULES = [
    p
    for folder in FOLDERS
    for p in (ROOT / folder).rglob("*.py")
    if not {"migrations", "node_modules"} & {*p.parts}
]
TREES = {path: ast.parse(path.read_text()) for path in MODULES}
calls = [(path, n) for path, tree in TREES.items() for n in ast.walk(tree) if isinstance(n, ast.Call)]


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_no_folder_publishes_itself_as_pages():
    assert not [
        p
        for p in ROOT.rglob("pages")
        if p.is_dir() and ".venv" not in p.parts and "node_modules" not in p.parts
    ]


def test_nothing_in_dashboard_shadows_a_package():
    """Streamlit puts the script's folder first on sys.path."""
    names = {p.stem for p in (ROOT / "dashboard").iterdir() if p.suffix == ".py" or p.is_dir()}
    assert not names & {*FOLDERS, "tests", "benchmarks", "docs"}
    assert not (names - {"__init__", "__pycache__"}) & set(sys.stdlib_module_names)
    assert not names & {
        "streamlit",
        "torch",
        "transformers",
        "pydicom",
        "plotly",
        "sqlmodel",
        "authlib",
        "pandas",
    }


def test_only_decide_makes_a_permit():
    made = [where(path, c) for path, c in calls if name_of(c).split(".")[-1] == "Permit"]
    assert [m.split(":")[0] for m in made] == ["consent/decision.py"]
    keys = [p for p in MODULES if "_KEY" in p.read_text() and "decision" in p.read_text()]
    assert [p.name for p in keys if p.parent.name == "consent"] == ["decision.py"]


def test_only_one_function_moves_a_study():
    moved = {where(path, c).split(":")[0] for path, c in calls if re.search(r"studies\.move$", name_of(c))}
    assert moved == {"triage/steps.py"}
    advanced = {where(path, c).split(":")[0] for path, c in calls if name_of(c) == "advance"}
    assert advanced == {"triage/steps.py"}


def test_no_remote_code_no_pickle_no_markup_from_patients():
    for path, call in calls:
        for keyword in call.keywords:
            value = ast.unparse(keyword.value)
            assert (keyword.arg, value) != ("trust_remote_code", "True"), where(path, call)
            assert (keyword.arg, value) != ("unsafe_allow_html", "True"), where(path, call)
            assert (keyword.arg, value) != ("weights_only", "False"), where(path, call)
        assert name_of(call) not in {"pickle.load", "pickle.loads", "eval", "exec", "os.system"}, where(
            path, call
        )


def test_no_failure_is_swallowed():
    silent = [
        where(path, node)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(s, ast.Pass) for s in node.body)
    ]
    assert silent == []


BROAD = {
    "dashboard/worker.py",  # its outermost loop
    "dashboard/gate.py",  # the server's edge: no traceback reaches a browser
    "dashboard/cli.py",  # the command boundary: an id in the log, a sentence on the screen
    "engine/dicom/quarantine.py",  # the child that parses strangers
    "triage/calling.py",  # one result that fails must not silence the others; it is raised at the end
    "dashboard/notices/sending.py",  # whatever keeps a notice from going is noted as not sent
}


def test_broad_excepts_stand_only_at_the_named_boundaries():
    broad = {
        str(path.relative_to(ROOT))
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    }
    assert broad <= BROAD


def test_our_own_code_is_never_mocked():
    for path in (ROOT / "tests").rglob("*.py"):
        if path.name != Path(__file__).name:
            assert not re.search(r"\b(unittest\.mock|MagicMock|mocker)\b", path.read_text()), path


def test_only_session_opens_the_session_state():
    users = {
        str(path.relative_to(ROOT))
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "session_state"
    }
    assert users <= {"dashboard/session.py"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_module_has_a_test_of_its_name(folder):
    tests = {p.stem for p in (ROOT / "tests").rglob("test_*.py")}
    untested = [
        str(p.relative_to(ROOT))
        for p in MODULES
        if p.parts[len(ROOT.parts)] == folder
        and p.stem not in {"__init__", "errors", "ports", "stores", "tables", *WITHOUT_A_TEST_OF_THEIR_NAME}
        and f"test_{p.stem}" not in tests
    ]
    assert untested == []


WITHOUT_A_TEST_OF_THEIR_NAME: dict[str, str] = {
    "record": "data only; every consent test builds on it",
    "reading": "data only; every flow test builds on it (the view of that name has its own)",
    "usage": "data only; tested where it is counted, in tests/db",
    "steps": "what every step does; tested by each step in test_flow, test_signing, test_withdrawal",
    "vocabulary": "words only; tested by the statements and the fact check that use them",
    "phrasings": "words only; tested by the sentences made from them",
    "config": "sizes only; every test of the model builds on it",
    "front_door": "what everybody meets first; tested by test_app and the sign-in journey",
    "markdown": "tables only; tested by the pages made of them, in test_tables",
    "reword": "one call of what test_wording measures; its result stands in run.json",
    "features": "one call of the tower; tested by the run of test_train",
}


def test_decision_records_are_numbered_once():
    numbers = [p.name[:4] for p in (ROOT / "docs" / "adr").glob("*.md")]
    assert len(numbers) == len(set(numbers)) >= 8
    assert all(n.isdigit() for n in numbers)
