"""Streamlit serves media to whoever knows the address; behind the gate only the screen that shows it may fetch it."""

import re
from collections.abc import Iterator

import pytest
from websockets.sync.client import ClientConnection

from db.connection import Database
from tests.browser.running import Running, serving
from tests.conftest import Server
from tests.dashboard.test_asgi import run_message, stream


@pytest.fixture
def running(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    server.run("CREATE DATABASE media TEMPLATE {}", server.template)
    app_url = server.url(server.app_url, "media")
    database = Database(app_url)
    try:
        home = tmp_path_factory.mktemp("media")
        with serving(home, database, app_url, "tests.dashboard.media_server:app") as live:
            yield live
    finally:
        database.close()
        server.run("DROP DATABASE media WITH (FORCE)")


def picture(socket: ClientConnection) -> str:
    """The address of the picture a screen shows."""
    socket.send(run_message())
    while True:
        found = re.search(rb"/media/\w+\.\w+", socket.recv(timeout=20))
        if found:
            return found.group().decode()


def test_req_2_two_people_swap_the_addresses_of_their_pictures(running: Running):
    with (
        running.client() as nobody,
        running.client("clinician@demo") as ada,
        running.client("admin@demo") as robin,
        running.client("clinician@demo") as ada_elsewhere,
    ):
        for person in (ada, robin):
            person.get("/_stcore/health")
        with stream(running, ada) as screen, stream(running, robin) as other:
            hers, his = picture(screen), picture(other)
            assert hers != his
            assert ada.get(hers).headers["content-type"].startswith("image/")
            assert ada.get(hers).headers["cache-control"] == "private, no-store"
            assert (robin.get(hers).status_code, ada.get(his).status_code) == (404, 404)
            assert nobody.get(hers).status_code == 401
            assert ada_elsewhere.get(hers).status_code == 404, "another sign-in shows another screen"
        ada.get("/auth/logout")
        assert ada.get(hers).status_code == 401
