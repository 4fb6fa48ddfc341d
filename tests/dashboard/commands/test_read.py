"""`firstread read`: the contract of its answer, a permit for each film, and an event for each look."""

import json
from datetime import UTC, datetime

import pytest
from PIL import Image

from consent.audit import verify
from consent.record import Purpose
from dashboard import cli
from dashboard.commands import read
from dashboard.evaluation_trail import EvaluationTrail
from engine.answer import composed
from engine.facts import from_reading
from engine.simulated.lesions import simulated_film
from tests.builders import MODEL
from tests.engine.scripted import ScriptedFilmReader
from tests.phantoms import CANARY, a_film, a_photo
from triage.errors import ReaderFailed
from triage.finding import LABELS
from triage.reading import Style

KEYS = {
    "file", "findings", "pathology_probability", "urgency", "impressions", "model", "seconds",
}  # fmt: skip
SICK = dict.fromkeys(LABELS, 0.05) | {"pneumothorax": 0.9, "hernia": None, "abnormal": 0.95}
WELL = dict.fromkeys(LABELS, 0.05) | {"abnormal": 0.1}


NO_MODEL = object()


class Reader(ScriptedFilmReader):
    """Answers what the test wrote down, and composes its impressions."""

    def __init__(self, *answers):
        super().__init__(answers)
        self.vitals, self.studies = [], []

    def read(self, study, vitals, film, media_type, permit):
        self.vitals.append(vitals)
        self.studies.append(study)
        return super().read(study, vitals, film, media_type, permit)

    def drafts(self, study, vitals, reading, film, permit, *, has_prior):
        permit.check(study.patient.patient_id, Purpose.EVALUATION, datetime.now(UTC))
        assert film()
        for style in Style:
            yield style, "Words "
            yield style, composed(from_reading(reading, vitals, study, prior=has_prior), style)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def ask(home, monkeypatch, capsys):
    def run(reader, *arguments):
        def load(_home, _progress):
            assert reader is not NO_MODEL, "the model was loaded"
            return reader

        monkeypatch.setattr(read, "load_model", load)
        code = cli.main(["read", "--json", *map(str, arguments)])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return run


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.dcm"
    path.write_bytes(a_film())
    return path


def test_the_answer_has_the_keys_of_the_contract(ask, film):
    code, (answer,), _ = ask(Reader(SICK), film)
    assert code == 0
    assert answer.keys() == KEYS
    assert answer["file"] == str(film)
    assert answer["findings"].keys() == LABELS.keys()
    assert answer["findings"]["pneumothorax"] == {"probability": 0.9, "abstained": False}
    assert answer["findings"]["hernia"] == {"probability": None, "abstained": True}
    assert answer["pathology_probability"] == 0.95
    assert answer["urgency"]["level"] == "stat"
    assert "AI: pneumothorax 90%" in answer["urgency"]["reasons"]
    assert answer["impressions"].keys() == {style.value for style in Style}
    assert all(answer["impressions"].values())
    assert answer["model"] == {"id": MODEL.id, "sha256": MODEL.sha256, "bits": MODEL.bits}
    assert {style.value for style in Style} <= answer["seconds"].keys()


class Explaining(Reader):
    """Takes its answer apart, too."""

    def explain(self, study, vitals, film, media_type, permit, code):
        permit.check(study.patient.patient_id, Purpose.EVALUATION, datetime.now(UTC))
        assert (vitals, media_type, bool(film)) == (None, "application/dicom", True)
        return {"answer": code, "logit": 2.0}


def test_asked_for_it_says_where_and_why(ask, film):
    _, (answer,), _ = ask(Explaining(SICK), film, "--explain")
    assert answer.keys() == KEYS | {"explanation"}
    assert answer["explanation"]["regions"] == {"pneumothorax": "no region"}
    assert answer["explanation"]["parts"] == {"answer": "pneumothorax", "logit": 2.0}


def test_what_cannot_be_taken_apart_or_shows_nothing_is_said_so(ask, film):
    _, (sick,), _ = ask(Reader(SICK), film, "--explain")
    _, (well,), _ = ask(Explaining(WELL), film, "--explain")
    assert sick["explanation"]["parts"] is None
    assert well["explanation"] == {"regions": {}, "parts": None}


def test_one_style_is_one_impression(ask, film):
    _, (answer,), _ = ask(Reader(SICK), film, "--style", "bullet")
    assert list(answer["impressions"]) == ["bullet"]


def test_a_bad_file_is_named_and_the_others_are_read(ask, film, tmp_path):
    bad, photo = tmp_path / "bad.dcm", tmp_path / "film.png"
    bad.write_bytes(b"nothing")
    photo.write_bytes(a_photo())
    code, answers, _ = ask(Reader(SICK, WELL), film, bad, tmp_path / "missing.dcm", photo)
    assert code == 1
    assert ["error" in answer for answer in answers] == [False, True, True, False]
    assert answers[1]["error"].endswith(".")


def test_each_look_has_its_own_permit_and_is_on_the_trail_before_the_answer(ask, film, tmp_path, home):
    other = tmp_path / "other.dcm"
    other.write_bytes(a_film(SOPInstanceUID="2.25.9"))
    reader = Reader(SICK, WELL)
    ask(reader, film, other)
    events = [place.event for place in EvaluationTrail(home).chain()]
    assert verify(EvaluationTrail(home).chain()).events == 2
    assert all(permit.purpose is Purpose.EVALUATION for permit in reader.permits)
    assert [e.purpose for e in events] == ["evaluation"] * 2
    assert [permit.permit_id in e.detail for permit, e in zip(reader.permits, events, strict=True)] == [
        True
    ] * 2
    assert len({permit.permit_id for permit in reader.permits}) == 2


def test_neither_the_reader_nor_the_trail_learns_whose_film_it_is(ask, film, home):
    reader = Reader(SICK)
    ask(reader, film)
    (study,) = reader.studies
    assert study.patient.name == ""
    assert study.patient.patient_id.value != "P-1"
    assert study.patient.sex == "female"
    assert CANARY.split("^")[0] not in (home / "evaluation-audit.jsonl").read_text()


def test_with_a_database_the_look_is_on_its_trail(ask, film, addresses, monkeypatch, house):
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", addresses.app_url)
    ask(Reader(SICK), film)
    assert [place.event.action for place in house.audit.chain()] == ["read for evaluation"]


@pytest.mark.parametrize("name", ["film.dcm", "film", "A-1"])
def test_vitals_find_their_film_by_name_or_accession_number(ask, film, tmp_path, name):
    table = tmp_path / "vitals.csv"
    table.write_text(f"file,resp_rate_bpm\n{name},30\n")
    reader = Reader(WELL)
    _, (answer,), _ = ask(reader, film, "--vitals", table)
    assert reader.vitals[0].values == {"resp_rate_bpm": 30.0}
    assert answer["urgency"]["level"] == "asap"
    assert any(reason.startswith("NEWS2") for reason in answer["urgency"]["reasons"])


def test_a_bad_line_of_vitals_is_named_and_fails_at_the_end(ask, film, tmp_path):
    table = tmp_path / "vitals.csv"
    table.write_text("file,temperature_c\nfilm.dcm,101\n")
    code, (answer, left_out), said = ask(Reader(WELL), film, "--vitals", table)
    assert code == 1
    assert answer["urgency"]["level"] == "routine"
    assert "°F" in left_out["problems"][0]
    assert "line 2" in said
    assert "°F" in said


def test_a_line_whose_film_is_not_among_them_is_named(ask, film, tmp_path):
    table, missing = tmp_path / "vitals.csv", tmp_path / "missing.dcm"
    table.write_text("file,resp_rate_bpm\nfilm.dcm,30\nmissing.dcm,30\nflim.dcm,30\n")
    code, answers, said = ask(Reader(WELL), film, missing, "--vitals", table)
    problem = f"{table}, line 4: No FILE is called flim.dcm."
    assert code == 1
    assert answers[2] == {
        "file": str(table),
        "error": "Not every line of this table found its film.",
        "problems": [problem],
    }
    assert problem in said


def test_a_table_nobody_can_read_is_refused_before_the_model_is_loaded(ask, film, tmp_path):
    table = tmp_path / "vitals.csv"
    table.write_text("file,shoe_size\nfilm.dcm,38\n")
    code, answer, _ = ask(NO_MODEL, film, "--vitals", table)
    assert code == 1
    assert "Unknown column shoe_size" in answer["error"]


def test_files_that_cannot_be_read_never_load_the_model(ask, tmp_path, home):
    code, answers, _ = ask(NO_MODEL, tmp_path / "missing.dcm", tmp_path, "/dev/zero")
    assert code == 1
    assert [answer["error"] for answer in answers] == [
        "The file cannot be opened: No such file or directory.",
        "This is no ordinary file.",
        "This is no ordinary file.",
    ]
    assert not home.exists()


def test_a_model_that_fails_on_a_film_is_a_sentence_and_an_event(ask, film, home):
    class Broken(Reader):
        def read(self, *_arguments):
            raise ReaderFailed("The model failed on this film.")

    code, (answer,), _ = ask(Broken(), film)
    assert code == 1
    assert answer == {"file": str(film), "error": "The model failed on this film."}
    (place,) = EvaluationTrail(home).chain()
    assert place.event.outcome == "failed"


def test_for_people_it_is_a_table(home, film, monkeypatch, capsys):
    monkeypatch.setattr(read, "load_model", lambda _home, _progress: Reader(SICK))
    assert cli.main(["read", str(film)]) == 0
    said = capsys.readouterr().out
    assert "stat" in said
    assert "pneumothorax" in said
    assert "not assessed" in said


@pytest.mark.slow
def test_the_real_model_answers_the_contract(home, tmp_path, capsys):
    film = tmp_path / "film.png"
    Image.fromarray(simulated_film("effusion", "left", 0.8, 1)[0]).save(film)
    assert cli.main(["read", "--json", str(film)]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer.keys() == KEYS
    assert answer["model"]["bits"] in {4, 16, 32}
    assert len(answer["model"]["sha256"]) == 64
    assert answer["impressions"].keys() == {style.value for style in Style}
