"""What a patient typed, checked field by field; nothing typed is lost."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import uuid4

from consent.errors import IncompleteConsent
from consent.record import Consent, ConsentState, PatientId, Provision, Purpose, Signature
from consent.wording import CURRENT, LANGUAGES, Wording, wording
from dashboard.patient.language import DEFAULT, PHRASES

ALLOW, REFUSE = "allow", "refuse"
LONGEST_NAME = 200
_OLDEST = 1880  # a year of two digits is a slip of the finger, not a try
_MOST_POINTS = 5_000
_BOARD = (600, 200)
"""Width and height of the board the signature is drawn on; drawn points are whole numbers inside it."""


@dataclass(frozen=True)
class BirthDateForm:
    """The three boxes of a date, as typed."""

    day: str = ""
    month: str = ""
    year: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "BirthDateForm":
        """Take the boxes out of a sent form."""
        return cls(*(fields.get(name, "").strip()[:8] for name in ("day", "month", "year")))

    @property
    def typed(self) -> date | None:
        """The day that was meant, None when it is none; a slip of the finger is not counted as a try."""
        try:
            day = date(int(self.year), int(self.month), int(self.day))
        except ValueError:
            return None
        return day if day.year >= _OLDEST else None


@dataclass(frozen=True)
class SignForm:
    """The answers and the signature, as typed; what is missing stays empty."""

    language: str = DEFAULT
    read_sha256: str = ""
    answers: Mapping[Purpose, str] | None = None
    name: str = ""
    strokes: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "SignForm":
        """Take everything out of a sent form, changing nothing."""
        language = fields.get("language", "")
        return cls(
            language=language if language in LANGUAGES else DEFAULT,
            read_sha256=fields.get("read", ""),
            answers={p: fields.get(p.value, "") for p in Purpose if p.value in fields},
            name=fields.get("name", ""),
            strokes=fields.get("strokes", ""),
        )

    @property
    def wording(self) -> Wording:
        """The text this form answers."""
        return wording(CURRENT, self.language)

    @property
    def begun(self) -> bool:
        """Say whether anything was typed that must not get lost."""
        return bool(self.answers or self.name or self.strokes)

    @property
    def fields(self) -> dict[str, str]:
        """Everything typed, by the name of its field, to be carried past an interruption."""
        typed = {purpose.value: said for purpose, said in (self.answers or {}).items()}
        return typed | {"read": self.read_sha256, "name": self.name, "strokes": self.strokes}

    def said(self, purpose: Purpose) -> str:
        """`allow`, `refuse`, or nothing."""
        return (self.answers or {}).get(purpose, "")

    def problems(self) -> dict[str, str]:
        """What is still missing: a sentence for each field, in the order of the page."""
        checks: dict[str, Callable[[], object]] = {
            asked.purpose.value: partial(self._answer, asked.purpose) for asked in self.wording.questions
        }
        checks |= {"name": self._signed_name, "drawing": self.drawing, "read": self._check_read}
        found = {}
        for field, check in checks.items():
            try:
                check()
            except IncompleteConsent as missing:
                found[field] = str(missing)
        return found

    def consent(self, patient_id: PatientId, strokes_sha256: str, at: datetime) -> Consent:
        """The signed consent these answers make.

        Args:
            patient_id: from the link, never from the form.
            strokes_sha256: where the drawn signature is kept.
            at: the moment of signing; a yes is valid from then for the term the text names.

        Raises: IncompleteConsent: an answer or the signature is missing, or another text was read.
        """
        text = self.wording
        self._check_read()
        consent_id = f"consent-{uuid4().hex}"
        provisions = []
        for asked in text.questions:
            permits = self._answer(asked.purpose)
            ends_at = at + text.term if permits else None
            provisions.append(Provision(consent_id, asked.purpose, permits, at, ends_at))
        return Consent(
            consent_id=consent_id,
            patient=patient_id,
            state=ConsentState.ACTIVE,
            wording_version=text.version,
            wording_sha256=text.sha256,
            language=text.language,
            signature=Signature(self._signed_name(), strokes_sha256, at),
            provisions=tuple(provisions),
        )

    def drawing(self) -> bytes:
        """The drawn signature as it is kept: JSON, a list of strokes, each a list of [x, y]; often empty.

        Raises: IncompleteConsent: it is nothing that was drawn on our board.
        """
        return json.dumps(
            strokes_in(self.strokes, self._phrase("bad_drawing")), separators=(",", ":")
        ).encode()

    def _answer(self, purpose: Purpose) -> bool:
        said = self.said(purpose)
        if said not in {ALLOW, REFUSE}:
            question = self.wording.question(purpose).question
            raise IncompleteConsent(self._phrase("no_answer").format(question=question))
        return said == ALLOW

    def _signed_name(self) -> str:
        name = " ".join(self.name.split())
        if len(name) > LONGEST_NAME:
            raise IncompleteConsent(self._phrase("long_name"))
        if sum(letter.isalpha() for letter in name) < 2 or not name.isprintable():
            raise IncompleteConsent(self._phrase("no_name"))
        return name

    def _check_read(self) -> None:
        if self.read_sha256 != self.wording.sha256:
            raise IncompleteConsent(self._phrase("new_text"))

    def _phrase(self, name: str) -> str:
        return PHRASES[self.language][name]


def strokes_in(drawn: str, complaint: str = "") -> list[list[tuple[int, int]]]:
    """Read a drawn signature; nothing drawn is an empty list.

    Raises: IncompleteConsent: with this complaint, when it is not strokes of points inside the board.
    """
    try:
        strokes = json.loads(drawn or "[]")
        read = [[_point(point) for point in stroke] for stroke in strokes]
    except (ValueError, TypeError, RecursionError) as e:
        raise IncompleteConsent(complaint) from e
    if sum(map(len, read)) > _MOST_POINTS:
        raise IncompleteConsent(complaint)
    return [stroke for stroke in read if stroke]


def _point(point: Sequence[int]) -> tuple[int, int]:
    x, y = point
    if not (type(x) is int and type(y) is int and 0 <= x <= _BOARD[0] and 0 <= y <= _BOARD[1]):
        raise ValueError("not a point on the board")
    return x, y
