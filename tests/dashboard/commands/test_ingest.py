"""`firstread ingest`: the contract of its answer, and a batch that goes on."""

import json

import pytest

from dashboard import cli
from dashboard.commands.ingest import files_of, operator
from tests.phantoms import a_film, a_photo, a_picture, a_zip


@pytest.fixture
def ingest(addresses, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", addresses.app_url)

    def run(*arguments):
        code = cli.main(["ingest", "--json", *map(str, arguments)])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return run


def write(path, data):
    path.write_bytes(data)
    return path


def test_a_film_gets_in_and_the_second_time_it_is_a_duplicate(ingest, tmp_path):
    film = write(tmp_path / "film.dcm", a_film())
    code, outcomes, said = ingest(film)
    assert code == 0
    assert outcomes == [{"path": str(film), "outcome": "accepted", "reason": "", "study_uid": "2.25.1001"}]
    assert "film.dcm: accepted" in said
    code, outcomes, _ = ingest(film)
    assert (code, outcomes[0]["outcome"]) == (0, "duplicate")


def test_a_folder_with_good_and_bad_files_goes_on_and_fails_at_the_end(ingest, tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    write(folder / "a.dcm", b"nothing")
    write(folder / "b.dcm", a_film())
    write(folder / "c.dcm", a_film(picture=a_picture(seed=2)))  # the same UID with other bytes
    write(folder / "d.zip", a_zip({"e.dcm": a_film(StudyInstanceUID="2.25.7", SOPInstanceUID="2.25.8")}))
    code, outcomes, _ = ingest(folder, tmp_path / "missing.dcm")
    assert code == 1
    assert [o["outcome"] for o in outcomes] == ["rejected", "accepted", "quarantined", "accepted", "rejected"]
    assert outcomes[3]["path"].endswith("d.zip/e.dcm")
    assert "cannot be opened" in outcomes[4]["reason"]
    assert all(o["reason"] for o in outcomes if o["outcome"] in {"rejected", "quarantined"})


def test_a_photo_needs_its_order_and_takes_its_patient(ingest, tmp_path):
    photo = write(tmp_path / "film.png", a_photo())
    assert ingest(photo)[0] == 1
    code, outcomes, _ = ingest(photo, "--accession-number", "A-9", "--patient-id", "P-9", "--issuer", "WARD")
    assert (code, outcomes[0]["outcome"], outcomes[0]["reason"]) == (0, "accepted", "")


def test_a_device_is_rejected_with_a_reason_and_the_rest_goes_on(ingest, tmp_path):
    code, outcomes, _ = ingest("/dev/zero", write(tmp_path / "film.dcm", a_film()))
    assert code == 1
    assert [(o["outcome"], o["reason"]) for o in outcomes] == [
        ("rejected", "This is no ordinary file."),
        ("accepted", ""),
    ]


def test_an_empty_folder_is_one_sentence_and_no_database_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FIRSTREAD_DATABASE_URL", raising=False)
    (tmp_path / "empty").mkdir()
    assert cli.main(["ingest", "--json", str(tmp_path / "empty")]) == 1
    assert "There is no file in" in json.loads(capsys.readouterr().out)["error"]
    assert not (tmp_path / "home").exists()


def test_files_are_taken_in_a_fixed_order(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).touch()
    assert [p.name for p in files_of([tmp_path])] == ["a", "b"]


def test_the_operator_has_a_name_even_without_a_name(monkeypatch):
    assert operator().startswith("command line (")

    def nobody():
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert operator() == "command line"


def test_without_a_database_that_answers_it_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert cli.main(["ingest", str(write(tmp_path / "film.dcm", a_film()))]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert said[-1].endswith(".")
    assert "Traceback" not in "".join(said)
