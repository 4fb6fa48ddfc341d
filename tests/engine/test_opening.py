"""From the settings to a reader: a folder of another family, or a server, and what is refused on the way."""

import json
import socket

import pytest
import torch

from engine.general import NOT_CALIBRATED, OTHER, GeneralReader, made_for
from engine.model.config import HEAD
from engine.model.folder import KNOWN, fingerprint
from engine.opening import calibration_path
from engine.reader import load_reader
from engine.settings import Settings
from tests.builders import a_study, vitals
from tests.engine.model.families import FAMILIES, a_family_folder
from tests.engine.test_reader import a_permit, a_png, the_film
from tests.engine.test_served import desk  # noqa: F401 - a fixture
from triage.errors import ReaderFailed
from triage.reading import Draft, Style


def nothing(_step, _share):
    pass


def opened(tmp_path, **changes):
    folder = changes.pop("model", tmp_path / "brought")
    settings = Settings(**{"model": folder, "precision": "bf16", "max_new_tokens": 6} | changes)
    reader = load_reader(settings, tmp_path / "cache", nothing)
    reader._admit = lambda _pixels, _study: None
    return reader


def a_row(slope=1.0):
    return {"slope": slope, "offset": 0.0, "assessed": True}


def calibrated(reader, path, **changes):
    kept = {"made_for": made_for(reader.identity) | changes, "findings": dict.fromkeys(HEAD, a_row())}
    path.write_text(json.dumps(kept))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precision", ["nf4", "bf16"])
def test_a_brought_folder_reads_and_writes(tmp_path, family, precision):
    folder = a_family_folder(family, tmp_path / "brought")
    calibrated(opened(tmp_path, precision=precision), tmp_path / "brought.calibration.json")

    reader = opened(tmp_path, precision=precision)
    reading, heatmaps = reader.read(a_study(), vitals(), a_png(), "image/png", a_permit())
    drafts = dict(reader.drafts(a_study(), vitals(), reading, the_film, a_permit()))

    assert isinstance(reader, GeneralReader)
    assert reading.model.id == "brought"
    assert reading.model.sha256 == fingerprint(folder)
    assert reading.model.bits == {"nf4": 4, "bf16": 16}[precision]
    assert all(0.0 < f.probability < 1.0 for f in reading.findings)
    assert reading.note.startswith("Derived from text logits")
    assert heatmaps == {}
    assert all(isinstance(drafts[style], Draft) and "word" not in drafts[style].text for style in Style)


def test_without_a_calibration_nothing_is_assessed(tmp_path):
    a_family_folder("gemma3", tmp_path / "brought")

    reading, _ = opened(tmp_path).read(a_study(), None, a_png(), "image/png", a_permit())

    assert all(f.abstained for f in reading.findings)
    assert reading.pathology_probability is None
    assert NOT_CALIBRATED in reading.note


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"bits": 4}, {"questions_sha256": "0"}])
def test_a_calibration_of_something_else_is_not_believed(tmp_path, change):
    a_family_folder("gemma3", tmp_path / "brought")
    calibrated(opened(tmp_path), tmp_path / "set.json", **change)

    reader = opened(tmp_path, calibration=tmp_path / "set.json")
    reading, _ = reader.read(a_study(), None, a_png(), "image/png", a_permit())

    assert all(f.abstained for f in reading.findings)
    assert OTHER in reading.note


@pytest.mark.parametrize("text", ["{", "[]", '{"findings": {}}'])
def test_a_broken_calibration_is_a_sentence(tmp_path, text):
    a_family_folder("gemma3", tmp_path / "brought")
    (tmp_path / "brought.calibration.json").write_text(text)

    with pytest.raises(ReaderFailed, match="firstread calibrate"):
        opened(tmp_path)


def test_a_folder_that_changed_is_refused_and_one_that_failed_is_not_remembered(tmp_path):
    folder = a_family_folder("gemma3", tmp_path / "brought")
    (folder / "chat_template.jinja").rename(tmp_path / "template")
    with pytest.raises(ReaderFailed, match="chat template"):
        opened(tmp_path)
    assert not (tmp_path / "cache" / KNOWN).exists()

    (tmp_path / "template").rename(folder / "chat_template.jinja")
    opened(tmp_path)
    (folder / "chat_template.jinja").write_text("Say yes. {{ messages }}")
    with pytest.raises(ReaderFailed, match="changed since it was first loaded"):
        opened(tmp_path)


def test_a_model_that_gives_no_numbers_is_refused_before_a_film(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = a_family_folder("gemma3", tmp_path / "brought")
    weights = load_file(folder / "model.safetensors")
    weights = {name: torch.full_like(w, float("nan")) if "norm" in name else w for name, w in weights.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(ReaderFailed, match="is no number"):
        opened(tmp_path)


def test_an_unsafe_folder_is_refused(tmp_path):
    folder = a_family_folder("gemma3", tmp_path / "brought")
    (folder / "pytorch_model.bin").write_bytes(b"x")

    with pytest.raises(ReaderFailed, match="can run code"):
        opened(tmp_path)


def test_a_served_model_is_opened_by_its_name_without_asking(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    reader = opened(tmp_path, model=None, model_url=url, model_name="reader-7b")

    assert reader.identity.id.startswith("reader-7b at 127.0.0.1:")
    with pytest.raises(ReaderFailed, match="does not answer"):
        load_reader(Settings(model_url=url), tmp_path, nothing)


def test_a_served_model_without_a_name_is_asked_for_it(tmp_path, desk):  # noqa: F811 - the fixture
    settings = Settings(model_url=desk.url)
    reader = load_reader(settings, tmp_path, nothing)

    assert reader.identity.id.startswith("reader-7b at ")
    assert calibration_path(settings, tmp_path, reader.identity).parent == tmp_path
