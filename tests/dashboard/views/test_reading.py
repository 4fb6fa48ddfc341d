import json
from dataclasses import replace
from datetime import timedelta

import pytest

from consent.record import Purpose
from tests.builders import (
    NOW,
    PATIENT_ID,
    a_draft,
    a_patient,
    a_person,
    a_reading,
    a_study,
    an_event,
    an_instance,
    vitals,
)
from tests.dashboard.views.conftest import labels, open_from_worklist, said
from tests.fakes import WORDS
from triage import flow, hold, signing, withdrawal
from triage.finding import Finding, Laterality, Region
from triage.reading import Evidence, Style
from triage.report import Verdict
from triage.status import Status
from triage.worklist import Claim

UID = a_study().study_uid
IMPRESSION, SIGN, YES = f"impression-{UID}", "ask", "confirm_yes"


@pytest.fixture
def reading(screen, arrive, read):
    """A study the model read, open on a clinician's screen."""
    study = a_study()
    arrive(study, vitals(spo2_pct=91.0, heart_rate_bpm=72.0))
    read(study)
    return open_from_worklist(screen("worklist"), UID)


@pytest.fixture
def unaided(screen, arrive, house):
    """A study whose patient gave no consent, open on a clinician's screen."""
    arrive(a_study(), vitals(spo2_pct=91.0))
    flow.identify(house, UID)
    flow.ask_consent(house, UID)
    return open_from_worklist(screen("worklist"), UID)


def reports(house):
    return house.studies.reports(UID)


def looks(house):
    return [c.event for c in house.audit.chain() if c.event.action == "view study"]


def pictures(at):
    """The addresses of all films and overlays on the screen."""
    charts = [json.loads(c.proto.spec) for c in at.get("plotly_chart")]
    return [image["source"] for chart in charts for image in chart["layout"]["images"]]


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────


def test_without_an_open_study_the_page_says_what_to_do(screen):
    assert "No study is open" in said(screen("reading"))


def test_the_header_restates_who_and_which_study(reading):
    shown = said(reading)
    for words in (
        "Vale Maren",
        "P-1001",
        "9 Mar 1958",
        "68 y, female",
        "A-100",
        "DX, 21 Nov 2026, 07:30 UTC",
    ):
        assert words in shown
    assert "Shortness of breath." in shown
    assert "held by you until 08:20 UTC" in shown


def test_the_film_comes_by_our_own_route(reading):
    film = f"/api/studies/{UID}/film.png?instance={UID}.1.1"
    assert pictures(reading) == [film]
    reading.toggle(key=f"{UID}-heatmap").set_value(True).run()
    assert pictures(reading) == [film, f"/api/studies/{UID}/heatmap.png"]


def test_findings_vitals_and_model_are_named(reading):
    shown = said(reading)
    assert "Pleural effusion" in shown
    assert "84%" in shown
    assert "very likely" in shown
    assert "Any pathology 90%" in shown
    assert "4 bit" in shown
    assert "scripted" in shown
    assert "permit-" in shown
    assert "<b>91</b> %" in shown
    assert "↓ low" in shown
    assert "96 to 100" in shown
    assert "NEWS2 ≥ 3" in shown


def test_not_assessed_is_not_absent(screen, arrive, read):
    study = a_study()
    arrive(study)
    read(study, probabilities={"effusion": 0.84, "hernia": None})
    at = open_from_worklist(screen("worklist"), UID)
    assert [e.label for e in at.expander] == ["Unlikely: 12", "Not assessed: 1", "History of this study"]
    assert "Hiatal hernia" in said(at)
    assert "Not assessed is not absent." in said(at)


def test_without_consent_the_page_says_so_and_works(unaided, house):
    assert "There is no model answer. No consent on file" in said(unaided)
    assert not unaided.tabs
    unaided.text_area(key=IMPRESSION).set_value("Clear lungs.")
    unaided.button(key=SIGN).click().run()
    unaided.button(key=YES).click().run()
    assert [r.verdict for r in reports(house)] == [Verdict.UNAIDED]


def test_the_models_words_stay_words(screen, arrive, read):
    study = a_study()
    arrive(study)
    read(study, words={**WORDS, Style.BRIEF: "<script>alert(1)</script> ![x](http://elsewhere/y)"})
    shown = said(open_from_worklist(screen("worklist"), UID))
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


def test_the_look_is_on_record_once_per_opening(reading, house, screen):
    assert len(looks(house)) == 1
    reading.toggle(key=f"{UID}-invert").set_value(True).run()
    reading.run()
    assert len(looks(house)) == 1
    reading.switch_page("views/worklist.py").run()
    open_from_worklist(reading, UID)
    assert len(looks(house)) == 2


def test_a_prior_can_stand_beside_the_film(screen, arrive):
    earlier = NOW - timedelta(days=90)
    arrive(a_study(study_uid="1.2.9", studied_at=earlier, received_at=earlier))
    arrive(a_study())
    at = open_from_worklist(screen("worklist"), UID)
    assert len(pictures(at)) == 1
    at.toggle(key=f"{UID}-prior").set_value(True).run()
    assert pictures(at)[1] == "/api/studies/1.2.9/film.png?instance=1.2.9.1.1"


def test_findings_with_a_place_are_boxed_on_the_film(screen, arrive, read, house):
    study = a_study()
    arrive(study)
    read(study)
    boxed = Finding("effusion", 0.84, Laterality.LEFT, Region(0.5, 0.6, 0.9, 0.9))
    answered = replace(house.studies.reading(UID), findings=(boxed,))
    house.studies.save_reading(answered, an_event())
    at = open_from_worklist(screen("worklist"), UID)
    (chart,) = [c for c in at.get("plotly_chart") if "film" in c.proto.id]
    assert "Pleural effusion 84%" in chart.proto.spec
    assert "left · boxed" in said(at)


# ── while the model writes ────────────────────────────────────────────────────────────────────────────


def test_words_arrive_while_the_model_writes_and_the_persons_own_stay(screen, arrive, house, read):
    arrive(a_study())
    for status, target in ((Status.RECEIVED, Status.IDENTIFIED), (Status.IDENTIFIED, Status.CONSENTED)):
        house.studies.move(UID, status, target, "", an_event())
    house.studies.save_reading(a_reading(), an_event())
    house.studies.move(UID, Status.CONSENTED, Status.READ, "", an_event())
    house.studies.move(UID, Status.READ, Status.RANKED, "", an_event())
    house.words.put(UID, Style.BRIEF, "Pleural <effusion")
    at = open_from_worklist(screen("worklist"), UID)
    assert "being written; not checked yet" in said(at)
    assert "Pleural &lt;effusion" in said(at)
    at.text_area(key=IMPRESSION).set_value("My own words.").run()
    house.studies.save_draft(UID, a_draft(), an_event())
    at.run()
    assert at.text_area(key=IMPRESSION).value == "My own words."
    assert "Pleural effusion, very likely." in said(at)


def test_a_withdrawn_consent_empties_the_screen(reading, house):
    assert "Any pathology" in said(reading)
    house.consents.withdraw(PATIENT_ID, Purpose.AI_READING, NOW, an_event())
    withdrawal.reconsider(house, PATIENT_ID)
    reading.run()
    shown = said(reading)
    assert "Any pathology" not in shown
    assert "There is no model answer. The patient withdrew consent to AI reading." in shown
    assert "did not read" not in shown


def taken_away(at, house):
    house.consents.withdraw(PATIENT_ID, Purpose.AI_READING, NOW, an_event())
    withdrawal.reconsider(house, PATIENT_ID)
    return at


def test_every_sentence_of_a_draft_shows_what_it_rests_on(reading, house):
    evidence = (
        Evidence("Pleural effusion is very likely.", (("effusion", "right lower zone"),)),
        Evidence("Oxygen is low (86).", (("spo2_pct", "86 %"),)),
        Evidence("Nodule is possible.", (("nodule", "no region"),)),
    )
    house.studies.save_draft(UID, a_draft(evidence=evidence), an_event())
    shown = said(reading.run())
    for words in ("Pleural effusion: right lower zone", "SpO₂: 86 %", "Nodule: no region"):
        assert words in shown


def test_a_draft_that_was_taken_away_leaves_the_report_with_a_sentence(reading, house):
    start_from(reading)
    taken_away(reading, house).run()
    assert reading.text_area(key=IMPRESSION).value == ""
    assert "taken out of your report" in reading.error[0].value
    assert "So far" not in said(reading)
    reading.text_area(key=IMPRESSION).set_value("Clear lungs.")
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.impression, r.verdict) for r in reports(house)] == [("Clear lungs.", Verdict.UNAIDED)]


def test_a_draft_taken_away_while_it_is_confirmed_is_not_signed(reading, house):
    start_from(reading)
    reading.button(key=SIGN).click().run()
    taken_away(reading, house).button(key=YES).click().run()
    assert reports(house) == ()
    assert reading.text_area(key=IMPRESSION).value == ""
    assert "taken out of your report" in reading.error[0].value


def test_an_edited_draft_that_was_taken_away_keeps_its_words_and_is_edited(reading, house):
    start_from(reading)
    reading.text_area(key=IMPRESSION).set_value("Small effusion.").run()
    taken_away(reading, house).run()
    assert reading.text_area(key=IMPRESSION).value == "Small effusion."
    assert "So far: the AI draft, edited" in said(reading)
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.impression, r.verdict) for r in reports(house)] == [("Small effusion.", Verdict.EDITED)]


def test_when_a_draft_is_taken_away_what_was_set_aside_comes_back(reading, house):
    reading.text_area(key=IMPRESSION).set_value("Mine.").run()
    start_from(reading)
    taken_away(reading, house).run()
    assert reading.text_area(key=IMPRESSION).value == "Mine."
    assert f"restore-{UID}" not in [b.key for b in reading.button]


# ── writing and signing ───────────────────────────────────────────────────────────────────────────────


def start_from(at, style=Style.BRIEF):
    return at.button(key=f"{UID}-use-{style}").click().run()


def test_a_draft_is_accepted_signed_and_stands_as_final(reading, house):
    start_from(reading)
    assert reading.text_area(key=IMPRESSION).value == WORDS[Style.BRIEF]
    assert "So far: the AI draft, unchanged" in said(reading)
    reading.button(key=SIGN).click().run()
    assert said(reading).count("Vale Maren") == 2
    assert IMPRESSION not in [t.key for t in reading.text_area]
    reading.button(key=YES).click().run()
    (report,) = reports(house)
    assert (report.verdict, report.style, report.signed_by) == (Verdict.ACCEPTED, Style.BRIEF, "ada")
    assert house.studies.entry(UID).status is Status.SIGNED
    assert "Version 1" in said(reading)
    assert SIGN not in [b.key for b in reading.button]


def test_an_edited_draft_is_signed_as_edited(reading, house):
    start_from(reading, Style.COMPREHENSIVE)
    reading.text_area(key=IMPRESSION).set_value("Small effusion.").run()
    assert "So far: the AI draft, edited" in said(reading)
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.verdict, r.impression) for r in reports(house)] == [(Verdict.EDITED, "Small effusion.")]


def test_a_rejected_draft_needs_a_reason(reading, house):
    start_from(reading)
    reading.text_area(key=IMPRESSION).set_value("Clear lungs.")
    reading.toggle(key=f"rejected-{UID}").set_value(True).run()
    reading.button(key=SIGN).click().run()
    assert [e.value for e in reading.error] == ["Say in a few words why."]
    assert reading.text_area(key=IMPRESSION).value == "Clear lungs."
    reading.text_input(key=f"reason-{UID}").set_value("Skin fold.").run()
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.verdict, r.reason) for r in reports(house)] == [(Verdict.REJECTED, "Skin fold.")]


def test_nothing_is_signed_without_the_second_step(reading, house):
    start_from(reading)
    reading.button(key=SIGN).click().run()
    reading.button(key="confirm_no").click().run()
    assert reports(house) == ()
    assert reading.text_area(key=IMPRESSION).value == WORDS[Style.BRIEF]


def test_words_typed_just_before_the_step_to_signing_are_in_the_report(reading, house):
    """A browser sends the last words and the click together."""
    start_from(reading)
    reading.toggle(key=f"rejected-{UID}").set_value(True).run()
    reading.text_area(key=IMPRESSION).set_value("Last words.")
    reading.text_input(key=f"reason-{UID}").set_value("Wrong side.")
    reading.button(key=SIGN).click().run()
    reading.button(key="confirm_no").click().run()
    assert reading.text_area(key=IMPRESSION).value == "Last words."
    assert reading.toggle(key=f"rejected-{UID}").value
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.impression, r.verdict, r.reason) for r in reports(house)] == [
        ("Last words.", Verdict.REJECTED, "Wrong side.")
    ]


def test_an_empty_report_is_refused_in_one_sentence(reading, house):
    reading.button(key=SIGN).click().run()
    assert [e.value for e in reading.error] == ["A report needs an impression before it can be signed."]
    assert reports(house) == ()


def test_own_words_are_set_aside_for_a_draft_and_come_back(reading):
    reading.text_area(key=IMPRESSION).set_value("My own words.").run()
    start_from(reading)
    assert reading.text_area(key=IMPRESSION).value == WORDS[Style.BRIEF]
    reading.button(key=f"restore-{UID}").click().run()
    assert reading.text_area(key=IMPRESSION).value == "My own words."


def test_a_half_written_report_survives_a_look_at_the_worklist(reading):
    reading.text_area(key=IMPRESSION).set_value("Half a sentence").run()
    reading.switch_page("views/worklist.py").run()
    open_from_worklist(reading, UID)
    assert reading.text_area(key=IMPRESSION).value == "Half a sentence"


def test_a_study_somebody_else_holds_can_be_looked_at_not_signed(screen, arrive, house):
    arrive(a_study())
    house.studies.claim(UID, Claim("tom", NOW + timedelta(minutes=20)), an_event())
    at = open_from_worklist(screen("worklist"), UID)
    assert "held by tom" in said(at)
    assert at.button(key=SIGN).disabled
    assert at.button(key=SIGN).help == "Another reader holds this study until 08:20 UTC."
    assert "Release" not in labels(at)


def test_somebody_who_was_faster_costs_no_word(reading, house):
    start_from(reading)
    reading.button(key=SIGN).click().run()
    hold.release(house, UID, a_person(subject="ada"))
    signing.sign(house, UID, a_person(subject="tom"), "First.", style=None)
    reading.button(key=YES).click().run()
    assert [r.impression for r in reports(house)] == ["First."]
    assert reading.error[0].value == "This report is signed; amend it instead."
    reading.toggle(key=f"amending-{UID}").set_value(True).run()
    assert reading.text_area(key=IMPRESSION).value == WORDS[Style.BRIEF]


def test_release_gives_the_study_back(reading, house):
    reading.button(key="release").click().run()
    assert house.studies.entry(UID).claim is None
    reading.button(key="take").click().run()
    assert house.studies.entry(UID).claim == Claim("ada", NOW + timedelta(minutes=20))


def test_a_signed_report_is_amended_with_a_reason_and_both_stay(reading, house):
    start_from(reading)
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    reading.toggle(key=f"amending-{UID}").set_value(True).run()
    assert reading.text_area(key=IMPRESSION).value == WORDS[Style.BRIEF]
    reading.text_area(key=IMPRESSION).set_value("Effusion on the left.").run()
    reading.button(key=SIGN).click().run()
    assert [e.value for e in reading.error] == ["Say in a few words why."]
    reading.text_input(key=f"reason-{UID}").set_value("Side was missing.").run()
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [r.impression for r in reports(house)] == [WORDS[Style.BRIEF], "Effusion on the left."]
    assert house.studies.entry(UID).status is Status.AMENDED
    shown = said(reading)
    assert "Version 2" in shown
    assert "Version 1" in shown
    assert "Side was missing." in shown


def test_several_films_can_be_chosen_between(screen, arrive):
    arrive(a_study())
    lateral = an_instance(
        sop_instance_uid=f"{UID}.1.2", series_uid=f"{UID}.1", view="LATERAL", sha256="cd" * 32
    )
    arrive(a_study(instances=(lateral,)))
    at = open_from_worklist(screen("worklist"), UID)
    at.segmented_control(key=f"{UID}-film").set_value(f"{UID}.1.2").run()
    assert pictures(at) == [f"/api/studies/{UID}/film.png?instance={UID}.1.2"]


def test_a_patient_without_name_or_birth_date_is_shown_as_such(screen, arrive):
    arrive(a_study(patient=a_patient(name="", birth_date=None)))
    shown = said(open_from_worklist(screen("worklist"), UID))
    assert "No name recorded" in shown
    assert "not recorded" in shown
