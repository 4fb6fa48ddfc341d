"""`firstread evaluate` and `firstread train` hand their work to the engine and answer its figures."""

import json
from hashlib import sha256

import pytest

from dashboard import cli
from dashboard.commands import evaluate
from dashboard.commands.evaluate import Steps
from dashboard.console import Console
from dashboard.evaluation_trail import EvaluationTrail
from engine.evaluation.groups import KEYS
from engine.model.delta import SHIPPED
from tests.engine.scripted import ScriptedFilmReader
from tests.phantoms import a_photo
from triage.finding import LABELS
from triage.reading import Style


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path / "home"))
    answers = [dict.fromkeys(LABELS, 0.1 + n / 40) | {"abnormal": n / 20} for n in range(20)]
    reader = ScriptedFilmReader(answers)
    monkeypatch.setattr(evaluate, "load_model", lambda _home, _progress: reader)
    return tmp_path / "home"


def test_films_are_measured_per_label_and_the_predictions_are_written(home, tmp_path, capsys):
    rows = ["file,labels,patient_id"]
    for n in range(20):
        (tmp_path / f"{n}.png").write_bytes(a_photo())
        rows.append(f"{n}.png,{'effusion' if n >= 10 else 'no_finding'},p{n}")
    manifest, predictions = tmp_path / "films.csv", tmp_path / "predictions.csv"
    manifest.write_text("\n".join(rows) + "\n")
    arguments = [
        "evaluate",
        "films",
        "--json",
        "--manifest",
        str(manifest),
        "--predictions",
        str(predictions),
    ]
    assert cli.main(arguments) == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert answer["films"] == 20
    assert answer["labels"]["effusion"]["n"] == 20
    assert answer["labels"]["effusion"]["auc"] == 1.0
    assert predictions.read_text().splitlines()[0] == "file,label,probability,abstained"
    assert "films (100%)" in said.err
    (place,) = EvaluationTrail(home).chain()
    assert (place.event.action, place.event.purpose) == ("evaluate films", "evaluation")


def test_impressions_are_measured_per_style(home, tmp_path, capsys):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("findings,impression\nThere is a left pleural effusion.,Left pleural effusion.\n")
    assert cli.main(["evaluate", "impressions", "--json", "--pairs", str(pairs)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["rows"] == 1
    assert answer["styles"].keys() == {style.value for style in Style}


def test_a_table_without_its_columns_is_a_sentence(home, tmp_path, capsys):
    table = tmp_path / "films.csv"
    table.write_text("name\nx\n")
    assert cli.main(["evaluate", "films", "--manifest", str(table)]) == 1
    assert "needs the columns file and labels" in capsys.readouterr().err


@pytest.mark.parametrize("what", [("films", "--manifest"), ("impressions", "--pairs")])
def test_a_table_nobody_can_read_is_refused_before_the_model_is_loaded(
    home, tmp_path, monkeypatch, capsys, what
):
    def load(*_arguments):
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(evaluate, "load_model", load)
    text = tmp_path / "README.md"
    text.write_text("# Not a table\n\nNothing, here.\n")
    assert cli.main(["evaluate", what[0], "--json", what[1], str(text)]) == 1
    assert "needs the columns" in json.loads(capsys.readouterr().out)["error"]
    assert not (home / "evaluation-audit.jsonl").exists()


def test_a_film_that_cannot_be_read_is_named_and_fails_at_the_end(home, tmp_path, capsys):
    (tmp_path / "0.png").write_bytes(a_photo())
    manifest = tmp_path / "films.csv"
    manifest.write_text("file,labels\n0.png,Effusion|ghost\nmissing.png,mass\n")
    assert cli.main(["evaluate", "films", "--json", "--manifest", str(manifest)]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["films"], answer["unknown_labels"]) == (1, ["ghost"])
    assert answer["unreadable"] == [{"file": "missing.png", "reason": "No such file or directory."}]


def test_steps_are_said_once_each(capsys):
    steps = Steps(Console())
    for done in range(1001):
        steps("films", done / 1000)
    assert len(capsys.readouterr().err.splitlines()) == 21


def test_one_command_writes_the_section_of_the_findings(home, tmp_path, capsys):
    rows = ["file,labels,patient_id,sex,split"]
    for n in range(20):
        (tmp_path / f"{n}.png").write_bytes(a_photo())
        rows.append(f"{n}.png,{'effusion' if n >= 10 else 'no_finding'},p{n},F,{'val' if n > 3 else 'train'}")
    (tmp_path / "films.csv").write_text("\n".join(rows) + "\n")
    page = tmp_path / "evaluation.md"
    page.write_text("# Evaluation\n\n## Impressions\n\nkept\n")
    arguments = ["evaluate", "films", "--json", "--manifest", str(tmp_path / "films.csv")]
    assert cli.main([*arguments, "--split", "val", "--by", "sex,view", "--markdown", str(page)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["delta_sha256"] == sha256(SHIPPED.read_bytes()).hexdigest()
    assert (answer["films"], answer["groups"]["sex"]["female"]["n"]) == (16, 16)
    text = page.read_text()
    assert text.startswith("# Evaluation\n\n## Impressions\n\nkept\n\n## Findings\n")
    assert (
        "`firstread evaluate films --manifest films.csv --split val --by sex,view --markdown evaluation.md`"
        in text
    )
    assert str(tmp_path) not in text


def test_a_group_nobody_knows_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit):
        cli.main(["evaluate", "films", "--manifest", __file__, "--by", "sex,hair"])
    assert "hair is none of sex, age, view, source, origin" in capsys.readouterr().err
    assert tuple(KEYS) == cli.GROUPS
