import pytest

from engine.settings import Settings, from_environment


def test_an_empty_environment_means_the_embedded_model_where_it_is_fastest():
    assert from_environment({}) == Settings(model=None, device="auto", precision="auto")


def test_a_folder_a_device_and_a_width_can_be_named(tmp_path):
    named = {"FIRSTREAD_MODEL": str(tmp_path), "FIRSTREAD_DEVICE": "cpu", "FIRSTREAD_PRECISION": "bf16"}

    assert from_environment(named) == Settings(model=tmp_path, device="cpu", precision="bf16")


@pytest.mark.parametrize(
    "named",
    [
        {"FIRSTREAD_MODEL": "/no/such/folder"},
        {"FIRSTREAD_DELTA": "/no/such/folder"},
        {"FIRSTREAD_DEVICE": "tpu"},
        {"FIRSTREAD_PRECISION": "int3"},
    ],
)
def test_a_value_nobody_knows_is_named_in_the_sentence(named):
    with pytest.raises(ValueError, match=next(iter(named))):
        from_environment(named)


def test_a_house_can_read_with_what_it_taught_the_model_itself(tmp_path):
    assert from_environment({"FIRSTREAD_DELTA": str(tmp_path)}).delta == tmp_path


SERVED = {
    "FIRSTREAD_MODEL_URL": "https://models.example/v1",
    "FIRSTREAD_MODEL_NAME": "reader-7b",
    "FIRSTREAD_MODEL_KEY": "s3cret",
}


def test_a_server_a_name_and_a_key_can_be_named_and_the_key_is_not_shown():
    settings = from_environment(SERVED)

    assert (settings.model_url, settings.model_name) == ("https://models.example/v1", "reader-7b")
    assert settings.model_key == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_key_can_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from-file\n")

    settings = from_environment({**SERVED, "FIRSTREAD_MODEL_KEY_FILE": str(tmp_path / "key")})

    assert settings.model_key == "from-file"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://models.example/v1",
        "file:///etc/passwd",
        "models.example/v1",
        "https://",
        "https://name:word@models.example/v1",
        "https://models.example/v1?to=elsewhere",
        "https://models.example:99999/v1",
        "http://models.example/v1",
    ],
)
def test_an_address_that_is_not_plain_or_not_behind_tls_is_refused(url):
    with pytest.raises(ValueError, match="FIRSTREAD_MODEL_URL"):
        from_environment({"FIRSTREAD_MODEL_URL": url})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "http://localhost/v1", "http://[::1]:80/v1"])
def test_this_machine_needs_no_tls(url):
    assert from_environment({"FIRSTREAD_MODEL_URL": url}).model_url == url


@pytest.mark.parametrize(
    "wrong",
    [
        {"FIRSTREAD_MODEL_SHA256": "abc"},
        {"FIRSTREAD_MODEL_KEY": "two\nlines"},
        {"FIRSTREAD_MODEL_KEY_FILE": "/no/such/file"},
    ],
)
def test_a_hash_or_a_key_that_is_none_is_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        from_environment({**SERVED, **wrong})


def test_a_folder_and_an_address_together_are_refused(tmp_path):
    with pytest.raises(ValueError, match="both set"):
        from_environment({**SERVED, "FIRSTREAD_MODEL": str(tmp_path)})
