"""One process for everything a browser sees: screens, routes and patient pages, behind the gate."""

import logging
from datetime import datetime
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from consent.errors import ConsentError
from dashboard import boot, resources, streamlit_adapter
from dashboard.access_log import scrub_logs, whereabouts
from dashboard.api import code, correlations, errors, health, images, reports, uploads
from dashboard.gate import Gate
from dashboard.headers import HeaderRules
from dashboard.patient import routes as patient
from dashboard.settings import Settings
from triage.errors import TriageError

_log = logging.getLogger(__name__)
SCRIPT = Path(__file__).with_name("app.py")


def app() -> st.App:
    """The application as the environment describes it: `uvicorn dashboard.asgi:app --factory`."""
    return build(resources.settings())


def build(settings: Settings) -> st.App:
    """Put the application together; it serves nothing before its settings are safe.

    Raises: SettingsError: no sign-in provider, a weak secret, or a dangerous setting.
    """
    secrets = boot.sign_in_secrets(settings)
    streamlit_adapter.configure(settings.host)
    streamlit_adapter.forget_left_pages()
    boot.check_options(settings)
    scrub_logs()
    rules = HeaderRules(settings.url, streamlit_adapter.inline_script_hashes())
    gate = Middleware(Gate, rules=rules, sign_ins=resources.sign_ins, now=_now)
    return st.App(
        SCRIPT,
        routes=[
            *health.routes(),
            *uploads.routes(),
            *images.routes(),
            *reports.routes(),
            *correlations.routes(),
            *code.routes(),
            *errors.routes(),
            *patient.routes(resources.house, settings),
        ],
        middleware=[gate],
        secrets=secrets,
        on_script_error=say,
        exception_handlers=errors.HANDLERS,
    )


def _now() -> datetime:
    return resources.house().clock.now()


def say(error: Exception) -> bool:
    """Turn what broke a screen into one sentence; the log learns where, never what."""
    if isinstance(error, TriageError | ConsentError | resources.StorageError):
        st.error(str(error))
    else:
        _log.error("a screen failed: %s", whereabouts(error))
        st.error("Something unexpected went wrong here; nothing was changed. Reload the page and try again.")
    return True
