"""The benchmark of bigger models runs: on a CPU with a tiny shape, and its arithmetic agrees with what is loaded."""

import pytest
import torch

from benchmarks.gpu import NF4_BYTES, computed, computed_table, measure, save, shape, table
from engine.model.load import LANGUAGE, load_vlm

NO_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device on this machine")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("tiny")
    save("tiny", path, "cpu")
    return path


@pytest.mark.parametrize("precision", ["nf4", "bf16"])
def test_a_tiny_shape_is_measured_on_a_cpu(folder, precision):
    found = measure(folder, precision, "cpu", [1, 2], words=4, new=4, runs=1)

    for batch in ("batch 1", "batch 2"):
        assert found[batch]["prefill_s"] > 0
        assert found[batch]["tokens_per_s"] > 0
        assert found[batch]["peak_gb"] > 0
    shown = table({"machine": "m", "label": "l", "rows": {f"tiny {precision}": found}})
    assert f"| tiny {precision} | 2 | " in shown


def test_the_arithmetic_agrees_with_what_the_loader_holds(folder):
    model = load_vlm(folder, "nf4").model
    said = computed(shape("tiny"), "nf4")
    narrow = [layer.weight for layer in model.modules() if type(layer).__name__ == "Linear4bit"]
    scales = sum(w.quant_state.absmax.nbytes + w.quant_state.state2.absmax.nbytes for w in narrow)
    weights = sum(w.nbytes for w in narrow)
    wide = sum(p.nbytes for p in model.parameters()) - weights

    assert said[LANGUAGE] >= 2 * weights * NF4_BYTES
    assert said["weights"] == pytest.approx(weights + scales + wide, rel=0.01)


def test_four_billion_weights_in_four_bits_fit_under_the_goal_by_arithmetic():
    narrow, wide = computed(shape("4b"), "nf4"), computed(shape("4b"), "bf16")

    assert narrow["parameters"] == pytest.approx(4.30e9, rel=0.005)
    assert wide["weights"] == 2 * wide["parameters"]
    assert narrow["weights"] + 2000 * narrow["cache_per_token"] < 4.5e9
    assert narrow["model.vision_tower"] == wide["model.vision_tower"]
    assert "4b nf4" in computed_table({"4b nf4": narrow})


def test_eight_billion_weights_are_what_they_are_called():
    assert computed(shape("8b"), "bf16")["parameters"] == pytest.approx(8.29e9, rel=0.005)


@pytest.mark.gpu
@NO_CUDA
def test_four_billion_weights_in_four_bits_fit_under_the_goal_on_a_gpu(tmp_path):
    save("4b", tmp_path, "cuda")
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()

    found = measure(tmp_path, "nf4", "cuda", [1], runs=1)

    assert found["batch 1"]["peak_gb"] <= 4.5
