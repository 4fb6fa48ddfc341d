"""The patient's own door: a link nobody can guess, and the birth date only the right person should know.

What is missing: a third factor by another channel (a code to the phone on file). A relative who sees the link often
knows the birth date; against a stranger the link alone holds 256 bits, and five tries at a birth date succeed about
once in 6,000; each visit of the right person gives five more. Until a channel exists the link is to be handed over in person or sent to an address on file, and
every opening is on the audit trail.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer

from consent.audit import AuditEvent, Outcome
from consent.errors import IncompleteConsent
from consent.record import PatientId
from triage.ports import House
from triage.stores import Invitation

PATIENT = "patient"
FIRST_LINK = timedelta(hours=24)
PERSONAL_LINK = timedelta(days=365)
TRIES = 5
VISIT = timedelta(minutes=15)


def invite(house: House, patient_id: PatientId, birth_date: date | None, agent: str) -> str:
    """Make the link that asks a patient for their consent; hand it to nobody else.

    It opens with the birth date, at most five wrong tries in a row, for 24 hours, and one signature uses it up. A new link voids the
    patient's earlier unused ones. Only its SHA-256 is stored: a lost link is made anew, never looked up.

    Args:
        house: what the flow leans on.
        patient_id: whom it is for.
        birth_date: as on file; without it nobody could open the link.
        agent: who hands it out.

    Returns: the path /p/<token>, 256 random bits in 43 characters; no name, no number.
    Raises: IncompleteConsent: no birth date is on file.
    """
    return _issue(house, patient_id, birth_date, agent, FIRST_LINK)


def personal(house: House, patient_id: PatientId, birth_date: date | None) -> str:
    """Make the link a patient keeps, to look at, change or withdraw what they signed: as easy as it was to sign.

    It is the same kind of link as `invite` makes, valid for a year, as long as the consent it belongs to.

    Returns: the path /p/<token>.
    """
    return _issue(house, patient_id, birth_date, PATIENT, PERSONAL_LINK)


def _issue(house: House, patient_id: PatientId, birth_date: date | None, agent: str, lasts: timedelta) -> str:
    if birth_date is None:
        raise IncompleteConsent("This patient has no birth date on file; add it before making a link.")
    token, now = secrets.token_urlsafe(32), house.clock.now()
    invitation = Invitation(digest(token), patient_id, birth_date, now + lasts, TRIES, used=False)
    issued = event(house, "invite patient", invitation.token_sha256, patient_id, agent=agent)
    house.consents.invite(invitation, issued)
    return f"/p/{token}"


def digest(token: str) -> str:
    """What is stored of a token: 64 hexadecimal digits."""
    return sha256(token.encode()).hexdigest()


def try_birth_date(house: House, token: str, birth_date: date) -> Invitation | None:
    """Count one try at a link, then check it; the answer never says what was wrong.

    A right birth date gives the tries back, so that a link is worn out by guessing and never by being used.

    Returns: the invitation it opens; None when there is no such link, it has expired, is used up, has no tries left,
        or the birth date differs. Either way two events are written, so that both take as long.
    """
    name = digest(token)
    invitation = house.consents.count_try(name, event(house, "try link", name))
    right = (
        invitation is not None
        and invitation.birth_date is not None
        and hmac.compare_digest(invitation.birth_date.isoformat(), birth_date.isoformat())
    )
    patient = invitation.patient_id if invitation else None
    if right:
        return house.consents.forgive(name, TRIES, event(house, "open link", name, patient))
    house.audit.record(event(house, "open link", name, patient, outcome=Outcome.DENIED))
    return None


def event(
    house: House,
    action: str,
    token_sha256: str,
    patient_id: PatientId | None = None,
    *,
    agent: str = PATIENT,
    outcome: Outcome = Outcome.DONE,
) -> AuditEvent:
    """What happened to a link, under the first digits of its hash: enough to find it, too little to open it."""
    return AuditEvent(
        agent=agent,
        action=action,
        entity=f"link/{token_sha256[:16]}",
        recorded_at=house.clock.now(),
        patient=patient_id,
        purpose="consent",
        outcome=outcome,
    )


@dataclass(frozen=True)
class Visit:
    """A patient who gave the right birth date, at one link, for a quarter of an hour."""

    token: str
    invitation: Invitation

    @property
    def patient_id(self) -> PatientId:
        """Whose page this is; it comes from the link on file, never from the browser."""
        return self.invitation.patient_id

    def lasts_beyond(self, now: datetime) -> bool:
        """Say whether this is a link to keep and not the first, short one."""
        return self.invitation.expires_at > now + FIRST_LINK


class Seal:
    """Signs the short cookie of a visit and the tokens of its forms, with keys of its own.

    The keys are derived from the installation's cookie secret, so that no sign-in cookie can pass for a visit.
    """

    def __init__(self, cookie_secret: str) -> None:
        self._key = hmac.new(cookie_secret.encode(), b"firstread patient pages", sha256).digest()
        self._serializer = URLSafeSerializer(
            self._key,
            salt="firstread.patient.visit",
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
        )

    def cookie(self, token: str, patient_id: PatientId, now: datetime) -> str:
        """A cookie that opens one link for one patient until `VISIT` is over; it shows neither of the two."""
        return str(
            self._serializer.dumps(
                [digest(token), self._mark(str(patient_id)), (now + VISIT).timestamp()],
            )
        )

    def visit(self, house: House, token: str, cookie: str) -> Visit | None:
        """The visit a cookie stands for, None when it belongs to another link or patient, or is over.

        A used link is answered too: its patient is told that it is used, strangers are not.
        """
        try:
            name, mark, until = self._serializer.loads(cookie)
        except BadData:
            return None
        now = house.clock.now()
        if name != digest(token) or now.timestamp() >= until:
            return None
        invitation = house.consents.invitation(name)
        if invitation is None or invitation.expires_at <= now:
            return None
        if mark != self._mark(str(invitation.patient_id)):
            return None
        return Visit(token, invitation)

    def form_token(self, nonce: str) -> str:
        """What a form must carry to have come from our own page, in the browser that holds `nonce`."""
        return self._mark(f"form {nonce}")

    def knows(self, nonce: str, form_token: str) -> bool:
        """Say whether a form came from our own page."""
        return bool(nonce) and hmac.compare_digest(self.form_token(nonce).encode(), form_token.encode())

    def _mark(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), sha256).hexdigest()
