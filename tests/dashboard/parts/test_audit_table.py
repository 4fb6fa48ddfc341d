from datetime import UTC

from consent.audit import GENESIS, ChainedEvent, ChainHead, Outcome
from dashboard.parts import audit_table
from tests.builders import an_event


def test_a_row_says_who_did_what_on_whom_and_how_it_ended():
    event = an_event(outcome=Outcome.DENIED, detail="The patient refused.")
    (row,) = audit_table.rows([ChainedEvent(7, event, GENESIS, "ab" * 32)], UTC)
    assert (row["#"], row["Who"], row["Did"], row["Outcome"]) == (7, "test", "act", "denied")
    assert (row["Patient"], row["Issuer"], row["Detail"]) == ("P-1001", "Ward 7", "The patient refused.")
    assert row["When"] == "21 Nov 2026, 08:00 UTC"
    assert row["sha256"] == "abababababab"


def test_an_act_on_no_patient_has_none():
    (row,) = audit_table.rows([ChainedEvent(1, an_event(patient=None), GENESIS, "ab" * 32)], UTC)
    assert row["Patient"] == row["Issuer"] == ""


def test_the_whole_chain_names_its_length_and_its_head():
    said = audit_table.whole(ChainHead(1, "cd" * 32))
    assert "The chain is whole: 1 event." in said
    assert "cd" * 32 in said
