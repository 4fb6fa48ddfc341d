"""The examinations of the demonstration: who, what was asked, and what the film truly shows."""

from dataclasses import dataclass
from datetime import timedelta

from engine.simulated.people import PEOPLE, Invented
from triage.finding import Laterality
from triage.study import Sex, Urgency

REAL_FILM = "real film"  # the one true chest film, from the package pydicom-data


@dataclass(frozen=True)
class Case:
    """One examination. `before` is how long before the start of the demonstration it arrived."""

    accession_number: str
    person: Invented
    kind: str
    side: Laterality | None
    size: float
    view: str
    priority: Urgency
    condition: str
    before: timedelta
    indication: str

    @property
    def breast_mm(self) -> float:
        """Soft tissue in front of the lungs, which a film of a woman shows."""
        thickness = 16.0 + self.person.seed * 7 % 15
        return thickness if self.person.patient.sex is Sex.FEMALE else 3.0


_ROWS = """
FR-1001 | pneumothorax right 0.85 | AP | routine | collapsed lung       | 0.4h | Short of breath since this morning, right-sided chest pain.
FR-1005 | opacity right 0.80      | AP | stat    | sepsis               | 0.7h | Fever, confusion, productive cough.
FR-1009 | none                    | PA | stat    | anxious              | 1.1h | Palpitations, chest tightness. Pneumothorax?
FR-1003 | effusion left 0.60      | PA | asap    | fluid                | 1.6h | Increasing breathlessness. Known small effusion, larger?
FR-1018 | opacity left 0.75       | AP | urgent  | sepsis               | 1.9h | Rigors, pleuritic pain on the left.
FR-1002 | pneumothorax left 0.45  | PA | urgent  | small collapse       | 2.2h | Sudden left-sided chest pain while running.
FR-1014 | opacity right 0.45      | AP | asap    | chronic lung         | 2.6h | Known COPD, more sputum, drowsy at night.
FR-1013 | pneumothorax right 0.25 | AP | urgent  | small collapse       | 2.9h | After central line insertion. Position, pneumothorax?
FR-1006 | cardiomegaly 0.95       | PA | urgent  | heart failure        | 3.3h | Orthopnoea, swollen legs.
FR-1010 | effusion right 0.50     | PA | asap    | fluid                | 3.8h | Breathless on exertion, dull percussion right base.
FR-1008 | opacity left 0.45       | PA | urgent  | infection            | 4.1h | Cough and fever for five days.
FR-1011 | nodule right 0.95       | PA | routine | weight loss          | 4.6h | Weight loss of 8 kg, smoker.
FR-1017 | cardiomegaly 0.60       | AP | urgent  | stable heart failure | 5.0h | Control, known heart failure.
FR-1020 | real film               | PA | routine | weight loss          | 5.4h | Staging, known primary tumour.
FR-1004 | nodule left 0.60        | PA | routine | well                 | 5.9h | Control of a nodule seen last year.
FR-1016 | effusion left 0.25      | PA | routine | little fluid         | 6.3h | After coronary bypass, week four.
FR-1012 | none                    | PA | routine | infection            | 6.8h | Cough for three weeks. Pneumonia?
FR-1007 | none                    | PA | routine | well                 | 7.2h | Before starting work in health care.
FR-1015 | none                    | PA | routine | well                 | 7.9h | Positive tuberculin test in a contact.
FR-1019 | none                    | PA | routine | well                 | 8.5h | Before elective surgery.
FR-1003 | effusion left 0.20      | PA | routine | little fluid         | 93d  | Breathless when climbing stairs.
FR-1004 | nodule left 0.25        | PA | routine | well                 | 388d | Cough for two months.
FR-1006 | cardiomegaly 0.45       | PA | routine | stable heart failure | 204d | Hypertension, control.
FR-1016 | none                    | PA | routine | well                 | 41d  | Before coronary bypass surgery.
"""


def _case(number: int, row: str) -> Case:
    patient, shows, view, priority, condition, before, indication = (
        field.strip() for field in row.split("|")
    )
    words = shows.split()
    kind = REAL_FILM if shows == REAL_FILM else words[0]
    side = Laterality(words[1]) if len(words) == 3 else None
    size = float(words[-1]) if kind not in {REAL_FILM, "none"} else 0.0
    unit = {"h": "hours", "d": "days"}[before[-1]]
    return Case(
        f"DEMO-{2001 + number}",
        PEOPLE[patient],
        kind,
        side,
        size,
        view,
        Urgency[priority.upper()],
        condition,
        timedelta(**{unit: float(before[:-1])}),
        indication,
    )


CASES: tuple[Case, ...] = tuple(_case(n, row) for n, row in enumerate(_ROWS.strip().splitlines()))
