import json
from hashlib import sha256

import pytest

from engine import passport
from engine.errors import BadTable
from engine.manifest import Film
from engine.model.convert import sha256_of
from engine.passport import REFERENCE, WIDTHS, _row, films_of, machine
from triage.reading import Style


def a_film(tmp_path, *labels, number=0):
    return Film(
        tmp_path / f"{number}.png", f"{number}.png", f"{number}", frozenset(labels), "mined from text"
    )


def text(facts=(("effusion", True, "left"),), faults=0, by="model", said="Left pleural effusion."):
    return {"text": said, "facts": [list(fact) for fact in facts], "faults": faults, "by": by}


def answer(p, urgency="ASAP", texts=()):
    films = [{"p": [value] * 15, "urgency": urgency, "texts": list(texts)} for value in p]
    return {"runs": True, "bits": 4, "films": films}


def test_a_width_is_held_against_the_reference(tmp_path):
    known = answer([0.2, 0.8], texts=[text(), text()])
    told = answer([0.2, 0.7], texts=[text(), text(facts=(), faults=2, said="No effusion.")])
    row = _row(told, known, [a_film(tmp_path, number=n) for n in range(2)])
    assert row["largest_change_of_p"] == pytest.approx(0.1)
    assert row["mean_change_of_p"] == pytest.approx(0.05)
    assert (row["same_urgency"], row["same_facts"], row["without_fault"], row["texts"]) == (1.0, 0.5, 0.5, 4)
    assert row["rouge_l"] == pytest.approx((1 + 0.4) / 2), "one word of three and of two is the same"
    assert row["largest_change_of_auc"] is None
    assert "films" not in row


def test_a_film_that_the_gate_turns_away_is_left_out(tmp_path):
    known, told = answer([0.2, 0.8]), answer([0.2, 0.7])
    known["films"][1] = told["films"][1] = None
    row = _row(told, known, [a_film(tmp_path, number=n) for n in range(2)])
    assert (row["films_read"], row["largest_change_of_p"]) == (1, 0.0)
    with pytest.raises(BadTable, match="none of these films"):
        _row({"runs": True, "films": [None]}, {"runs": True, "films": [None]}, [a_film(tmp_path)])


def test_another_urgency_is_counted(tmp_path):
    row = _row(answer([0.2], "STAT"), answer([0.2]), [a_film(tmp_path)])
    assert row["same_urgency"] == 0.0
    assert row["same_facts"] is None
    assert row["rouge_l"] is None


def test_with_labels_the_change_of_auc_is_told(tmp_path):
    films = [a_film(tmp_path, "effusion" if n < 5 else "no_finding", number=n) for n in range(10)]
    known = answer([0.9] * 5 + [0.1] * 5)
    worse = answer([0.9] * 4 + [0.05] + [0.1] * 5)
    assert _row(worse, known, films)["largest_change_of_auc"] == pytest.approx(0.2)
    assert _row(known, known, films)["largest_change_of_auc"] == 0.0


def test_a_width_that_does_not_run_says_why_and_the_others_stand(tmp_path, monkeypatch):
    def child(width, _films, _cache):
        return {"runs": False, "why": "no kernel"} if width == "int8" else answer([0.5])

    monkeypatch.setattr(passport, "_in_own_process", child)
    made = passport.passport([a_film(tmp_path)], tmp_path, lambda _step, _share: None)
    assert list(made["widths"]) == list(WIDTHS)
    assert made["widths"]["int8"] == {"runs": False, "why": "no kernel"}
    assert made["widths"][REFERENCE]["largest_change_of_p"] == 0.0


def test_a_child_that_fails_is_a_row(tmp_path, monkeypatch):
    monkeypatch.setattr(passport.sys, "executable", "/bin/false")
    assert passport._in_own_process("nf4", [], tmp_path) == {"runs": False, "why": "ended with 1"}


def test_the_passport_lies_beside_the_checkpoint_it_speaks_of(tmp_path):
    (tmp_path / "a" / "nf4").mkdir(parents=True)
    passport._keep({"made": 1}, {"nf4": {"checkpoint": "a/nf4"}, "int8": {"runs": False}}, tmp_path)
    assert json.loads((tmp_path / "a" / "nf4" / passport.NAME).read_text()) == {"made": 1}


def test_films_come_from_a_folder_or_are_the_val_films_of_a_table(tmp_path):
    for name in ("b.png", "a.dcm", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [film.name for film in films_of(tmp_path, None)] == ["a.dcm", "b.png"]
    table = tmp_path / "m.csv"
    table.write_text("file,labels,split\na.dcm,mass,train\nb.png,mass,val\n", encoding="utf-8")
    assert [film.name for film in films_of(None, table)] == ["b.png"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadTable, match="no film"):
        films_of(empty, None)


def test_it_speaks_of_the_weights_in_use_and_names_them(tmp_path, monkeypatch):
    house = tmp_path / "house"
    house.mkdir()
    (house / "delta.safetensors").write_bytes(b"taught here")
    monkeypatch.setenv("FIRSTREAD_DELTA", str(house))
    monkeypatch.setattr(passport, "_in_own_process", lambda _width, _films, _cache: answer([0.5]))
    made = passport.passport([a_film(tmp_path)], tmp_path, lambda _step, _share: None)
    assert made["delta_sha256"] == sha256(b"taught here").hexdigest()

    (house / "delta.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="house"):
        passport._reader_at("bf16", tmp_path)


def test_the_shipped_passport_belongs_to_the_shipped_weights():
    told = json.loads(passport.SHIPPED.read_text(encoding="utf-8"))
    assert told["delta_sha256"] == sha256_of(passport.DELTA)


def test_the_machine_is_named():
    about = machine()
    assert about["cores"] >= 1
    assert set(about["versions"]) == {"torch", "transformers", "bitsandbytes"}
    assert set(about["flags"]) <= {"avx2", "avx512f", "avx512_bf16", "amx_bf16"}


@pytest.mark.slow
def test_four_bits_read_like_sixteen(tmp_path):
    import os
    from pathlib import Path

    from engine.model.load import prepare

    cache = Path(os.environ.get("FIRSTREAD_HOME", tmp_path)) / "model"
    prepare(cache, lambda _step, _share: None, "nf4")  # making the checkpoint takes more than reading with it
    films = passport.simulated_films(tmp_path)[:1]
    known, narrow = (passport._in_own_process(width, films, cache) for width in ("bf16", "nf4"))
    row = _row(narrow, known, films)
    assert row["largest_change_of_p"] < 0.01
    assert row["same_urgency"] == 1.0
    assert row["texts"] == len(Style)
    assert row["peak_mib"] < 1300
