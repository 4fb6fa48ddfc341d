"""Lines of the worklist: studies with everything a line shows, in five questions however long the page is."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    Tuple,
    and_,
    func,
    literal,
    literal_column,
    or_,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from db.rows import to_assessment, to_claim, to_instance, to_study, to_vitals
from db.search import of_study, storable
from db.tables import InstanceRow, StudyRow, VitalsRow
from triage.listing import Filter, Held
from triage.status import Status
from triage.study import Instance, Urgency
from triage.vitals import Vitals, standing
from triage.worklist import Entry, Place

_PLACE: tuple[Any, ...] = tuple(col(getattr(StudyRow, part.name)) for part in fields(Place))
"""The columns of `Place`, in its order; the index study_place has the same."""
_STAGE: ColumnElement[str] = literal_column("study.stage")
_ALWAYS = datetime.max.replace(tzinfo=UTC)
_FEW = 5_000
"""So many studies are put in order quickly; when more match, the next in order is never far. Urgency, modality and stage
have indexes in reading order, where it is never far anyway."""


def waiting(session: Session, limit: int, after: Place | None, search: str) -> list[Entry]:
    """Open studies in reading order, those after a place."""
    return load(session, page(session, Filter(search), limit, after, "", _ALWAYS))


def page(
    session: Session, only: Filter, limit: int, after: Place | None, subject: str, at: datetime
) -> Sequence[StudyRow]:
    """Open studies of a list in reading order, those after a place; see triage.ports.WorklistStore."""
    matching = _matching(only, subject, at)
    following = [] if after is None else [tuple_(*_PLACE) > _values(after)]
    if storable(only.search).strip() or only.held is Held.ME or only.arrived_within is not None:
        few = _few(session, [*_open(only.urgencies), *matching], limit, _of_place, after)
        if few is not None:
            return _rows(session, few)
    # Level by level, as each has a stretch of the index where it stands in order.
    stretches = [frozenset({level}) for level in only.urgencies] or [frozenset()]
    found = [
        row
        for levels in stretches
        for row in _in_order(session, limit, [*_open(levels), *matching, *following])
    ]
    return sorted(found, key=lambda row: (row.due_at, row.study_uid))[:limit]


def _open(levels: Collection[Urgency]) -> list[ColumnElement[bool]]:
    asked: list[Any] = [col(StudyRow.waiting)]
    if levels:
        asked.append(col(StudyRow.urgency).in_(sorted(levels)))
    return asked


def _in_order(session: Session, limit: int, conditions: Sequence[ColumnElement[bool]]) -> Sequence[StudyRow]:
    return session.exec(select(StudyRow).where(*conditions).order_by(*_PLACE).limit(limit)).all()


def finished(session: Session, limit: int, search: str) -> list[Entry]:
    """Signed studies, the latest first."""
    done = [~col(StudyRow.waiting), *_searched(search)]
    if len(done) > 1:
        few = _few(session, done, limit, lambda of: [of.moved_at.desc(), of.study_uid])
        if few is not None:
            return load(session, _rows(session, few))
    asked = select(StudyRow).where(*done).order_by(col(StudyRow.moved_at).desc(), col(StudyRow.study_uid))
    return load(session, session.exec(asked.limit(limit)).all())


def _few(
    session: Session,
    matching: Sequence[ColumnElement[bool]],
    limit: int,
    order: Callable[[Any], Sequence[ColumnElement[Any]]],
    after: Place | None = None,
) -> list[str] | None:
    """The first UIDs that match, when so few match that sorting them is quicker than walking in order; else None."""
    columns = (StudyRow.study_uid, StudyRow.due_at, StudyRow.moved_at)
    few = select(*columns).where(*matching).limit(_FEW + 1).cte("few").prefix_with("MATERIALIZED")
    following = true() if after is None else tuple_(*_of_place(few.c)) > _values(after)
    uids = func.array_agg(aggregate_order_by(few.c.study_uid, *order(few.c))).filter(following)
    first = type_coerce(uids, ARRAY(Text))[1:limit]
    counted, found = session.execute(select(func.count(), first).select_from(few)).one()
    return None if counted > _FEW else found or []


def _rows(session: Session, uids: Sequence[str]) -> list[StudyRow]:
    """These studies, in this order."""
    rows = session.exec(select(StudyRow).where(col(StudyRow.study_uid).in_(uids))).all()
    return sorted(rows, key=lambda row: uids.index(row.study_uid))


def _of_place(columns: Any) -> list[ColumnElement[Any]]:
    return [getattr(columns, part.name) for part in fields(Place)]


def _values(at: Place) -> Tuple:
    return tuple_(*map(literal, astuple(at)))


def _matching(only: Filter, subject: str, at: datetime) -> list[ColumnElement[bool]]:
    """Everything a list asks of a study beside its urgency."""
    asked = _searched(only.search)
    if only.modality:
        asked.append(col(StudyRow.modality) == storable(only.modality))
    if only.stage is not None:
        asked.append(_STAGE.in_([only.stage.value]))
    if only.held is Held.ME:
        asked.append(and_(col(StudyRow.claimed_by) == subject, col(StudyRow.claimed_until) > at))
    elif only.held is Held.NOBODY:
        asked.append(or_(col(StudyRow.claimed_by).is_(None), col(StudyRow.claimed_until) <= at))
    if only.arrived_within is not None:
        since = at - only.arrived_within
        # Nothing is due before it arrived, so the walk in order can begin there.
        asked += [col(StudyRow.received_at) >= since, col(StudyRow.due_at) >= since]
    return asked


def _searched(search: str) -> list[ColumnElement[bool]]:
    typed = storable(search).strip()
    return [of_study(typed)] if typed else []


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
