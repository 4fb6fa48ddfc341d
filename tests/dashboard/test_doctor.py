"""The doctor says what is there and what is missing, and never falls over it."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from dashboard import cli, demo_home, doctor
from dashboard.settings import Settings
from engine.model.convert import RECORD, checkpoint_key
from engine.model.delta import SHIPPED
from engine.model.folder import fingerprint
from tests.engine.model.families import a_family_folder
from tests.engine.test_served import desk  # noqa: F401 - a fixture
from triage.levels import SHIPPED as LEVELS

NAMES = ["python", "packages", "device", "four_bit", "model", "self_test"]
NAMES += ["database", "files", "disk", "sign_in", "levels"]


@pytest.fixture
def settings(addresses, tmp_path):
    return Settings(tmp_path, database_url=addresses.app_url, files_url=str(tmp_path / "films"))


def look(name, settings):
    return doctor.CHECKS[name](settings)


def test_every_name_of_the_contract_is_looked_at():
    assert list(doctor.CHECKS) == NAMES


def test_the_json_has_one_key_per_line_of_text(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(doctor, "CHECKS", {"python": doctor._python, "disk": doctor._disk})
    assert cli.main(["doctor", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["ok", "python", "disk"]
    assert {"ok", "says"} <= answer["python"].keys()
    assert cli.main(["doctor"]) == 0
    assert capsys.readouterr().out.startswith("ok     python")
    assert not (tmp_path / "home").exists(), "the doctor made a home"


def test_a_thing_that_is_needed_and_missing_is_a_failure(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))
    missing = doctor.Check(ok=False, says="gone")
    monkeypatch.setattr(doctor, "CHECKS", {"database": lambda _settings: missing})
    assert cli.main(["doctor"]) == 1
    assert capsys.readouterr().out == "not ok database   gone\n"
    nice = doctor.Check(ok=False, says="slow", needed=False)
    monkeypatch.setattr(doctor, "CHECKS", {"four_bit": lambda _settings: nice})
    assert cli.main(["doctor"]) == 0


def test_the_database_and_the_files_are_asked(settings):
    assert look("database", settings).ok
    assert look("files", settings).ok


def test_a_silent_database_is_not_ok(tmp_path):
    check = look("database", Settings(tmp_path, database_url="postgresql://nobody@127.0.0.1:9/none"))
    assert not check.ok
    assert check.says.endswith(".")


def test_a_role_that_could_change_the_trail_is_not_ok(addresses, tmp_path):
    check = look("database", Settings(tmp_path, database_url=addresses.owner_url))
    assert not check.ok
    assert "audit trail" in check.says


def test_a_file_store_nobody_can_write_is_not_ok(tmp_path):
    (tmp_path / "films").write_text("in the way")
    assert not look("files", Settings(tmp_path, files_url=str(tmp_path / "films"))).ok


def test_a_missing_package_is_named(monkeypatch, tmp_path, settings):
    (tmp_path / "requirements.txt").write_text("streamlit==1.67.0\nnever-heard-of==1.0\npytest==0.0.1\n")
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    check = look("packages", settings)
    assert not check.ok
    assert "never-heard-of==1.0, pytest==0.0.1" in check.says


def test_the_sign_in_is_needed_by_serve_alone(settings):
    assert not look("sign_in", settings).ok
    assert not look("sign_in", settings).needed
    demo_home.claim(settings.home)
    assert look("sign_in", settings).ok


def test_a_full_disk_is_not_ok(monkeypatch, settings):
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)
    assert not look("disk", settings).ok


def test_before_the_first_start_the_trained_weights_are_named_by_their_hash(settings):
    check = look("model", settings)
    assert check.ok
    assert sha256(SHIPPED.read_bytes()).hexdigest() in check.says


def test_before_the_first_start_there_is_nothing_to_ask(settings):
    assert look("self_test", settings).ok
    assert "first start" in look("self_test", settings).says


def test_a_checkpoint_that_cannot_be_loaded_fails_its_self_test(settings, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_PRECISION", "bf16")
    half = settings.home / "model" / f"rad-vlm-{checkpoint_key()}" / "bf16"
    half.mkdir(parents=True)
    (half / RECORD).write_text("{}", encoding="utf-8")
    check = look("self_test", settings)
    assert not check.ok
    assert check.says.endswith(".")


def test_weights_that_a_house_taught_are_the_ones_looked_at(settings, monkeypatch, tmp_path):
    house = tmp_path / "house"
    house.mkdir()
    (house / "delta.safetensors").write_bytes(b"taught here")
    monkeypatch.setenv("FIRSTREAD_DELTA", str(house))
    assert sha256(b"taught here").hexdigest() in look("model", settings).says

    ours = settings.home / "model" / f"rad-vlm-{checkpoint_key()}" / "bf16"
    ours.mkdir(parents=True)
    (ours / RECORD).write_text("{}", encoding="utf-8")
    assert "first start" in look("self_test", settings).says, "the shipped checkpoint is not the house's"


def test_a_brought_folder_passes_for_what_was_asked_of_it_and_no_more(monkeypatch, tmp_path):
    monkeypatch.setenv("FIRSTREAD_MODEL", str(a_family_folder("gemma3", tmp_path / "brought")))
    monkeypatch.setenv("FIRSTREAD_PRECISION", "bf16")
    check = look("self_test", Settings(tmp_path / "home"))
    assert check.ok
    assert "as at the first load" in check.says
    assert "when the weights were made" not in check.says


def test_this_machine_can_be_looked_at(settings):
    for name in ("python", "device"):
        assert look(name, settings).ok
    assert look("four_bit", settings).says.startswith("weights are read as")


# ── a model that was brought ──────────────────────────────────────────────────────────────────────────


def test_a_brought_folder_is_looked_at_as_the_loader_will(monkeypatch, tmp_path):
    folder = a_family_folder("gemma3", tmp_path / "brought")
    monkeypatch.setenv("FIRSTREAD_MODEL", str(folder))
    check = look("model", Settings(tmp_path / "home"))
    assert check.ok
    assert fingerprint(folder) in check.says
    assert not (tmp_path / "home").exists()

    (folder / "weights.bin").write_bytes(b"x")
    check = look("model", Settings(tmp_path / "home"))
    assert not check.ok
    assert "can run code" in check.says


def test_a_family_nobody_knows_is_not_ok(monkeypatch, tmp_path):
    folder = a_family_folder("gemma3", tmp_path / "brought")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "clip"}))
    monkeypatch.setenv("FIRSTREAD_MODEL", str(folder))
    assert "of the family clip" in look("model", Settings(tmp_path / "home")).says


def test_a_server_is_asked_what_it_serves_and_no_film_is_sent(monkeypatch, tmp_path, desk):  # noqa: F811
    monkeypatch.setenv("FIRSTREAD_MODEL_URL", desk.url)
    monkeypatch.setenv("FIRSTREAD_MODEL_NAME", "reader-7b")
    check = look("model", Settings(tmp_path))
    assert check.ok
    assert "reader-7b at 127.0.0.1" in check.says
    assert desk.asked == []

    monkeypatch.setenv("FIRSTREAD_MODEL_NAME", "another")
    check = look("model", Settings(tmp_path))
    assert not check.ok
    assert "serves reader-7b; set FIRSTREAD_MODEL_NAME" in check.says


def test_a_silent_server_and_a_wrong_setting_are_not_ok(monkeypatch, tmp_path):
    monkeypatch.setenv("FIRSTREAD_MODEL_URL", "http://127.0.0.1:9/v1")
    check = look("model", Settings(tmp_path))
    assert not check.ok
    assert "does not answer" in check.says
    monkeypatch.setenv("FIRSTREAD_MODEL_URL", "http://models.example/v1")
    assert "without TLS" in look("model", Settings(tmp_path)).says


def test_the_table_of_levels_in_use_is_named(tmp_path):
    said = look("levels", Settings(tmp_path))
    assert said.ok
    assert said.says.startswith(f"the shipped table {LEVELS.version}: 14 rows of findings")
    site = look("levels", Settings(tmp_path, levels=replace(LEVELS, version="Ward 7 0123")))
    assert site.says.startswith("the site's table Ward 7 0123")
