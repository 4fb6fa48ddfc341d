"""A real installation starts only when somebody can sign in, and never on a demo's folder."""

import socket

import pytest

from dashboard import cli, demo_home
from dashboard.serve import check_port
from dashboard.settings import SettingsError
from tests.dashboard.test_settings import SIGN_IN


@pytest.fixture
def environment(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))
    for name, value in SIGN_IN.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.parametrize("missing", sorted(SIGN_IN))
def test_without_sign_in_nothing_is_served(environment, monkeypatch, capsys, missing):
    monkeypatch.delenv(missing)
    assert cli.main(["serve"]) == 1
    assert missing in capsys.readouterr().err


def test_a_demos_folder_is_refused(environment, capsys):
    demo_home.claim(environment)
    assert cli.main(["serve"]) == 1
    assert "holds a demo" in capsys.readouterr().err


def test_a_taken_port_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"Port {port}"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)
