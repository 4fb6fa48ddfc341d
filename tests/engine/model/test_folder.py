import json
import pickle
import struct
import subprocess

import pytest
import torch

from engine.errors import UnsafeModel, WeightsMismatch
from engine.model.folder import check_bytes, check_folder, fingerprint, remember
from tests.engine.model.tiny import a_model


@pytest.fixture
def folder(tmp_path):
    a_model().to(torch.bfloat16).save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def with_header(header, data=b"\0" * 64):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(begin, end, shape=(16,)):
    return {"weight": {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, end]}}


LIES = {
    "offsets beyond the file": with_header(tensor(0, 4 * 1024**4, (1024**4,))),
    "a shape that is not in its bytes": with_header(tensor(0, 64, (1_000_000,))),
    "offsets backwards": with_header(tensor(64, 0)),
    "two tensors on the same bytes": with_header(
        tensor(0, 64) | {"again": {"dtype": "F32", "shape": [16], "data_offsets": [0, 64]}}
    ),
    "bytes that belong to nobody": with_header(tensor(0, 64), b"\0" * 128),
    "a header longer than the file": struct.pack("<Q", 2**62) + b"{}",
    "a header of a hundred megabytes": struct.pack("<Q", 100_000_001) + b" " * 64,
    "no JSON": with_header(b"not json at all"),
    "a pickle by another name": pickle.dumps({"weight": [0.0] * 64}),
    "nothing": b"",
}


def test_an_honest_folder_is_taken(folder):
    assert check_folder(folder)["model_type"] == "rad_vlm"


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "weights.pt", "model.pkl", "modeling_evil.py", "a.npy"]
)
def test_a_folder_with_what_can_run_is_refused(folder, name):
    (folder / "deep").mkdir()
    (folder / "deep" / name).write_bytes(b"x")

    with pytest.raises(UnsafeModel, match=name.split(".", maxsplit=1)[0]):
        check_folder(folder)


@pytest.mark.parametrize("lie", LIES)
def test_weights_whose_header_lies_are_refused(folder, lie):
    (folder / "model.safetensors").write_bytes(LIES[lie])

    with pytest.raises(UnsafeModel, match=r"header of model\.safetensors does not fit"):
        check_folder(folder)


@pytest.mark.parametrize("written", ['"auto_map"', '"auto\\u005fmap"', '"_attn_implementation_internal"'])
@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "processor_config.json"])
def test_a_config_that_asks_for_code_is_refused_however_it_is_spelt(folder, name, written):
    (folder / name).write_text(f'{{"text_config": [{{{written}: {{"AutoModel": "evil.Evil"}}}}]}}')

    with pytest.raises(UnsafeModel, match="code of its own"):
        check_folder(folder)


def test_a_vocabulary_may_hold_any_word(folder):
    (folder / "tokenizer.json").write_text('{"model": {"vocab": {"auto_map": 7}}}')

    assert check_folder(folder)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "\x00"])
def test_broken_json_is_a_sentence(folder, text):
    (folder / "generation_config.json").write_text(text)

    with pytest.raises(UnsafeModel, match=r"generation_config\.json is broken"):
        check_folder(folder)


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    (tmp_path / "elsewhere.json").write_text("{}")
    (folder / "chat.json").symlink_to(tmp_path / "elsewhere.json")

    with pytest.raises(UnsafeModel, match="link out of tiny"):
        check_folder(folder)


def test_a_linked_folder_is_refused_too(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (folder / "deep").symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    with pytest.raises(UnsafeModel, match="link out of tiny"):
        check_folder(folder)


def test_an_index_that_points_outside_is_refused(folder):
    index = {"weight_map": {"a": "model.safetensors", "b": "../../other.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))

    with pytest.raises(UnsafeModel, match="weights outside tiny"):
        check_folder(folder)


def test_an_adapter_names_another_model_and_is_refused(folder):
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "/elsewhere"}')

    with pytest.raises(UnsafeModel, match="names another model"):
        check_folder(folder)


def test_a_folder_without_safetensors_or_config_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(UnsafeModel, match="safetensors"):
        check_folder(folder)
    (folder / "config.json").unlink()
    with pytest.raises(WeightsMismatch, match=r"config\.json"):
        check_folder(folder)


# ── the same bytes ────────────────────────────────────────────────────────────────────────────────────


def test_the_fingerprint_is_what_two_shell_commands_print(folder):
    (folder / "deep").mkdir()
    (folder / "deep" / "a.txt").write_text("a")
    command = "find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum | cut -d' ' -f1"
    said = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True)

    assert fingerprint(folder) == said.stdout.strip()


@pytest.mark.parametrize("name", ["model.safetensors", "chat_template.jinja"])
def test_a_folder_that_changed_since_its_first_load_is_refused_until_it_is_named(folder, tmp_path, name):
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    cache = tmp_path / "cache"
    first = check_bytes(folder, cache)
    remember(folder, cache, first)
    assert check_bytes(folder, cache) == first

    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    with pytest.raises(WeightsMismatch, match="changed since it was first loaded") as refused:
        check_bytes(folder, cache)
    named = str(refused.value).split("=")[1].rstrip(".")
    remember(folder, cache, check_bytes(folder, cache, named))
    assert check_bytes(folder, cache) == named != first


def test_a_folder_that_was_never_loaded_is_not_remembered(folder, tmp_path):
    check_bytes(folder, tmp_path / "cache")

    assert not (tmp_path / "cache").exists()


def test_a_folder_other_than_the_one_that_was_named_is_refused(folder, tmp_path):
    with pytest.raises(WeightsMismatch, match="FIRSTREAD_MODEL_SHA256"):
        check_bytes(folder, tmp_path / "cache", "0" * 64)
