"""`firstread train` refuses what may not shape shipped weights, before a film is opened."""

import re

import pytest

from dashboard import cli


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            "file,labels,source,split,shippable,age,view\na.png,effusion,NIH-ChestX-ray14,train,false,50,PA\n",
            "may not shape",
        ),
        ("file,labels\n", "row"),
    ],
)
def test_a_manifest_it_must_not_use_is_a_sentence(tmp_path, monkeypatch, capsys, rows, says):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(rows)
    assert (
        cli.main(["train", "--manifest", str(manifest), "--out", str(tmp_path), "--work", str(tmp_path)]) == 1
    )
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert re.search(says, said.splitlines()[-1])


def test_how_many_films_are_simulated_is_asked_for_and_none_is_an_answer():
    asked = cli.parser().parse_args(["train", "--manifest", __file__, "--simulated", "0"])
    assert asked.simulated == 0
