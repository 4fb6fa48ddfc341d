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


def test_one_prior_is_a_switch_several_are_a_choice():
    at = shown(priors=1)
    assert at.toggle(key="k-prior").label == "Prior, 22 Oct 2026"
    at.toggle(key="k-prior").set_value(True).run()
    assert at.text[0].value.endswith("1.9.0")
    at = shown(priors=2)
    at.selectbox(key="k-prior").set_value("1.9.1").run()
    assert at.text[0].value.endswith("1.9.1")
