"""What a notice says: that something must be heard, by when and where to look; no name, no number, no finding."""

import json
from dataclasses import dataclass
from datetime import UTC

from triage.critical import CriticalResult, Notice


class NotSent(Exception):
    """A notice did not go out; the sentence says why. `passing` is True when another try may help."""

    def __init__(self, sentence: str, *, passing: bool) -> None:
        super().__init__(sentence)
        self.passing = passing


@dataclass(frozen=True)
class Letter:
    """One notice in words. An accession number would name the patient to whoever can look it up, so it has none.

    Args:
        result: the critical result; of it only its random number, category and deadline are told.
        notice: who is called on, and why.
        url: the address of this installation.
        to: mail addresses.
    """

    result: CriticalResult
    notice: Notice
    url: str
    to: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same at every try, so that a receiver can tell a repeat from a new notice."""
        return f"{self.result.result_id}.{self.notice.step}"

    @property
    def page(self) -> str:
        return f"{self.url}/critical"

    @property
    def subject(self) -> str:
        return f"Firstread: notice {self.result.short} waits for you"

    @property
    def text(self) -> str:
        """The whole mail."""
        due = f"{self.result.due_at.astimezone(UTC):%d %b %Y, %H:%M} UTC"
        return (
            f"{self.notice.to}: you are called on.\n\n"
            f"A result must be heard within {self.result.category}, by {due}.\n"
            "Nobody has confirmed it yet.\n"
            f"Why you: {self.notice.cause}.\n\n"
            f"Sign in and look for notice {self.result.short}:\n{self.page}\n\n"
            "This message names no patient and no finding.\n"
        )

    @property
    def body(self) -> bytes:
        """The same as JSON, for a program."""
        said = {
            "id": self.result.result_id,
            "step": self.notice.step,
            "cause": self.notice.cause.value,
            "called": self.notice.to,
            "category": self.result.category.value,
            "due_at": self.result.due_at.astimezone(UTC).isoformat(),
            "url": self.page,
        }
        return json.dumps(said, sort_keys=True).encode()
