"""A report somebody has begun and not signed: theirs alone, and kept while they write."""

from dataclasses import dataclass
from datetime import datetime

from triage.reading import Style


@dataclass(frozen=True)
class HalfWritten:
    """Everything a person has said about a study so far, signed by nobody.

    `as_drafted` is the draft as it stood when they took it, `set_aside` what they had written before. `rejected` and
    `reason` are what they think of the draft; `taken_on` are the sentences of a draft that the facts do not support
    and that this person answers for.
    """

    study_uid: str
    subject: str
    text: str = ""
    style: Style | None = None
    as_drafted: str = ""
    set_aside: str = ""
    rejected: bool = False
    reason: str = ""
    taken_on: tuple[str, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether there is anything in it that could be lost."""
        return bool(self.text.strip() or self.set_aside.strip() or self.style or self.reason.strip())


@dataclass(frozen=True)
class Begun:
    """That somebody has begun a report, and when they last wrote; never what."""

    study_uid: str
    subject: str
    begun_at: datetime
    kept_at: datetime
