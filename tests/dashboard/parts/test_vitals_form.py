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
    at.selectbox(key="v-hypercapnic").set_value("yes").run()
    assert json.loads(at.text[0].value) == {
        "temperature_c": "38.5",
        "on_oxygen": "yes",
        "consciousness": "voice",
        "hypercapnic": "yes",
    }
    assert "NEWS2 ≥ 6" in "".join(h.value for h in at.get("html"))


def test_a_scale_alone_is_no_measurement():
    at = AppTest.from_function(page).run()
    at.selectbox(key="v-hypercapnic").set_value("yes").run()
    assert json.loads(at.text[0].value) == {}


def test_the_scale_stays_as_it_was_until_somebody_says_which():
    at = AppTest.from_function(page).run()
    at.number_input(key="v-spo2_pct").set_value(89.0).run()
    assert json.loads(at.text[0].value) == {"spo2_pct": "89"}
    for scale in ("yes", "no"):
        at.selectbox(key="v-hypercapnic").set_value(scale).run()
        assert json.loads(at.text[0].value) == {"spo2_pct": "89", "hypercapnic": scale}
