"""What the patient takes away says what was signed, to people and to machines, and shows a change."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from consent.errors import ConsentError
from consent.receipt import Answer, answer, digest_of, receipt
from consent.record import Consent, ConsentState, PatientId, Provision, Purpose, Signature
from consent.wording import CURRENT, LANGUAGES, Operator, wording

NOON = datetime(2026, 11, 21, 12, 0, 7, tzinfo=UTC)
OPERATOR = Operator("Northfield Hospital", "+00 123 456")


def signed(language="en", ends_at=None, at=NOON, **changes):
    text = wording(CURRENT, language)
    provisions = (
        Provision("c-1", Purpose.AI_READING, True, at, ends_at or at + text.term),
        Provision("c-1", Purpose.TRAINING, False, at),
    )
    made = Consent(
        consent_id="c-1",
        patient=PatientId("P-7", "Ward 7"),
        state=ConsentState.ACTIVE,
        wording_version=text.version,
        wording_sha256=text.sha256,
        language=language,
        signature=Signature("Maren Vale", "ab" * 32, at),
        provisions=provisions,
    )
    return replace(made, **changes)


def made(language="en", **changes):
    return receipt(signed(language, **changes), wording(CURRENT, language), OPERATOR)


def process(facts, purpose):
    processes = facts["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
    return next(p for p in processes if p["dct:identifier"] == purpose)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_says_who_what_when_and_under_which_words(language):
    text, words = made(language).text, wording(CURRENT, language)
    for fact in ("c-1", "Ward 7/P-7", "Maren Vale", "2026-11-21 12:00 UTC", CURRENT, words.sha256, "ab" * 32):
        assert fact in text
    assert OPERATOR.name in text
    assert OPERATOR.contact in text
    assert (
        f"{words.question(Purpose.AI_READING).question}\n  {words.question(Purpose.AI_READING).allow} ("
        in text
    )
    assert (
        f"{words.question(Purpose.TRAINING).question}\n  {words.question(Purpose.TRAINING).refuse}\n" in text
    )
    assert all(sentence in text for section in words.named(OPERATOR) for sentence in section.sentences)


def test_the_machine_readable_form_is_json_ld_with_the_same_facts():
    facts = json.loads(made().json)
    record = facts["dpv:hasRecordOfActivity"]
    assert facts["@type"] == "dpv:ConsentReceipt"
    assert facts["@context"]["dpv"] == "https://w3id.org/dpv#"
    assert record["dpv:hasDataSubject"]["dct:identifier"] == "Ward 7/P-7"
    assert record["dpv:hasDataController"]["dpv:hasName"] == OPERATOR.name
    assert record["dpv:hasNotice"]["dct:language"] == "en"
    assert record["dpv:hasNotice"]["rdf:value"] == wording(CURRENT, "en").text
    (given,) = process(facts, "ai-reading")["dpv:hasConsentStatus"]
    assert given["@type"] == "dpv:ConsentGiven"
    assert given["dpv:isIndicatedAtTime"] == "2026-11-21T12:00:07+00:00"
    assert given["dpv:hasDuration"]["rdf:value"] == "2027-11-21T12:00:07+00:00"
    (refused,) = process(facts, "training")["dpv:hasConsentStatus"]
    assert refused["@type"] == "dpv:ConsentRefused"
    assert "dpv:hasDuration" not in refused


def test_every_prefix_is_declared():
    facts = json.loads(made().json)
    keys = set()

    def walk(value):
        if isinstance(value, dict):
            keys.update(value)
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk({k: v for k, v in facts.items() if k != "@context"})
    prefixes = {key.split(":")[0] for key in keys if not key.startswith("@")}
    assert prefixes <= set(facts["@context"])


def test_the_hash_is_of_the_facts_and_any_change_shows():
    whole = made()
    facts = json.loads(whole.json)
    assert facts["spdx:checksum"]["spdx:checksumValue"] == whole.sha256 == digest_of(facts)
    assert whole.sha256 in whole.text
    process(facts, "training")["dpv:hasConsentStatus"][0]["@type"] = "dpv:ConsentGiven"
    assert digest_of(facts) != whole.sha256


def test_the_same_consent_gives_the_same_receipt_in_any_zone():
    moscow = NOON.astimezone(timezone(timedelta(hours=3)))
    assert made(at=moscow) == made()


def test_a_withdrawal_is_on_the_receipt():
    later = NOON + timedelta(days=2)
    before, after = made(), made(ends_at=later)
    assert after.sha256 != before.sha256
    assert "taken back on 2026-11-23 12:00 UTC" in after.text
    events = process(json.loads(after.json), "ai-reading")["dpv:hasConsentStatus"]
    assert [e["@type"] for e in events] == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    assert events[1]["dpv:isIndicatedAtTime"] == "2026-11-23T12:00:07+00:00"


@pytest.mark.parametrize(
    ("permits", "ends_after", "became"),
    [
        (True, None, Answer.ALLOWED),
        (True, 365, Answer.ALLOWED),
        (True, 364, Answer.WITHDRAWN),
        (True, 0, Answer.WITHDRAWN),
        (False, None, Answer.REFUSED),
        (False, 10, Answer.REFUSED),
    ],
)
def test_what_became_of_an_answer(permits, ends_after, became):
    ends_at = None if ends_after is None else NOON + timedelta(days=ends_after)
    provision = Provision("c-1", Purpose.TRAINING, permits, NOON, ends_at)
    assert answer(provision, timedelta(days=365)) is became


@pytest.mark.parametrize(
    "change", [{"wording_sha256": "0" * 64}, {"language": "ru"}, {"wording_version": "1"}]
)
def test_no_receipt_shows_another_text_than_the_one_signed(change):
    with pytest.raises(ConsentError, match="another text"):
        receipt(signed(**change), wording(CURRENT, "en"), OPERATOR)
