import json

from tests.builders import a_study, an_event, vitals
from tests.dashboard.views.conftest import labels, said
from triage.urgency import assess
from triage.vitals import PARAMETERS
from triage.vitals_table import read_table

FILM = {"path": "a.dcm", "outcome": "accepted", "reason": "", "study_uid": "1.2.1"}


def areas(at):
    """What the two drop areas were given."""
    return [json.loads(a.proto.json) for a in at.get("bidi_component")]


def fields(at):
    return {n.label: n for n in at.number_input}


def test_films_and_tables_go_to_our_own_routes(screen):
    assert [a["to"] for a in areas(screen("upload"))] == ["/api/uploads", "/api/vitals"]


def test_every_measurement_has_its_unit_and_its_bounds(screen):
    inputs = fields(screen("upload"))
    assert set(inputs) == {f"{p.label}, {p.unit}" for p in PARAMETERS.values()}
    assert all(n.value is None for n in inputs.values())
    glucose = inputs["Glucose, mmol/L"]
    assert (glucose.min, glucose.max, glucose.placeholder) == (0.5, 60.0, "3.9 to 7.8")


def test_what_is_typed_goes_with_the_films_and_shows_its_score(screen):
    at = screen("upload")
    fields(at)["SpO₂, %"].set_value(90.0)
    fields(at)["Temperature, °C"].set_value(38.4)
    at.selectbox(key="upload-0-priority").set_value("stat")
    at.text_input(key="upload-0-indication").set_value("Cough").run()
    films, _ = areas(at)
    assert films["fields"] == {"order_priority": "stat", "indication": "Cough"}
    assert films["once"] == {
        "spo2_pct": "90",
        "temperature_c": "38.4",
        "measured_at": "2026-11-21T08:00:00+00:00",
    }
    assert films["blocked"] == ""
    assert "NEWS2 ≥ 4" in said(at)


def test_impossible_vitals_block_the_sending_with_the_reason(screen):
    at = screen("upload")
    fields(at)["Systolic pressure, mmHg"].set_value(80.0)
    fields(at)["Diastolic pressure, mmHg"].set_value(90.0).run()
    sentence = "Diastolic pressure 90 mmHg is not below systolic 80 mmHg."
    assert [e.value for e in at.error] == [sentence]
    assert areas(at)[0]["blocked"] == sentence


def test_what_was_not_measured_is_not_sent(screen):
    films, _ = areas(screen("upload"))
    assert films["once"] == {}
    assert films["fields"] == {"order_priority": "routine"}


def test_every_file_gets_its_outcome_and_every_new_study_its_status(screen, arrive, house):
    arrive(a_study(study_uid="1.2.1", accession_number="A-NEW"))
    at = screen("upload")
    bad = {"path": "<b>.dcm", "outcome": "quarantined", "reason": "The file ends too early.", "study_uid": ""}
    at.session_state["upload_files"] = [FILM, bad]
    at.run()
    shown = said(at)
    assert "1 of 2 accepted" in shown
    assert "&lt;b&gt;.dcm" in shown
    assert "The file ends too early." in shown
    assert "A-NEW" in shown
    assert "waiting for AI" in shown
    assert labels(at).count("Open") == 1
    house.studies.save_assessment(
        "1.2.1",
        assess(house.studies.entry("1.2.1").study.order_priority, vitals(spo2_pct=80.0), None),
        an_event(),
    )
    assert "ASAP" in said(at.run())


def test_a_table_names_the_lines_that_were_left_out(screen):
    at = screen("upload")
    at.session_state["upload_lines"] = [
        {"line": 2, "accession_number": "A-1", "ok": True, "reason": ""},
        {
            "line": 3,
            "accession_number": "",
            "ok": False,
            "reason": "Temperature 99 lies outside 25 to 45 °C.",
        },
    ]
    shown = said(at.run())
    assert "1 of 2 lines taken" in shown
    assert "line 3, no accession number" in shown
    assert "Temperature 99 lies outside" in shown


def test_the_template_is_a_table_we_take_ourselves(screen, clock):
    (code,) = screen("upload").code
    table = read_table(code.value.encode(), clock.now())
    assert [r.accession_number for r in table.rows] == ["A-1001"]
    assert table.problems == ()
