"""The contract of the command line: names, exit codes, and one sentence for every failure."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from dashboard import cli
from db.errors import DatabaseUnavailable

ROOT = Path(__file__).parents[2]
COMMANDS = {
    ("demo",),
    ("serve",),
    ("worker",),
    ("doctor",),
    ("migrate",),
    ("ingest", "x.dcm"),
    ("read", "x.dcm"),
    ("evaluate", "films", "--manifest", __file__),
    ("evaluate", "impressions", "--pairs", __file__),
    ("passport", "--manifest", __file__),
    ("train", "--manifest", __file__),
    ("audit", "verify"),
}


def leave(arguments):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    return left.value.code


@pytest.mark.parametrize("command", sorted(COMMANDS), ids=" ".join)
def test_every_command_of_the_contract_has_a_module_and_takes_json(command):
    asked = cli.parser().parse_args([*command, "--json"])
    assert asked.json
    assert callable(import_module(asked.module).run)


@pytest.mark.parametrize("command", sorted({c[:1] for c in COMMANDS}), ids=" ".join)
def test_every_command_explains_itself(command, capsys):
    assert leave([*command, "--help"]) == 0
    assert "usage: firstread" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["dance"],
        ["demo", "--port", "0"],
        ["demo", "--port", "eighty"],
        ["demo", "--films", "/no/such/folder"],
        ["read"],
        ["read", "x.dcm", "--style", "haiku"],
        ["read", "x.dcm", "--vitals", "/no/such.csv"],
        ["ingest"],
        ["evaluate", "films"],
        ["evaluate", "films", "--manifest", "/no/such.csv"],
        ["evaluate", "films", "--manifest", __file__, "--predictions", "/no/such/folder/out.csv"],
        ["evaluate", "impressions", "--pairs", "/no/such.csv"],
        ["train", "--manifest", __file__, "--epochs", "0"],
        ["train", "--manifest", __file__, "--simulated", "-1"],
        ["audit"],
    ],
    ids=" ".join,
)
def test_bad_arguments_end_with_2_and_say_what_is_wrong(wrong, capsys):
    assert leave(wrong) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "error:" in said.err


def run_with(monkeypatch, error):
    def fail(_asked, _console):
        raise error

    monkeypatch.setattr("dashboard.doctor.run", fail)
    return cli.main(["doctor", "--json"])


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))
    return tmp_path


def test_an_error_of_ours_is_its_own_sentence(home, monkeypatch, capsys):
    assert run_with(monkeypatch, DatabaseUnavailable("The database sleeps.")) == 1
    said = capsys.readouterr()
    assert json.loads(said.out) == {"error": "The database sleeps."}
    assert said.err == "The database sleeps.\n"
    assert not (home / "log").exists()


def test_an_unexpected_error_is_a_sentence_too_and_its_words_stay_off_the_screen(home, monkeypatch, capsys):
    assert run_with(monkeypatch, ZeroDivisionError("Canary^Kestrel")) == 1
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "Canary" not in said.out + said.err
    assert "ZeroDivisionError" in (home / "log" / "firstread.log").read_text()


def test_a_full_disk_is_named(home, monkeypatch, capsys):
    assert run_with(monkeypatch, OSError(28, "No space left on device", "/films")) == 1
    assert capsys.readouterr().err == "No space left on device: /films.\n"


def test_a_missing_package_is_named(home, monkeypatch, capsys):
    assert run_with(monkeypatch, ModuleNotFoundError("No module named 'x'", name="torch")) == 1
    assert capsys.readouterr().err.startswith("The package torch is not installed")


def test_ctrl_c_is_no_traceback(home, monkeypatch, capsys):
    assert run_with(monkeypatch, KeyboardInterrupt()) == 1
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_broken_setting_is_named(monkeypatch, capsys):
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", "sqlite:///x")
    assert cli.main(["doctor"]) == 1
    assert "FIRSTREAD_DATABASE_URL" in capsys.readouterr().err


def test_asking_for_help_imports_neither_torch_nor_streamlit():
    script = (
        "import sys; from dashboard import cli; cli.parser(); "
        "sys.exit(bool({'torch', 'streamlit', 'pydicom', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60).returncode == 0


def test_the_console_script_is_installed():
    said = subprocess.run(
        [str(Path(sys.executable).with_name("firstread")), "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "chest radiograph" in said.stdout


def test_no_library_draws_its_own_progress():
    script = """
from contextlib import suppress
from dashboard import cli
with suppress(SystemExit):
    cli.main(["read", "--help"])
from tqdm.auto import tqdm
list(tqdm(range(3), desc="Converting"))
"""
    bare = {name: value for name, value in os.environ.items() if name != "TQDM_DISABLE"}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=ROOT,
        env=bare,
        check=True,
        timeout=60,
        capture_output=True,
    )
    assert ran.stderr == b""
