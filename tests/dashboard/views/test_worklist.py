from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard import resources
from tests.builders import NOW, a_patient, a_person, a_study, an_event, an_instance, vitals
from tests.dashboard.views.conftest import labels, open_from_worklist, said, told_list
from triage import flow, signing
from triage.stores import Quarantined
from triage.study import Urgency
from triage.worklist import Claim

HOSTILE = '<img src="http://elsewhere/x">^![x](http://elsewhere/y)'


def test_studies_stand_in_reading_order_each_with_its_reason(screen, arrive):
    arrive(a_study(study_uid="1.2.1", accession_number="A-CALM"))
    arrive(a_study(study_uid="1.2.2", accession_number="A-ILL"), vitals(spo2_pct=85.0, resp_rate_bpm=30.0))
    arrive(a_study(study_uid="1.2.3", accession_number="A-STAT", order_priority=Urgency.STAT))
    at = screen("worklist")
    shown = said(at)
    assert shown.index("A-STAT") < shown.index("A-ILL") < shown.index("A-CALM")
    assert "NEWS2 6: urgent review within 1 hour" in shown
    assert "ordered stat" in shown
    assert "NEWS2 ≥ 6" in shown
    assert "not measured: systolic pressure, heart rate, temperature, oxygen, consciousness" in shown
    assert "no vitals" in shown
    assert "Vale Maren" in shown
    assert "68 y, female" in shown


def test_the_summary_counts_each_urgency_and_names_the_longest_wait(screen, arrive):
    arrive(a_study(study_uid="1.2.1", received_at=NOW - timedelta(hours=2, minutes=13)))
    arrive(a_study(study_uid="1.2.2", order_priority=Urgency.STAT))
    shown = said(screen("worklist"))
    assert "2 open" in shown
    assert "longest wait <b>2 h 13 min</b>" in shown
    assert "STAT</span> <b>1</b>" in shown
    assert "ASAP</span> <b>0</b>" in shown


def test_text_from_outside_stays_text(screen, arrive):
    arrive(a_study(patient=a_patient(name=HOSTILE), accession_number="<b>A"))
    at = screen("worklist")
    (row,) = told_list(at)["rows"]
    assert row["accession"] == "<b>A"  # the browser sets it as text, see tests/dashboard/widgets
    assert not any(HOSTILE[:20] in piece.value for piece in (*at.markdown, *at.main.get("html")))


def test_a_row_opens_its_own_study_whatever_has_arrived_above_it(screen, arrive, house):
    arrive(a_study(study_uid="1.2.1", accession_number="A-MINE"))
    at = screen("worklist")
    arrive(a_study(study_uid="1.2.2", accession_number="A-NEW", order_priority=Urgency.STAT))
    open_from_worklist(at, "1.2.1")
    assert "A-MINE" in said(at)
    assert "A-NEW" not in said(at)
    assert house.studies.entry("1.2.1").claim == Claim("ada", NOW + timedelta(minutes=20))
    assert house.studies.entry("1.2.2").claim is None


def test_read_next_takes_the_first_study_nobody_holds(screen, arrive, house):
    arrive(a_study(study_uid="1.2.1", order_priority=Urgency.STAT))
    arrive(a_study(study_uid="1.2.2", accession_number="A-FREE"))
    house.studies.claim("1.2.1", Claim("tom", NOW + timedelta(minutes=5)), an_event())
    at = screen("worklist")
    assert told_list(at)["rows"][0]["holder"]["name"] == "tom"
    at.button(key="next").click().run()
    assert "A-FREE" in said(at)
    assert house.studies.entry("1.2.2").claim.subject == "ada"


def test_read_next_takes_from_the_list_as_it_is_filtered(screen, arrive, house):
    arrive(a_study(study_uid="1.2.1", order_priority=Urgency.STAT))
    arrive(a_study(study_uid="1.2.2", modality="CR"))
    at = screen("worklist")
    at.selectbox(key="worklist_modality").set_value("CR").run()
    at.button(key="next").click().run()
    assert house.studies.entry("1.2.1").claim is None
    assert house.studies.entry("1.2.2").claim.subject == "ada"


def test_search_finds_by_accession_number_and_by_name(screen, arrive):
    arrive(a_study(study_uid="1.2.1", accession_number="A-ONE"))
    arrive(a_study(study_uid="1.2.2", accession_number="A-TWO", patient=a_patient(name="Otter^Jo")))
    at = screen("worklist")
    at.text_input(key="worklist_search").set_value("A-TWO").run()
    assert "A-TWO" in said(at)
    assert "A-ONE" not in said(at)
    at.text_input(key="worklist_search").set_value("nobody").run()
    assert "No open study matches" in said(at)


@pytest.fixture
def three_a_page(monkeypatch):
    """The view is a script that runs anew each time, so its page size is the one of the part that counts."""
    monkeypatch.setattr("dashboard.parts.study_line.PAGE", 3)


def test_a_long_list_is_turned_page_by_page_and_keeps_its_filter(screen, arrive, three_a_page):
    for number in range(8):
        modality = "CR" if number == 7 else "DX"
        arrive(
            a_study(
                study_uid=f"1.2.{number + 1}", modality=modality, received_at=NOW + timedelta(seconds=number)
            )
        )
    at = screen("worklist")
    at.selectbox(key="worklist_modality").set_value("DX").run()
    assert shown(at) == ["1.2.1", "1.2.2", "1.2.3"]
    assert at.button(key="previous").disabled
    at.button(key="following").click().run()
    assert shown(at) == ["1.2.4", "1.2.5", "1.2.6"]
    assert "4 to 6" in said(at)
    at.button(key="following").click().run()
    assert shown(at) == ["1.2.7"]
    assert at.button(key="following").disabled
    at.button(key="previous").click().run()
    assert shown(at) == ["1.2.4", "1.2.5", "1.2.6"]
    at.selectbox(key="worklist_modality").set_value(None).run()
    assert shown(at) == ["1.2.1", "1.2.2", "1.2.3"]  # another filter begins at its first page


def shown(at):
    return [row["uid"] for row in told_list(at)["rows"]]


def test_each_filter_narrows_the_list_and_is_still_there_after_another_screen(screen, arrive):
    arrive(a_study(study_uid="1.2.1", order_priority=Urgency.STAT))
    arrive(a_study(study_uid="1.2.2"))
    at = screen("worklist")
    at.session_state["worklist_urgency"] = [3]
    at.run()
    assert shown(at) == ["1.2.1"]
    at.session_state["worklist_urgency"] = []
    at.selectbox(key="worklist_held").set_value("me").run()
    assert shown(at) == []
    assert "No open study matches" in said(at)
    at.switch_page("views/upload.py").run()
    at.switch_page("views/worklist.py").run()
    assert at.selectbox(key="worklist_held").value == "me"
    assert shown(at) == []


def test_a_view_is_saved_used_and_removed_and_each_is_on_record(screen, arrive, house):
    arrive(a_study(study_uid="1.2.1", modality="CR"))
    arrive(a_study(study_uid="1.2.2"))
    at = screen("worklist")
    at.text_input(key="worklist_search").set_value("vale").run()
    at.selectbox(key="worklist_modality").set_value("CR").run()
    at.text_input(key="worklist_view_name").set_value("mobile").run()
    at.button(key="save-view").click().run()
    assert [e.event.action for e in house.audit.latest(1)] == ["save view"]
    assert "vale" not in str(house.audit.latest(1)).lower()
    other = screen("worklist")
    assert shown(other) == ["1.2.1", "1.2.2"]
    other.button(key="use-mobile").click().run()
    assert shown(other) == ["1.2.1"]
    assert "use-mobile" not in [b.key for b in screen("worklist", subject="tom").button]
    other.button(key="remove-mobile").click().run()
    assert house.worklist.views("ada") == ()


def test_a_view_without_a_name_says_what_it_needs(screen):
    at = screen("worklist")
    at.button(key="save-view").click().run()
    assert "A view needs a name" in told_list(at)["sentence"]


def test_without_a_database_the_list_keeps_what_it_shows_and_says_why(screen, arrive, house, monkeypatch):
    arrive(a_study(accession_number="A-KEPT"))
    at = screen("worklist")
    assert "A-KEPT" in said(at)

    def away(*_args):
        raise resources.DatabaseUnavailable("The database did not answer in time.")

    monkeypatch.setattr(type(house.worklist), "page", away)
    at.run()
    told = told_list(at)
    assert "The database does not answer" in told["away"]
    assert "rows" not in told  # the browser keeps the last ones, greyed


def away(*_args, **_more):
    raise resources.DatabaseUnavailable("The database did not answer in time.")


def test_a_step_the_database_does_not_take_is_said_in_its_sentence(screen, arrive, house, monkeypatch):
    arrive(a_study(accession_number="A-KEPT"))
    at = screen("worklist")
    monkeypatch.setattr(type(house.studies), "claim", away)
    at.button(key="next").click().run()
    assert told_list(at)["sentence"] == "The database did not answer in time."
    assert "A-KEPT" in said(at)
    at.text_input(key="worklist_view_name").set_value("mine").run()
    monkeypatch.setattr(type(house.worklist), "save_view", away)
    at.button(key="save-view").click().run()
    assert told_list(at)["sentence"] == "The database did not answer in time."


def test_a_search_that_cannot_be_put_on_record_is_not_made(screen, arrive, house, monkeypatch):
    arrive(a_study(study_uid="1.2.1", accession_number="A-ONE"))
    arrive(a_study(study_uid="1.2.2", accession_number="A-TWO", patient=a_patient(name="Otter^Jo")))
    at = screen("worklist")
    monkeypatch.setattr(type(house.audit), "record", away)
    at.text_input(key="worklist_search").set_value("A-TWO").run()
    assert told_list(at)["sentence"] == "The database did not answer in time."
    assert "A-ONE" in said(at)
    assert at.text_input(key="worklist_search").value == ""


def test_a_signed_study_with_a_new_film_is_on_the_list_again_and_says_why(screen, arrive, house):
    uid = arrive(a_study(accession_number="A-LATE"))
    signing.sign(house, uid, a_person(), "Normal.", style=None)
    late = an_instance(sop_instance_uid="1.9.9", sha256="9" * 64, view="LATERAL")
    flow.receive(house, a_study(accession_number="A-LATE", instances=(late,)), None, "test")
    shown = said(screen("worklist"))
    assert "new film since signed" in shown
    assert "A film came after the signature; look at it and amend the report." in shown


def test_every_signed_report_can_be_reached(screen, arrive, house):
    for number in range(26):
        uid = arrive(a_study(study_uid=f"1.2.{number + 1}", accession_number=f"A-{number + 1:02}"))
        signing.sign(house, uid, a_person(), "Clear lungs.", style=None)
    at = tab(screen("worklist"), "Signed")
    assert labels(at).count("Show") == 25
    at.button(key="more-signed").click().run()
    assert labels(at).count("Show") == 26
    assert "Show 25 more" not in labels(at)
    at.text_input(key="worklist_search").set_value("A-26").run()
    assert labels(at).count("Show") == 1
    at.text_input(key="worklist_search").set_value("nobody").run()
    assert "No signed report matches" in said(at)


def tab(at, name):
    at.session_state["worklist_tabs"] = name
    return at.run()


def test_an_empty_list_says_so(screen):
    at = screen("worklist")
    assert "Everything is read" in said(at)
    assert "Nothing is signed yet" in said(tab(at, "Signed"))
    assert "No file was kept apart" in said(tab(at, "Kept apart"))


def test_a_study_without_consent_says_who_reads_it_and_why(screen, arrive, house, clock, read):
    study = a_study()
    arrive(study)
    assert "waiting for AI" in said(screen("worklist"))
    flow.identify(house, study.study_uid)
    flow.ask_consent(house, study.study_uid)
    shown = said(screen("worklist"))
    assert "for a person" in shown
    assert "No consent on file allows" in shown
    read(study)
    assert "read by AI" in said(screen("worklist"))


def test_what_the_model_called_negative_says_why_it_waits(screen, arrive, read):
    study = a_study()
    arrive(study)
    read(study, probabilities={}, pathology=0.05)
    assert "AI called the film negative" in said(screen("worklist"))


def test_signed_studies_and_quarantined_files_have_their_places(screen, arrive, house):
    uid = arrive(a_study(accession_number="A-DONE"))
    signing.sign(house, uid, a_person(), "Clear lungs.", style=None)
    kept = Quarantined("<x>.dcm", "The file ends too early.", "ab" * 32, NOW)
    house.studies.quarantine(kept, an_event())
    at = tab(screen("worklist"), "Signed")
    assert "Clear lungs." in said(at)
    assert "written without a draft" in said(at)
    shown = said(tab(at, "Kept apart"))
    assert "&lt;x&gt;.dcm" in shown
    assert "The file ends too early." in shown


def test_priors_and_simulation_are_named(screen, arrive):
    arrive(
        a_study(study_uid="1.2.1", studied_at=NOW - timedelta(days=90), received_at=NOW - timedelta(days=90))
    )
    arrive(replace(a_study(study_uid="1.2.2"), simulated=True))
    shown = said(screen("worklist"))
    assert "1 prior" in shown
    assert "simulated" in shown
    assert "taken 23 Aug, 08:00 UTC" in shown


def test_a_stat_that_nobody_holds_is_named_above_the_list_and_shown_at_a_click(screen, arrive, house):
    """Overdue routine studies can stand before it; nobody may have to scroll for it."""
    arrive(a_study(study_uid="1.2.1", received_at=NOW - timedelta(days=40)))
    arrive(a_study(study_uid="1.2.2", order_priority=Urgency.STAT))
    arrive(a_study(study_uid="1.2.3", order_priority=Urgency.STAT))
    house.studies.claim("1.2.3", Claim("tom", NOW + timedelta(minutes=5)), an_event())
    at = screen("worklist")
    assert told_list(at)["rows"][0]["uid"] == "1.2.1"
    assert at.button(key="unheld-stat").label == "◆ 1 STAT not yet held"
    at.button(key="unheld-stat").click().run()
    at.run()  # the browser follows by itself
    assert [row["uid"] for row in told_list(at)["rows"]] == ["1.2.2"]


def test_without_such_a_study_nothing_is_named(screen, arrive):
    arrive(a_study(study_uid="1.2.1"))
    assert "unheld-stat" not in [b.key for b in screen("worklist").button]


def test_whoever_looks_for_a_patient_is_on_record_and_the_name_is_not(screen, arrive, house):
    arrive(a_study())
    at = screen("worklist")
    at.text_input(key="worklist_search").set_value("Maren").run()
    at.text_input(key="worklist_search").set_value("").run()
    (event,) = [e.event for e in house.audit.latest(50) if e.event.action == "search"]
    assert (event.agent, event.entity) == ("ada", "worklist")
    assert event.detail.startswith("words ")
    assert "maren" not in event.detail.lower()
