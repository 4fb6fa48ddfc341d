import json

from streamlit.testing.v1 import AppTest

from triage.vitals import PARAMETERS


def page() -> None:
    import json

    import streamlit as st

    from dashboard.parts import vitals_form
    from tests.builders import NOW

    fields = vitals_form.form("v")
    st.text(json.dumps(fields))
    st.text(vitals_form.check(fields, NOW))


def test_an_empty_form_says_nothing():
    at = AppTest.from_function(page).run()
    assert json.loads(at.text[0].value) == {}
    assert at.text[1].value == ""
    assert len(at.number_input) == len(PARAMETERS)


def test_what_is_typed_is_text_as_in_a_table_and_is_scored():
    at = AppTest.from_function(page).run()
    at.number_input(key="v-temperature_c").set_value(38.5)
    at.selectbox(key="v-oxygen").set_value("yes")
    at.selectbox(key="v-consciousness").set_value("voice")
    at.toggle(key="v-hypercapnic").set_value(True).run()
    assert json.loads(at.text[0].value) == {
        "temperature_c": "38.5",
        "on_oxygen": "yes",
        "consciousness": "voice",
        "hypercapnic": "yes",
    }
    assert "NEWS2 ≥ 6" in "".join(h.value for h in at.get("html"))


def test_a_tick_alone_is_no_measurement():
    at = AppTest.from_function(page).run()
    at.toggle(key="v-hypercapnic").set_value(True).run()
    assert json.loads(at.text[0].value) == {}


def test_with_an_oxygen_value_the_scale_is_said_either_way():
    at = AppTest.from_function(page).run()
    at.number_input(key="v-spo2_pct").set_value(89.0).run()
    assert json.loads(at.text[0].value) == {"spo2_pct": "89", "hypercapnic": "no"}
    at.toggle(key="v-hypercapnic").set_value(True).run()
    assert json.loads(at.text[0].value) == {"spo2_pct": "89", "hypercapnic": "yes"}


def test_without_an_oxygen_value_no_tick_says_nothing_about_the_scale():
    at = AppTest.from_function(page).run()
    at.number_input(key="v-temperature_c").set_value(38.5).run()
    assert json.loads(at.text[0].value) == {"temperature_c": "38.5"}


def test_pressures_that_cannot_be_are_refused_with_the_reason():
    at = AppTest.from_function(page).run()
    at.number_input(key="v-systolic_mmhg").set_value(60.0)
    at.number_input(key="v-diastolic_mmhg").set_value(90.0).run()
    assert [e.value for e in at.error] == ["Diastolic pressure 90 mmHg is not below systolic 60 mmHg."]
    assert at.text[1].value == at.error[0].value
