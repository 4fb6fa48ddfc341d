"""The way of a study over the real database: given where it stands, when something happens, then what a person sees."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from consent.audit import Outcome, verify
from consent.record import PatientId, Purpose
from db.queue import DRAFT_TASK, READ_TASK
from tests.builders import (
    FILM,
    NOW,
    PATIENT_ID,
    STUDY_UID,
    a_patient,
    a_study,
    an_event,
    an_instance,
    vitals,
)
from tests.fakes import WORDS, ScriptedReader
from tests.triage.given import (
    ADA,
    ILL,
    TOMAS,
    allow,
    entry,
    events,
    receive,
    refuse,
    status,
    statuses,
    withdraw,
    worklist,
)
from triage import flow, hold, signing, withdrawal
from triage.errors import (
    AlreadySigned,
    IdentityMismatch,
    ReaderFailed,
    StudyHeld,
    UnknownStudy,
    UnreadableFilm,
)
from triage.levels import SHIPPED
from triage.reading import Draft, Style, Writer
from triage.status import Status
from triage.steps import place_again
from triage.study import Urgency

# ── the whole way ─────────────────────────────────────────────────────────────────────────────────────


def test_with_a_yes_a_study_is_read_ranked_and_drafted_in_three_styles(received, reader):
    allow(received)
    flow.first_read(received, reader, STUDY_UID)
    assert statuses(received) == [
        Status.RECEIVED,
        Status.IDENTIFIED,
        Status.CONSENTED,
        Status.READ,
        Status.RANKED,
    ]
    reading = received.studies.reading(STUDY_UID)
    assert {draft.style: draft.text for draft in reading.drafts} == WORDS
    assert received.files.load(reading.pointed_at.heatmap_sha256) == b"a heatmap"
    assert [f.code for f in reading.findings if f.heatmap_sha256] == ["effusion"]
    assert reading.input_sha256 == sha256(FILM).hexdigest()
    assert entry(received).assessment.urgency is Urgency.ASAP
    assert received.words.get(STUDY_UID) == {}


def test_the_permit_stands_on_the_reading_and_in_the_trail(ranked):
    permit_id = ranked.studies.reading(STUDY_UID).permit_id
    assert permit_id.startswith("permit-")
    assert f"{permit_id} from consent consent-1" in events(ranked, "decide consent")[0].detail
    assert permit_id in events(ranked, "save reading")[0].detail
    assert verify(ranked.audit.chain(), ranked.audit.head()).events > 8


def test_the_trail_names_no_patient_and_no_value(ranked):
    written = " ".join(f"{p.event.detail} {p.event.action} {p.event.entity}" for p in ranked.audit.chain())
    assert "Vale" not in written
    assert "84" not in written


def test_words_are_on_the_screen_while_they_are_written(received, reader):
    allow(received)
    seen = []
    reader.while_writing = lambda: seen.append(received.words.get(STUDY_UID))
    flow.first_read(received, reader, STUDY_UID)
    assert [sorted(words) for words in seen] == [["brief"], ["brief", "bullet"], sorted(Style)]
    assert seen[0][Style.BRIEF] == "Pleural effusion, very "


def test_the_drafts_know_whether_there_is_an_earlier_film(received, reader):
    allow(received)
    receive(received, study_uid="1.2.9", studied_at=NOW - timedelta(days=90))
    flow.first_read(received, reader, STUDY_UID)
    flow.first_read(received, reader, "1.2.9")
    assert reader.saw_prior == [True, False]


def test_a_second_job_for_a_finished_study_does_nothing(ranked, reader):
    before = ranked.audit.head()
    flow.first_read(ranked, reader, STUDY_UID)
    assert ranked.audit.head() == before
    assert reader.read_uids == [STUDY_UID]


# ── arriving ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_arriving_study_is_on_the_worklist_in_the_place_its_vitals_ask_for(house):
    receive(house, ILL)
    receive(house, study_uid="1.2.9", received_at=NOW - timedelta(hours=3))
    assert worklist(house) == [STUDY_UID, "1.2.9"]
    assert entry(house).assessment.urgency is Urgency.STAT
    assert entry(house).assessment.reasons[0].startswith("NEWS2")


def test_the_same_bytes_again_change_nothing(received):
    before = received.audit.head()
    assert flow.receive(received, a_study(), vitals(), "upload") is False
    assert received.audit.head() == before


def test_another_image_joins_its_study(received):
    lateral = an_instance(sop_instance_uid="1.2.9.1", sha256="b" * 64, view="LL")
    assert flow.receive(received, a_study(instances=(lateral,)), None, "upload") is True
    assert len(entry(received).study.instances) == 2


LATERAL = an_instance(sop_instance_uid="1.9.9", sha256=sha256(b"lateral").hexdigest(), view="LATERAL")


@pytest.mark.parametrize("amended", [False, True])
def test_a_film_that_comes_after_the_signature_is_a_person_s_to_look_at(ranked, waiting, amended):
    signing.sign(ranked, STUDY_UID, ADA, "Pleural effusion.", style=None)
    if amended:
        signing.amend(ranked, STUDY_UID, ADA, "Small effusion.", "size", version=1)
    signed = ranked.studies.reports(STUDY_UID)
    assert worklist(ranked) == []
    receive(ranked, instances=(LATERAL,))
    assert worklist(ranked) == [STUDY_UID]
    assert status(ranked) is Status.REOPENED
    assert entry(ranked).status_reason == "A film came after the signature; look at it and amend the report."
    assert ranked.studies.reports(STUDY_UID) == signed
    assert waiting() == {}  # it is nobody's but a person's
    moved = events(ranked, "move study")[-1]
    assert (moved.agent, moved.detail.partition(":")[0]) == (
        "upload",
        f"{'amended' if amended else 'signed'} to reopened",
    )


def test_a_reopened_study_leaves_the_list_when_it_is_amended_and_is_never_signed_anew(ranked):
    signing.sign(ranked, STUDY_UID, ADA, "Pleural effusion.", style=None)
    receive(ranked, instances=(LATERAL,))
    with pytest.raises(AlreadySigned):
        signing.sign(ranked, STUDY_UID, ADA, "Pleural effusion.", style=None)
    hold.claim(ranked, STUDY_UID, TOMAS)
    with pytest.raises(StudyHeld):
        signing.amend(ranked, STUDY_UID, ADA, "Effusion on both sides.", "lateral film", version=1)
    signing.amend(ranked, STUDY_UID, TOMAS, "Effusion on both sides.", "lateral film", version=1)
    assert status(ranked) is Status.AMENDED
    assert worklist(ranked) == []
    assert [report.version for report in ranked.studies.reports(STUDY_UID)] == [1, 2]
    assert verify(ranked.audit.chain(), ranked.audit.head())


def test_the_same_bytes_again_reopen_nothing(ranked):
    signing.sign(ranked, STUDY_UID, ADA, "Pleural effusion.", style=None)
    receive(ranked)
    assert status(ranked) is Status.SIGNED


def test_negative_says_nothing_about_a_film_that_came_after_it(received, clock):
    allow(received)
    flow.first_read(
        received, ScriptedReader(clock, probabilities={"effusion": 0.05}, pathology=0.05), STUDY_UID
    )
    assert entry(received).assessment.ai_negative
    signing.sign(received, STUDY_UID, ADA, "Normal.", style=None)
    receive(received, instances=(LATERAL,))
    assert not entry(received).assessment.ai_negative
    assert received.studies.reading(STUDY_UID) is not None


def test_a_permission_that_ends_on_a_reopened_study_takes_the_answer_away(ranked):
    signing.sign(ranked, STUDY_UID, ADA, "Pleural effusion.", style=None)
    receive(ranked, instances=(LATERAL,))
    withdraw(ranked)
    withdrawal.reconsider(ranked, PATIENT_ID)
    assert ranked.studies.reading(STUDY_UID) is None
    assert status(ranked) is Status.REOPENED


def test_a_reader_is_let_go_when_its_words_find_no_place(received, clock):
    allow(received)
    let_go = []

    class Writing(ScriptedReader):
        def drafts(self, *_, **__):
            try:
                yield Style.BRIEF, "Pleural "
                yield Style.BRIEF, "effusion."
            finally:
                let_go.append(True)

    class Full:
        def put(self, *_):
            raise ReaderFailed("No room.")

        def clear(self, _study_uid):
            pass

    flow.first_read(replace(received, words=Full()), Writing(clock), STUDY_UID)
    assert let_go == [True]
    assert events(received, "save draft")[-1].detail == "No room."


def test_words_of_several_impressions_come_interleaved_and_one_on_file_stays(received, clock):
    allow(received)
    first = ScriptedReader(clock, speechless=(Style.BULLET,))
    flow.first_read(received, first, STUDY_UID)
    seen = []

    class Interleaved(ScriptedReader):
        def drafts(self, *_, **__):
            for style in Style:
                yield style, "Pleural "
            seen.append(received.words.get(STUDY_UID))
            for style in reversed(Style):
                yield style, Draft(style, f"Another {style}.", Writer.MODEL)

    flow.first_read(received, Interleaved(clock), STUDY_UID)
    texts = {draft.style: draft.text for draft in received.studies.reading(STUDY_UID).drafts}
    assert seen == [{Style.BULLET: "Pleural ", Style.COMPREHENSIVE: "Pleural "}]
    assert texts[Style.BRIEF] == first._words[Style.BRIEF]
    assert texts[Style.BULLET] == "Another bullet."
    assert len(texts) == 3


def test_a_later_image_can_order_its_study_sooner_and_never_later(received):
    def arrives(uid, priority):
        image = an_instance(sop_instance_uid=uid, sha256="b" * 64, view="LL")
        flow.receive(received, a_study(instances=(image,), order_priority=priority), None, "upload")
        return entry(received).study.order_priority, entry(received).assessment.urgency

    assert arrives("1.2.9.1", Urgency.STAT) == (Urgency.STAT, Urgency.STAT)
    assert arrives("1.2.9.2", Urgency.ROUTINE) == (Urgency.STAT, Urgency.STAT)
    assert arrives("1.2.9.3", Urgency.STAT) == (Urgency.STAT, Urgency.STAT)
    assert [event.detail for event in events(received, "raise order")] == ["ROUTINE to STAT"]
    (ranked,) = events(received, "rank")
    assert ranked.detail == f"ROUTINE to STAT by {received.levels.version}"


def test_the_same_uid_with_other_bytes_is_kept_apart(received):
    forged = replace(an_instance(), sha256="b" * 64)
    with pytest.raises(IdentityMismatch, match="on file with other content"):
        flow.receive(received, a_study(instances=(forged,)), None, "upload")
    assert entry(received).study == a_study()


@pytest.mark.parametrize(
    "patient",
    [
        a_patient(patient_id=PatientId("P-2", "Ward 7")),
        a_patient(name="Quill^Jonas"),
        a_patient(birth_date=NOW.date()),
    ],
)
def test_an_image_of_somebody_else_does_not_join_the_study(received, patient):
    image = an_instance(sop_instance_uid="1.2.9.1", sha256="b" * 64)
    with pytest.raises(IdentityMismatch, match="names another patient"):
        flow.receive(received, a_study(patient=patient, instances=(image,)), None, "upload")
    assert len(entry(received).study.instances) == 1


def test_images_that_arrive_at_the_same_moment_are_one_study(house):
    def arrive(number):
        image = an_instance(sop_instance_uid=f"1.2.9.{number % 6}", sha256=f"{number % 6}" * 64)
        return flow.receive(house, a_study(instances=(image,)), None, "upload")

    with ThreadPoolExecutor(6) as pool:
        new = list(pool.map(arrive, range(12)))
    assert sum(new) == 6
    assert len(entry(house).study.instances) == 6
    assert len(events(house, "receive study")) == 1


def test_vitals_that_come_later_raise_the_place_and_are_on_record(received):
    flow.record_vitals(received, STUDY_UID, ILL, "ada")
    assert entry(received).assessment.urgency is Urgency.STAT
    (ranking,) = events(received, "rank")
    assert (ranking.agent, ranking.detail) == ("ada", f"ROUTINE to STAT by {received.levels.version}")


def test_better_vitals_lower_the_place_again_but_not_below_what_the_model_saw(ranked):
    flow.record_vitals(ranked, STUDY_UID, ILL, "ada")
    assert entry(ranked).assessment.urgency is Urgency.STAT
    flow.record_vitals(ranked, STUDY_UID, vitals(NOW), "ada")
    assert entry(ranked).assessment.urgency is Urgency.ASAP


def test_a_partial_update_takes_no_place_away(received, clock):
    flow.record_vitals(received, STUDY_UID, ILL, "ward")
    before = entry(received).assessment
    clock.advance(600)
    partial = replace(vitals(), values={"temperature_c": 37.2}, measured_at=clock.now())
    flow.record_vitals(received, STUDY_UID, partial, "ward")
    assert entry(received).assessment.urgency is before.urgency is Urgency.STAT


def test_vitals_of_an_unknown_study_are_refused(house):
    with pytest.raises(UnknownStudy):
        flow.record_vitals(house, "1.2.3", vitals(), "ada")


# ── who is it? ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("other", [{"name": "Quill^Jonas"}, {"birth_date": NOW.date()}])
def test_a_doubt_about_the_patient_goes_to_a_person_and_no_model_is_asked(house, reader, other):
    receive(house, study_uid="1.2.9", patient=a_patient(**other))
    receive(house)
    allow(house)
    place = entry(house).place
    flow.first_read(house, reader, STUDY_UID)
    assert status(house) is Status.UNRANKED
    assert "differs from the patient's other studies" in entry(house).status_reason
    assert entry(house).place == place
    assert reader.read_uids == []


def test_the_doubt_stays_when_it_is_asked_again(house, reader):
    receive(house, study_uid="1.2.9", patient=a_patient(name="Quill^Jonas"))
    receive(house)
    allow(house)
    for _ in range(2):
        flow.first_read(house, reader, STUDY_UID)
    assert statuses(house) == [Status.RECEIVED, Status.UNRANKED]
    assert reader.read_uids == []


# ── may we? ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answer",
    [
        lambda _house: None,
        refuse,
        lambda house: allow(house, answers={Purpose.TRAINING: True}),
        lambda house: allow(house, ends_at=NOW),
        lambda house: allow(house, starts_at=NOW + timedelta(microseconds=1)),
        lambda house: allow(house, patient=PatientId("P-1001", "Another house")),
        lambda house: (allow(house), withdraw(house)),
    ],
    ids=["silence", "refusal", "another purpose", "ended", "not yet", "another patient", "withdrawn"],
)
def test_without_a_yes_the_model_never_sees_the_film_and_the_place_stays(received, reader, answer):
    answer(received)
    place = entry(received).place
    flow.first_read(received, reader, STUDY_UID)
    assert reader.read_uids == reader.drafted == []
    assert status(received) is Status.UNRANKED
    assert entry(received).place == place
    assert worklist(received) == [STUDY_UID]
    assert received.studies.reading(STUDY_UID) is None
    (decided,) = events(received, "decide consent")
    assert decided.outcome is Outcome.DENIED
    assert decided.detail == entry(received).status_reason != ""


def test_an_unread_study_never_stands_behind_one_the_model_called_negative(house, clock):
    other = PatientId("P-2", "Ward 7")
    receive(house, study_uid="refused", received_at=NOW)
    earlier = NOW - timedelta(hours=9)
    receive(house, study_uid="negative", received_at=earlier, patient=a_patient(patient_id=other))
    allow(house, patient=other)
    healthy = ScriptedReader(clock, {}, pathology=0.05)
    for uid in ("refused", "negative"):
        flow.first_read(house, healthy, uid)
    assert entry(house, "negative").assessment.ai_negative
    assert worklist(house) == ["refused", "negative"]


# ── what can go wrong ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [UnreadableFilm("Too dark."), ReaderFailed("No weights.")])
def test_a_film_the_model_cannot_read_goes_to_a_person_in_the_same_place(received, reader, error):
    allow(received)
    place = entry(received).place
    reader.unreadable = error
    flow.first_read(received, reader, STUDY_UID)
    assert status(received) is Status.UNRANKED
    assert entry(received).status_reason == str(error)
    assert entry(received).place == place
    assert received.figures.usage(NOW.date()).failures == 1


@pytest.mark.parametrize("damaged", [True, False])
def test_a_film_that_is_gone_or_damaged_goes_to_a_person_too(house, reader, damaged, tmp_path):
    lost = house.files.save(b"another film")
    file = tmp_path / "files" / lost[:2] / lost[2:4] / lost
    if damaged:
        file.write_bytes(b"rot")
    else:
        file.unlink()
    receive(house, instances=(an_instance(sha256=lost),))
    allow(house)
    flow.first_read(house, reader, STUDY_UID)
    assert status(house) is Status.UNRANKED
    assert "restore it from a backup" in entry(house).status_reason


def test_a_study_without_a_frontal_film_waits_for_a_person_or_for_the_film(house, reader):
    receive(house, instances=(an_instance(sop_instance_uid="1.2.9.1", view="LL", sha256="b" * 64),))
    allow(house)
    flow.first_read(house, reader, STUDY_UID)
    assert entry(house).status_reason == "No frontal film to read."
    receive(house)
    flow.first_read(house, reader, STUDY_UID)
    assert status(house) is Status.RANKED


def test_a_model_that_finds_no_words_leaves_its_findings_and_the_place(received, reader):
    allow(received)
    reader.speechless = (Style.BULLET,)
    flow.first_read(received, reader, STUDY_UID)
    assert status(received) is Status.RANKED
    assert [draft.style for draft in received.studies.reading(STUDY_UID).drafts] == [Style.BRIEF]
    assert [e.outcome for e in events(received, "save draft")] == [Outcome.DONE, Outcome.FAILED]
    assert received.words.get(STUDY_UID) == {}


def test_a_model_that_abstains_raises_nothing_and_calls_nothing_negative(received, clock):
    allow(received)
    flow.first_read(received, ScriptedReader(clock, {"effusion": None}, pathology=None), STUDY_UID)
    assert entry(received).assessment == replace(entry(received).assessment, ai_negative=False)
    assert entry(received).assessment.urgency is Urgency.ROUTINE


def test_a_place_comes_before_words_and_the_words_are_asked_for(received, reader, waiting):
    allow(received)
    flow.find_place(received, reader, STUDY_UID)
    assert (status(received), reader.drafted) == (Status.RANKED, [])
    assert waiting() == {(STUDY_UID, READ_TASK): 0, (STUDY_UID, DRAFT_TASK): 2}
    flow.record_vitals(received, STUDY_UID, ILL, "ada")
    assert waiting()[(STUDY_UID, DRAFT_TASK)] == 3


def test_nothing_is_asked_for_when_all_is_written(ranked, waiting):
    flow.find_place(ranked, ScriptedReader(ranked.clock), STUDY_UID)
    flow.record_vitals(ranked, STUDY_UID, ILL, "ada")
    assert (STUDY_UID, DRAFT_TASK) not in waiting()


class Killed(BaseException):
    """The process ends here; nothing catches it."""


def kill(*_anything):
    raise Killed


@pytest.mark.parametrize(
    "moment", ["meanwhile", "while_writing"], ids=["while it looked at the film", "while it wrote"]
)
def test_a_read_cut_short_by_the_death_of_its_worker_is_finished_by_the_next(received, reader, clock, moment):
    allow(received)
    setattr(reader, moment, kill)
    with pytest.raises(Killed):
        flow.first_read(received, reader, STUDY_UID)
    flow.first_read(received, ScriptedReader(clock), STUDY_UID)
    assert status(received) is Status.RANKED
    assert len(received.studies.reading(STUDY_UID).drafts) == 3
    assert len(events(received, "save reading")) == 1


def test_a_read_cut_short_before_its_rank_gets_its_place(received, reader):
    """The findings are on file and the place does not know them yet: a pneumothorax must not wait in turn."""
    allow(received)
    assert flow.identify(received, STUDY_UID)
    permit = flow.ask_consent(received, STUDY_UID)
    flow.read(received, ScriptedReader(received.clock, {"pneumothorax": 0.9}), STUDY_UID, permit)
    assert (status(received), entry(received).assessment.urgency) == (Status.READ, Urgency.ROUTINE)
    flow.first_read(received, reader, STUDY_UID)
    assert (status(received), entry(received).assessment.urgency) == (Status.RANKED, Urgency.STAT)
    assert reader.read_uids == []
    assert len(reader.drafted) == 3


def test_a_read_cut_short_is_not_finished_after_a_withdrawal(received, reader, clock):
    allow(received)
    reader.while_writing = kill
    with pytest.raises(Killed):
        flow.first_read(received, reader, STUDY_UID)
    withdraw(received)
    again = ScriptedReader(clock)
    flow.first_read(received, again, STUDY_UID)
    assert again.drafted == []
    assert received.studies.reading(STUDY_UID) is None
    assert status(received) is Status.UNRANKED


def test_a_worker_that_comes_too_late_changes_nothing(received, reader, clock):
    """It was taken for dead while it looked; another worker did the whole read meanwhile."""
    allow(received)
    other = ScriptedReader(clock, {"pneumothorax": 0.95}, words=dict.fromkeys(Style, "Pneumothorax."))
    reader.meanwhile = lambda: flow.first_read(received, other, STUDY_UID)
    flow.first_read(received, reader, STUDY_UID)
    shown = received.studies.reading(STUDY_UID)
    assert shown.probability("pneumothorax") == 0.95
    assert {draft.text for draft in shown.drafts} == {"Pneumothorax."}
    assert len(events(received, "save reading")) == 1
    assert entry(received).assessment.urgency is Urgency.STAT


def test_a_report_signed_while_the_model_looks_stands_and_the_answer_is_refused(received, reader):
    allow(received)
    reader.meanwhile = lambda: signing.sign(received, STUDY_UID, ADA, "Normal.", style=None)
    flow.first_read(received, reader, STUDY_UID)
    assert status(received) is Status.SIGNED
    assert received.studies.reading(STUDY_UID) is None
    assert reader.drafted == []


def test_no_draft_is_added_to_a_report_that_was_signed_while_it_was_written(received, reader):
    allow(received)
    reader.while_writing = lambda: signing.sign(received, STUDY_UID, ADA, "Normal.", style=None)
    flow.first_read(received, reader, STUDY_UID)
    assert received.studies.reading(STUDY_UID).drafts == ()
    assert reader.drafted == [(STUDY_UID, Style.BRIEF)]
    assert status(received) is Status.SIGNED
    assert received.words.get(STUDY_UID) == {}


def test_a_person_s_signature_is_never_turned_away_because_the_machine_moves(house, clock):
    """The worker moves the study four times; a signature between any two of them is taken."""
    for number in range(6):
        uid = f"1.2.{number}"
        receive(house, study_uid=uid)
    allow(house)
    working = threading.Thread(
        target=lambda: [flow.first_read(house, ScriptedReader(clock), f"1.2.{n}") for n in range(6)]
    )
    working.start()
    for number in range(6):
        signing.sign(house, f"1.2.{number}", ADA, "Normal.", style=None)
    working.join()
    assert {status(house, f"1.2.{n}") for n in range(6)} == {Status.SIGNED}
    verify(house.audit.chain(), house.audit.head())


# ── the queue ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def waiting(owner):
    """The studies that wait for a worker, with their priority."""

    def look():
        rows = owner.execute(
            "SELECT lock, task_name, priority FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
        )
        return {(lock, task): priority for lock, task, priority in rows.fetchall()}

    return look


def test_an_arriving_study_is_queued_by_its_urgency(house, waiting):
    receive(house, ILL)
    receive(house, study_uid="1.2.9", order_priority=Urgency.URGENT)
    assert waiting() == {(STUDY_UID, READ_TASK): 3, ("1.2.9", READ_TASK): 1}


def test_worse_vitals_move_a_waiting_study_up(received, waiting):
    flow.record_vitals(received, STUDY_UID, ILL, "ada")
    assert waiting() == {(STUDY_UID, READ_TASK): 3}


def test_a_yes_queues_what_waits_and_a_withdrawal_takes_back_what_was_queued(received, waiting, owner):
    owner.execute("DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs")
    allow(received)
    withdrawal.reconsider(received, PATIENT_ID)
    assert waiting() == {(STUDY_UID, READ_TASK): 0}
    assert flow.identify(received, STUDY_UID)
    flow.ask_consent(received, STUDY_UID)
    withdraw(received)
    withdrawal.reconsider(received, PATIENT_ID)
    assert waiting() == {}


def test_a_signature_takes_the_read_back(received, waiting):
    signing.sign(received, STUDY_UID, ADA, "Normal.", style=None)
    assert waiting() == {}


# ── another table of levels ───────────────────────────────────────────────────────────────────────────


def test_a_changed_table_gives_open_studies_their_new_places_once(received):
    before = entry(received).assessment
    receive(received, study_uid="signed")
    received.studies.move("signed", Status.RECEIVED, Status.SIGNED, "", an_event())
    slow = tuple(replace(rule, gives_way=2 * rule.gives_way) for rule in SHIPPED.levels)
    changed = replace(received, levels=replace(SHIPPED, version="site 2", levels=slow))
    assert place_again(changed) == 1
    now = entry(changed).assessment
    assert (now.levels, now.gives_way) == ("site 2", 2 * before.gives_way)
    assert entry(changed).place.due_at == entry(changed).study.received_at + now.gives_way
    assert events(changed, "rank")[-1].detail == "ROUTINE to ROUTINE by site 2"
    assert place_again(changed) == 0
