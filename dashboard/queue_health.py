"""For the worker's container: does the database answer, and does somebody work on what is queued?"""

import sys
from datetime import timedelta

from dashboard import wiring
from dashboard.settings import Settings, SettingsError
from db import health
from db.errors import StorageError

LONGEST = timedelta(minutes=10)


def main() -> int:
    """Returns: 0 when it is well, else 1, with the reason on stderr."""
    try:
        database = wiring.open_database(Settings.from_environment())
        try:
            health.check(database)
            health.check_queue(database, LONGEST)
        finally:
            database.close()
    except (StorageError, SettingsError) as unwell:
        sys.stderr.write(f"{unwell}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
