import json
from datetime import timedelta

from streamlit.testing.v1 import AppTest

from tests.builders import NOW, a_study, an_instance


def page(*, films: int = 1, priors: int = 0, heatmap: bool = True) -> None:
    import streamlit as st

    from dashboard.parts import plain_film
    from tests.dashboard.parts.test_plain_film import with_films, with_priors

    chosen = plain_film.controls("k", with_films(films), with_priors(priors), heatmap=heatmap, boxes=True)
    st.text(
        f"{chosen.instance.view} {chosen.heatmap} {chosen.boxes} {chosen.inverted} {chosen.prior and chosen.prior.study_uid}"
    )


def with_films(count):
    more = [an_instance(sop_instance_uid=f"1.{n}", view="LATERAL" if n else "PA") for n in range(count)]
    return a_study(instances=tuple(more))


def with_priors(count):
    return [
        a_study(study_uid=f"1.9.{n}", studied_at=NOW - timedelta(days=30 * (n + 1))) for n in range(count)
    ]


def shown(**how):
    return AppTest.from_function(page, kwargs=how).run()


def test_the_film_comes_up_as_it_was_taken_with_its_boxes():
    assert shown().text[0].value == "PA False True False None"


def test_the_opacity_appears_with_the_heatmap():
    at = shown()
    before = [s.label for s in at.slider]
    at.toggle(key="k-heatmap").set_value(True).run()
    assert {s.label for s in at.slider} - set(before) == {"Heatmap opacity"}
    assert shown(heatmap=False).toggle(key="k-heatmap").disabled


def test_another_film_of_the_study_can_be_chosen():
    at = shown(films=2)
    at.segmented_control(key="k-film").set_value("1.1").run()
    assert at.text[0].value.startswith("LATERAL")


def read_first(*, read: str) -> None:
    from dashboard.parts import plain_film
    from tests.builders import a_reading, a_study, an_instance
    from triage.finding import Finding, Region

    unnamed = an_instance(sop_instance_uid="1.1", sha256="a" * 64, view="")
    later = an_instance(sop_instance_uid="1.2", sha256="b" * 64, view="PA")
    found = (Finding("effusion", 0.84, None, Region(0.25, 0.5, 0.75, 1.0)),)
    reading = a_reading(findings=found, input_sha256=read).with_heatmaps({"effusion": "e" * 64})
    plain_film.show(a_study(instances=(unnamed, later)), reading, [])


def drawn(at):
    (chart,) = at.get("plotly_chart")
    layout = json.loads(chart.proto.spec)["layout"]
    return [image["source"] for image in layout["images"]], layout.get("shapes", [])


def test_heat_and_boxes_lie_on_the_film_that_was_read_and_on_no_later_one():
    at = AppTest.from_function(read_first, kwargs={"read": "a" * 64}).run()
    (hot,) = [t for t in at.toggle if t.label == "Heatmap"]
    hot.set_value(True).run()
    images, boxes = drawn(at)
    assert "instance=1.1" in images[0]
    assert "heatmap.png" in images[1]
    assert boxes
    at.segmented_control[0].set_value("1.2").run()
    images, boxes = drawn(at)
    assert "instance=1.2" in images[0]
    assert (len(images), boxes) == (1, [])


def test_an_answer_to_no_film_of_the_study_is_laid_over_none():
    at = AppTest.from_function(read_first, kwargs={"read": "c" * 64}).run()
    (hot,) = [t for t in at.toggle if t.label == "Heatmap"]
    assert hot.disabled
    assert drawn(at)[1] == []


def test_one_prior_is_a_switch_several_are_a_choice():
    at = shown(priors=1)
    assert at.toggle(key="k-prior").label == "Prior, 22 Oct 2026"
    at.toggle(key="k-prior").set_value(True).run()
    assert at.text[0].value.endswith("1.9.0")
    at = shown(priors=2)
    at.selectbox(key="k-prior").set_value("1.9.1").run()
    assert at.text[0].value.endswith("1.9.1")
