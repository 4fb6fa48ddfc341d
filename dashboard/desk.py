"""One person at work on one study: take it, write, sign, amend; whatever is in the way, no word is lost."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from dashboard import session
from dashboard.pad import Pad
from dashboard.parts.impressions import Chosen, Use
from dashboard.resources import StorageError
from triage import hold, signing, writing
from triage.doubt import Doubt
from triage.errors import TriageError
from triage.reading import Draft, Reading
from triage.report import Report, Verdict, check_latest, verdict
from triage.status import OPEN
from triage.steps import SHOWN
from triage.worklist import Entry, check_claim

_TAKEN_OUT = (
    "The model's answer is no longer shown, so its draft was taken out of your report; write it yourself."
)
_CAME = "A film came since this page was drawn; look at it, then sign."
_PARTS = (
    "impression",
    "as-drafted",
    "set-aside",
    "style",
    "chip",
    "own",
    "taken-on",
    "amends",
    "revision",
    "heard",
)


class Desk(Pad):
    """The study open before a person, and what they do with it.

    Its steps are callbacks of buttons. A refused step leaves its sentence in `sentence` and everything as it was.
    """

    # ── steps ─────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> Entry:
        """Put the look on record, take the study if it is free, and show it with what this person has begun.

        What broke off halfway is done again from its start: a look may stand on record twice, never not at all.

        Raises: NotPermitted, UnknownStudy.
        """
        if session.first_look():
            entry = hold.view(self.house, self.study_uid, self.person)
            if entry.status in OPEN and not self.in_the_way(entry):
                self.take()
            self.bring_back()
            session.note_look()
        entry = self.house.studies.entry(self.study_uid)
        if not self.confirming:  # what is confirmed was written over the films that stood there then
            session.keep(self.key("films"), _films(entry))
        return entry

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
        self.typed()  # the last words and the click leave the browser together
        if self.text.strip() and self.text != self.as_drafted:
            session.keep(self.key("set-aside"), self.text)
        self.put(draft.text)
        session.keep(self.key("as-drafted"), draft.text)
        session.keep(self.key("style"), draft.style.value)
        self._think_nothing_of_it()
        self.keep()

    def accept(self, draft: Draft) -> None:
        """Take a draft as it stands and go on to its signature."""
        self.start_from(draft)
        self.ask(amends=False)

    def reject(self, draft: Draft, why: str) -> None:
        """Say what is wrong with a draft; the person's own words stay where they are, and the draft's go."""
        self.typed()  # the last words and the click leave the browser together
        if self.text.split() == draft.text.split():
            self.put(self.set_aside)
            session.forget(*map(self.key, ("set-aside", "as-drafted")))
        session.keep(self.key("style"), draft.style.value)
        session.keep(self.key("chip"), why)
        self.keep()

    def use(self, chosen: Chosen) -> None:
        """Do with a draft what was said in one click."""
        if chosen.use is Use.REJECT:
            self.reject(chosen.draft, chosen.why)
        elif chosen.use is Use.ACCEPT:
            self.accept(chosen.draft)
        else:
            self.start_from(chosen.draft)

    def restore(self) -> None:
        """Bring back what was set aside; the draft changes places with it."""
        self.typed()  # the last words and the click leave the browser together
        theirs, now = self.set_aside, self.text
        self.put(theirs)
        session.keep(self.key("set-aside"), now)
        self.keep()

    def take_on(self, doubt: Doubt) -> None:
        """Answer oneself for a sentence that nothing supports; it is on record who did."""
        self.typed()  # the last words and the click leave the browser together
        self.keep()
        if self._attempt(partial(writing.take_on, self.house, self.study_uid, self.person, doubt)):
            session.keep(self.key("taken-on"), [*self.taken_on, doubt.sentence])

    def let_go(self, reading: Reading | None) -> None:
        """Take a draft out of the report when the model's answer is no longer shown.

        Words that were set aside come back; edited words stay, and are signed as edited.
        """
        if reading is not None or self.style is None:
            return
        drafted, aside = self.as_drafted, self.set_aside
        if aside.split() == drafted.split():
            session.forget(self.key("set-aside"))
        if not drafted or self.text.split() != drafted.split():
            return
        session.forget(*map(self.key, ("confirming", "set-aside", "as-drafted")))
        self._think_nothing_of_it()
        if not aside:
            session.forget(self.key("style"))
        self.put(aside)
        self.keep()
        session.keep(self.key("sentence"), _TAKEN_OUT)

    def begin_amending(self, latest: Report) -> None:
        """Start an amendment from what stands in the report; words of one's own stay, and what they began from."""
        begun = bool(self.text.strip())
        if not begun:
            self.put(latest.impression)
        if not begun or not self.amends:
            session.keep(self.key("amends"), latest.version)

    def ask(self, amends: bool) -> None:
        """Read the report once more before it is signed; what is lacking is said here."""
        self.typed()  # the last words and the click leave the browser together
        self.keep()
        if self.sentence:
            return
        if not self.text.strip():
            session.keep(self.key("sentence"), "A report needs an impression before it can be signed.")
        elif (amends or self.rejected) and not self.reason.strip():
            session.keep(self.key("sentence"), "Say in a few words why.")
        elif self._attempt(partial(self._check_ready, amends)):
            said = {"impression": self.text, "chip": self.chip or None, "own": self.own}
            session.keep(self.key("confirming"), said)

    def back(self) -> None:
        """Return to editing; every field says again what it said."""
        for part, value in session.kept(self.key("confirming"), {}).items():
            session.keep(self.key(part), value)
        session.forget(self.key("confirming"))

    def sign(self) -> None:
        """Sign what was confirmed, unless it is a draft that was taken away meanwhile."""
        if not self._attempt(self._let_go_of_what_is_gone):
            self.back()
        if not self.confirming:
            return
        sign = partial(
            signing.sign,
            self.house,
            self.study_uid,
            self.person,
            self.text,
            style=self.style,
            rejected=self.rejected,
            reason=self.reason,
        )
        self._finish(sign)

    def amend(self) -> None:
        """Sign a new version; the earlier ones stay."""
        amend = partial(signing.amend, self.house, self.study_uid, self.person, self.text, self.reason)
        if not self._finish(partial(amend, version=self.amends)):
            with suppress(StorageError):  # why it was refused is said already
                self._go_on_from_latest()

    # ── what the screen says of it ────────────────────────────────────────────────────────────────────

    def would_be(self, reading: Reading | None) -> Verdict:
        """What has become of the draft so far."""
        return verdict(self.text, reading, self.style, rejected=self.rejected)

    @property
    def stage(self) -> list[int]:
        """What the rest of the page must be redrawn for: the step to the signature, and each signature."""
        return [int(self.confirming), len(self.house.studies.reports(self.study_uid))]

    def compared_with(self, signed: Sequence[Report]) -> tuple[str, str] | None:
        """The text these words started from, and what to call it; None when they are the person's alone."""
        if signed:
            return signed[-1].impression, f"Changed against version {signed[-1].version}"
        if self.style is None or not self.as_drafted:
            return None
        return self.as_drafted, f"Changed against the {self.style} AI draft"

    def answered_for(self, entry: Entry) -> list[str]:
        """The unsupported sentences in these words that the person answers for."""
        return [doubt.sentence for doubt in self.doubts(entry) if doubt.sentence in self.taken_on]

    def point_at(self, code: str | None) -> str | None:
        """Light up a finding, or put its light out when it is lit; with None, say which one is lit."""
        lit: str | None = session.kept(self.key("lit"))
        if code is not None:
            lit = None if code == lit else code
            session.keep(self.key("lit"), lit)
        return lit

    def doubts(self, entry: Entry) -> tuple[Doubt, ...]:
        """The sentences of a draft in this report that nothing supports."""
        return writing.doubts(self.house, entry, self.text, self.as_drafted)

    def blocking(self, entry: Entry) -> tuple[Doubt, ...]:
        """Those of them that keep it from being signed."""
        return writing.in_the_way(self.house, entry, self.doubts(entry), self.taken_on, self.as_drafted)

    # ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _let_go_of_what_is_gone(self) -> None:
        self.let_go(self.answer(self.house.studies.entry(self.study_uid)))

    def _check_films(self) -> Entry:
        """The study as it is; refused while a film of it has not stood on this page."""
        entry, drawn = self.house.studies.entry(self.study_uid), session.kept(self.key("films"))
        if drawn is not None and not set(_films(entry)) <= set(drawn):
            raise TriageError(_CAME)
        return entry

    def _go_on_from_latest(self) -> int:
        """What was signed meanwhile is said once; the next amendment starts from there. Returns: from where this one did."""
        signed, began_from = self.house.studies.reports(self.study_uid), self.amends
        session.keep(self.key("amends"), signed[-1].version if signed else 0)
        return began_from

    def _check_ready(self, amends: bool) -> None:
        if amends:
            check_latest(self.house.studies.reports(self.study_uid), self._go_on_from_latest())
        if self.marking.mark.begun:
            self.marking.mark.checked()
        writing.check_supported(self.house, self._check_films(), self.text, self.taken_on, self.as_drafted)

    def _finish(self, step: Callable[[], Report]) -> bool:
        def signed() -> Report:
            self._check_films()
            return step()

        if self._attempt(partial(self.marking.with_signature, signed)):
            session.forget(*map(self.key, (*_PARTS, "confirming")))
            return True
        self.back()
        return False


def _films(entry: Entry) -> list[str]:
    return [instance.sop_instance_uid for instance in entry.study.instances]
