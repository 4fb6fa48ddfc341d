"""From a notice on file to a real server, with everything that can go wrong on the way on record."""

import email
from dataclasses import replace

import pytest

from consent.audit import Outcome
from dashboard.notices import sending
from dashboard.notices.letter import NotSent
from dashboard.settings import Notices, Settings
from tests.builders import STUDY_UID
from tests.dashboard.notices.conftest import SECRET, Hook
from tests.triage.given import ADA, events, receive
from tests.triage.test_calling import MARK, told
from triage import calling
from triage.call_list import CallList, OnCall
from triage.critical import ReadBack
from triage.escalation import unsent

SITE = CallList("test", (OnCall("Ward 7", "ward7@hospital.example"), OnCall("Senior doctor")))


@pytest.fixture
def site(house):
    house = replace(house, call_list=SITE)
    receive(house)
    return house


@pytest.fixture
def opened(site):
    return calling.open_result(site, STUDY_UID, ADA, MARK)


def settings(tmp_path, box=None, hook=None):
    notices = Notices(
        smtp_url=box.url if box else None,
        sender="firstread@hospital.example" if box else "",
        to=("oncall@hospital.example",),
        webhook_url=hook.url if hook else None,
        webhook_secret=SECRET,
    )
    return Settings(tmp_path, url="https://firstread.example", notices=notices)


def send(site, said, opened, step="0"):
    sending.deliver(site, said, sending.channels(said), opened.result_id, step)


def deliveries(site, opened):
    return [(d.step, d.channel, d.sent) for d in site.critical.result(opened.result_id).deliveries]


def test_both_ways_are_taken_and_both_are_on_record(site, opened, tmp_path, mail_server, hook):
    box = mail_server()
    send(site, settings(tmp_path, box, hook), opened)
    assert deliveries(site, opened) == [("0", "mail", True), ("0", "webhook", True)]
    (envelope,) = box.arrived
    assert envelope.rcpt_tos == ["ward7@hospital.example", "oncall@hospital.example"]
    assert "Ward 7: you are called on." in email.message_from_bytes(envelope.content).get_payload()
    assert len(hook.posted) == 1
    assert [e.agent for e in events(site, "send notice")] == ["worker", "worker"]


def test_what_was_sent_is_not_sent_again(site, opened, tmp_path, mail_server, hook):
    box = mail_server()
    said = settings(tmp_path, box, hook)
    send(site, said, opened)
    send(site, said, opened)
    assert (len(box.arrived), len(hook.posted)) == (1, 1)


def test_a_server_that_comes_back_is_asked_again_at_once(site, opened, tmp_path, hook):
    hook.answers = [503, 503, 200]
    send(site, settings(tmp_path, hook=hook), opened)
    assert len(hook.posted) == 3
    assert len({headers["idempotency-key"] for headers, _ in hook.posted}) == 1
    assert deliveries(site, opened) == [("0", "webhook", True)]


def test_one_way_that_fails_holds_up_no_other_and_is_tried_alone_later(
    site, opened, tmp_path, mail_server, hook
):
    box, hook.answers = mail_server(), [503]
    said = settings(tmp_path, box, hook)
    with pytest.raises(NotSent, match="503"):
        send(site, said, opened)
    assert deliveries(site, opened) == [("0", "mail", True), ("0", "webhook", False)]
    (failure,) = unsent(site.critical.result(opened.result_id))
    assert failure.reason == "The webhook answered 503."
    assert Outcome.FAILED in {e.outcome for e in events(site, "send notice")}
    hook.answers = [200]
    send(site, said, opened)
    assert len(box.arrived) == 1
    assert unsent(site.critical.result(opened.result_id)) == ()


def test_what_will_not_pass_is_on_the_screen_and_is_not_asked_again_and_again(site, opened, tmp_path, hook):
    hook.answers = [403]
    send(site, settings(tmp_path, hook=hook), opened)
    assert len(hook.posted) == 1
    assert [d.reason for d in unsent(site.critical.result(opened.result_id))] == ["The webhook answered 403."]


def test_an_address_that_no_library_can_read_is_on_record_and_holds_up_no_other(
    site, opened, tmp_path, mail_server
):
    box = mail_server()
    said = settings(tmp_path, box, Hook("https://hooks..hospital.example"))
    with pytest.raises(NotSent, match=r"could not be sent \(UnicodeError\)"):
        send(site, said, opened)
    assert deliveries(site, opened) == [("0", "mail", True), ("0", "webhook", False)]
    (failure,) = unsent(site.critical.result(opened.result_id))
    assert failure.reason == "The notice could not be sent (UnicodeError)."


def test_nobody_is_rung_for_what_somebody_has_heard(site, opened, tmp_path, mail_server, hook):
    calling.record(site, opened.result_id, ADA, told(site))
    box = mail_server()
    send(site, settings(tmp_path, box, hook), opened)
    assert (box.arrived, hook.posted, deliveries(site, opened)) == ([], [], [])


def test_the_next_person_is_written_to_with_their_own_reason(site, opened, tmp_path, mail_server):
    calling.record(site, opened.result_id, ADA, told(site, read_back=ReadBack.UNABLE))
    box = mail_server()
    send(site, settings(tmp_path, box), opened, "1")
    (envelope,) = box.arrived
    assert envelope.rcpt_tos == ["oncall@hospital.example"]  # the list gives the senior doctor no address
    assert "Senior doctor: you are called on." in envelope.content.decode()
    assert "could not be reached" in envelope.content.decode()


def test_without_a_way_out_people_are_called_on_the_screen_alone(site, opened, tmp_path):
    said = Settings(tmp_path)
    assert sending.channels(said) == {}
    send(site, said, opened)
    assert deliveries(site, opened) == []
