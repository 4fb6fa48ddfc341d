"""Would AI shorten the waits that matter here, and who would wait longer for it? Numbers of a room, no patient."""

import shlex
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import resources, session, simulating
from dashboard.parts import look, model_record, simulator_charts, simulator_room, simulator_table
from dashboard.parts.look import draw, joined, markup
from dashboard.simulating import SimulationFailed
from triage.errors import BadSetting
from triage.permission import Action
from triage.waiting.draws import FEWEST, Observed

LOOK_BACK = timedelta(days=90)
DISCIPLINES = {
    "preemptive": "Flagged first; what is being read is set aside",
    "nonpreemptive": "Flagged first; what is being read is finished",
    "hierarchical": "Flagged first, the most severe disease before the others",
}
PRECISION = {"quick": (5_000, 10), "careful": (20_000, 20)}
OWN, GIVEN = "This house's arrivals and reading times", "Numbers given here"
ONE, SEVERAL = "One disease", "Several diseases, some without AI"
_RUN, _RESULT, _ASKED = "simulation_run", "simulation_result", "simulation_asked"
_FAILED, _SEEN = "simulation_failed", "simulation_seen"

session.require(Action.SIMULATE)
house = resources.house()


def observed() -> Observed:
    return house.figures.arrivals(house.clock.now() - LOOK_BACK)


def seen() -> dict[str, float]:
    """How much this house has on record, asked once per screen."""
    known: dict[str, float] | None = session.kept(_SEEN)
    if known is None:
        own = observed()
        days = (own.arrivals[-1] / 1440) if own.arrivals else 0.0
        minutes = own.mean_minutes if own.minutes else 0.0
        known = {"n": len(own.arrivals), "timed": len(own.minutes), "days": days, "minutes": minutes}
        session.keep(_SEEN, known)
    return known


# ── inputs ────────────────────────────────────────────────────────────────────────────────────────────


def source() -> str:
    """Whose arrivals; a house that saw too little says how little."""
    known = seen()
    if min(known["n"], known["timed"]) < FEWEST:
        st.caption(
            f"In 90 days this house has {known['n']:.0f} arrivals and {known['timed']:.0f} timed readings on record;"
            f" from {FEWEST} of each on it can be simulated on its own. Until then, numbers given here."
        )
        return GIVEN
    chosen = st.radio("Arrivals and reading times", [OWN, GIVEN], horizontal=True, key="sim_source")
    if chosen == OWN:
        st.caption(
            f"{known['n']:,.0f} arrivals over {known['days']:.1f} days as they came, and {known['timed']:,.0f} timed"
            f" readings, {known['minutes']:.1f} minutes on average, drawn at random. No patient is in these numbers."
        )
    return str(chosen)


def room(whose: str) -> dict[str, Any]:
    """The readers and the order, as everybody in the department can say them."""
    values: dict[str, Any] = {}
    left, middle, right = st.columns(3)
    with left:
        values["readers"] = st.number_input("Readers at once", 1, 50, 2, key="sim_readers")
        if whose == GIVEN:
            values["traffic"] = st.number_input(
                "Readers busy, % of their time", 5.0, 98.0, 80.0, 1.0, "%.0f", "sim_traffic"
            )
    with middle:
        values["interrupting"] = st.number_input(
            "Cases that interrupt, % of all", 0.0, 90.0, 10.0, 1.0, "%.0f", "sim_interrupting"
        )
        values["interrupt_minutes"] = st.number_input(
            "Minutes to read one of these", 0.5, 120.0, 5.0, 0.5, "%.1f", "sim_interrupt_minutes"
        )
    with right:
        values["discipline"] = st.selectbox(
            "Order with AI", list(DISCIPLINES), format_func=DISCIPLINES.__getitem__, key="sim_discipline"
        )
        limited = st.number_input(
            "Longest wait in minutes, then first; 0: none", 0.0, 10_080.0, 0.0, 15.0, "%.0f", "sim_max_wait"
        )
        values["max_wait"] = limited or None
    return values


def one_disease(whose: str) -> dict[str, Any]:
    """One disease and one device; the model of this house offers what it was measured at."""
    rates = simulator_room.model_rates(model_record.load())
    device = st.selectbox(
        "AI",
        ["numbers given here", *rates],
        format_func=lambda name: _device(name, rates),
        key="sim_device",
    )
    offered = rates.get(device, {"sensitivity": 90.0, "specificity": 90.0})
    values: dict[str, Any] = {}
    columns = st.columns(4)
    with columns[0]:
        values["prevalence"] = st.number_input(
            "Prevalence, %", 0.1, 99.0, 10.0, 0.5, "%.1f", "sim_prevalence"
        )
    for column, name in zip(columns[1:3], ("sensitivity", "specificity"), strict=True):
        with column:
            values[name] = st.number_input(
                f"{name.capitalize()} of the AI, %",
                0.0,
                100.0,
                float(offered[name]),
                0.5,
                "%.1f",
                key=f"sim_{name}_{device}",
            )
    if whose == GIVEN:
        with columns[3]:
            values["read_minutes"] = st.number_input(
                "Minutes to read a study", 0.5, 240.0, 10.0, 0.5, "%.1f", "sim_read_minutes"
            )
    return values


def _device(name: str, rates: Mapping[str, Mapping[str, float]]) -> str:
    if name not in rates:
        return "Any AI, with the numbers given here"
    one = rates[name]
    return (
        f"This house's model, {name.replace('_', ' ')}: flags from 50 % on"
        f" ({one['n']:.0f} films of known truth, {one['positives']:.0f} with it)"
    )


def several() -> str:
    """The table of diseases as the text of a classes file. Raises: BadSetting."""
    st.caption(
        "The figures are invented examples: put in yours. A disease without sensitivity and specificity has no AI."
        " Reading times of this house, where they are used, go before the minutes here."
    )
    rows = st.data_editor(
        [dict(row) for row in simulator_room.EXAMPLE],
        num_rows="dynamic",
        hide_index=True,
        column_config=dict(simulator_room.COLUMNS),
        key="sim_rows",
    )
    return simulator_room.classes(rows)


# ── running ───────────────────────────────────────────────────────────────────────────────────────────


def start(asked: list[str], files: dict[str, str], whose: str) -> None:
    session.forget(_FAILED, _RESULT)
    session.keep(_ASKED, asked)
    if whose == OWN:
        files = {**files, "observed.csv": simulator_room.table(observed())}
    try:
        session.keep(_RUN, simulating.start(asked, files))
    except SimulationFailed as refused:
        session.keep(_FAILED, str(refused))


def cancel() -> None:
    simulating.cancel(session.kept(_RUN))
    session.forget(_RUN)
    session.keep(_FAILED, "Cancelled.")


@st.fragment(run_every=0.5)
def running() -> None:
    done = simulating.progress(session.kept(_RUN))
    if done is None:
        try:
            session.keep(_RESULT, simulating.answer(session.kept(_RUN)))
        except SimulationFailed as failed:
            session.keep(_FAILED, str(failed))
        session.forget(_RUN)
        st.rerun()
    bar, stop = st.columns([5, 1], vertical_alignment="bottom")
    with bar:
        st.progress(done, text=f"Simulating: {done:.0%} of the trials")
    with stop:
        st.button("Cancel", on_click=cancel, key="sim_cancel")


def _precision(how: str) -> str:
    studies, trials = PRECISION[how]
    return f"{how.capitalize()}: {trials} trials of {studies:,} studies"


def inputs() -> list[str]:
    """Everything that can be set, and the button that begins; answers the arguments as they stand."""
    whose = source()
    values, files, wrong = room(whose), {}, ""
    if whose == OWN:
        values["observed"] = "observed.csv"
    what = st.segmented_control("Diseases", [ONE, SEVERAL], default=ONE, required=True, key="sim_what")
    if what == SEVERAL:
        try:
            files["classes.toml"] = several()
            values["classes"] = "classes.toml"
        except BadSetting as bad:
            wrong = str(bad)
            st.warning(wrong)
    else:
        values |= one_disease(whose)
    how = st.segmented_control(
        "Precision", list(PRECISION), default="quick", required=True, key="sim_precision"
    )
    values["studies"], values["trials"] = PRECISION[how or "quick"]
    asked = simulator_room.arguments(values)
    st.button(
        "Simulate",
        type="primary",
        on_click=start,
        args=(asked, files, whose),
        disabled=bool(session.kept(_RUN)) or bool(wrong),
        key="sim_start",
    )
    return asked


# ── answer ────────────────────────────────────────────────────────────────────────────────────────────


def answered(result: Mapping[str, Any], asked: list[str]) -> None:
    look.section("Would it help here, and whom would it make wait?")
    if session.kept(_ASKED) != asked:
        st.caption("The room above was changed since; this is the answer for the room before.")
    draw(joined([markup('<p class="fr-note">{}</p>', said) for said in simulator_charts.verdict(result)]))
    draw(simulator_charts.tiles(result))
    upper = st.columns(2)
    with upper[0]:
        look.chart(
            simulator_charts.change(result),
            key="sim_change",
            alt="Who waits less and who pays",
        )
    with upper[1]:
        look.chart(
            simulator_charts.waits(result),
            key="sim_waits",
            alt="Mean wait with and without AI",
        )
    look.chart(simulator_charts.tail(result), key="sim_tail", alt="Slowest twentieth and longest")
    with st.expander("All the numbers, with theory"):
        draw(simulator_table.table(result))
        for way, how in result["theory"].items():
            st.caption(f"Theory {way} AI: {how}.")
        st.code(f"firstread simulate {shlex.join(session.kept(_ASKED))}", language="bash", wrap_lines=True)
    st.download_button(
        "Download as CSV",
        simulator_table.as_csv(result),
        "waiting-times.csv",
        "text/csv",
        on_click="ignore",
        key="sim_csv",
    )
    st.caption(
        "A simulation of a reading room, not a measurement of this one: readers who never pause, an AI that errs at"
        " random. A wait is the time from arrival to the end of reading, less the reading itself."
    )


look.wear()
look.heading("Would AI shorten the waits that matter?", "A reading room, simulated with AI and without.")
now_asked = inputs()
if session.kept(_RUN):
    running()
elif session.kept(_FAILED):
    st.warning(session.kept(_FAILED))
if session.kept(_RESULT):
    answered(session.kept(_RESULT), now_asked)
elif not session.kept(_RUN):
    look.empty(
        "Nothing was simulated yet",
        "Set the room above and press Simulate; the answer stays until this screen closes.",
    )
