"""One contract per private name: when a new Streamlit breaks one, it breaks here first."""

import asyncio
import base64
import pickle
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
import streamlit as st
from starlette.responses import Response
from streamlit import file_util
from streamlit.components.v2.presentation import make_bidi_component_presenter
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.web.server.starlette import starlette_auth_routes, starlette_websocket

from dashboard import streamlit_adapter as adapter
from dashboard.headers import cookies_in
from dashboard.streamlit_adapter import Frame

CLAIMS = {"sid": "a handle", "is_logged_in": True, "origin": "http://127.0.0.1:8501", "provider": "firstread"}


def test_the_version_the_adapter_was_written_for():
    assert st.__version__ == "1.67.0", "read the adapter against the new version, then change this line"


def test_a_cookie_of_ours_is_taken_by_streamlits_own_websocket():
    signed = {adapter.USER_COOKIE: adapter.sign_cookie(CLAIMS)}
    decoded = starlette_websocket._get_signed_cookie_with_chunks(signed, adapter.USER_COOKIE)
    user = starlette_websocket._parse_decoded_user_cookie(decoded, CLAIMS["origin"])
    assert user == {"is_logged_in": True, "sid": "a handle", "provider": "firstread"}


async def _streamlits_own(claims):
    response = Response()
    await starlette_auth_routes._set_auth_cookie(response, claims, {"id_token": "x" * 50})
    return cookies_in(response.raw_headers)


@pytest.mark.parametrize("groups", [0, 300])
def test_req_9_a_cookie_of_streamlits_is_read_in_however_many_pieces(groups):
    claims = {**CLAIMS, "groups": [sha256(bytes([n % 256, n // 256])).hexdigest() for n in range(groups)]}
    cookies = asyncio.run(_streamlits_own(claims))
    assert (len(cookies) > 3) is (groups > 0)
    assert adapter.read_cookie(cookies) == claims


def test_one_changed_byte_is_nobody():
    good = adapter.sign_cookie(CLAIMS)
    changed = good[:-1] + ("A" if good[-1] != "A" else "B")
    assert adapter.read_cookie({adapter.USER_COOKIE: changed}) is None
    assert adapter.read_cookie({}) is None
    assert adapter.read_cookie({adapter.USER_COOKIE: "nonsense"}) is None


def test_the_adapter_reads_no_claims_that_are_not_claims():
    for said in ("[1]", "null", "not json"):
        signed = adapter.create_signed_value(adapter.get_cookie_secret(), adapter.USER_COOKIE, said).decode()
        assert adapter.read_cookie({adapter.USER_COOKIE: signed}) is None


def frame(**fields) -> bytes:
    return BackMsg(**fields).SerializeToString()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (frame(rerun_script={"query_string": ""}), Frame.CLICK),
        (frame(rerun_script={"is_auto_rerun": True, "fragment_id": "f"}), Frame.AUTOMATIC),
        (frame(app_heartbeat=True), Frame.AUTOMATIC),
        (frame(stop_script=True), Frame.AUTOMATIC),
        (frame(clear_cache=True), Frame.UNWANTED),
        (frame(load_git_info=True), Frame.UNWANTED),
        (frame(set_run_on_save=True), Frame.UNWANTED),
        (frame(file_urls_request={"request_id": "1", "file_names": ["a.dcm"]}), Frame.UNWANTED),
        (b"", Frame.UNWANTED),
        (b"\xff\xff\xff", Frame.UNWANTED),
    ],
)
def test_req_10_a_page_that_refreshes_itself_is_no_click(data, kind):
    assert adapter.frame_of(data) is kind


def test_the_names_behind_the_owner_check_of_media_exist():
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    url = manager.add(b"a picture", "image/png", "1.1")
    shown = manager._files_by_session_and_coord
    (coordinates,) = shown.values()
    assert Path(url).stem == coordinates["1.1"], "the id in the address is the id on file"
    assert "_user_info" in AppSession.__init__.__code__.co_names
    assert "_session_mgr" in Runtime.__init__.__code__.co_names
    assert list(adapter.media_handles("unknown")) == []


def test_the_configuration_is_read_from_wherever_the_process_starts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    adapter.configure("firstread.example")
    try:
        assert adapter.option("server.allowedHosts") == ["firstread.example"]
        assert adapter.option("client.showErrorDetails") == "none"
        assert adapter.option("theme.light.primaryColor") == "#0b6e8a"
    finally:
        monkeypatch.undo()
        st.config.get_config_options(force_reparse=True)


def test_the_policy_names_every_inline_script_of_streamlits_page():
    page = Path(file_util.get_static_dir(), "index.html").read_text("utf-8")
    body = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(sha256(body.encode()).digest()).decode()
    assert adapter.inline_script_hashes() == (f"'sha256-{digest}'",)
    assert page.count("<script>") == 1


def test_streamlits_own_check_of_session_state_cannot_stand_components_with_triggers():
    """Once this fails, set runner.enforceSerializableSessionState and drop the check in session.keep."""
    presented = make_bidi_component_presenter("aggregator", component_id="c")({}, _StateWithTrigger())
    with pytest.raises((AttributeError, pickle.PicklingError), match="local"):
        pickle.dumps(presented)


class _StateWithTrigger:
    """As much of Streamlit's session state as the presenter asks for."""

    class _new_widget_state(dict):  # noqa: N801
        widget_metadata: ClassVar = {"aggregator": SimpleNamespace(value_type="json_trigger_value")}

    _new_widget_state = _new_widget_state()


# ── pages that were left ──────────────────────────────────────────────────────────────────────────────


def asked_of_a_run(*requests):
    """What a run that stands on the worklist is told to do next."""
    adapter.forget_left_pages()
    run = ScriptRequests()
    run.request_rerun(RerunData(page_script_hash="worklist"))
    run.on_scriptrunner_ready()
    for request in requests:
        assert run.request_rerun(request)
    return run.on_scriptrunner_ready()


TO_READING = RerunData(page_script_hash="reading")


def test_a_part_of_the_page_that_is_left_does_not_turn_the_way_back():
    part = RerunData(page_script_hash="worklist", fragment_id="summary", is_auto_rerun=True)
    next_ = asked_of_a_run(TO_READING, part)
    assert (next_.rerun_data.page_script_hash, next_.rerun_data.fragment_id_queue) == ("reading", [])


def test_a_part_of_the_page_that_was_left_does_not_run_on_the_new_one():
    adapter.forget_left_pages()
    run = ScriptRequests()
    for page in ("worklist", "reading"):
        run.request_rerun(RerunData(page_script_hash=page))
        run.on_scriptrunner_ready()
    assert run.request_rerun(
        RerunData(page_script_hash="worklist", fragment_id="summary", is_auto_rerun=True)
    )
    assert run.on_scriptrunner_ready().type is ScriptRequestType.STOP  # nothing is waiting: the run ends


@pytest.mark.parametrize("page", ["reading", "worklist"])
def test_parts_of_the_page_that_is_there_run_as_ever(page):
    part = RerunData(page_script_hash=page, fragment_id="watch", is_auto_rerun=True)
    way = [TO_READING] if page == "reading" else []
    adapter.forget_left_pages()
    run = ScriptRequests()
    for request in (RerunData(page_script_hash="worklist"), *way):
        run.request_rerun(request)
        run.on_scriptrunner_ready()
    run.request_rerun(part)
    assert run.on_scriptrunner_ready().rerun_data.fragment_id_queue == ["watch"]


@pytest.mark.parametrize(("page", "runs"), [("worklist", 0), ("reading", 1)])
def test_what_a_browser_asks_of_a_left_page_starts_no_run(page, runs):
    adapter.forget_left_pages()
    started = []
    screen = SimpleNamespace(
        _client_state=ClientState(page_script_hash="reading"),
        _state=AppSessionState.APP_NOT_RUNNING,
        _scriptrunner=None,
        has_fragment=lambda _: True,
        _create_scriptrunner=started.append,
    )
    AppSession.request_rerun(
        screen, ClientState(page_script_hash=page, fragment_id="summary", is_auto_rerun=True)
    )
    assert len(started) == runs
