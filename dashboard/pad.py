"""What one person has written about one study and not signed: at their hand in the session, safe in the database."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from consent.errors import ConsentError
from dashboard import session
from dashboard.marking import Marking
from dashboard.parts import look, reasons
from dashboard.resources import StorageError
from dashboard.widgets import writing as field
from triage import writing
from triage.errors import TriageError
from triage.half_written import HalfWritten
from triage.permission import Person
from triage.ports import House
from triage.reading import Style


@dataclass(frozen=True)
class Pad:
    """A person, a study, and their words about it. Each change is kept at once: this screen may be gone the next moment."""

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
        """Whether the draft was wrong; an amendment's reason rejects nothing."""
        return self.style is not None and bool(self.chip)

    @property
    def reason(self) -> str:
        """Why the draft was wrong, or why the report is amended."""
        return reasons.whole(self.chip, self.own)

    @property
    def chip(self) -> str:
        """The common reason that was picked."""
        return str(self._said("chip", ""))

    @property
    def own(self) -> str:
        """The reason in their own words."""
        return str(self._said("own", ""))

    def _said(self, part: str, default: object) -> object:
        # What is being confirmed is kept apart: Streamlit drops what a field says once it is hidden or disabled.
        held = session.kept(self.key("confirming"))
        return (held[part] if held and part in held else session.kept(self.key(part))) or default

    @property
    def confirming(self) -> bool:
        return bool(session.kept(self.key("confirming")))

    @property
    def style(self) -> Style | None:
        """The draft the words started from."""
        kept = session.kept(self.key("style"))
        return Style(kept) if kept else None

    @property
    def as_drafted(self) -> str:
        """That draft as it stood when they took it."""
        return str(session.kept(self.key("as-drafted")) or "")

    @property
    def set_aside(self) -> str:
        """What the person had written before they took a draft instead."""
        return str(session.kept(self.key("set-aside")) or "")

    @property
    def taken_on(self) -> tuple[str, ...]:
        """The unsupported sentences this person answers for."""
        return tuple(session.kept(self.key("taken-on")) or ())

    @property
    def amends(self) -> int:
        """The signed version these words began from; 0 when they began before any was signed."""
        return int(session.kept(self.key("amends")) or 0)

    @property
    def sentence(self) -> str:
        """Why the last step was refused."""
        return str(session.kept(self.key("sentence")) or "")

    @property
    def revision(self) -> str:
        """Names the words the field was given; another one replaces what stands in it."""
        if not session.kept(self.key("revision")):
            session.keep(self.key("revision"), secrets.token_hex(4))
        return str(session.kept(self.key("revision")))

    @property
    def heard(self) -> int:
        """How many messages of the field over this revision have been kept."""
        return int(session.kept(self.key("heard")) or 0)

    @property
    def marking(self) -> Marking:
        """What they mark as critical."""
        return Marking(self.house, self.person, self.study_uid, look.zone())

    @property
    def half(self) -> HalfWritten:
        """All of it, as the database keeps it."""
        return HalfWritten(
            study_uid=self.study_uid,
            subject=self.person.subject,
            text=self.text,
            style=self.style,
            as_drafted=self.as_drafted,
            set_aside=self.set_aside,
            rejected=self.rejected,
            reason=self.reason,
            taken_on=self.taken_on,
            amends=self.amends,
            mark=self.marking.mark,
        )

    # ── kept ──────────────────────────────────────────────────────────────────────────────────────────

    def put(self, text: str) -> None:
        """Put words into the field."""
        session.keep(self.key("impression"), text)
        session.keep(self.key("revision"), secrets.token_hex(4))
        session.keep(self.key("heard"), 0)

    def typed(self) -> None:
        """Take what was typed; words over a text that has been replaced meanwhile are no longer meant."""
        said = field.said(session.kept(self.key("editor")))
        if said is None or said.revision != self.revision or self.confirming:
            return
        session.keep(self.key("impression"), said.text)
        if self._kept():
            session.keep(self.key("heard"), said.heard)

    def keep(self) -> None:
        """Put what was said so far into the database, for this person alone."""
        self._kept()

    def _kept(self) -> bool:
        return self._attempt(partial(writing.keep, self.house, self.half, self.person))

    def bring_back(self) -> None:
        """Show again what this person had written when a page, a line or a server broke off."""
        half = writing.mine(self.house, self.study_uid, self.person)
        if half is None or self.confirming:
            return
        if half.text != self.text:
            self.put(half.text)
        chip, own = reasons.parts(half.reason)
        said = {"as-drafted": half.as_drafted, "set-aside": half.set_aside, "chip": chip, "own": own}
        said["style"] = half.style.value if half.style else ""
        for part, value in said.items():
            session.keep(self.key(part), value)
        session.keep(self.key("taken-on"), list(half.taken_on))
        session.keep(self.key("amends"), half.amends)
        self.marking.put(half.mark)

    def _think_nothing_of_it(self) -> None:
        session.keep(self.key("chip"), None)
        session.keep(self.key("own"), "")

    def _attempt(self, step: Callable[[], object]) -> bool:
        session.forget(self.key("sentence"))
        try:
            step()
        except (TriageError, ConsentError, StorageError) as refused:
            session.keep(self.key("sentence"), str(refused))
            return False
        return True
