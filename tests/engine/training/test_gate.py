import numpy as np
import pytest
from PIL import Image

from engine.errors import BadTable
from engine.gate import TAUGHT, load_gate
from engine.training.gate import train_gate


def a_manifest(folder, count, *, shippable):
    rows = [f"{i}.png,P{i},train,mass,PA,50,{str(i in shippable).lower()}" for i in range(count)]
    path = folder / "films.csv"
    path.write_text(
        "file,patient_id,split,labels,view,age,shippable\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    return path


def quiet(_step, _share):
    """Nobody watches a test's progress."""


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A gate from eight soft pictures, brighter below, of eight people; a ninth may not leave the house."""
    folder = tmp_path_factory.mktemp("films")
    manifest = a_manifest(folder, 9, shippable=range(8))
    slope = np.linspace(0.1, 0.9, 96)[:, None] * np.ones(80)
    for i in range(9):
        grainy = slope + np.random.default_rng(i).normal(0, 0.02, slope.shape)
        Image.fromarray((np.clip(grainy, 0, 1) * 255).astype(np.uint8)).save(folder / f"{i}.png")
    gate = train_gate(manifest, quiet, out=folder / "gate.safetensors", simulated=0, others=30)
    return gate, load_gate(folder / "gate.safetensors"), slope


def test_it_learns_which_way_up_its_films_are(taught):
    _, gate, slope = taught

    assert gate.judge(slope).kind == "upright"
    assert gate.judge(np.rot90(slope)).kind == "turned"
    assert gate.judge(slope[::-1]).kind in {"upside_down", "inverted"}  # of a slope both are the same picture


def test_its_file_tells_how_it_was_made(taught):
    made, written, _ = taught

    assert written.about == made.about
    assert written.about["films"] == 8
    assert set(written.about["refused_unseen"]) == set(TAUGHT)
    assert written.threshold == made.threshold


def test_films_that_may_not_leave_the_house_teach_no_gate(tmp_path):
    with pytest.raises(BadTable, match="shippable"):
        train_gate(a_manifest(tmp_path, 2, shippable=()), quiet, out=tmp_path / "gate.safetensors")
