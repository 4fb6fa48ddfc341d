"""What can go wrong with what we remember; every message is a sentence that says what to do."""

from triage.errors import UnreadableFilm


class StorageError(Exception):
    """A sentence about the database or the file store that can be shown to a person."""


class DatabaseUnavailable(StorageError):
    """The database cannot be reached or used; the message says what to look at."""


class ChangeRefused(StorageError):
    """The database refused a change; nothing of it was kept."""


class FileMissing(StorageError, UnreadableFilm):
    """The file store has no bytes under this hash."""


class FileOutOfReach(StorageError, UnreadableFilm):
    """The file store did not hand out the bytes; the message says what to look at."""


class FileDamaged(StorageError, UnreadableFilm):
    """The bytes under this hash are not the ones that were saved."""


class QueueStuck(StorageError):
    """Nobody works on what is queued; the message says how long it has waited."""
