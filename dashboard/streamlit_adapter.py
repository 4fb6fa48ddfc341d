# ruff: noqa: SLF001 - leaning on private names is what this file is for
"""Every private name of Streamlit 1.67 that we lean on; each has a contract test, and nothing else may use one."""

import base64
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit import config, file_util, runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

USER_COOKIE, TOKENS_COOKIE = USER_COOKIE_NAME, TOKENS_COOKIE_NAME
STREAM = "/_stcore/stream"
CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"


# ── the sign-in cookie ────────────────────────────────────────────────────────────────────────────────


def read_cookie(cookies: Mapping[str, str]) -> dict[str, Any] | None:
    """What Streamlit's signed cookie says, None when it is missing, broken or signed by somebody else."""
    signed = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE)
    if signed is None:
        return None
    try:
        claims = json.loads(signed)
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None


def sign_cookie(claims: Mapping[str, Any]) -> str:
    """A value Streamlit will take for its own sign-in cookie."""
    return create_signed_value(get_cookie_secret(), USER_COOKIE, json.dumps(dict(claims))).decode()


# ── what a browser says on the websocket ──────────────────────────────────────────────────────────────


class Frame(Enum):
    """What one message of a browser is."""

    CLICK = "click"  # a person did something
    AUTOMATIC = "automatic"  # the page refreshed itself
    UNWANTED = (
        "unwanted"  # nothing of ours sends it: it clears every cache, asks for upload addresses or for git
    )


_AUTOMATIC = {"app_heartbeat", "backend_operation_request", "stop_script"}


def frame_of(data: bytes) -> Frame:
    """Tell a click from a page that refreshes itself."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return Frame.UNWANTED
    kind = message.WhichOneof("type")
    if kind == "rerun_script":
        return Frame.AUTOMATIC if message.rerun_script.is_auto_rerun else Frame.CLICK
    return Frame.AUTOMATIC if kind in _AUTOMATIC else Frame.UNWANTED


# ── media ─────────────────────────────────────────────────────────────────────────────────────────────


def media_handles(file_id: str) -> Iterator[str]:
    """The sign-in handles of the live screens that show this media file.

    Args:
        file_id: the last part of a `/media/` address, without its extension.
    """
    if not runtime.exists():
        return
    server = runtime.get_instance()
    shown = server.media_file_mgr._files_by_session_and_coord
    for screen in server._session_mgr.list_active_sessions():
        if file_id in shown.get(screen.session.id, {}).values():
            yield str(screen.session._user_info.get("sid", ""))


# ── settings and the page it serves ───────────────────────────────────────────────────────────────────


def configure(host: str) -> None:
    """Set Streamlit up from our own config.toml, wherever the process was started, for one host name."""
    options = dict(_flat(tomllib.loads(CONFIG.read_text("utf-8"))))
    options["server.allowedHosts"] = [host]
    config.get_config_options(force_reparse=True, options_from_flags=options)


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def option(name: str) -> Any:
    """One setting as Streamlit will use it."""
    return config.get_option(name)


def inline_script_hashes() -> tuple[str, ...]:
    """The CSP sources of the scripts written into Streamlit's own page; they change with its version."""
    page = Path(file_util.get_static_dir(), "index.html").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return tuple(f"'sha256-{base64.b64encode(sha256(s.encode()).digest()).decode()}'" for s in scripts)
