"""`firstread migrate` works as the owner of the tables, never as the application."""

import json

from dashboard import cli
from db.migrate import head


def test_a_named_server_is_migrated_by_its_owner(addresses, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", addresses.app_url)
    monkeypatch.setenv("FIRSTREAD_OWNER_URL", addresses.owner_url)
    assert cli.main(["migrate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"revision": head()}


def test_without_the_owners_address_it_says_what_to_set(addresses, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", addresses.app_url)
    assert cli.main(["migrate"]) == 1
    assert "FIRSTREAD_OWNER_URL" in capsys.readouterr().err
