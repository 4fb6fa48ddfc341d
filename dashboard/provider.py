"""The demo's sign-in provider: OpenID Connect on loopback with three invented people.

It is the package `oidc-provider-mock`, run as a process of its own by `firstread demo` (`python -m dashboard.provider
PORT REDIRECT_URI`). Its metadata lies at `http://127.0.0.1:PORT/.well-known/openid-configuration`. Its sign-in page
has one button per person of `PEOPLE` (`<button name="sub" value="clinician@demo">`) and asks for no password. The ID
token carries `sub`, `name`, `email`, `roles` (a list) and `auth_time`, but no `sid`. Signing out goes straight back
to the address that asked for it. Clients must be registered: `register` does it and answers (client id, secret).
"""

import json
import logging
import os
import sys
import urllib.request
import warnings
from functools import partial
from typing import Any

from dashboard import children
from dashboard.settings import SettingsError
from triage.permission import Person, Role

PEOPLE = (
    Person("clinician@demo", "Dr. Ada Keller", frozenset({Role.CLINICIAN})),
    Person("second@demo", "Dr. Tomas Okoye", frozenset({Role.CLINICIAN})),
    Person("admin@demo", "Robin Hale", frozenset({Role.ADMINISTRATOR})),
)
"""Who can sign in to a demo; nobody real."""

_BASE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo sign-in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 16px/1.5 system-ui, sans-serif; background: #f4f6f8; color: #1c2733; margin: 0 }
main { max-width: 26rem; margin: 12vh auto; padding: 2rem; background: #fff; border-radius: 12px;
       box-shadow: 0 1px 8px #0002 }
.demo { background: #8a4b00; color: #fff; padding: .5rem 1rem; text-align: center; font-weight: 600 }
button { display: block; width: 100%; margin: .6rem 0; padding: .7rem 1rem; text-align: left; font: inherit;
         border: 1px solid #b8c4cf; border-radius: 8px; background: #fff; cursor: pointer }
button:hover, button:focus { border-color: #0b6e8a; background: #eef7fa }
small { color: #51606e } h1 { font-size: 1.3rem; margin-top: 0 }
</style>
<div class="demo">DEMO &mdash; invented people, no passwords</div>
<main>{% block content %}{{ content }}{% endblock %}</main></html>"""
_CHOOSE = """{% extends "_base.html" %}{% block content %}
<h1>Who is signing in?</h1>
<form method="post">{% for person in people %}
<button type="submit" name="sub" value="{{ person.subject }}">{{ person.name }}
<small>&middot; {{ person.roles | join(", ") }} &middot; {{ person.subject }}</small></button>{% endfor %}</form>
<small>This page stands in for your hospital's own sign-in.</small>
{% endblock %}"""
_ERROR = """{% extends "_base.html" %}{% block content %}
<h1>Sign-in failed</h1><p>{{ description }}</p>{% endblock %}"""


def metadata_url(port: int) -> str:
    """Where an OpenID Connect client finds everything else."""
    return f"http://127.0.0.1:{port}/.well-known/openid-configuration"


def application(redirect_uri: str) -> Any:
    """The provider as a Flask (WSGI) application.

    Args:
        redirect_uri: the one address a client may be sent back to, after signing in and after signing out.
    """
    import flask
    from jinja2 import ChoiceLoader, DictLoader

    oidc, user = _packages()
    users = [
        user(sub=p.subject, claims={"name": p.name, "email": p.subject, "roles": sorted(p.roles)})
        for p in PEOPLE
    ]
    app = oidc(require_client_registration=True, issue_refresh_token=False, user_claims=users)
    app.debug = False
    app.wsgi_app = app.wsgi_app.app  # without the package's debugger around it
    # The package's own pages load a style sheet from the internet and let anybody invent an account.
    pages = {"_base.html": _BASE, "authorization_form.html": _CHOOSE, "error.html": _ERROR}
    app.jinja_env.loader = ChoiceLoader([DictLoader(pages), app.jinja_env.loader])
    app.jinja_env.globals["people"] = PEOPLE
    app.view_functions["oidc-provider-mock.end_session"] = lambda: flask.redirect(redirect_uri)

    app.before_request(partial(_known_only, redirect_uri))
    return app


def _known_only(redirect_uri: str) -> tuple[str, int] | None:
    from flask import request

    sub = request.form.get("sub")
    if request.path.startswith("/users/") or (sub and sub not in {p.subject for p in PEOPLE}):
        return "The demo knows its three people only.", 403
    if request.path == "/oauth2/clients" and request.get_json(silent=True) != _client(redirect_uri):
        return "The demo has one client only.", 403
    return None


def _client(redirect_uri: str) -> dict[str, Any]:
    return {"redirect_uris": [redirect_uri], "token_endpoint_auth_method": "client_secret_basic"}


def _packages() -> tuple[Any, Any]:
    from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]

    # oidc-provider-mock 0.3.4 still uses authlib.jose; the warning is meant for its authors.
    warnings.filterwarnings("ignore", category=AuthlibDeprecationWarning)
    import oidc_provider_mock

    return oidc_provider_mock.app, oidc_provider_mock.User


def register(port: int, redirect_uri: str) -> tuple[str, str]:
    """Make a client known to the provider, over HTTP.

    Returns: its id and its secret.
    """
    body = json.dumps(_client(redirect_uri)).encode()
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/oauth2/clients", body, kind)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - always loopback
        client = json.load(answer)
    return client["client_id"], client["client_secret"]


def main(arguments: list[str]) -> None:
    """Serve the demo's sign-in page on loopback until told to stop.

    Raises: SettingsError: this is not a demo.
    """
    from werkzeug.serving import make_server

    if os.environ.get("FIRSTREAD_DEMO") != "1":
        raise SettingsError("The demo sign-in provider runs in a demo only; start `firstread demo`.")
    children.follow_parent()
    port, redirect_uri = int(arguments[0]), arguments[1]
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain HTTP, on loopback
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    make_server("127.0.0.1", port, application(redirect_uri), threaded=True).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
