"""Words on their way to a screen; no record, and empty after a crash."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from db.connection import Database
from db.tables import WordRow
from triage.reading import Style


class PgWordStream:
    """The words written so far, for every screen that watches; see triage.ports.WordStream."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, study_uid: str, style: Style, text: str) -> None:
        """Show the whole text as it stands now."""
        shown = insert(WordRow).values(study_uid=study_uid, style=style.value, text=text)
        with self._database.session() as session:
            session.exec(
                shown.on_conflict_do_update(index_elements=["study_uid", "style"], set_={"text": text})
            )

    def get(self, study_uid: str) -> dict[Style, str]:
        """What is being written about a study at this moment."""
        asked = select(WordRow).where(col(WordRow.study_uid) == study_uid)
        with self._database.session() as session:
            return {Style(row.style): row.text for row in session.exec(asked).all()}

    def clear(self, study_uid: str) -> None:
        """Take the words away; the finished drafts stand in their place."""
        with self._database.session() as session:
            session.exec(delete(WordRow).where(col(WordRow.study_uid) == study_uid))
