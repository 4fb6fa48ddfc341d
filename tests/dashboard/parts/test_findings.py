from datetime import UTC

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import findings
from tests.builders import a_reading, a_study
from triage.finding import Finding, Laterality
from triage.reading import ModelIdentity
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment
from triage.worklist import Entry


def test_the_most_probable_stands_first_with_number_word_and_side():
    table = findings.table([Finding("mass", 0.3), Finding("effusion", 0.84, Laterality.LEFT)], "caption")
    assert table.index("Pleural effusion") < table.index("Mass")
    for words in (
        "84%",
        "very likely",
        "left",
        "30%",
        "possible",
        'scope="col"',
        "no region",
        'data-finding="mass"',
    ):
        assert words in table


def test_pathology_is_a_number_or_says_why_there_is_none():
    assert "Any pathology 90%" in findings.pathology(a_reading())
    none = findings.pathology(a_reading(pathology_probability=None, note="The film is too dark."))
    assert "not assessed. The film is too dark." in none


@pytest.mark.parametrize(
    ("p", "code_at", "says"),
    [
        (0.9, 0.84, "suggests further examination"),
        (0.75, 0.84, "suggests follow-up in 48 h"),
        (0.05, 0.05, "suggests no pathology"),
    ],
)
def test_the_number_stands_with_what_it_asks_for(p, code_at, says):
    reading = a_reading(pathology_probability=p, findings=(Finding("mass", code_at),))
    assert says in findings.pathology(reading)


def test_no_film_is_called_clear_over_a_finding():
    reading = a_reading(pathology_probability=0.05, findings=(Finding("mass", 0.6),))
    assert "suggests" not in findings.pathology(reading)


def test_silence_says_why_and_that_it_is_no_absence():
    told = findings.silence(["Mass"], "Mass: too few films to judge (4 with it).")
    assert "Mass: too few films to judge (4 with it). Not assessed is not absent." in told
    assert "cannot support a number" in findings.silence(["Mass"], "")


def test_the_source_names_weights_bits_time_and_permit():
    source = findings.source(a_reading(seconds={"findings": 0.25, "heatmap": 1.0}), UTC)
    for words in ("scripted", "4 bit", "permit-of-a-test", "21 Nov 2026, 08:00 UTC", "in 1.2 s"):
        assert words in source


def test_a_served_model_has_no_weights_to_name():
    served = ModelIdentity("reader-7b at models.example", "0" * 64, 0)
    said = findings.source(a_reading(model=served), UTC)
    assert "reader-7b at models.example" in said
    assert "weights not known here" in said
    assert "000000" not in said


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.UNRANKED, "There is no model answer. The patient refused. Its place"),
        (Status.RECEIVED, "You need not wait for it."),
        (Status.SIGNED, "There is no model answer"),
    ],
)
def test_without_an_answer_the_reason_is_in_plain_words(status, words):
    entry = Entry(
        a_study(), status, Assessment(Urgency.ROUTINE, ("x",)), status_reason="The patient refused."
    )
    assert words in findings.none(entry)


def page() -> None:
    from datetime import UTC

    from dashboard.parts import findings
    from tests.builders import a_reading
    from triage.finding import Finding

    findings.show(a_reading(findings=(Finding("mass", 0.1), Finding("hernia", None))), UTC)


def test_nothing_likely_is_said_and_the_rest_is_folded_away():
    at = AppTest.from_function(page).run()
    assert "Nothing the model assessed reaches 20%." in "".join(h.value for h in at.get("html"))
    assert [e.label for e in at.expander] == ["Unlikely: 1", "Not assessed: 1"]
