"""The people of the demonstration: every one invented, and what each answered about consent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from consent.record import PatientId, Purpose
from triage.study import Patient, Sex

ISSUER = "FIRSTREAD-DEMO"
_ANSWERS: dict[str, dict[Purpose, bool]] = {
    "both": {Purpose.AI_READING: True, Purpose.TRAINING: True},
    "reading": {Purpose.AI_READING: True, Purpose.TRAINING: False},
    "refuse": {Purpose.AI_READING: False, Purpose.TRAINING: False},
    "silent": {},
}
_ROWS = """
FR-1001 | Okonjo-Bright, Adaeze      | 1991-04-17 | F | both
FR-1002 | Villaverde, Mateo          | 2003-11-02 | M | both
FR-1003 | Solheim, Ingrid            | 1944-03-14 | F | both
FR-1004 | Minamikawa, Haruto         | 1958-08-29 | M | both
FR-1005 | Farrokhzadi, Leila         | 1975-01-21 | F | both
FR-1006 | Wrzosek, Tomasz            | 1951-06-05 | M | both
FR-1007 | Diabaté-Koro, Amadou       | 1986-12-11 | M | both
FR-1008 | Te Ahurei, Mereana         | 1968-09-30 | F | reading
FR-1009 | Lindqvist-Rao, Priya       | 1997-05-08 | F | both
FR-1010 | Haddad-Nasr, Youssef       | 1939-02-23 | M | silent
FR-1011 | Venkataraghavan, Suresh    | 1962-10-16 | M | refuse
FR-1012 | Beaumont-Leclerc, Élodie   | 1983-07-04 | F | refuse
FR-1013 | Ng'ang'ira, Wanjiku        | 1955-03-27 | F | silent
FR-1014 | O'Dálaigh, Cormac          | 1947-11-19 | M | reading
FR-1015 | Castellanueva, Ximena      | 2005-01-30 | F | reading
FR-1016 | Hakobjanyan, Aram          | 1972-04-12 | M | both
FR-1017 | Nguyễn-Trần, Minh Châu     | 1936-09-09 | F | refuse
FR-1018 | Kaleolani, Keoni           | 1994-02-14 | M | both
FR-1019 | Зоренко-Вітрова, Олена     | 1979-06-25 | F | reading
FR-1020 | Aaltovaara, Aino           | 1953-12-01 | F | both
"""


@dataclass(frozen=True)
class Invented:
    """An invented person; `answers` lacks a purpose when they never said a word about it."""

    patient: Patient
    answers: Mapping[Purpose, bool]

    @property
    def seed(self) -> int:
        """Decides the person's build, so that an earlier film shows the same chest."""
        return int(self.patient.patient_id.value.removeprefix("FR-"))


def _invented(row: str) -> Invented:
    number, name, born, sex, answer = (field.strip() for field in row.split("|"))
    whom = Sex.FEMALE if sex == "F" else Sex.MALE
    return Invented(
        Patient(PatientId(number, ISSUER), name, date.fromisoformat(born), whom), _ANSWERS[answer]
    )


PEOPLE: dict[str, Invented] = {
    person.patient.patient_id.value: person for person in map(_invented, _ROWS.strip().splitlines())
}
