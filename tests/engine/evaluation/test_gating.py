import numpy as np
import pytest
from PIL import Image

from engine.errors import BadTable
from engine.evaluation.gating import evaluate, section
from engine.gate import load_gate


def quiet(_step, _share):
    """Nobody watches a test's progress."""


@pytest.fixture
def table(tmp_path):
    def write(*rows):
        noise = np.random.default_rng(0).integers(0, 255, (80, 80), np.uint8)
        Image.fromarray(noise).save(tmp_path / "a.jpg")
        path = tmp_path / "films.csv"
        path.write_text("file,labels,split,view\n" + "\n".join(rows) + "\n", encoding="utf-8")
        return path

    return write


def test_each_way_of_spoiling_a_film_has_its_row(table, tmp_path):
    manifest = table("a.jpg,mass,val,PA", "a.jpg,mass,train,AP", "a.jpg,mass,train,LATERAL")
    found = evaluate(load_gate(), manifest, tmp_path, quiet)
    rows = {row["what"]: row for row in found["table"]}

    assert {
        "upright",
        "turned left",
        "inverted",
        "upper half",
        "lateral, any split",
        "stored turned",
    } <= rows.keys()
    assert all((row["n"], row["refused"], row["high"]) == (1, 1, 1) for row in rows.values())
    assert rows["upright"]["called"] == {"noise": 1}


def test_the_section_names_its_command_and_counts_every_row(table):
    found = evaluate(load_gate(), table("a.jpg,mass,val,PA"), None, quiet)
    lines = section(found, "the command")

    assert lines[0] == "## Input gate"
    assert "`the command`" in lines[2]
    assert sum(line.startswith("| ") for line in lines) == 1 + len(found["table"])


def test_a_table_without_val_films_is_refused(table):
    with pytest.raises(BadTable, match="val"):
        evaluate(load_gate(), table("a.jpg,mass,train,PA"), None, quiet)
