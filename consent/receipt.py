"""What the patient takes away: the same facts to read and for machines, with a hash that shows a change."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from consent.errors import ConsentError
from consent.record import Consent, Provision, Purpose
from consent.wording import LANGUAGES, Operator, Wording

SCHEMA = "urn:firstread:consent-receipt:1"
_CONTEXT = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "spdx": "http://spdx.org/rdf/terms#",
}
_PURPOSES = {Purpose.AI_READING: "dpv:ServiceProvision", Purpose.TRAINING: "dpv:ResearchAndDevelopment"}
_WORDS = {
    "en": {
        "title": "Receipt of your answers about AI",
        "consent": "Receipt number",
        "patient": "Patient number",
        "name": "Signed by",
        "signed": "Signed on",
        "wording": "Text",
        "wording_hash": "SHA-256 of the text",
        "operator": "Asked by",
        "contact": "Contact",
        "strokes": "SHA-256 of the drawn signature",
        "allowed": "valid until {until}",
        "withdrawn": "taken back on {until}",
        "change": "You can change or take back your answers at any time, on your personal page or with the contact above.",
        "read": "The text you read",
        "hash": "SHA-256 of the machine-readable receipt",
    },
    "ru": {
        "title": "Квитанция о ваших ответах про ИИ",
        "consent": "Номер квитанции",
        "patient": "Номер пациента",
        "name": "Подпись",
        "signed": "Подписано",
        "wording": "Текст",
        "wording_hash": "SHA-256 текста",
        "operator": "Кто спросил",
        "contact": "Контакт",
        "strokes": "SHA-256 нарисованной подписи",
        "allowed": "действует до {until}",
        "withdrawn": "отозвано {until}",
        "change": "Вы можете изменить или отозвать ответы в любое время: на личной странице или через контакт выше.",
        "read": "Текст, который вы прочли",
        "hash": "SHA-256 машиночитаемой квитанции",
    },
}


class Answer(StrEnum):
    """What became of one answer."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Receipt:
    """One consent on paper (`text`) and for machines (`json`, JSON-LD); `sha256` is of the machine-readable facts."""

    text: str
    json: str
    sha256: str


def answer(provision: Provision, term: timedelta) -> Answer:
    """Say what became of an answer; a yes that ends before its term, as the text names it, was taken back."""
    if not provision.permits:
        return Answer.REFUSED
    ends = provision.ends_at
    whole = ends is None or ends >= provision.starts_at + term
    return Answer.ALLOWED if whole else Answer.WITHDRAWN


def receipt(consent: Consent, wording: Wording, operator: Operator) -> Receipt:
    """Write down what was agreed: answers, time with its zone, version and language of the text, and hashes.

    The same consent gives the same receipt on any machine; a withdrawal changes it.

    Raises: ConsentError: the wording is not the one that was signed.
    Source: fields of ISO/IEC TS 27560:2023 in the W3C Data Privacy Vocabulary. Jurisdiction and place of storage are
        the operator's to add; without them the record does not claim to conform.
    """
    signed = (consent.wording_version, consent.language, consent.wording_sha256)
    if signed != (wording.version, wording.language, wording.sha256):
        raise ConsentError("This receipt would show another text than the one that was signed.")
    facts = _facts(consent, wording, operator)
    digest = digest_of(facts)
    whole = facts | {
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": digest,
        }
    }
    return Receipt(
        _text(consent, wording, operator, digest), json.dumps(whole, ensure_ascii=False, indent=2), digest
    )


def digest_of(facts: dict[str, Any]) -> str:
    """Hash a machine-readable receipt, its own checksum left out.

    Returns: 64 hexadecimal digits of the JSON with sorted keys and no spaces, as UTF-8.
    """
    bare = {key: value for key, value in facts.items() if key != "spdx:checksum"}
    return sha256(
        json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def _facts(consent: Consent, wording: Wording, operator: Operator) -> dict[str, Any]:
    return {
        "@context": _CONTEXT,
        "@id": f"urn:firstread:receipt:{consent.consent_id}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": consent.consent_id,
        "dct:conformsTo": {"@id": SCHEMA},
        "dct:created": _utc(consent.signature.signed_at),
        "dpv:hasRecordOfActivity": {
            "@id": f"urn:firstread:consent:{consent.consent_id}",
            "@type": "dpv:ConsentRecord",
            "dct:identifier": consent.consent_id,
            "dpv:hasDataSubject": {
                "@type": "dpv:Patient",
                "dct:identifier": str(consent.patient),
                "dct:title": consent.signature.name,
            },
            "dpv:hasDataController": {
                "@type": "dpv:DataController",
                "dpv:hasName": operator.name,
                "dpv:hasContact": operator.contact,
            },
            "dpv:hasNotice": _notice(wording, operator),
            "dpv:hasProcess": [_process(p, consent, wording) for p in consent.provisions],
        },
    }


def _notice(wording: Wording, operator: Operator) -> dict[str, Any]:
    return {
        "@type": "dpv:ConsentNotice",
        "dct:identifier": wording.version,
        "dct:language": wording.language,
        "rdf:value": wording.text,
        "dct:description": "\n".join(
            line for section in wording.named(operator) for line in (section.heading, *section.sentences)
        ),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": wording.sha256,
        },
    }


def _process(provision: Provision, consent: Consent, wording: Wording) -> dict[str, Any]:
    asked = wording.question(provision.purpose)
    return {
        "@type": "dpv:Process",
        "dct:identifier": provision.purpose.value,
        "dct:title": asked.question,
        "dpv:hasPurpose": {"@id": _PURPOSES[provision.purpose]},
        "dpv:hasPersonalData": {"@id": "dpv:SpecialCategoryPersonalData"},
        "dpv:hasLegalBasis": {"@id": "dpv:ExplicitlyExpressedConsent"},
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dct:description": _WORDS[wording.language]["change"],
        },
        "dpv:hasConsentStatus": _events(provision, consent, wording),
    }


def _events(provision: Provision, consent: Consent, wording: Wording) -> list[dict[str, Any]]:
    first: dict[str, Any] = {
        "@type": "dpv:ConsentGiven" if provision.permits else "dpv:ConsentRefused",
        "dpv:isIndicatedAtTime": _utc(provision.starts_at),
        "dpv:isIndicatedBy": {"@id": "dpv:DataSubject"},
        "dpv:hasIndicationMethod": f"name typed; drawn signature with SHA-256 {consent.signature.strokes_sha256}",
    }
    if provision.permits:
        first["dpv:hasDuration"] = {
            "@type": "dpv:UntilTimeDuration",
            "rdf:value": _utc(provision.starts_at + wording.term),
        }
    if provision.ends_at is None or answer(provision, wording.term) is not Answer.WITHDRAWN:
        return [first]
    return [
        first,
        {
            "@type": "dpv:ConsentWithdrawn",
            "dpv:isIndicatedAtTime": _utc(provision.ends_at),
        },
    ]


def _text(consent: Consent, wording: Wording, operator: Operator, digest: str) -> str:
    words = _WORDS[wording.language]
    facts = {
        "consent": consent.consent_id,
        "patient": str(consent.patient),
        "name": consent.signature.name,
        "signed": _plain(consent.signature.signed_at),
        "operator": operator.name,
        "contact": operator.contact,
        "wording": f"{wording.version}, {LANGUAGES[wording.language]}",
        "wording_hash": wording.sha256,
        "strokes": consent.signature.strokes_sha256,
        "hash": digest,
    }
    lines = [words["title"], ""]
    for provision in consent.provisions:
        lines += [f"* {wording.question(provision.purpose).question}", f"  {_said(provision, wording)}"]
    lines += ["", *(f"{words[name]}: {value}" for name, value in facts.items())]
    lines += ["", words["change"], "", f"--- {words['read']} ---", "", wording.title]
    for section in wording.named(operator):
        lines += ["", section.heading, *section.sentences]
    return "\n".join([*lines, "", wording.statement, ""])


def _said(provision: Provision, wording: Wording) -> str:
    asked, words = wording.question(provision.purpose), _WORDS[wording.language]
    said = asked.allow if provision.permits else asked.refuse
    became = answer(provision, wording.term)
    if became is Answer.REFUSED:
        return said
    until = provision.ends_at or provision.starts_at + wording.term
    return f"{said} ({words[became].format(until=_plain(until))})"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _plain(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
