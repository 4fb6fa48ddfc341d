"""What a referrer writes asks for a level; what is denied, past or only looks alike does not."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.noise import misspelt
from triage import notes
from triage.levels import SHIPPED
from triage.notes import mentioned
from triage.study import Urgency
from triage.urgency import assess

REPORTS = Path(__file__).parents[3] / "shared" / "data" / "reports" / "iu_reports.csv"


def level(text):
    return max((rule.urgency for rule, _ in mentioned(text, SHIPPED.notes)), default=Urgency.ROUTINE)


@pytest.mark.parametrize(
    ("text", "asks_for"),
    [
        ("Suspected tension pneumothorax.", Urgency.STAT),
        ("?PTX", Urgency.STAT),
        ("SOB, ? ptx L side", Urgency.STAT),
        ("r/o pneumothorax post biopsy", Urgency.STAT),
        ("to exclude pneumothorax", Urgency.STAT),
        ("pneumothorax needs to be excluded", Urgency.STAT),
        ("pneumothorax not ruled out", Urgency.STAT),
        ("cannot exclude free air", Urgency.STAT),
        ("perforation? peritonitic", Urgency.STAT),
        ("No breath sounds left, ?tension pneumothorax", Urgency.STAT),
        ("no breath sounds on left suspected tension pneumothorax", Urgency.STAT),
        ("no improvement of pneumothorax", Urgency.STAT),
        ("not sure whether pneumothorax", Urgency.STAT),
        ("pain not improving or pneumothorax", Urgency.STAT),
        ("no fever but pneumothorax on ultrasound", Urgency.STAT),
        ("stab wound to chest", Urgency.STAT),
        ("Trauma.", Urgency.ASAP),
        ("h/o RTA today", Urgency.ASAP),
        ("no pneumothorax, trauma yesterday", Urgency.ASAP),
        ("70 year old trauma patient", Urgency.ASAP),
        ("post-line check", Urgency.ASAP),
        ("NG tube position?", Urgency.ASAP),
        ("post intubation", Urgency.ASAP),
        ("?sepsis", Urgency.ASAP),
        ("haemoptysis, smoker", Urgency.URGENT),
        ("known malignancy", Urgency.URGENT),
        ("?pnuemothorax", Urgency.STAT),
        ("suspected tenson pneumothroax", Urgency.STAT),
        ("bowel perfroation?", Urgency.STAT),
        ("septis, ?sorce", Urgency.ASAP),
        ("no pnuemothorax", Urgency.ROUTINE),
        ("peptic ulcer, good inspiration", Urgency.ROUTINE),
        ("stab woun", Urgency.STAT),
        ("?free airr", Urgency.STAT),
        ("major trauna", Urgency.STAT),
        ("now pain free has chronic cough", Urgency.ROUTINE),
        ("smoke free as of 2019", Urgency.ROUTINE),
        ("scab wound on chin", Urgency.ROUTINE),
        ("call from GP, annual check", Urgency.ROUTINE),
        ("post fine needle, post live donor", Urgency.ROUTINE),
        ("valve replacement performed, breath sounds normal", Urgency.ROUTINE),
        ("poor penetration, known hypokinesia", Urgency.ROUTINE),
        ("no pneumothorax", Urgency.ROUTINE),
        ("no evidence of pneumothorax", Urgency.ROUTINE),
        ("without any sign of pneumothorax", Urgency.ROUTINE),
        ("denies trauma", Urgency.ROUTINE),
        ("no history of trauma", Urgency.ROUTINE),
        ("no fall or trauma", Urgency.ROUTINE),
        ("w/o haemoptysis", Urgency.ROUTINE),
        ("pneumothorax excluded on CT", Urgency.ROUTINE),
        ("pneumothorax has been ruled out", Urgency.ROUTINE),
        ("previous pneumothorax", Urgency.ROUTINE),
        ("previous left pneumothorax", Urgency.ROUTINE),
        ("stable, routine follow-up", Urgency.ROUTINE),
        ("Shortness of breath.", Urgency.ROUTINE),
        ("Pre-operative", Urgency.ROUTINE),
        ("", Urgency.ROUTINE),
        ("漢字 \x00 ???", Urgency.ROUTINE),
    ],
)
def test_what_is_written_asks_for_its_level(text, asks_for):
    assert level(text) is asks_for
    assert level(text.upper()) is asks_for


def long_enough(words):
    """Whether a slip leaves enough to hear what was meant: a phrase, or a word of six letters."""
    parts = words.split()
    return (len(parts) > 1 and min(map(len, parts)) >= 3) or len(words) >= 6


def test_three_letters_in_a_hundred_mistyped_lose_few_mentions():
    """The noise that the impressions are held to, on every row but abbreviations; exact words alone hear 4 in 100."""
    said = [words.replace("*", "ed") for rule in SHIPPED.notes for words in rule.words if long_enough(words)]
    typed = [(w, misspelt(w, seed)) for w in said for seed in range(40)]
    noisy = [(meant, order) for meant, order in typed if meant != order]
    heard = sum(level(order) >= level(meant) for meant, order in noisy)

    assert len(noisy) > 500
    assert heard / len(noisy) > 0.9


@pytest.mark.data
@pytest.mark.skipif(not REPORTS.is_file(), reason="the public reports are not here")
def test_among_three_thousand_orders_only_the_one_with_a_slip_is_raised_by_it(monkeypatch):
    with REPORTS.open(encoding="utf-8", newline="") as table:
        orders = [row["indication"] for row in csv.DictReader(table)]
    heard = [[r.words for r, _ in mentioned(order, SHIPPED.notes)] for order in orders]
    monkeypatch.setattr(notes, "mistyped", notes.as_written)
    exact = [[r.words for r, _ in mentioned(order, SHIPPED.notes)] for order in orders]
    more = [order for order, a, b in zip(orders, heard, exact, strict=True) if a != b]
    assert more == ["hemopytosis"]


def test_the_row_that_applied_is_named_in_its_own_words_and_not_the_patient_s():
    assessment = assess(
        Urgency.ROUTINE, None, None, notes="Mrs Vale, ?TENSION   PNEUMOTHORAX, perforated ulcer"
    )
    assert assessment.reasons[0] == "order says “tension pneumothorax”"
    assert "order says “perforat…”" in assessment.reasons
    assert "Vale" not in assessment.sentence


@pytest.mark.parametrize("rule", SHIPPED.notes, ids=lambda rule: rule.words[0])
def test_every_word_of_every_row_is_heard_and_can_be_denied(rule):
    for words in (said.replace("*", "ed") for said in rule.words):
        assert rule in [r for r, _ in mentioned(f"Fall at home. {words}!", SHIPPED.notes)]
        assert rule not in [r for r, _ in mentioned(f"No {words}.", SHIPPED.notes)]


@given(st.text(max_size=60), st.sampled_from(Urgency))
def test_words_only_raise(text, order):
    assert assess(order, None, None, notes=text).urgency >= order


@given(st.text(alphabet="no tpxr,.?or", max_size=40))
def test_another_sentence_never_takes_a_mention_back(text):
    assert level(f"{text}. ?ptx") is Urgency.STAT
