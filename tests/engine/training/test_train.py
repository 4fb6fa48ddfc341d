from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import BadTable, NotShippable
from engine.training.train import TrainSettings, folds

COLUMNS = "file,patient_id,split,labels,label_source,view,age,sex,source,shippable\n"


def a_manifest(tmp_path, rows):
    for name in {row.split(",")[0] for row in rows}:
        Image.fromarray(np.zeros((80, 80), np.uint8)).save(tmp_path / name)
    path = tmp_path / "films.csv"
    path.write_text(COLUMNS + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def a_row(i, split="train", shippable="true", label="mass", how="NLP of report"):
    return f"a.png,P{i},{split},{label},{how},PA,50,F,NIH-ChestX-ray14,{shippable}"


def settings_for(tmp_path, rows, **changes):
    return TrainSettings(manifest=a_manifest(tmp_path, rows), **changes)


def test_no_patient_is_in_two_folds(tmp_path):
    rows = [a_row(i % 20) for i in range(60)] + [a_row(100 + i, "val") for i in range(5)]
    people = [{film.patient for film in fold} for fold in folds(settings_for(tmp_path, rows))]

    assert all(people)
    assert sum(map(len, people)) == len(set.union(*people)) == 25


def test_weights_that_ship_refuse_a_film_that_may_not(tmp_path):
    rows = [a_row(i) for i in range(20)] + [a_row(30, shippable="false"), a_row(40, "val")]

    with pytest.raises(NotShippable):
        folds(settings_for(tmp_path, rows))
    assert folds(settings_for(tmp_path, rows, shippable=False, out=tmp_path / "local"))


def test_local_weights_never_land_among_those_that_ship(tmp_path):
    with pytest.raises(NotShippable, match="--out"):
        folds(settings_for(tmp_path, [a_row(i) for i in range(20)], shippable=False))


def test_a_case_diagnosis_teaches_nothing(tmp_path):
    rows = [a_row(i) for i in range(20)] + [
        a_row(30, how="case diagnosis, not an image read"),
        a_row(40, "val"),
    ]
    taught, _ = folds(settings_for(tmp_path, rows))

    assert "P30" not in {film.patient for film in taught}


def test_a_manifest_without_val_is_refused(tmp_path):
    with pytest.raises(BadTable, match="train and val"):
        folds(settings_for(tmp_path, [a_row(i) for i in range(20)]))


def test_the_default_writes_what_ships():
    assert TrainSettings(Path("m.csv")).shippable
