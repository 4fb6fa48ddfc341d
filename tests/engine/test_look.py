import numpy as np
import pytest
import torch

from engine.look import findings_of, look, places_of
from engine.model.clinical import clinical_vector
from engine.model.config import HEAD
from engine.model.vision import film_input
from tests.builders import a_study, vitals
from tests.engine.model.tiny import a_model
from triage.errors import ReaderFailed
from triage.finding import LABELS

FILM = np.random.default_rng(3).random((200, 160))


def test_a_look_is_the_network_s_own_answer():
    model = a_model()
    seen = look(model, FILM, vitals(), a_study())
    assert seen.soft_tokens.shape == (1, 4, 64)
    x = clinical_vector(vitals(), a_study().age, a_study().patient.sex)[None]
    with torch.inference_mode():
        feature_map, z, answered = model.look(film_input(FILM, 32), x)
    assert torch.equal(seen.soft_tokens, z)
    assert torch.equal(seen.feature_map, feature_map)
    assert seen.logits == answered[0].tolist()
    assert len(seen.logits) == len(HEAD)


def test_the_bedside_reaches_the_answer():
    model = a_model()
    ill, well = (look(model, FILM, vitals(spo2_pct=spo2), a_study()) for spo2 in (80.0, 99.0))
    assert ill.logits != well.logits
    assert torch.equal(ill.feature_map, well.feature_map)


def test_an_answer_that_is_no_number_is_a_sentence():
    model = a_model()
    model.finding_head.bias.data.fill_(float("nan"))
    with pytest.raises(ReaderFailed, match="a person will read it"):
        look(model, FILM, None, a_study())


def test_a_network_that_breaks_off_is_a_sentence():
    model = a_model()
    model.finding_head.weight.data = torch.zeros(15, 3)
    with pytest.raises(ReaderFailed, match="a person will read it"):
        look(model, FILM, None, a_study())


def test_a_place_is_named_for_likely_findings_only():
    model = a_model()
    seen = look(model, FILM, None, a_study())
    said = dict.fromkeys(LABELS) | {"effusion": 0.9, "mass": 0.05}
    found = findings_of(said, places_of(model, seen, said))
    assert [f.code for f in found] == list(LABELS)
    assert all(f.region is None for f in found if f.code != "effusion")
    assert all(f.abstained for f in found if f.code not in {"effusion", "mass"})


def test_every_finding_that_is_at_least_possible_has_a_map_of_its_own():
    model = a_model()
    seen = look(model, FILM, None, a_study())
    said = dict.fromkeys(LABELS, 0.01) | {"effusion": 0.2, "mass": 0.9, "nodule": 0.19, "hernia": None}
    places = places_of(model, seen, said)
    assert list(places) == ["effusion", "mass"]
    assert all(where.max() == 1.0 for where in places.values())
    assert not np.array_equal(places["effusion"], places["mass"])
    assert places_of(model, seen, dict.fromkeys(LABELS, 0.01)) == {}


def test_a_finding_that_no_place_speaks_for_has_no_map():
    model = a_model()
    seen = look(model, FILM, None, a_study())
    row = model.finding_head.weight.data[HEAD.index("mass")]
    film = model.model.multi_modal_projector.film.weight.data
    film.abs_()
    row.abs_().neg_()  # each feature speaks against it
    said = dict.fromkeys(LABELS, 0.01) | {"mass": 0.9}
    places = places_of(model, seen, said)
    assert places == {}
    assert next(f for f in findings_of(said, places) if f.code == "mass").region is None
