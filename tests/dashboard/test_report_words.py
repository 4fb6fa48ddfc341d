import re

import pytest

from consent.wording import LANGUAGES
from dashboard.parts.signed import SECOND
from dashboard.parts.signed import VERDICTS as ON_SCREEN
from dashboard.report_words import FINDINGS, NAMES, PHRASES, TERMS, Words
from triage.finding import LABELS, Certainty, Laterality
from triage.report import ReportStatus, Verdict
from triage.study import Sex


def test_a_report_is_printed_in_every_language_that_patients_are_asked_in():
    assert set(PHRASES) == set(NAMES) == set(LANGUAGES)
    assert {"en", *SECOND} == set(LANGUAGES)


@pytest.mark.parametrize("language", PHRASES)
def test_no_phrase_is_missing_and_each_takes_the_same_values(language):
    for name, english in PHRASES["en"].items():
        said = PHRASES[language][name]
        assert said.strip()
        assert set(re.findall(r"\{(\w+)\}", said)) == set(re.findall(r"\{(\w+)\}", english)), name


def test_every_finding_and_every_state_has_its_word():
    assert set(FINDINGS) == set(LABELS)
    assert set(TERMS) == {*Certainty, *Laterality, *Sex, *Verdict}
    assert {status.value for status in ReportStatus} <= set(PHRASES["en"])


def test_english_stands_alone_or_first():
    assert Words().say("impression") == "Impression"
    assert Words("ru").say("impression") == "Impression / Заключение"
    assert Words("en").say("impression") == Words("xx").say("impression") == "Impression"
    assert Words("ru").lines("silent") == ["Not assessed is not absent.", "Не оценено не значит отсутствует."]
    assert Words("ru").finding("effusion", "Pleural effusion") == "Pleural effusion / Плевральный выпот"
    assert Words().term(Certainty.POSSIBLE) == "possible"
    assert (
        Words("ru").looked_for("mass", "Mass").startswith("Where the model looked for: mass / Куда смотрела")
    )


def test_paper_and_screen_call_what_became_of_a_draft_the_same():
    assert {made: Words().term(made) for made in Verdict} == ON_SCREEN
