"""What can go wrong on the way of a study; every message is a sentence for the person at the screen."""


class TriageError(Exception):
    """A sentence about a study that can be shown to a person."""


class IdentityMismatch(TriageError):
    """The header of an instance belongs to another patient than the study it came with."""


class MoveNotAllowed(TriageError):
    """The status table has no such move, or not for this owner."""


class NotPermitted(TriageError):
    """No role of this person allows this action."""


class AlreadySigned(TriageError):
    """A signed report is amended, never changed."""


class StudyHeld(TriageError):
    """Another reader holds this study."""


class UnknownStudy(TriageError):
    """No study with this UID is on file."""


class Unsupported(TriageError):
    """A report says something critical that a draft brought in and nothing supports."""


class UnknownResult(TriageError):
    """No critical result with this number is on file."""


class BadVitals(TriageError):
    """A measurement is no number, has the wrong unit or cannot be a living patient's."""


class UnreadableFilm(TriageError):
    """What arrived is no chest film that can be read; the reason is on it."""


class ReaderFailed(TriageError):
    """The model could not read this study; a person will."""


class TooFewPairs(TriageError):
    """There are not enough pairs for a correlation; the message says how many there are."""


class BadSetting(TriageError):
    """A reading room that cannot be simulated; the message says which number is wrong."""


class BadLevels(TriageError):
    """A site's table of levels cannot be used; the message names the row."""
