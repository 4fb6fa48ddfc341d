from dataclasses import replace
from datetime import timedelta

from tests.builders import NOW, a_patient, a_person, a_study, an_event, vitals
from tests.dashboard.views.conftest import labels, open_from_worklist, said
from triage import flow, signing
from triage.ports import Quarantined
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
    shown = said(at)
    assert "<img" not in shown
    assert "&lt;img src=" in shown
    assert "&lt;b&gt;A" in shown
    assert not any(HOSTILE[:20] in m.value for m in at.markdown)


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
    assert "held by tom until 08:05 UTC" in said(at)
    at.button(key="next").click().run()
    assert "A-FREE" in said(at)


def test_search_finds_by_accession_number_and_by_name(screen, arrive):
    arrive(a_study(study_uid="1.2.1", accession_number="A-ONE"))
    arrive(a_study(study_uid="1.2.2", accession_number="A-TWO", patient=a_patient(name="Otter^Jo")))
    at = screen("worklist")
    at.text_input(key="worklist_search").set_value("A-TWO").run()
    assert "A-TWO" in said(at)
    assert "A-ONE" not in said(at)
    at.text_input(key="worklist_search").set_value("nobody").run()
    assert "No open study matches" in said(at)


def test_a_long_list_comes_in_pages(screen, arrive):
    for number in range(27):
        arrive(a_study(study_uid=f"1.2.{number + 1}"))
    at = screen("worklist")
    assert labels(at).count("Open") == 25
    at.button(key="more").click().run()
    assert labels(at).count("Open") == 27
    assert "Show 25 more" not in labels(at)


def test_every_signed_report_can_be_reached(screen, arrive, house):
    for number in range(26):
        uid = arrive(a_study(study_uid=f"1.2.{number + 1}", accession_number=f"A-{number + 1:02}"))
        signing.sign(house, uid, a_person(), "Clear lungs.", style=None)
    at = screen("worklist")
    assert labels(at).count("Show") == 25
    at.button(key="more-signed").click().run()
    assert labels(at).count("Show") == 26
    assert "Show 25 more" not in labels(at)
    at.text_input(key="worklist_search").set_value("A-26").run()
    assert labels(at).count("Show") == 1
    at.text_input(key="worklist_search").set_value("nobody").run()
    assert "No signed report matches" in said(at)


def test_an_empty_list_says_so(screen):
    shown = said(screen("worklist"))
    assert "Everything is read" in shown
    assert "Nothing is signed yet" in shown
    assert "No file was kept apart" in shown


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
    assert "AI called it negative" in said(screen("worklist"))


def test_signed_studies_and_quarantined_files_have_their_places(screen, arrive, house):
    uid = arrive(a_study(accession_number="A-DONE"))
    signing.sign(house, uid, a_person(), "Clear lungs.", style=None)
    kept = Quarantined("<x>.dcm", "The file ends too early.", "ab" * 32, NOW)
    house.studies.quarantine(kept, an_event())
    shown = said(screen("worklist"))
    assert "Clear lungs." in shown
    assert "written without a draft" in shown
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
