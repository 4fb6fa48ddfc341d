import json
import os
import random
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from engine import selftest
from engine.errors import BadTable, NotShippable
from engine.model.delta import EYES, SHIPPED, Delta, apply_delta, load_delta, save_delta, taken_updates
from engine.model.vlm import RadVlm
from engine.prompt import VERSION, text_prompt
from engine.training import reports
from engine.training.language import LanguageSettings, make_teachable
from engine.training.reports import (
    Report,
    ReportSettings,
    as_pair,
    epoch,
    folds,
    no_films,
    read_reports,
    report_batches,
    run,
)
from tests.engine.model.tiny import a_config
from tests.engine.training.test_language import Words
from tests.engine.words import a_tokenizer
from triage.reading import Style

REPORTS = Path(os.environ.get("FIRSTREAD_DATA", "../shared/data")) / "reports" / "iu_reports.csv"
TABLE = """findings,impression,split,patient_id
There is a left effusion.,Left effusion.,train,a
there is a left effusion.,LEFT effusion.,train,b
The lungs are clear.,No acute disease.,train,c
A mass is seen.,Mass.,train,d
A mass is seen.,Right mass.,val,e
No impression here.,,train,f
"""


def a_table(tmp_path, text=TABLE):
    path = tmp_path / "reports.csv"
    path.write_text(text, encoding="utf-8")
    return path


def settings_for(tmp_path, **changes):
    return ReportSettings(a_table(tmp_path), tmp_path / "local", work=tmp_path / "work", **changes)


def many(speaking, silent):
    found = [
        Report(f"There is a left effusion {i}.", f"Left effusion {i}.", f"s{i}") for i in range(speaking)
    ]
    return found + [Report(f"Lungs clear {i}.", "No acute disease.", f"q{i}") for i in range(silent)]


def test_reports_never_shape_the_weights_that_ship(tmp_path):
    with pytest.raises(NotShippable, match="--out"):
        run(replace(settings_for(tmp_path), out=SHIPPED.parent), lambda _step, _share: None)


def test_each_text_teaches_once_and_none_that_is_held_out(tmp_path):
    settings = settings_for(tmp_path)
    taught, held = folds(read_reports(settings.reports), settings)

    assert [r.findings.lower() for r in taught] == ["there is a left effusion.", "the lungs are clear."]
    assert [r.impression for r in held] == ["Right mass."]


def test_without_a_split_whole_people_are_held_out(tmp_path):
    found = [Report(f"Finding {i}.", f"Mass {i}.", f"p{i % 40}") for i in range(200)]
    taught, held = folds(found, settings_for(tmp_path, held_out=0.3))

    assert held
    assert not {r.person for r in taught} & {r.person for r in held}


def test_a_table_without_train_rows_is_refused(tmp_path):
    settings = settings_for(tmp_path)

    with pytest.raises(BadTable, match="train"):
        folds([Report("A mass.", "Mass.", "a", "val")], settings)
    with pytest.raises(BadTable, match="findings and impression"):
        read_reports(a_table(tmp_path, "a,b\n1,2\n"))


def test_an_epoch_shows_every_finding_once_and_few_normals():
    groups = epoch(many(20, 100), 0.5, 8, random.Random(0))  # noqa: S311
    shown = [report for group in groups for report in group]

    assert sum(report.speaks for report in shown) == 20
    assert len(shown) == len(set(shown)) == 30
    assert max(map(len, groups)) == 8


def test_long_reports_go_in_small_groups():
    long = [Report("word " * 100 + f"{i}.", "Mass.", str(i)) for i in range(8)]

    assert {len(group) for group in epoch(long, 1.0, 8, random.Random(0))} <= {1, 2, 3}  # noqa: S311


def test_the_question_is_the_one_asked_when_reading():
    pair = as_pair(Report("There is a left effusion.", "Left effusion."))

    assert pair.prompt == text_prompt("There is a left effusion.", Style.COMPREHENSIVE)
    assert pair.target == "Left effusion."


def test_batches_come_without_end_and_the_same_seed_draws_the_same(tmp_path):
    settings = settings_for(tmp_path, own=0.5, language=LanguageSettings(batch=4))
    drawn = [list(islice(report_batches(many(4, 4), settings, Words(), 4), 12)) for _ in range(2)]

    assert [pairs for _, pairs in drawn[0]] == [pairs for _, pairs in drawn[1]]
    assert {len(pairs[0]) for _, pairs in drawn[0]} == {1, len(Style)}


def a_reader():
    torch.manual_seed(0)
    return RadVlm(a_config())


def test_a_local_delta_learns_keeps_the_eyes_and_loads_again(tmp_path, monkeypatch):
    start = tmp_path / "start"
    reader = a_reader()
    make_teachable(reader, 2)
    eyes = {n: v for n, v in reader.state_dict().items() if n.startswith(EYES)}
    save_delta(Delta(eyes, taken_updates(reader), 1.0, VERSION), start / SHIPPED.name)
    (start / "calibration.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(reports, "language_model", lambda _dtype: (None, a_tokenizer()))
    monkeypatch.setattr(reports, "build_reader", lambda _language: a_reader())
    language = LanguageSettings(steps=3, batch=2, rate=1e-2, eye_rate=0.0, rank=2, keep_every=3)
    settings = settings_for(
        tmp_path, start=start, threads=torch.get_num_threads(), own=0.0, language=language
    )
    record = run(settings, lambda _step, _share: None)

    made, began = load_delta(settings.out / SHIPPED.name), load_delta(start / SHIPPED.name)
    assert record["reports"] == {"taught": 2, "naming_a_finding": 1, "held_out": 1}
    assert json.loads((settings.out / reports.RECORD).read_text())["shippable"] is False
    assert (settings.out / "calibration.json").read_text() == "{}"
    assert all(torch.equal(made.eyes[name], began.eyes[name]) for name in began.eyes)
    assert any(not torch.equal(made.low_rank[name][1], began.low_rank[name][1]) for name in made.low_rank)
    known = selftest.load(settings.out / selftest.SHIPPED.name, settings.out / SHIPPED.name)
    again = a_reader()
    apply_delta(again, made)
    assert selftest.record(again.eval(), a_tokenizer()).likelihood == pytest.approx(
        known.likelihood, abs=0.05
    )


def test_what_stands_in_for_films_reaches_no_text():
    features, clinical, truth = no_films(a_reader())

    assert not features.any()
    assert clinical.isnan().all()
    assert truth.isnan().all()


@pytest.mark.data
@pytest.mark.skipif(not REPORTS.is_file(), reason="the public reports are not here")
def test_the_public_reports_split_as_their_column_says(tmp_path):
    taught, held = folds(read_reports(REPORTS), settings_for(tmp_path))

    assert len(held) == 382
    assert not {r.findings.lower() for r in taught} & {r.findings.lower() for r in held}
    assert 400 < sum(report.speaks for report in taught) < len(taught)
