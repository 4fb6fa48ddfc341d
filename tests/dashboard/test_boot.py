import json
from pathlib import Path

import pytest
import streamlit as st

from dashboard import boot, streamlit_adapter
from dashboard.settings import Settings, SettingsError

DANGEROUS = {
    "client.showErrorDetails": "full",
    "client.disableDataExport": False,
    "client.allowedOrigins": ["https://*.streamlit.app"],
    "logger.enableRich": True,
    "browser.gatherUsageStats": True,
    "global.developmentMode": True,
    "server.enableCORS": False,
    "server.corsAllowedOrigins": ["https://elsewhere.example"],
    "server.enableXsrfProtection": False,
    "server.enableStaticServing": True,
    "server.enableAgentApi": True,
    "server.scriptHealthCheckEnabled": True,
    "server.trustedUserHeaders": {"X-User": "email"},
    "server.baseUrlPath": "elsewhere",
    "server.maxUploadSize": 200,
    "server.allowedHosts": ["*"],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        tmp_path,
        oidc_metadata_url="http://127.0.0.1:1/.well-known/openid-configuration",
        oidc_client_id="firstread",
        oidc_client_secret="s",
        cookie_secret="c" * 32,
    )


@pytest.fixture
def configured(settings: Settings):
    streamlit_adapter.configure(settings.host)
    yield
    st.config.get_config_options(force_reparse=True)


@pytest.mark.usefixtures("configured")
def test_req_18_our_own_settings_are_safe(settings: Settings):
    boot.check_options(settings)
    assert {*boot.MUST_BE, "server.allowedHosts"} == set(DANGEROUS), "each setting needs its dangerous twin"


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("name", DANGEROUS)
def test_req_18_a_dangerous_setting_stops_the_start(settings: Settings, name: str):
    st.config._set_option(name, DANGEROUS[name], "a test")
    with pytest.raises(SettingsError, match=name):
        boot.check_options(settings)


def test_req_16_nobody_serves_without_a_provider_or_with_a_short_secret(settings: Settings):
    with pytest.raises(SettingsError, match="FIRSTREAD_OIDC_CLIENT_SECRET"):
        boot.sign_in_secrets(Settings(settings.home, cookie_secret="c" * 32, oidc_client_id="firstread"))
    with pytest.raises(SettingsError, match="32 bytes"):
        Settings(settings.home, cookie_secret="c" * 31)


def test_the_roles_are_asked_into_the_id_token(settings: Settings):
    section = boot.sign_in_secrets(settings)["auth"]
    assert section["redirect_uri"] == f"{settings.url}/oauth2callback"
    claims = json.loads(section[boot.PROVIDER]["authorize_params"]["claims"])
    assert set(claims["id_token"]) == {"roles", "name", "auth_time"}
    assert "_" not in boot.PROVIDER


def test_no_secret_lies_in_the_repository():
    folder = streamlit_adapter.CONFIG.parent
    assert not (folder / "secrets.toml").exists()
    assert "secret" not in streamlit_adapter.CONFIG.read_text("utf-8").lower()
