import psycopg

from consent.audit import verify
from tests.builders import a_study
from tests.dashboard.views.conftest import said


def shown(screen):
    return screen("audit_trail", subject="robin", role="administrator")


def test_the_latest_acts_are_listed_with_who_and_on_what(screen, arrive):
    arrive(a_study())
    table = shown(screen).dataframe[0].value
    assert list(table["Did"])[-1] == "receive study"
    assert list(table["On"])[-1] == f"study/{a_study().study_uid}"
    assert set(table["Outcome"]) == {"done"}
    assert "P-1001" in set(table["Patient"])


def test_search_narrows_the_list(screen, arrive):
    arrive(a_study())
    at = shown(screen)
    at.text_input(key="audit_search").set_value("receive study").run()
    assert set(at.dataframe[0].value["Did"]) == {"receive study"}
    at.text_input(key="audit_search").set_value("nothing like this").run()
    assert "No event mentions this." in said(at)


def test_one_button_walks_the_chain_and_names_its_head(screen, arrive, house):
    arrive(a_study())
    at = shown(screen)
    head = verify(house.audit.chain())
    at.button(key="verify").click().run()
    assert f"The chain is whole: {head.events} events." in said(at)
    assert head.sha256 in said(at)


def test_a_changed_event_is_found_and_said(screen, arrive, addresses):
    arrive(a_study())
    at = shown(screen)
    with psycopg.connect(addresses.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        owner.execute("UPDATE audit_event SET agent = 'nobody' WHERE sequence = 1")
    at.button(key="verify").click().run()
    assert [e.value for e in at.error] == ["The chain is broken. Event 1 was changed after it was written."]


def test_a_tail_that_was_cut_off_is_found_and_said(screen, arrive, addresses, house):
    arrive(a_study())
    at = shown(screen)
    last = house.audit.head().events
    with psycopg.connect(addresses.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        owner.execute("DELETE FROM audit_event WHERE sequence = %s", [last])
    at.button(key="verify").click().run()
    assert f"The chain is broken. The trail ends at event {last - 1}" in at.error[0].value


def test_whoever_searches_the_trail_is_in_it(screen, arrive, house):
    arrive(a_study())
    shown(screen).text_input(key="audit_search").set_value("P-1001").run()
    (event,) = [e.event for e in house.audit.latest(9) if e.event.action == "search"]
    assert (event.agent, event.entity) == ("robin", "audit trail")
