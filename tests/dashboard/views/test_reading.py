import json
from dataclasses import replace
from datetime import timedelta

import pytest

from consent.record import Purpose
from dashboard.parts import reasons
from db.errors import DatabaseUnavailable
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
from tests.dashboard.views.conftest import labels, said
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
    return open_study(screen("reading"))


@pytest.fixture
def unaided(screen, arrive, house):
    """A study whose patient gave no consent, open on a clinician's screen."""
    arrive(a_study(), vitals(spo2_pct=91.0))
    flow.identify(house, UID)
    flow.ask_consent(house, UID)
    return open_study(screen("reading"))


def open_study(at, uid=UID):
    """Open a study as the worklist does, and follow to its page."""
    at.session_state["open_study_uid"], at.session_state["open_study_looked_at"] = uid, False
    return at.switch_page("views/reading.py").run()


def reports(house):
    return house.studies.reports(UID)


def write(at, text):
    """What the field does when somebody types: its words are the session's from here on."""
    at.session_state[IMPRESSION] = text
    return at


def words(at):
    return at.session_state[IMPRESSION] if IMPRESSION in at.session_state else ""  # noqa: SIM401 - it has no get


def field(at):
    """What the field one writes in is told; None when it is not there."""
    told = [json.loads(c.proto.json) for c in at.get("bidi_component") if "editor" in c.proto.id]
    return next(iter(told), None)


def pick(at, why):
    at.pills(key=f"chip-{UID}").set_value(why)
    return at


def looks(house):
    return [c.event for c in house.audit.chain() if c.event.action == "view study"]


def viewer(at):
    """What the viewer is told."""
    told = [json.loads(c.proto.json) for c in at.get("bidi_component") if "viewer-" in c.proto.id]
    return next(iter(told))


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────


def test_without_an_open_study_the_page_says_what_to_do(screen):
    assert "No study is open" in said(screen("reading"))


def test_a_claim_that_ran_out_is_no_longer_ones_own(reading, house, clock):
    assert "Release" in labels(reading)
    house.studies.claim(UID, Claim("ada", clock.now() + timedelta(minutes=1)), an_event(agent="ada"))
    clock.advance(60)
    assert "Take it" in labels(reading.run())
    assert "Release" not in labels(reading)


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


def test_the_viewer_gets_the_films_the_prior_and_what_the_model_points_at(screen, arrive, read):
    earlier = NOW - timedelta(days=90)
    arrive(a_study(study_uid="1.2.9", studied_at=earlier, received_at=earlier))
    arrive(a_study())
    read(a_study())
    told = viewer(open_study(screen("reading")))
    assert [film["uid"] for film in told["study"]["films"]] == [f"{UID}.1.1"]
    assert [prior["uid"] for prior in told["priors"]] == ["1.2.9"]
    assert (told["explained_first"], list(told["heatmaps"])) == ("effusion", ["effusion"])
    assert told["highlight"] == ""


def lit(at, code):
    """The page as a click on a finding leaves it."""
    at.session_state[f"lit-{UID}"] = code
    return at.run()


def test_a_finding_or_a_phrase_lights_up_its_region_or_says_that_there_is_none(reading, house):
    boxed = Finding("effusion", 0.84, Laterality.LEFT, Region(0.5, 0.7, 0.9, 0.95))
    found = house.studies.reading(UID)
    answered = replace(found, findings=(boxed, Finding("nodule", 0.3), Finding("hernia", None)))
    house.studies.save_reading(answered, an_event())
    shown = said(lit(reading, "effusion"))
    assert (
        shown.count('data-finding="effusion" aria-pressed="true"') == 4
    )  # the table's row, and a phrase per draft
    assert "left lower zone, lit up on the film" in shown
    assert viewer(reading)["highlight"] == "effusion"
    assert "no region: no single place on the film speaks for it" in said(lit(reading, "nodule"))
    assert "no region: it was not assessed" in said(lit(reading, "hernia"))
    assert "lit up" not in said(lit(reading, None))


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
    at = open_study(screen("reading"))
    assert {"Unlikely: 12", "Not assessed: 1"} <= {e.label for e in at.expander}
    assert "Hiatal hernia" in said(at)
    assert "Not assessed is not absent." in said(at)


def test_without_consent_the_page_says_so_and_works(unaided, house):
    assert "There is no model answer. No consent on file" in said(unaided)
    assert not unaided.tabs
    write(unaided, "Clear lungs.")
    unaided.button(key=SIGN).click().run()
    unaided.button(key=YES).click().run()
    assert [r.verdict for r in reports(house)] == [Verdict.UNAIDED]


def test_the_models_words_stay_words(screen, arrive, read):
    study = a_study()
    arrive(study)
    read(study, words={**WORDS, Style.BRIEF: "<script>alert(1)</script> ![x](http://elsewhere/y)"})
    shown = said(open_study(screen("reading")))
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


def test_the_look_is_on_record_once_per_opening(reading, house, screen):
    assert len(looks(house)) == 1
    write(reading, "A word.").run()
    reading.run()
    assert len(looks(house)) == 1
    reading.switch_page("views/worklist.py").run()
    open_study(reading)
    assert len(looks(house)) == 2


def no_answer(*_args):
    raise DatabaseUnavailable("The database did not answer in time.")


def test_a_page_the_database_does_not_answer_says_so_in_a_sentence(reading, house, monkeypatch):
    monkeypatch.setattr(type(house.studies), "entry", no_answer)
    reading.run()
    assert not reading.exception
    assert [e.value for e in reading.error] == ["The database did not answer in time."]


def test_the_field_stays_under_ones_hands_while_the_database_gives_no_answer(reading, house, monkeypatch):
    write(reading, "Half a sentence").run()
    monkeypatch.setattr(type(house.half_written), "begun", no_answer)
    reading.run()
    assert not reading.exception
    assert "The database did not answer in time." in [e.value for e in reading.error]
    assert field(reading)["text"] == "Half a sentence"
    assert SIGN not in [b.key for b in reading.button]
    monkeypatch.undo()
    assert SIGN in [b.key for b in reading.run().button]


def test_a_film_that_comes_is_offered_and_looked_at_before_the_signature(reading, house):
    write(reading, "Pleural effusion.").run()
    reading.button(key=SIGN).click().run()
    house.studies.add_instance(UID, an_instance(sop_instance_uid="1.2.77", sha256="f" * 64), an_event())
    reading.run()
    assert [film["uid"] for film in viewer(reading)["study"]["films"]] == [f"{UID}.1.1", "1.2.77"]
    reading.button(key=YES).click().run()
    assert reports(house) == ()
    assert [e.value for e in reading.error] == [
        "A film came since this page was drawn; look at it, then sign."
    ]
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert len(reports(house)) == 1


# ── while the model writes ────────────────────────────────────────────────────────────────────────────


def test_words_arrive_while_the_model_writes_and_the_persons_own_stay(screen, arrive, house, read):
    arrive(a_study())
    for status, target in ((Status.RECEIVED, Status.IDENTIFIED), (Status.IDENTIFIED, Status.CONSENTED)):
        house.studies.move(UID, status, target, "", an_event())
    house.studies.save_reading(a_reading(), an_event())
    house.studies.move(UID, Status.CONSENTED, Status.READ, "", an_event())
    house.studies.move(UID, Status.READ, Status.RANKED, "", an_event())
    house.words.put(UID, Style.BRIEF, "Pleural <effusion")
    at = open_study(screen("reading"))
    assert "being written; each sentence is checked before it stands here" in said(at)
    assert "Pleural &lt;effusion" in said(at)
    write(at, "My own words.").run()
    house.studies.save_draft(UID, a_draft(), an_event())
    at.run()
    assert words(at) == "My own words."
    assert "Pleural effusion</button>, very likely." in said(at)


def test_a_withdrawn_consent_empties_the_screen(reading, house):
    assert "Any pathology" in said(reading)
    house.consents.withdraw(PATIENT_ID, Purpose.AI_READING, NOW, an_event())
    withdrawal.reconsider(house, PATIENT_ID)
    reading.run()
    shown = said(reading)
    assert "Any pathology" not in shown
    assert "There is no model answer. No consent on file allows AI reading." in shown
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
    assert words(reading) == ""
    assert "taken out of your report" in reading.error[0].value
    assert "So far" not in said(reading)
    write(reading, "Clear lungs.")
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.impression, r.verdict) for r in reports(house)] == [("Clear lungs.", Verdict.UNAIDED)]


def test_a_draft_taken_away_while_it_is_confirmed_is_not_signed(reading, house):
    start_from(reading)
    reading.button(key=SIGN).click().run()
    taken_away(reading, house).button(key=YES).click().run()
    assert reports(house) == ()
    assert words(reading) == ""
    assert "taken out of your report" in reading.error[0].value


def test_an_edited_draft_that_was_taken_away_keeps_its_words_and_is_edited(reading, house):
    start_from(reading)
    write(reading, "Small effusion.").run()
    taken_away(reading, house).run()
    assert words(reading) == "Small effusion."
    assert "So far: the AI draft, edited" in said(reading)
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.impression, r.verdict) for r in reports(house)] == [("Small effusion.", Verdict.EDITED)]


def test_when_a_draft_is_taken_away_what_was_set_aside_comes_back(reading, house):
    write(reading, "Mine.").run()
    start_from(reading)
    taken_away(reading, house).run()
    assert words(reading) == "Mine."
    assert f"restore-{UID}" not in [b.key for b in reading.button]


# ── writing and signing ───────────────────────────────────────────────────────────────────────────────


def start_from(at, style=Style.BRIEF):
    return at.button(key=f"{UID}-use-{style}").click().run()


def test_a_draft_is_accepted_signed_and_stands_as_final(reading, house):
    start_from(reading)
    assert words(reading) == WORDS[Style.BRIEF]
    assert "So far: the AI draft, unchanged" in said(reading)
    reading.button(key=SIGN).click().run()
    assert said(reading).count("Vale Maren") == 2
    assert field(reading) is None
    reading.button(key=YES).click().run()
    (report,) = reports(house)
    assert (report.verdict, report.style, report.signed_by) == (Verdict.ACCEPTED, Style.BRIEF, "ada")
    assert house.studies.entry(UID).status is Status.SIGNED
    assert "Version 1" in said(reading)
    assert SIGN not in [b.key for b in reading.button]


def test_an_edited_draft_is_signed_as_edited(reading, house):
    start_from(reading, Style.COMPREHENSIVE)
    write(reading, "Small effusion.").run()
    assert "So far: the AI draft, edited" in said(reading)
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.verdict, r.impression) for r in reports(house)] == [(Verdict.EDITED, "Small effusion.")]


def test_a_rejection_is_one_click_on_its_reason(reading, house):
    start_from(reading)
    write(reading, "Clear lungs.")
    pick(reading, "Artefact or poor film").run()
    assert "So far: the AI draft was rejected" in said(reading)
    reading.button(key=SIGN).click().run()
    assert "Reason: Artefact or poor film" in said(reading)
    reading.button(key=YES).click().run()
    assert [(r.verdict, r.reason) for r in reports(house)] == [(Verdict.REJECTED, "Artefact or poor film")]


def test_a_reason_of_ones_own_needs_its_words(reading, house):
    start_from(reading)
    write(reading, "Clear lungs.")
    pick(reading, reasons.OWN).run()
    reading.button(key=SIGN).click().run()
    assert [e.value for e in reading.error] == ["Say in a few words why."]
    assert words(reading) == "Clear lungs."
    reading.text_input(key=f"own-{UID}").set_value("Skin fold.").run()
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.verdict, r.reason) for r in reports(house)] == [(Verdict.REJECTED, "Skin fold.")]


def test_a_draft_is_accepted_in_one_click_and_signed_in_the_next(reading, house):
    reading.button(key=f"{UID}-accept-brief").click().run()
    assert "You take responsibility" in said(reading)
    reading.button(key=YES).click().run()
    assert [r.verdict for r in reports(house)] == [Verdict.ACCEPTED]


def test_a_draft_is_rejected_where_it_stands_and_ones_own_words_stay(reading, house):
    write(reading, "Clear lungs.").run()
    reading.button(key=f"{UID}-reject-bullet-0").click().run()
    assert words(reading) == "Clear lungs."
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    (report,) = reports(house)
    assert (report.verdict, report.style, report.reason) == (
        Verdict.REJECTED,
        Style.BULLET,
        "It is not there",
    )


# ── nothing is lost ───────────────────────────────────────────────────────────────────────────────────


def test_a_half_written_report_is_there_again_on_another_screen_after_everything_broke_off(
    screen, reading, house
):
    start_from(reading)
    write(reading, "Half a sentence")
    reading.button(key=SIGN).click().run()  # any step keeps what was typed
    again = open_study(screen("reading"))
    assert words(again) == "Half a sentence"
    assert field(again)["text"] == "Half a sentence"
    assert "So far: the AI draft, edited" in said(again)
    begun = [c.event for c in house.audit.chain() if c.event.action == "begin report"]
    assert [(e.agent, e.detail) for e in begun] == [("ada", "")]


def test_nobody_else_sees_the_words_and_everybody_else_sees_that_there_are_some(screen, reading):
    write(reading, "For my eyes only.")
    reading.button(key=SIGN).click().run()
    theirs = open_study(screen("reading", subject="tom"))
    assert words(theirs) == ""
    assert "also begun by Dr. Ada Keller (21 Nov 2026, 08:00 UTC)" in said(theirs)
    assert "For my eyes only." not in said(theirs)


def test_words_stay_on_the_screen_when_somebody_else_signs_and_an_own_signature_puts_them_away(
    reading, house
):
    """The field hangs on the version that holds, not on what a browser goes on saying of an earlier one."""
    write(reading, "My words.").run()
    reading.button(key="release").click().run()
    signing.sign(house, UID, a_person(subject="tom"), "Theirs.", style=None)
    reading.run()
    assert field(reading)["text"] == "My words."
    pick(reading, reasons.OF_AN_AMENDMENT[0]).run()
    reading.button(key=SIGN).click().run()
    assert "signed version 1 since you began" in reading.error[0].value
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [r.impression for r in reports(house)] == ["Theirs.", "My words."]
    assert field(reading.run()) is None


def test_a_page_without_a_study_leads_back_to_what_was_begun(screen, reading):
    write(reading, "Half a sentence")
    reading.button(key=SIGN).click().run()
    fresh = screen("reading")
    (go_on,) = [b for b in fresh.button if b.label.startswith("Go on with your report")]
    assert "Vale Maren, accession A-100" in go_on.label
    go_on.click().run()
    assert words(fresh) == "Half a sentence"


def test_a_signed_report_leaves_nothing_half_written(reading, house):
    write(reading, "Clear lungs.")
    reading.button(key=SIGN).click().run()
    assert house.half_written.find(UID, "ada") is not None
    reading.button(key=YES).click().run()
    assert house.half_written.find(UID, "ada") is None
    assert words(reading) == ""


# ── what nothing supports ─────────────────────────────────────────────────────────────────────────────

FALSE = "Pneumothorax on the left, very likely."


@pytest.fixture
def doubtful(reading, house):
    """A report that stands on a draft with a critical sentence which the findings contradict."""
    house.studies.save_draft(UID, a_draft(text=f"{FALSE} Pleural effusion, very likely."), an_event())
    return start_from(reading.run())


def test_a_critical_sentence_that_nothing_supports_blocks_signing(doubtful, house):
    shown = said(doubtful)
    assert "Signing is blocked" in shown
    assert f"“{FALSE}”" in shown
    assert "pneumothorax is unlikely" in shown
    doubtful.button(key=SIGN).click().run()
    assert "Nothing supports" in doubtful.error[0].value
    assert YES not in [b.key for b in doubtful.button]


def test_edited_away_it_blocks_nothing(doubtful, house):
    write(doubtful, "Pleural effusion, very likely.").run()
    assert "Signing is blocked" not in said(doubtful)
    doubtful.button(key=SIGN).click().run()
    doubtful.button(key=YES).click().run()
    assert len(reports(house)) == 1


def test_answered_for_in_one_click_it_is_signed_and_the_report_says_so(doubtful, house):
    doubtful.button(key="take-on-0").click().run()
    assert "Signing is blocked" not in said(doubtful)
    doubtful.button(key=SIGN).click().run()
    assert f"You answer for “{FALSE}”." in said(doubtful)
    doubtful.button(key=YES).click().run()
    assert [r.taken_on for r in reports(house)] == [(FALSE,)]
    assert f"Dr. Ada Keller answers for “{FALSE}”." in said(doubtful)


def test_a_persons_own_sentence_is_theirs_whatever_the_model_says(reading, house):
    write(reading, "Large pneumothorax on the right.")
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert len(reports(house)) == 1


def test_what_was_changed_is_shown_word_by_word(reading):
    start_from(reading)
    write(reading, "Pleural effusion, probable.").run()
    shown = said(reading)
    assert "Changed against the brief AI draft" in shown
    assert "<del>" in shown
    assert "</span>probable</ins>" in shown


def test_nothing_is_signed_without_the_second_step(reading, house):
    start_from(reading)
    reading.button(key=SIGN).click().run()
    reading.button(key="confirm_no").click().run()
    assert reports(house) == ()
    assert words(reading) == WORDS[Style.BRIEF]


def test_words_typed_just_before_the_step_to_signing_are_in_the_report(reading, house):
    """A browser sends the last words and the click together."""
    start_from(reading)
    pick(reading, "Wrong side or place").run()
    write(reading, "Last words.")
    reading.text_input(key=f"own-{UID}").set_value("It is the right.")
    reading.button(key=SIGN).click().run()
    reading.button(key="confirm_no").click().run()
    assert words(reading) == "Last words."
    assert reading.pills(key=f"chip-{UID}").value == "Wrong side or place"
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [(r.impression, r.verdict, r.reason) for r in reports(house)] == [
        ("Last words.", Verdict.REJECTED, "Wrong side or place: It is the right.")
    ]


def test_an_empty_report_is_refused_in_one_sentence(reading, house):
    reading.button(key=SIGN).click().run()
    assert [e.value for e in reading.error] == ["A report needs an impression before it can be signed."]
    assert reports(house) == ()


def test_own_words_are_set_aside_for_a_draft_and_come_back(reading):
    write(reading, "My own words.").run()
    start_from(reading)
    assert words(reading) == WORDS[Style.BRIEF]
    reading.button(key=f"restore-{UID}").click().run()
    assert words(reading) == "My own words."


def test_a_half_written_report_survives_a_look_at_the_worklist(reading):
    write(reading, "Half a sentence").run()
    reading.switch_page("views/worklist.py").run()
    open_study(reading)
    assert words(reading) == "Half a sentence"


def test_a_study_somebody_else_holds_can_be_looked_at_not_signed(screen, arrive, house):
    arrive(a_study())
    house.studies.claim(UID, Claim("tom", NOW + timedelta(minutes=20)), an_event())
    at = open_study(screen("reading"))
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
    reading.toggle(key=f"amending-1-{UID}").set_value(True).run()
    assert words(reading) == WORDS[Style.BRIEF]


def test_release_gives_the_study_back(reading, house):
    reading.button(key="release").click().run()
    assert house.studies.entry(UID).claim is None
    reading.button(key="take").click().run()
    assert house.studies.entry(UID).claim == Claim("ada", NOW + timedelta(minutes=20))


def test_a_signed_report_is_amended_with_a_reason_and_both_stay(reading, house):
    start_from(reading)
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    reading.toggle(key=f"amending-1-{UID}").set_value(True).run()
    assert words(reading) == WORDS[Style.BRIEF]
    write(reading, "Effusion on the left.").run()
    reading.button(key=SIGN).click().run()
    assert [e.value for e in reading.error] == ["Say in a few words why."]
    pick(reading, "Wrong side or place").run()
    reading.button(key=SIGN).click().run()
    reading.button(key=YES).click().run()
    assert [r.impression for r in reports(house)] == [WORDS[Style.BRIEF], "Effusion on the left."]
    assert house.studies.entry(UID).status is Status.AMENDED
    shown = said(reading)
    assert "Version 2" in shown
    assert "Version 1" in shown
    assert "reason: Wrong side or place" in shown
    assert "Changed against version 1" in shown
    assert f"/api/studies/{UID}/report.pdf" in shown


def test_a_patient_without_name_or_birth_date_is_shown_as_such(screen, arrive):
    arrive(a_study(patient=a_patient(name="", birth_date=None)))
    shown = said(open_study(screen("reading")))
    assert "No name recorded" in shown
    assert "not recorded" in shown
