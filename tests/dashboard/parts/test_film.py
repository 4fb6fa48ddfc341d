import json

from streamlit.testing.v1 import AppTest

from dashboard.parts import film
from tests.builders import an_instance
from triage.finding import Finding, Region

BOX = Region(0.25, 0.5, 0.75, 1.0)


def test_addresses_are_our_own_routes_and_carry_uids_alone():
    instance = an_instance(sop_instance_uid="1.2/../3?x")
    assert film.film_url("1.2", instance) == "/api/studies/1.2/film.png?instance=1.2/../3%3Fx"
    assert film.heatmap_url("1.2", Finding("mass", 0.9)) == "/api/studies/1.2/heatmap.png?finding=mass"


def test_the_overlay_lies_exactly_on_the_film():
    shown = film.figure(an_instance(), "/film", overlay="/heat", opacity=0.3)
    below, above = shown.layout.images
    for side in ("x", "y", "sizex", "sizey"):
        assert below[side] == above[side]
    assert (below.sizex, below.sizey) == (448, 512)
    assert (below.layer, above.layer, above.opacity) == ("below", "above", 0.3)
    assert tuple(shown.layout.yaxis.range) == (512, 0)
    assert shown.layout.yaxis.scaleanchor == "x"


def test_without_an_overlay_there_is_only_the_film():
    assert len(film.figure(an_instance(), "/film").layout.images) == 1


def test_only_probable_findings_with_a_place_are_boxed():
    shown = film.figure(an_instance(), "/film")
    findings = [
        Finding("effusion", 0.84, None, BOX),
        Finding("mass", 0.3, None, BOX),
        Finding("nodule", None, None, BOX),
        Finding("edema", 0.9),
    ]
    film.add_regions(shown, findings, an_instance())
    (box,) = shown.layout.shapes
    assert (box.x0, box.x1, box.y0, box.y1) == (112, 336, 256, 512)
    assert [a.text for a in shown.layout.annotations] == ["Pleural effusion 84%"]


def page() -> None:
    from dashboard.parts import film
    from tests.builders import an_instance

    film.show(film.figure(an_instance(), "/film"), "film", "Chest film PA")
    film.grey_levels("film", inverted=True, brightness=1.2, contrast=0.8)


def test_the_film_is_drawn_with_a_text_for_those_who_cannot_see_it():
    at = AppTest.from_function(page).run()
    (chart,) = at.get("plotly_chart")
    assert chart.proto.alt == "Chest film PA"
    config = json.loads(chart.proto.config)
    assert config["displaylogo"] is False
    assert config["scrollZoom"] is True
    assert "toImage" in config["modeBarButtonsToRemove"]
    style = at.get("html")[0].value
    assert ".st-key-film .layer-subplot image { filter: brightness(1.20) contrast(0.80) invert(1); }" in style
