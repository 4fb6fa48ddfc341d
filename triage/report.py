"""From draft to signed report; nothing signed is ever changed, only amended."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.errors import AlreadySigned, TriageError
from triage.reading import Reading, Style


class ReportStatus(StrEnum):
    """Where a report stands.

    Source: FHIR R5 DiagnosticReport.status.
    """

    FINAL = "final"
    AMENDED = "amended"


class Verdict(StrEnum):
    """What the clinician did with the draft."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    UNAIDED = "unaided"  # there was no draft


@dataclass(frozen=True)
class Report:
    """One version of a report; every version is kept.

    `signed_by` is who the provider says they are, `signer` their name at that moment. `reason` says why a draft was
    rejected or a signed report amended; `taken_on` are the sentences of a draft that nothing supported and that the
    signer answers for.
    """

    version: int
    status: ReportStatus
    impression: str
    verdict: Verdict
    signed_by: str
    signed_at: datetime
    style: Style | None = None
    reason: str = ""
    taken_on: tuple[str, ...] = ()
    signer: str = ""

    @property
    def by(self) -> str:
        """Who signed, as a person reads it."""
        return self.signer or self.signed_by


def check_latest(earlier: tuple[Report, ...], version: int) -> None:
    """Refuse an amendment of another version than the one that holds: it would undo what its writer has not seen.

    Raises: AlreadySigned: with who signed the version that holds.
    """
    if earlier and version != earlier[-1].version:
        raise AlreadySigned(
            f"{earlier[-1].by} signed version {earlier[-1].version} since you began; your words are kept, so compare "
            "them with it and sign again."
        )


def verdict(impression: str, reading: Reading | None, style: Style | None, *, rejected: bool) -> Verdict:
    """Say what became of the draft the clinician started from.

    A draft that was taken away meanwhile cannot be compared any more; words that started from it never count as unaided.
    """
    if style is None:
        return Verdict.UNAIDED
    if rejected:
        return Verdict.REJECTED
    draft = next((d for d in reading.drafts if d.style == style), None) if reading else None
    if draft is None:
        return Verdict.EDITED
    return Verdict.ACCEPTED if impression.split() == draft.text.split() else Verdict.EDITED


def next_report(
    earlier: tuple[Report, ...],
    impression: str,
    made: Verdict,
    by: str,
    at: datetime,
    *,
    style: Style | None,
    reason: str,
    amends: bool,
) -> Report:
    """Write the next version of a report.

    Raises: AlreadySigned: there is a signed version and this is no amendment. TriageError: nothing was written, or
        an amendment or a rejection gives no reason.
    """
    if not impression.strip():
        raise TriageError("A report needs an impression before it can be signed.")
    if earlier and not amends:
        raise AlreadySigned("This report is signed; amend it instead.")
    if amends and not earlier:
        raise TriageError("Only a signed report can be amended.")
    if (amends or made is Verdict.REJECTED) and not reason.strip():
        raise TriageError("Say in a few words why.")
    return Report(
        version=len(earlier) + 1,
        status=ReportStatus.AMENDED if amends else ReportStatus.FINAL,
        impression=impression.strip(),
        verdict=made,
        signed_by=by,
        signed_at=at,
        style=style,
        reason=reason.strip(),
    )
