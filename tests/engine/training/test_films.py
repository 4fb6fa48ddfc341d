from pathlib import Path

import pytest
import torch

from engine.errors import NotShippable
from engine.manifest import Film
from engine.training.films import bend, check_shippable, fold_of, is_frontal_adult, is_held_out, plain


def a_film(**changes):
    made = {
        "path": Path("a.png"),
        "name": "a.png",
        "patient": "P1",
        "labels": frozenset({"mass"}),
        "view": "PA",
    }
    return Film(**{**made, "age": 60.0, "shippable": True, **changes})


def test_one_film_that_may_not_ship_stops_the_run():
    check_shippable([a_film()])
    with pytest.raises(NotShippable, match="1 films"):
        check_shippable([a_film(), a_film(shippable=False)])


@pytest.mark.parametrize(
    ("changes", "kept"), [({}, True), ({"view": "L"}, False), ({"age": 9.0}, False), ({"age": None}, True)]
)
def test_only_frontal_films_of_adults_teach(changes, kept):
    assert is_frontal_adult(a_film(**changes)) is kept


def test_a_person_is_wholly_in_or_out_and_the_share_holds():
    out = [is_held_out(f"P{i}", 0.18, 7) for i in range(4000)]

    assert out == [is_held_out(f"P{i}", 0.18, 7) for i in range(4000)]
    assert 0.16 < sum(out) / 4000 < 0.20


def test_all_films_of_a_person_are_in_one_fold_and_the_folds_are_alike():
    folds = [fold_of(f"P{i}", 3, 7) for i in range(3000)]

    assert folds == [fold_of(f"P{i}", 3, 7) for i in range(3000)]
    assert folds != [fold_of(f"P{i}", 3, 8) for i in range(3000)]
    assert all(900 < folds.count(one) < 1100 for one in range(3))


def test_a_bent_film_keeps_its_side_and_its_range():
    squares = torch.zeros(64, 256, 256, dtype=torch.uint8)
    squares[:, :, :100] = 220

    bent = bend(squares, 224, torch.Generator().manual_seed(0))

    assert bent.shape == (64, 224, 224)
    assert bent.min() >= 0
    assert bent.max() <= 1
    assert (bent[:, :, :60].mean((1, 2)) > bent[:, :, 160:].mean((1, 2))).all()
    assert not torch.allclose(bent[0], bent[1], atol=0.05)
    assert torch.equal(bent, bend(squares, 224, torch.Generator().manual_seed(0)))


def test_a_plain_film_is_only_shrunk():
    assert plain(torch.full((2, 256, 256), 51, dtype=torch.uint8), 224).mean().item() == pytest.approx(
        0.2, abs=1e-3
    )
