"""The patient's way over HTTP: door, text, answers, signature, receipt, and back."""

import json
import re
import statistics
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from consent.audit import Outcome
from consent.decision import decide
from consent.errors import ConsentDenied
from consent.receipt import digest_of
from consent.record import PatientId, Purpose
from consent.wording import CURRENT, wording
from dashboard.patient import link
from dashboard.patient.routes import IN_TOTAL, PER_ADDRESS, STEP_S, routes
from dashboard.settings import SettingsError
from tests.builders import PATIENT_ID, STUDY_UID, a_study
from tests.dashboard.patient.conftest import BORN, URL
from tests.fakes import ScriptedReader
from triage import flow
from triage.status import Status

TEXT = wording(CURRENT, "en")


def allowed(house, purpose=Purpose.AI_READING):
    try:
        return bool(decide(PATIENT_ID, house.consents.provisions(PATIENT_ID), purpose, house.clock.now()))
    except ConsentDenied:
        return False


def actions(house, agent="patient"):
    return [(e.event.action, e.event.outcome) for e in house.audit.chain() if e.event.agent == agent]


def consents(house):
    return house.consents.consents(PATIENT_ID)


@contextmanager
def away(server, name):
    """A database that cannot be found for a while."""
    server.run("ALTER DATABASE {} RENAME TO {}", name, f"{name}_away")
    try:
        yield
    finally:
        server.run("ALTER DATABASE {} RENAME TO {}", f"{name}_away", name)


# ── the way through ───────────────────────────────────────────────────────────────────────────────────


def test_a_patient_opens_reads_allows_signs_and_takes_away_a_receipt(house, patient):
    assert "date of birth" in patient.get().text
    assert TEXT.title in patient.open().text
    signed = patient.sign(strokes="[[[10,10],[60,40]]]")
    assert "Thank you. Your answers are saved." in signed.text
    assert "You said yes" in signed.text
    assert "You said no" in signed.text
    assert f"{URL}{patient.path}" in signed.text  # the page's own address is the personal link
    assert '<path d="M10 10 L60 40"/>' in signed.text
    assert allowed(house)
    assert not allowed(house, Purpose.TRAINING)
    assert consents(house)[0].wording_sha256 == TEXT.sha256


def test_without_scripts_the_typed_name_is_the_signature(house, patient):
    patient.open()
    patient.sign()
    assert house.files.load(consents(house)[0].signature.strokes_sha256) == b"[]"
    assert "Drawn signature" not in patient.page.text


def test_req_23_a_patient_refuses_and_the_model_never_runs(house, patient):
    flow.receive(house, a_study(), None, "gateway")
    patient.open()
    patient.sign(reading="refuse", training="refuse")
    reader = ScriptedReader(house.clock)
    flow.first_read(house, reader, STUDY_UID)
    assert reader.read_uids == []
    assert house.studies.entry(STUDY_UID).status is Status.UNRANKED


def test_req_24_one_tap_takes_back_a_yes_and_the_result_is_gone(house, patient):
    flow.receive(house, a_study(), None, "gateway")
    patient.open()
    patient.sign()
    flow.first_read(house, ScriptedReader(house.clock), STUDY_UID)
    assert house.studies.reading(STUDY_UID) is not None
    started = time.monotonic()
    page = patient.send("withdraw", purpose="ai-reading")
    assert time.monotonic() - started < 1
    assert "You have taken back your yes" in page.text
    assert "You took back your yes" in page.text
    assert house.studies.reading(STUDY_UID) is None
    assert not allowed(house)


def test_taking_back_takes_fewer_steps_than_giving(house, patient):
    patient.open()
    patient.sign()
    giving = ["date of birth", "answer", "answer", "name", "sign"]
    patient.client.cookies.clear()
    patient.open()
    patient.send("withdraw", purpose="ai-reading")
    assert len(["date of birth", "take back"]) < len(giving)
    assert not allowed(house)


def test_the_personal_link_opens_the_answers_a_month_later(house, clock, patient):
    patient.open()
    patient.sign()
    clock.advance(timedelta(days=30).total_seconds())
    patient.client.cookies.clear()
    assert "date of birth" in patient.get().text
    page = patient.open()
    assert "You said yes" in page.text
    assert "Change my answers" in page.text


def test_answers_can_be_changed_and_the_link_changes_with_them(house, patient):
    patient.open()
    patient.sign()
    first = patient.path
    patient.sign(reading="refuse")
    assert patient.path != first
    assert not allowed(house)
    assert [c.state.value for c in consents(house)].count("active") == 1


def test_a_new_personal_link_can_be_had_and_the_old_one_is_void(house, patient, visitor):
    patient.open()
    patient.sign()
    old = patient.path
    assert "This is your new personal link" in patient.send("link").text
    assert patient.path != old
    assert visitor(old).open().status_code == 403
    assert visitor(patient.path).open().status_code == 200


def test_the_receipt_comes_as_text_and_for_machines(house, patient):
    patient.open()
    patient.sign()
    text = patient.client.get(f"{patient.path}/receipt.txt")
    facts = patient.client.get(f"{patient.path}/receipt.json")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert facts.headers["content-type"] == "application/ld+json; charset=utf-8"
    assert (
        facts.headers["content-disposition"] == f'attachment; filename="{consents(house)[0].consent_id}.json"'
    )
    assert facts.headers["cache-control"] == "no-store"
    checksum = facts.json()["spdx:checksum"]["spdx:checksumValue"]
    assert checksum == digest_of(json.loads(facts.text))
    assert checksum in text.text
    assert checksum in patient.page.text
    assert "Maren Vale" in text.text
    assert ("export receipt", Outcome.DONE) in actions(house)


@pytest.mark.parametrize("kind", ["json", "txt"])
def test_req_1_nobody_gets_a_receipt_without_a_visit(house, patient, kind):
    patient.open()
    patient.sign()
    patient.client.cookies.clear()
    answer = patient.client.get(f"{patient.path}/receipt.{kind}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, patient.path)


def test_the_whole_way_in_russian(house, patient):
    patient.get(f"{patient.path}?language=ru")
    assert "Дата рождения" in patient.page.text
    patient.send(day=str(BORN.day), month=str(BORN.month), year=str(BORN.year))
    assert wording(CURRENT, "ru").title in patient.page.text
    assert "Ваши ответы сохранены" in patient.sign().text
    assert consents(house)[0].language == "ru"
    assert consents(house)[0].wording_sha256 == wording(CURRENT, "ru").sha256


def test_the_browsers_language_is_heard(patient):
    assert "Дата рождения" in patient.get(**{"accept-language": "ru-RU,ru;q=0.9"}).text


# ── what is missing ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("left_out", "says"),
    [
        ({"reading": ""}, "Please choose yes or no: May the AI"),
        ({"training": ""}, "Please choose yes or no: May my data"),
        ({"name": ""}, "Please type your full name"),
    ],
)
def test_no_consent_is_signed_without_answers_and_signature(house, patient, left_out, says):
    patient.open()
    page = patient.sign(**left_out)
    assert page.status_code == 422
    assert says in page.text
    assert consents(house) == ()
    kept = {
        "training": 'value="refuse" checked',
        "name": 'value="Maren Vale"',
        "reading": 'value="allow" checked',
    }
    assert all(mark in page.text for field, mark in kept.items() if field not in left_out)
    assert patient.sign().status_code == 200
    assert len(consents(house)) == 1


def test_a_date_that_is_none_is_no_try(house, patient):
    page = patient.open(day="31", month="2")
    assert page.status_code == 422
    assert "for example 27 3 1957" in page.text
    assert 'value="31"' in page.text
    assert actions(house) == []


def test_after_a_quarter_of_an_hour_nothing_typed_is_lost(house, clock, patient):
    patient.open()
    clock.advance(16 * 60)
    page = patient.sign(strokes="[[[1,2]]]")
    assert page.status_code == 403
    assert "What you typed is kept" in page.text
    assert consents(house) == ()
    page = patient.send(day=str(BORN.day), month=str(BORN.month), year=str(BORN.year))
    assert page.status_code == 200
    assert 'value="Maren Vale"' in page.text
    assert page.text.count(" checked") == 2
    assert "[[[1, 2]]]" in page.text
    assert patient.sign().status_code == 200


def test_a_text_that_changed_meanwhile_is_read_again(house, patient):
    patient.open()
    page = patient.sign(read="0" * 64)
    assert page.status_code == 422
    assert "The text has changed" in page.text
    assert consents(house) == ()


# ── the door ──────────────────────────────────────────────────────────────────────────────────────────


def test_req_22_looking_never_uses_a_link_up(house, patient):
    for _ in range(10):
        assert patient.get().status_code == 200
    assert patient.client.head(patient.path).status_code == 200
    assert actions(house) == []
    patient.open()
    assert patient.sign().status_code == 200


def test_req_19_a_used_link_is_gone(house, patient, visitor):
    path = patient.path
    patient.open()
    seen, cookies = patient.hidden, dict(patient.client.cookies)
    patient.sign()
    again = visitor(path)
    again.client.cookies.update(cookies)
    answers = {"ai-reading": "refuse", "training": "refuse", "name": "Maren Vale"}
    replayed = again.client.post(path, data=seen | {"act": "sign"} | answers)
    assert replayed.status_code == 410
    assert "This link has been used" in replayed.text
    assert again.client.get(path).status_code == 410
    assert len(consents(house)) == 1
    assert visitor(path).open().status_code == 403


def test_req_21_failures_cannot_be_told_apart(house, clock, visitor):
    doors = {"unknown": visitor("/p/" + "x" * 43), "malformed": visitor("/p/1")}
    doors["wrong"] = visitor(link.invite(house, PatientId("P-2", "W"), BORN.replace(year=1999), "x"))
    doors["locked"] = visitor(link.invite(house, PatientId("P-3", "W"), BORN, "x"))
    for _ in range(link.TRIES):
        link.try_birth_date(house, doors["locked"].path.removeprefix("/p/"), BORN.replace(year=1999))
    doors["used"] = visitor(link.invite(house, PatientId("P-4", "W"), BORN, "x"))
    name = link.digest(doors["used"].path.removeprefix("/p/"))
    assert house.consents.use(name, link.event(house, "use link", name))
    doors["void"] = visitor(link.invite(house, PatientId("P-5", "W"), BORN, "x"))
    link.invite(house, PatientId("P-5", "W"), BORN, "x")
    answers = {reason: door.open() for reason, door in doors.items()}
    bodies = {re.sub(r"[0-9a-f]{64}", "", a.text) for a in answers.values()}
    assert len(bodies) == 1
    assert {a.status_code for a in answers.values()} == {403}
    headers = [{k: v for k, v in a.headers.items() if k != "set-cookie"} for a in answers.values()]
    assert all(h == headers[0] for h in headers)
    assert not any("set-cookie" in a.headers for a in answers.values())


def test_req_21_failures_take_as_long(house, visitor):
    taken = {}
    for reason in ("unknown", "wrong"):
        path = "/p/" + "x" * 43 if reason == "unknown" else ""
        door = visitor(path)
        door.get()
        taken[reason] = []
        for _ in range(link.TRIES):
            started = time.monotonic()
            assert door.send(day="1", month="1", year="1990").status_code == 403
            taken[reason].append(time.monotonic() - started)
    unknown, wrong = (statistics.median(taken[reason]) for reason in ("unknown", "wrong"))
    assert min(*taken["unknown"], *taken["wrong"]) >= 0.8 * STEP_S
    assert abs(unknown - wrong) < 1.4 * STEP_S  # never between the steps; a busy machine may need one more


def test_req_20_fifty_wrong_dates_at_once_are_five_tries(house, patient, visitor):
    patient.get()
    form = patient.hidden | {"day": "1", "month": "1", "year": "1990"}
    start, answers = threading.Barrier(50), []

    def guess():
        start.wait()
        answers.append(patient.client.post(patient.path, data=form).status_code)

    threads = [threading.Thread(target=guess) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [403] * 50
    assert actions(house).count(("try link", Outcome.DONE)) == 5
    assert visitor(patient.path).open().status_code == 403


def test_too_many_forms_from_one_address_are_turned_away(patient):
    patient.get()
    statuses = [patient.send(day="x").status_code for _ in range(PER_ADDRESS[0] + 1)]
    assert statuses == [422] * PER_ADDRESS[0] + [429]
    assert patient.page.headers["retry-after"] == "60"
    assert "wait one minute" in patient.page.text


def test_all_addresses_together_have_a_limit_too(house, settings):
    app = Starlette(routes=routes(lambda: house, settings))
    statuses = []
    for i in range(IN_TOTAL[0] + 1):
        client = TestClient(app, base_url=URL, client=(f"198.51.100.{i % 200}", 1))
        statuses.append(client.post("/p/x", data={}).status_code)
    assert statuses[-2:] == [403, 429]


def test_a_form_from_elsewhere_does_nothing(house, patient):
    patient.open()
    patient.sign()
    sent = patient.client.post(
        patient.path, data={"act": "withdraw", "purpose": "ai-reading", "form_token": "f" * 64}
    )
    assert sent.status_code == 403
    assert "This form could not be sent" in sent.text
    assert allowed(house)


def test_req_7_a_visit_at_one_link_opens_no_other(house, patient, visitor):
    other = link.invite(house, PatientId("P-2", "Ward 7"), BORN, "clinician@demo")
    patient.open()
    assert TEXT.title not in patient.client.get(other).text
    patient.path = other
    assert patient.sign().status_code == 403
    assert house.consents.consents(PatientId("P-2", "Ward 7")) == ()


@pytest.mark.parametrize("purpose", ["evaluation", "everything", ""])
def test_only_what_was_asked_can_be_taken_back(house, patient, purpose):
    patient.open()
    patient.sign()
    assert patient.send("withdraw", purpose=purpose).status_code == 200
    assert allowed(house)


def test_an_unknown_act_is_a_try_at_the_door_and_no_more(house, patient):
    patient.open()
    assert patient.send("erase").status_code == 422
    assert consents(house) == ()


# ── on record, in headers, when things fail ───────────────────────────────────────────────────────────


def test_req_27_the_whole_visit_is_on_the_trail(house, patient):
    patient.open(year="1990")
    patient.open()
    patient.sign()
    patient.send("withdraw", purpose="ai-reading")
    done, denied = Outcome.DONE, Outcome.DENIED
    assert actions(house) == [
        ("try link", done),
        ("open link", denied),
        ("try link", done),
        ("open link", done),
        ("view consent", done),
        ("use link", done),
        ("sign consent", done),
        ("invite patient", done),
        ("view consent", done),
        ("withdraw consent", done),
        ("view consent", done),
    ]
    trail = "".join(str(e.event) for e in house.audit.chain())
    assert "Maren" not in trail
    assert patient.path.removeprefix("/p/") not in trail


def test_req_32_no_name_date_or_link_reaches_the_log(house, patient, caplog):
    caplog.set_level("DEBUG")
    patient.open(year="1990")
    patient.open()
    patient.sign(name="Canary Kestrel")
    ours = "\n".join(
        r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore", "asyncio"))
    )
    assert "Canary" not in ours
    assert patient.path.removeprefix("/p/") not in ours


def test_every_page_keeps_its_address_to_itself(patient):
    for page in (patient.get(), patient.open(year="1990"), patient.open(), patient.sign()):
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for hop in patient.page.history:
        assert hop.headers["referrer-policy"] == "no-referrer"
        assert urlsplit(hop.headers["location"]).netloc == ""


def test_style_and_script_are_served_from_here(patient):
    assert patient.client.get("/p/static/portal.css").headers["content-type"].startswith("text/css")
    assert "javascript" in patient.client.get("/p/static/signature.js").headers["content-type"]
    assert patient.client.get("/p/static/..%2froutes.py").status_code == 404


def test_where_nobody_says_who_asks_nobody_is_asked(house, settings, visitor):
    app = Starlette(routes=routes(lambda: house, replace(settings, demo=False)))
    closed = visitor(app=app)
    page = closed.open()
    assert page.status_code == 503
    assert "Your clinic has not set up this page yet" in page.text
    closed.get()
    named = replace(settings, demo=False, operator="Northfield Hospital", operator_contact="+00 123")
    opened = visitor(app=Starlette(routes=routes(lambda: house, named)))
    page = opened.open()
    assert "This is a question from: Northfield Hospital." in page.text
    assert "DEMO" not in page.text


def test_req_54_without_a_database_a_patient_gets_a_sentence(own_database, house, patient, server, database):
    patient.get()
    database.close()
    with away(server, str(database._engine.url.database)):
        page = patient.open()
    assert page.status_code == 503
    assert "nothing was changed" in page.text


def test_without_a_secret_there_are_no_patient_pages(house, settings):
    with pytest.raises(SettingsError, match="FIRSTREAD_COOKIE_SECRET"):
        routes(lambda: house, replace(settings, cookie_secret=None))
