"""Lines of the worklist: studies with everything a line shows, in five questions however long the page is."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, literal, or_, true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from db.rows import to_assessment, to_claim, to_instance, to_study, to_vitals
from db.search import beginning, containing, storable
from db.tables import InstanceRow, StudyRow, VitalsRow
from triage.status import Status
from triage.study import Instance
from triage.vitals import Vitals, standing
from triage.worklist import Entry, Place

_PLACE = (col(StudyRow.due_at), col(StudyRow.study_uid))
"""The columns of `Place`, in its order; the index study_place has the same."""


def waiting(session: Session, limit: int, after: Place | None, search: str) -> list[Entry]:
    """Open studies in reading order, those after a place."""
    page = select(StudyRow).where(col(StudyRow.waiting)).order_by(*_PLACE).limit(limit)
    if after is not None:
        place = (after.due_at, after.study_uid)
        page = page.where(tuple_(*_PLACE) > tuple_(*(literal(value) for value in place)))
    return load(session, session.exec(page.where(_matching(search))).all())


def finished(session: Session, limit: int, search: str) -> list[Entry]:
    """Signed studies, the latest first."""
    page = select(StudyRow).where(~col(StudyRow.waiting), _matching(search))
    page = page.order_by(col(StudyRow.moved_at).desc(), col(StudyRow.study_uid)).limit(limit)
    return load(session, session.exec(page).all())


def _matching(search: str) -> ColumnElement[bool]:
    typed = storable(search).strip()
    if not typed:
        return true()
    return or_(
        beginning(col(StudyRow.accession_number), typed),
        col(StudyRow.patient_value) == typed,
        containing(col(StudyRow.patient_name), typed),
    )


def load(session: Session, rows: Sequence[StudyRow]) -> list[Entry]:
    """Bring what belongs to these studies, in their order."""
    uids = [row.study_uid for row in rows]
    images, measured, earlier = (
        instances(session, uids),
        standing_of(session, uids),
        _priors(session, uids),
    )
    return [
        Entry(
            study=to_study(row, tuple(images[row.study_uid])),
            status=Status(row.status),
            assessment=to_assessment(row),
            vitals=measured.get(row.study_uid),
            claim=to_claim(row),
            priors=earlier.get(row.study_uid, 0),
            status_reason=row.status_reason,
        )
        for row in rows
    ]


def instances(session: Session, uids: Sequence[str]) -> dict[str, list[Instance]]:
    """The images of these studies, as they arrived."""
    found: dict[str, list[Instance]] = defaultdict(list)
    asked = select(InstanceRow).where(col(InstanceRow.study_uid).in_(uids)).order_by(col(InstanceRow.number))
    for row in session.exec(asked).all():
        found[row.study_uid].append(to_instance(row))
    return found


def standing_of(session: Session, uids: Sequence[str] | SelectOfScalar[str]) -> dict[str, Vitals | None]:
    """How the patients of these studies stand, by everything measured; `uids` may be a question itself."""
    found: dict[str, list[Vitals]] = defaultdict(list)
    asked = select(VitalsRow).where(col(VitalsRow.study_uid).in_(uids))
    for row in session.exec(asked.order_by(col(VitalsRow.measured_at), col(VitalsRow.number))).all():
        found[row.study_uid].append(to_vitals(row))
    return {uid: standing(measured) for uid, measured in found.items()}


def _priors(session: Session, uids: Sequence[str]) -> dict[str, int]:
    prior = aliased(StudyRow)
    same_patient = and_(
        col(prior.patient_value) == col(StudyRow.patient_value),
        col(prior.patient_issuer) == col(StudyRow.patient_issuer),
        col(prior.studied_at) < col(StudyRow.studied_at),
    )
    asked = (
        select(StudyRow.study_uid, func.count(col(prior.study_uid)))
        .join(prior, same_patient)
        .where(col(StudyRow.study_uid).in_(uids))
        .group_by(col(StudyRow.study_uid))
    )
    return dict(session.exec(asked).all())
