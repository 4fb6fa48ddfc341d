"""A report somebody has begun and not signed: theirs alone, and kept while they write."""

from dataclasses import dataclass, field
from datetime import datetime

from triage.critical import Mark
from triage.reading import Style


@dataclass(frozen=True)
class HalfWritten:
    """Everything a person has said about a study so far, signed by nobody.

    `as_drafted` is the draft as it stood when they took it, `set_aside` what they had written before. `rejected` and
    `reason` are what they think of the draft; `taken_on` are the sentences of a draft that the facts do not support
    and that this person answers for. `amends` is the signed version these words began from, 0 when they began before
    any was signed. `mark` is what they mark as critical, as far as it is filled.
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
    amends: int = 0
    mark: Mark = field(default_factory=Mark)

    @property
    def begun(self) -> bool:
        """Whether there is anything in it that could be lost."""
        words = (self.text, self.set_aside, self.reason)
        return bool(any(word.strip() for word in words) or self.style or self.mark.begun)


@dataclass(frozen=True)
class Begun:
    """That somebody has begun a report, and when they last wrote; never what."""

    study_uid: str
    subject: str
    begun_at: datetime
    kept_at: datetime
