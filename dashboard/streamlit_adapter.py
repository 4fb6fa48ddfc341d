# ruff: noqa: SLF001 - leaning on private names is what this file is for
"""Every private name of Streamlit 1.67 that we lean on; each has a contract test, and nothing else may use one."""

import base64
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit import config, file_util, runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
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


# ── pages that were left ──────────────────────────────────────────────────────────────────────────────


def forget_left_pages() -> None:
    """Let no part of a page that was left run on the page that is there now.

    A part that refreshes itself asks for its next run under the page its browser knows. When the reader has just gone
    on, Streamlit 1.67 runs it after the new page and announces the old one, and the browser wipes the new page for
    it: a reading room that stays empty after "Open". Such requests are dropped, as Streamlit drops those for parts that
    are gone. Asked for while the way to the new page is still pending, they would even lead back to the old one.
    """
    if not hasattr(AppSession.request_rerun, "drops_left_pages"):
        AppSession.request_rerun = _unless_page_left(AppSession.request_rerun)  # type: ignore[method-assign]
        folded = ScriptRequests._request_rerun_locked
        ScriptRequests._request_rerun_locked = _unless_on_the_way(folded)  # type: ignore[method-assign]


def _unless_page_left(ask: Callable[..., None]) -> Callable[..., None]:
    """What a browser asks for, unless it is a part of a page that the server has left already."""

    def asked(self: AppSession, client_state: ClientState | None) -> None:
        there = self._client_state.page_script_hash
        if client_state and client_state.fragment_id and there not in {"", client_state.page_script_hash}:
            return
        ask(self, client_state)

    asked.drops_left_pages = True  # type: ignore[attr-defined]
    return asked


def _unless_on_the_way(fold: Callable[..., bool]) -> Callable[..., bool]:
    """What a run is asked for next, unless it is a part of another page than the one it is on, or on its way to."""

    def folded(self: ScriptRequests, new_data: RerunData) -> bool:
        there = getattr(self, "page_on_the_way", "")
        of_a_part = bool(new_data.fragment_id or new_data.fragment_id_queue)
        if (
            of_a_part
            and there not in {"", new_data.page_script_hash}
            and self._state is not ScriptRequestType.STOP
        ):
            return True
        if not of_a_part and new_data.page_script_hash:
            self.page_on_the_way = new_data.page_script_hash  # type: ignore[attr-defined]
        return fold(self, new_data)

    return folded
