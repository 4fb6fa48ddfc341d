"""What the list on the screen asks, in PostgreSQL; see triage.ports.WorklistStore."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ARRAY, Text, and_, column, delete, func, or_, table, text, type_coerce
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlmodel import Session, col, select

from consent.audit import AuditEvent
from consent.record import ConsentState, PatientId, Provision, Purpose
from db import entries
from db.audit_trail import audited
from db.connection import Database
from db.consent_rows import to_provision
from db.search import storable
from db.tables import ConsentRow, ProvisionRow, SavedViewRow, SignInRow, StudyRow
from triage.listing import Filter, Line, SavedView, Waiting, check_view, from_plain, to_plain
from triage.permission import Person, Role
from triage.study import Urgency
from triage.worklist import Entry, Place

_COUNT = table("open_count", column("urgency"), column("studies"))
# Every distinct value by one step of the index each, however many studies share it.
_MODALITIES = text(
    "WITH RECURSIVE found AS (SELECT (SELECT min(modality) FROM study WHERE waiting) AS modality UNION ALL "
    "SELECT (SELECT min(modality) FROM study WHERE waiting AND modality > found.modality) FROM found "
    "WHERE found.modality IS NOT NULL) SELECT modality FROM found WHERE modality IS NOT NULL"
)


class PgWorklist:
    """The list of open studies, a page at a time, and what people keep for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, only: Filter, limit: int, after: Place | None, subject: str, at: datetime) -> list[Line]:
        """Open studies in reading order; `subject` is who looks and `at` when, for claims and consents."""
        with self._database.session() as session:
            found = entries.load(session, entries.page(session, only, limit, after, subject, at))
            answers = _answers(session, found, at)
            return [Line(entry, answers.get(entry.study.patient.patient_id)) for entry in found]

    def waiting(self) -> Waiting:
        """How many studies are open at each urgency, and since when the oldest waits."""
        oldest = select(func.min(col(StudyRow.received_at))).where(col(StudyRow.waiting))
        with self._database.session() as session:
            counts = session.execute(select(_COUNT.c.urgency, _COUNT.c.studies)).all()
            return Waiting({Urgency(level): n for level, n in counts}, session.exec(oldest).one())

    def modalities(self) -> tuple[str, ...]:
        """Those of open studies."""
        with self._database.session() as session:
            return tuple(session.execute(_MODALITIES).scalars())

    def unheld(self, level: Urgency, at: datetime) -> int:
        """How many open studies of a level are in nobody's hands."""
        free = or_(col(StudyRow.claimed_by).is_(None), col(StudyRow.claimed_until) <= at)
        asked = select(func.count()).select_from(StudyRow)
        with self._database.session() as session:
            return session.exec(
                asked.where(col(StudyRow.waiting), col(StudyRow.urgency) == level.value, free)
            ).one()

    def clinicians(self, since: datetime) -> tuple[Person, ...]:
        """Everybody who signed in since then, the last time as a clinician, sorted by name."""
        latest = select(SignInRow).ext(distinct_on(col(SignInRow.subject)))
        latest = latest.where(col(SignInRow.signed_in_at) >= since)
        latest = latest.order_by(col(SignInRow.subject), col(SignInRow.signed_in_at).desc())
        with self._database.session() as session:
            known = [
                Person(row.subject, row.name, frozenset(map(Role, row.roles)))
                for row in session.exec(latest).all()
            ]
        return tuple(
            sorted((p for p in known if Role.CLINICIAN in p.roles), key=lambda p: (p.name, p.subject))
        )

    def placed_otherwise(self, levels: str, limit: int) -> list[str]:
        """UIDs of open studies that another table of levels than this version gave their place."""
        asked = select(StudyRow.study_uid).where(col(StudyRow.waiting), col(StudyRow.levels) != levels)
        with self._database.session() as session:
            return list(session.exec(asked.limit(limit)).all())

    def views(self, subject: str) -> tuple[SavedView, ...]:
        """One person's saved views, sorted by name."""
        asked = select(SavedViewRow).where(col(SavedViewRow.subject) == subject)
        with self._database.session() as session:
            found = session.exec(asked.order_by(col(SavedViewRow.name))).all()
            return tuple(SavedView(row.name, from_plain(row.filter)) for row in found)

    def save_view(self, subject: str, view: SavedView, event: AuditEvent) -> None:
        """Keep a view; one of the same name makes room. Raises: TriageError: no name, a search, too many."""
        view = SavedView(storable(view.name).strip(), view.filter)
        with audited(self._database, event) as session:
            check_view(view, sum(known.name != view.name for known in self.views(subject)))
            kept = {"filter": to_plain(view.filter), "saved_at": event.recorded_at}
            row = insert(SavedViewRow).values(subject=subject, name=view.name, **kept)
            session.exec(row.on_conflict_do_update(index_elements=["subject", "name"], set_=kept))

    def remove_view(self, subject: str, name: str, event: AuditEvent) -> None:
        """Forget a view."""
        mine = delete(SavedViewRow).where(
            col(SavedViewRow.subject) == subject, col(SavedViewRow.name) == storable(name)
        )
        with audited(self._database, event) as session:
            session.exec(mine)


def _answers(session: Session, found: Sequence[Entry], at: datetime) -> dict[PatientId, bool]:
    """What these patients answer to AI reading at a moment; who did not answer is not among them."""
    patients = list({entry.study.patient.patient_id for entry in found})
    # A join with a hundred pairs looks each up once; one list of all pairs is a hundred conditions on every consent found.
    pairs = ([p.value for p in patients], [p.issuer for p in patients])
    lists = (type_coerce(one, ARRAY(Text)) for one in pairs)
    whose = func.unnest(*lists).table_valued("value", "issuer", name="whose").render_derived()
    asked = (
        select(whose.c.value, whose.c.issuer, ProvisionRow)
        .join(
            ConsentRow,
            and_(
                col(ConsentRow.patient_value) == whose.c.value,
                col(ConsentRow.patient_issuer) == whose.c.issuer,
            ),
        )
        .join(ProvisionRow, col(ProvisionRow.consent_id) == col(ConsentRow.consent_id))
        .where(
            col(ConsentRow.state) == ConsentState.ACTIVE.value,
            col(ProvisionRow.purpose) == Purpose.AI_READING.value,
        )
    )
    said: dict[PatientId, list[Provision]] = defaultdict(list)
    for value, issuer, row in session.exec(asked).all():
        said[PatientId(value, issuer)].append(to_provision(row))
    covering = {p: [a for a in known if a.covers(Purpose.AI_READING, at)] for p, known in said.items()}
    return {p: all(a.permits for a in known) for p, known in covering.items() if known}
