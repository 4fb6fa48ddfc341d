"""`firstread migrate`: bring the database to the newest tables, as its owner."""

import argparse

from dashboard import wiring
from dashboard.console import Console
from dashboard.settings import Settings, SettingsError
from db import migrate


def run(_asked: argparse.Namespace, console: Console) -> int:
    """Migrate the named server, or the embedded one.

    Raises: SettingsError: a server is named but not the role that owns its tables. DatabaseUnavailable.
    """
    settings = Settings.from_environment()
    if settings.database_url is None:
        wiring.database_url(settings)
    elif settings.owner_url is None:
        raise SettingsError("Set FIRSTREAD_OWNER_URL to the address of the role that owns the tables.")
    else:
        migrate.upgrade(settings.owner_url)
    revision = migrate.head()
    console.answer({"revision": revision}, f"The database has the tables of revision {revision}.")
    return 0
