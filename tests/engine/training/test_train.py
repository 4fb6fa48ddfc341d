from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import BadTable, NotShippable
from engine.manifest import read_manifest
from engine.model.config import ABNORMAL, HEAD
from engine.training.train import TrainSettings, cohort, folds, work_of

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
    with pytest.raises(BadTable, match="others to measure on"):
        folds(settings_for(tmp_path, [a_row(i) for i in range(20)]))


def test_a_house_s_own_table_needs_neither_source_nor_view_nor_split(tmp_path):
    rows = [f"a.png,P{i},{'mass' if i % 2 else 'no_finding'}" for i in range(60)]
    table = a_manifest(tmp_path, rows)
    table.write_text("file,patient_id,labels\n" + "\n".join(rows) + "\n", encoding="utf-8")
    taught, measured = folds(TrainSettings(table, shippable=False, out=tmp_path / "local"))

    assert len(taught) + len(measured) == 60
    assert 0 < len(measured) < 20
    with pytest.raises(BadTable, match="source"):
        folds(TrainSettings(table))


def test_weights_that_stay_learn_from_radiologists_reads_and_those_that_ship_do_not(tmp_path):
    films = tmp_path / "films.csv"
    Image.fromarray(np.arange(6400, dtype=np.uint16).reshape(80, 80).astype(np.uint8)).save(
        tmp_path / "a.png"
    )
    films.write_text(
        "file,labels,label_source,rsna_radiologist_class\n"
        "a.png,infiltration,NLP of report,Normal\na.png,infiltration,NLP of report,Lung Opacity\n"
        "a.png,no_finding,NLP of report,No Lung Opacity / Not Normal\n"
    )
    rows = read_manifest(films)
    abnormal, seen = HEAD.index(ABNORMAL), HEAD.index("infiltration")

    house = cohort(rows, lambda *_: None, reads=True).truth
    assert house[:, abnormal].tolist() == [0, 1, 1]
    assert house[:, seen].tolist() == [0, 1, 0]
    assert np.isnan(house[1, HEAD.index("pneumonia")])
    assert house[1, HEAD.index("mass")] == 0
    assert cohort(rows, lambda *_: None).truth[:, abnormal].tolist() == [1, 1, 0]


def test_a_run_never_goes_on_from_towers_that_other_films_taught(tmp_path):
    rows = [a_row(i) for i in range(20)] + [a_row(40, "val")]
    ward = settings_for(tmp_path, rows, shippable=False, work=tmp_path / "work")
    began = work_of(ward)
    (tmp_path / "more").mkdir()
    others = [
        settings_for(tmp_path / "more", rows[1:], shippable=False, work=tmp_path / "work"),
        replace(ward, shippable=True),
        replace(ward, sources=("ward",)),
        replace(ward, simulated=0),
        replace(ward, split_seed=8),
    ]

    assert len({began, *map(work_of, others)}) == 6
    assert work_of(replace(ward, threads=1, out=tmp_path / "elsewhere")) == began


def test_the_default_writes_what_ships():
    assert TrainSettings(Path("m.csv")).shippable
