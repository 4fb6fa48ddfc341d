"""One person at work on one study: take it, write, sign, amend; whatever is in the way, no word is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from consent.errors import ConsentError
from dashboard import session
from triage import hold, signing
from triage.errors import TriageError
from triage.permission import Person
from triage.ports import House
from triage.reading import Draft, Reading, Style
from triage.report import Report, Verdict, verdict
from triage.status import OPEN
from triage.steps import SHOWN
from triage.worklist import Entry, check_claim

_TAKEN_OUT = (
    "The model's answer is no longer shown, so its draft was taken out of your report; write it yourself."
)


@dataclass(frozen=True)
class Desk:
    """A person, the study open before them, and their report while nobody has signed it.

    Its steps are callbacks of buttons. A refused step leaves its sentence in `sentence` and everything as it was.
    """

    house: House
    person: Person
    study_uid: str

    # ── what is kept while nothing is signed ──────────────────────────────────────────────────────────

    def key(self, part: str) -> str:
        """The name under which one part of this study's unfinished report is kept."""
        return f"{part}-{self.study_uid}"

    @property
    def text(self) -> str:
        return str(self._said("impression", ""))

    @property
    def rejected(self) -> bool:
        return bool(self._said("rejected", default=False))

    @property
    def reason(self) -> str:
        return str(self._said("reason", ""))

    def _said(self, part: str, default: object) -> object:
        # What is being confirmed is kept apart: Streamlit drops what a field says once it is hidden or disabled.
        held = session.kept(self.key("confirming"))
        return (held[part] if held else session.kept(self.key(part))) or default

    @property
    def confirming(self) -> bool:
        return bool(session.kept(self.key("confirming")))

    @property
    def style(self) -> Style | None:
        """The draft the words started from."""
        kept = session.kept(self.key("style"))
        return Style(kept) if kept else None

    @property
    def set_aside(self) -> str:
        """What the person had written before they took a draft instead."""
        return str(session.kept(self.key("set-aside")) or "")

    @property
    def sentence(self) -> str:
        """Why the last step was refused."""
        return str(session.kept(self.key("sentence")) or "")

    # ── steps ─────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> Entry:
        """Put the look on record, take the study if it is free, and show it.

        Raises: NotPermitted, UnknownStudy.
        """
        if session.first_look():
            entry = hold.view(self.house, self.study_uid, self.person)
            if entry.status in OPEN and not self.in_the_way(entry):
                self.take()
        return self.house.studies.entry(self.study_uid)

    def answer(self, entry: Entry) -> Reading | None:
        """The model's answer, while it may be looked at."""
        return self.house.studies.reading(self.study_uid) if entry.status in SHOWN else None

    def in_the_way(self, entry: Entry) -> str:
        """Why this person cannot sign this study now; nothing when they can."""
        try:
            check_claim(entry.claim, self.person.subject, self.house.clock.now())
        except TriageError as held:
            return str(held)
        return ""

    def take(self) -> None:
        self._attempt(partial(hold.claim, self.house, self.study_uid, self.person))

    def release(self) -> None:
        self._attempt(partial(hold.release, self.house, self.study_uid, self.person))

    def start_from(self, draft: Draft) -> None:
        """Put a draft into the person's hand; words of their own are set aside, not lost."""
        earlier = session.kept(self.key("as-drafted"), "")
        if self.text.strip() and self.text != earlier:
            session.keep(self.key("set-aside"), self.text)
        session.keep(self.key("impression"), draft.text)
        session.keep(self.key("as-drafted"), draft.text)
        session.keep(self.key("style"), draft.style.value)

    def restore(self) -> None:
        """Bring back what was set aside; the draft changes places with it."""
        theirs, now = self.set_aside, self.text
        session.keep(self.key("impression"), theirs)
        session.keep(self.key("set-aside"), now)

    def let_go(self, reading: Reading | None) -> None:
        """Take a draft out of the report when the model's answer is no longer shown.

        Words that were set aside come back; edited words stay, and are signed as edited.
        """
        if reading is not None or self.style is None:
            return
        drafted, aside = str(session.kept(self.key("as-drafted"), "")), self.set_aside
        if aside.split() == drafted.split():
            session.forget(self.key("set-aside"))
        if not drafted or self.text.split() != drafted.split():
            return
        gone = ("confirming", "set-aside", "as-drafted", "rejected", "reason")
        session.forget(*map(self.key, gone if aside else (*gone, "style")))
        session.keep(self.key("impression"), aside)
        session.keep(self.key("sentence"), _TAKEN_OUT)

    def begin_amending(self, latest: Report) -> None:
        """Start an amendment from what stands in the report."""
        if not self.text.strip():
            session.keep(self.key("impression"), latest.impression)

    def ask(self, amends: bool) -> None:
        """Read the report once more before it is signed; what is lacking is said here."""
        session.forget(self.key("sentence"))
        if not self.text.strip():
            session.keep(self.key("sentence"), "A report needs an impression before it can be signed.")
        elif (amends or self.rejected) and not self.reason.strip():
            session.keep(self.key("sentence"), "Say in a few words why.")
        else:
            said = {"impression": self.text, "rejected": self.rejected, "reason": self.reason}
            session.keep(self.key("confirming"), said)

    def back(self) -> None:
        """Return to editing; every field says again what it said."""
        for part, value in session.kept(self.key("confirming"), {}).items():
            session.keep(self.key(part), value)
        session.forget(self.key("confirming"))

    def sign(self) -> None:
        """Sign what was confirmed, unless it is a draft that was taken away meanwhile."""
        self.let_go(self.answer(self.house.studies.entry(self.study_uid)))
        if not self.confirming:
            return
        self._finish(
            partial(
                signing.sign,
                self.house,
                self.study_uid,
                self.person,
                self.text,
                style=self.style,
                rejected=self.rejected,
                reason=self.reason,
            )
        )

    def amend(self) -> None:
        """Sign a new version; the earlier ones stay."""
        self._finish(partial(signing.amend, self.house, self.study_uid, self.person, self.text, self.reason))

    def would_be(self, reading: Reading | None) -> Verdict:
        """What has become of the draft so far."""
        return verdict(self.text, reading, self.style, rejected=self.rejected)

    def _finish(self, step: Callable[[], Report]) -> None:
        if self._attempt(step):
            parts = ("impression", "as-drafted", "set-aside", "style", "rejected", "reason", "amending")
            session.forget(*map(self.key, (*parts, "confirming")))
        else:
            self.back()

    def _attempt(self, step: Callable[[], object]) -> bool:
        session.forget(self.key("sentence"))
        try:
            step()
        except (TriageError, ConsentError) as refused:
            session.keep(self.key("sentence"), str(refused))
            return False
        return True
