import pytest

from engine.settings import Settings, from_environment


def test_an_empty_environment_means_the_embedded_model_where_it_is_fastest():
    assert from_environment({}) == Settings(model=None, device="auto", precision="auto")


def test_a_folder_a_device_and_a_width_can_be_named(tmp_path):
    named = {"FIRSTREAD_MODEL": str(tmp_path), "FIRSTREAD_DEVICE": "cpu", "FIRSTREAD_PRECISION": "bf16"}

    assert from_environment(named) == Settings(model=tmp_path, device="cpu", precision="bf16")


@pytest.mark.parametrize(
    "named",
    [{"FIRSTREAD_MODEL": "/no/such/folder"}, {"FIRSTREAD_DEVICE": "tpu"}, {"FIRSTREAD_PRECISION": "int3"}],
)
def test_a_value_nobody_knows_is_named_in_the_sentence(named):
    with pytest.raises(ValueError, match=next(iter(named))):
        from_environment(named)
