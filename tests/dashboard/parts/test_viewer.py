import json
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import viewer
from tests.builders import NOW, a_reading, a_study, an_instance
from triage.finding import Finding, Region

BOX = Region(0.25, 0.5, 0.75, 1.0)


def contents(study=None, reading=None, priors=(), **more):
    return viewer.contents(study or a_study(), reading, priors, **more)


def test_the_viewer_is_told_addresses_and_words_and_never_a_pixel():
    study = a_study(simulated=True)
    told = contents(study)
    (film,) = told["study"]["films"]
    assert film["url"] == f"/api/studies/{study.study_uid}/frame?instance={film['uid']}"
    assert told["study"]["simulated"] is True
    assert told["study"]["day"] == "21 Nov 2026"
    assert (told["regions"], told["heatmaps"], told["explained_first"]) == ([], {}, "")
    assert (told["read"], told["highlight"]) == ("", "")
    assert json.loads(json.dumps(told)) == told
    assert study.patient.name not in json.dumps(told), "whose film it is stands above it, not in the viewer"
    assert study.patient.patient_id.value not in json.dumps(told)


def test_the_film_that_was_read_comes_first():
    lateral, pa, unnamed = (
        an_instance(sop_instance_uid=f"1.{n}", sha256=str(n) * 64, view=view)
        for n, view in enumerate(("LATERAL", "PA", ""))
    )
    told = contents(a_study(instances=(lateral, pa, unnamed)), a_reading(input_sha256=pa.sha256))
    assert [f["view"] for f in told["study"]["films"]] == ["PA", "LATERAL", "view not named"]
    assert told["read"] == "1.1"
    told = contents(a_study(instances=(unnamed, pa)), a_reading(input_sha256=unnamed.sha256))
    assert [f["view"] for f in told["study"]["films"]] == ["view not named", "PA"]
    assert told["read"] == "1.2", "the PA came later, and nobody but a person has seen it"


def test_what_was_read_from_no_film_of_the_study_is_laid_over_none():
    found = (Finding("effusion", 0.84, None, BOX),)
    reading = a_reading(findings=found, input_sha256="0" * 64).with_heatmaps({"effusion": "e" * 64})
    told = contents(reading=reading)
    assert (told["read"], told["regions"], told["heatmaps"], told["explained_first"]) == ("", [], {}, "")


def test_priors_without_a_film_are_left_out():
    earlier = [
        a_study(study_uid="1.9.1", studied_at=NOW - timedelta(days=30)),
        a_study(study_uid="1.9.2", instances=()),
    ]
    (prior,) = contents(priors=earlier)["priors"]
    assert (prior["uid"], prior["day"]) == ("1.9.1", "22 Oct 2026")


def test_probable_findings_are_boxed_others_wait_until_they_are_asked_for():
    findings = (
        Finding("effusion", 0.84, None, BOX),
        Finding("mass", 0.3, None, BOX),
        Finding("nodule", None, None, BOX),
        Finding("edema", 0.9),
    )
    regions = contents(reading=a_reading(findings=findings))["regions"]
    assert [(r["code"], r["boxed"]) for r in regions] == [("effusion", True), ("mass", False)]
    assert regions[0]["label"] == "Pleural effusion 84%"
    assert regions[0]["box"] == [0.25, 0.5, 0.75, 1.0]


def test_each_heatmap_says_which_finding_it_explains_and_the_most_probable_comes_first():
    findings = (Finding("effusion", 0.84), Finding("mass", 0.3), Finding("hernia", None))
    told = contents(
        reading=a_reading(findings=findings).with_heatmaps({"effusion": "e" * 64, "mass": "f" * 64})
    )
    address = f"/api/studies/{a_study().study_uid}/heatmap.png?finding="
    assert told["heatmaps"] == {
        "effusion": {
            "url": f"{address}effusion",
            "says": "Where the model looked for pleural effusion; not where the disease is.",
        },
        "mass": {
            "url": f"{address}mass",
            "says": "Where the model looked for mass; not where the disease is.",
        },
    }
    assert told["explained_first"] == "effusion"


def test_without_a_heatmap_of_the_most_probable_finding_none_is_shown_unasked():
    findings = (Finding("effusion", 0.84), Finding("mass", 0.3))
    told = contents(reading=a_reading(findings=findings).with_heatmaps({"mass": "f" * 64}))
    assert (told["explained_first"], list(told["heatmaps"])) == ("", ["mass"])


def page(*, films: int = 1) -> None:
    import streamlit as st

    from dashboard.parts import viewer
    from tests.builders import a_reading, a_study, an_instance

    instances = tuple(an_instance(sop_instance_uid=f"1.{n}") for n in range(films))
    picked = viewer.show(a_study(instances=instances), a_reading(), [], highlight="mass")
    st.text(str(picked))


@pytest.fixture
def shown():
    return AppTest.from_function(page, default_timeout=20).run()


def test_one_component_draws_the_film(shown):
    assert not shown.exception
    (component,) = shown.get("bidi_component")
    told = json.loads(component.proto.json)
    assert told["highlight"] == "mass"
    assert len(told["study"]["films"]) == 1
    assert shown.text[0].value == "None", "nothing was clicked"
    assert not shown.get("plotly_chart")


def test_a_study_without_films_says_so():
    bare = AppTest.from_function(page, default_timeout=20, kwargs={"films": 0}).run()
    assert "Only the order has arrived." in bare.get("html")[0].value
    assert not bare.get("bidi_component")


def cannot_draw() -> None:
    import streamlit as st

    from dashboard.parts import viewer
    from dashboard.widgets.viewing import Seen
    from tests.builders import a_reading, a_study

    viewer.viewer = lambda _key, _data: Seen(drawable=False, picked=None)
    st.text(str(viewer.show(a_study(), a_reading(), [])))


def test_a_browser_without_webgl_gets_the_plain_film(monkeypatch):
    monkeypatch.setattr(viewer, "viewer", viewer.viewer)
    at = AppTest.from_function(cannot_draw, default_timeout=20).run()
    assert not at.exception
    (chart,) = at.get("plotly_chart")
    assert "film.png" in json.loads(chart.proto.spec)["layout"]["images"][0]["source"]
