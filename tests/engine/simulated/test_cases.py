from collections import Counter
from datetime import timedelta

from engine.simulated.bedside import CONDITIONS
from engine.simulated.cases import CASES, REAL_FILM
from engine.simulated.insertion import KINDS
from engine.simulated.people import PEOPLE
from triage.study import Urgency

CURRENT = [case for case in CASES if case.before < timedelta(days=1)]


def test_twenty_four_studies_of_twenty_patients():
    assert len(CASES) == 24
    assert len({case.accession_number for case in CASES}) == 24
    assert {case.person.patient.patient_id.value for case in CURRENT} == set(PEOPLE)


def test_every_case_can_be_made():
    for case in CASES:
        assert case.kind in {*KINDS, REAL_FILM}
        assert case.condition in CONDITIONS
        assert (case.side is None) == (case.kind in {"none", "cardiomegaly", REAL_FILM})


def test_some_have_an_earlier_study():
    priors = [case for case in CASES if case not in CURRENT]
    assert len(priors) >= 4
    assert all(case.person.patient.patient_id.value in PEOPLE for case in priors)


def test_all_that_can_be_simulated_is_there():
    kinds = Counter(case.kind for case in CURRENT)
    assert set(kinds) == {*KINDS, REAL_FILM}
    assert kinds["pneumothorax"] >= 3
    assert {case.priority for case in CURRENT} == set(Urgency)


def test_order_and_truth_sometimes_disagree():
    """Otherwise a ranking that only copied the order would look as good."""
    assert any(c.kind == "pneumothorax" and c.size > 0.7 and c.priority is Urgency.ROUTINE for c in CURRENT)
    assert any(c.kind == "none" and c.priority is Urgency.STAT for c in CURRENT)


def test_no_indication_tells_the_truth_of_the_picture_in_code():
    assert all(case.indication.endswith((".", "?")) for case in CASES)
