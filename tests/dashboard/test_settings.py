"""The environment is read once, and a bad value is named."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.settings import Settings, SettingsError

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
