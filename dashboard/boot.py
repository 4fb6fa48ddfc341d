"""What must hold before the first visitor: dangerous settings are off, secrets are secret."""

from typing import Any

from dashboard import streamlit_adapter
from dashboard.settings import Settings, SettingsError

MUST_BE: dict[str, Any] = {
    "client.showErrorDetails": "none",
    "client.disableDataExport": True,
    "client.allowedOrigins": [],
    "logger.enableRich": False,
    "browser.gatherUsageStats": False,
    "global.developmentMode": False,
    "server.enableCORS": True,
    "server.corsAllowedOrigins": [],
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.scriptHealthCheckEnabled": False,
    "server.trustedUserHeaders": {},
    "server.baseUrlPath": "",
    "server.maxUploadSize": 1,
}
"""Streamlit's settings that protect patients; the last word of files, environment and command line counts."""


def check_options(settings: Settings) -> None:
    """Refuse to start with a setting that would open a door.

    Raises: SettingsError: naming the setting and the value it must have.
    """
    for name, value in {**MUST_BE, "server.allowedHosts": [settings.host]}.items():
        if (streamlit_adapter.option(name) or type(value)()) != value:
            raise SettingsError(
                f"Streamlit's {name} must be {value!r}; remove it from your own config.toml and environment."
            )


def sign_in_secrets(settings: Settings) -> dict[str, Any]:
    """What `st.login` needs to know, in the form of Streamlit's secrets; nothing of it is written to disk.

    `claims` asks the provider to put the roles into the ID token: Streamlit looks nowhere else. It stands in
    authorize_params because client_kwargs drops it silently.

    Raises: SettingsError: no provider is named, or the cookie secret is too short to be one.
    """
    settings.check_sign_in()
    return {
        "auth": {
            "redirect_uri": f"{settings.url}/oauth2callback",
            "cookie_secret": settings.cookie_secret,
            PROVIDER: {
                "client_id": settings.oidc_client_id,
                "client_secret": settings.oidc_client_secret,
                "server_metadata_url": settings.oidc_metadata_url,
                "client_kwargs": {"scope": "openid profile email", "prompt": "login"},
                "authorize_params": {
                    "claims": '{"id_token":{"roles":null,"name":null,"auth_time":{"essential":true}}}'
                },
            },
        }
    }


PROVIDER = "firstread"
"""What Streamlit calls the sign-in provider; without an underscore, or it refuses."""
