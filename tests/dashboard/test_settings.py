"""The environment is read once, and a bad value is named."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.settings import Settings, SettingsError
from triage.levels import SHIPPED, SHIPPED_FILE

SECRET = "s" * 32
SIGN_IN = {
    "FIRSTREAD_OIDC_METADATA_URL": "https://id.example/.well-known/openid-configuration",
    "FIRSTREAD_OIDC_CLIENT_ID": "firstread",
    "FIRSTREAD_OIDC_CLIENT_SECRET": "hush-hush",
    "FIRSTREAD_COOKIE_SECRET": SECRET,
}


def test_an_empty_environment_is_a_usable_one():
    settings = Settings.from_environment({})
    assert settings.home == Path("~/.firstread").expanduser()
    assert settings.files_url == str(settings.home / "files")
    assert settings.url == "http://127.0.0.1:8501"
    assert settings.database_url is None
    assert not settings.demo


def test_the_process_environment_is_what_is_read_by_default(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "environ", {"FIRSTREAD_HOME": str(tmp_path)})
    assert Settings.from_environment().home == tmp_path


def test_a_blank_variable_is_an_unset_one(tmp_path):
    settings = Settings.from_environment({"FIRSTREAD_HOME": str(tmp_path), "FIRSTREAD_DATABASE_URL": " "})
    assert settings.database_url is None


def test_only_a_one_makes_a_demo():
    assert Settings.from_environment({"FIRSTREAD_DEMO": "1"}).demo
    assert not Settings.from_environment({"FIRSTREAD_DEMO": "true"}).demo


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FIRSTREAD_URL", "firstread.example", "not a web address"),
        ("FIRSTREAD_URL", "ftp://firstread.example", "not a web address"),
        ("FIRSTREAD_URL", "http://127.0.0.1:99999", "not a web address"),
        ("FIRSTREAD_URL", "http://firstread.example", "without TLS"),
        ("FIRSTREAD_OIDC_METADATA_URL", "http://id.example/x", "without TLS"),
        ("FIRSTREAD_DATABASE_URL", "sqlite:///x.db", "PostgreSQL"),
        ("FIRSTREAD_OWNER_URL", "mysql://x/y", "PostgreSQL"),
        ("FIRSTREAD_COOKIE_SECRET", "changeme", "shorter than 32"),
        ("FIRSTREAD_MODEL", "/no/such/folder", "names no folder"),
    ],
)
def test_an_unusable_value_is_named_in_one_sentence(name, value, says):
    with pytest.raises(SettingsError, match=says) as caught:
        Settings.from_environment({name: value})
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_secret_is_shown_when_settings_are_printed():
    settings = Settings.from_environment(
        {**SIGN_IN, "FIRSTREAD_DATABASE_URL": "postgresql://u:pw-canary@h/d"}
    )
    shown = repr(settings)
    assert not any(secret in shown for secret in (SECRET, "hush-hush", "pw-canary"))


def test_sign_in_needs_all_four():
    assert Settings.from_environment(SIGN_IN).sign_in_configured
    for name in SIGN_IN:
        settings = Settings.from_environment({k: v for k, v in SIGN_IN.items() if k != name})
        assert not settings.sign_in_configured
        with pytest.raises(SettingsError, match=name):
            settings.check_sign_in()


def test_the_address_is_taken_apart():
    assert (Settings(Path(), "https://a.example").host, Settings(Path(), "https://a.example").port) == (
        "a.example",
        443,
    )
    assert Settings(Path(), "http://127.0.0.1:9000").port == 9000


@given(st.text(max_size=60))
def test_whatever_the_address_says_only_a_sentence_comes_out(text):
    refused = ""
    try:
        Settings(Path(), text)
    except SettingsError as error:
        refused = str(error)
    assert refused == "" or refused.startswith("FIRSTREAD_URL")


# ── notices of critical results ───────────────────────────────────────────────────────────────────────

NOTICES = {
    "FIRSTREAD_SMTP_URL": "smtp://mail.hospital.example:587",
    "FIRSTREAD_NOTICE_FROM": "firstread@hospital.example",
    "FIRSTREAD_NOTICE_TO": "oncall@hospital.example, ward7@hospital.example,",
    "FIRSTREAD_WEBHOOK_URL": "https://pager.example/x",
    "FIRSTREAD_WEBHOOK_SECRET": SECRET,
}


def test_where_notices_go_is_read_and_never_shown():
    read = Settings.from_environment(NOTICES)
    assert read.notices.to == ("oncall@hospital.example", "ward7@hospital.example")
    assert (read.notices.sender, read.notices.webhook_secret) == ("firstread@hospital.example", SECRET)
    assert SECRET not in repr(read)
    assert "mail.hospital" not in repr(read)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FIRSTREAD_SMTP_URL", "mail.hospital.example", "FIRSTREAD_SMTP_URL"),
        ("FIRSTREAD_SMTP_URL", "https://mail.hospital.example", "FIRSTREAD_SMTP_URL"),
        ("FIRSTREAD_NOTICE_FROM", "", "FIRSTREAD_NOTICE_FROM"),
        ("FIRSTREAD_NOTICE_FROM", "a@b <c@d>", "mail addresses"),
        ("FIRSTREAD_NOTICE_TO", "oncall", "mail addresses"),
        ("FIRSTREAD_WEBHOOK_URL", "http://pager.example/x", "without TLS"),
        ("FIRSTREAD_WEBHOOK_SECRET", "short", "FIRSTREAD_WEBHOOK_SECRET"),
        ("FIRSTREAD_CALL_LIST", "/no/such/file", "no file that can be read"),
    ],
)
def test_a_way_out_that_cannot_be_used_is_named(name, value, says):
    with pytest.raises(SettingsError, match=says):
        Settings.from_environment({**NOTICES, name: value})


def test_the_call_list_of_the_site_is_read_from_its_file(tmp_path):
    file = tmp_path / "calls.toml"
    file.write_text('version = "1"\n[[people]]\nname = "Ward 7"\n', "utf-8")
    assert Settings.from_environment({"FIRSTREAD_CALL_LIST": str(file)}).call_list.names == ("Ward 7",)
    file.write_text("people = 1", "utf-8")
    with pytest.raises(SettingsError, match="FIRSTREAD_CALL_LIST: Each person"):
        Settings.from_environment({"FIRSTREAD_CALL_LIST": str(file)})


def test_the_site_s_table_of_levels_is_the_named_one_or_that_of_the_home_folder(tmp_path):
    said = {"FIRSTREAD_HOME": str(tmp_path)}
    assert Settings.from_environment(said).levels == SHIPPED
    table = SHIPPED_FILE.read_text("utf-8").replace('name = "shipped"', 'name = "Ward 7"')
    (tmp_path / "levels.toml").write_text(table, "utf-8")
    assert Settings.from_environment(said).levels.version.startswith("Ward 7 ")
    (tmp_path / "named.toml").write_text(table.replace("Ward 7", "named"), "utf-8")
    said["FIRSTREAD_LEVELS"] = str(tmp_path / "named.toml")
    assert Settings.from_environment(said).levels.version.startswith("named ")
    (tmp_path / "named.toml").write_text(table.replace('level = "stat"', 'level = "now"'), "utf-8")
    with pytest.raises(SettingsError, match=r"named\.toml, level row 1: level is one of stat"):
        Settings.from_environment(said)
    said["FIRSTREAD_LEVELS"] = str(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.from_environment(said)
