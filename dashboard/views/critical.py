"""Critical results: what nobody has heard yet, the most pressing on top, and whether the house tells them in time."""

from datetime import timedelta

import streamlit as st

from dashboard import resources, session
from dashboard.critical_desk import CriticalDesk
from dashboard.parts import critical, critical_charts, look, patient_line, phrases
from dashboard.parts.look import draw
from triage import calling
from triage.compliance import shares, telling
from triage.critical import CriticalResult
from triage.escalation import state
from triage.permission import Action, can_act

SPANS = {7: "7 days", 30: "30 days", 90: "90 days"}
LATEST = 10

person = session.require(Action.VIEW_CRITICAL)
house, zone = resources.house(), look.zone()


def drawn(results: list[CriticalResult]) -> list[object]:
    """What makes this page say something else; the clock does not, it ticks on the cards."""
    return [(r.result_id, len(r.attempts), len(r.notices), len(r.deliveries)) for r in results]


@st.fragment(run_every=5)
def watch(before: list[object]) -> None:
    """Redraw when somebody opened, told or was called."""
    with session.says_when_away("These are the results as they were."):
        if drawn(house.critical.open_results()) != before:
            st.rerun()


def one(desk: CriticalDesk, result: CriticalResult) -> None:
    study = house.studies.entry(result.study_uid).study
    if desk.show(result, patient_line.identity(study, zone), to_study=True):
        session.open_study(result.study_uid)
        st.switch_page("views/reading.py")


def put_on_record(shown: list[CriticalResult]) -> None:
    """Each patient on this page is looked at once per visit, however often the page is drawn."""
    new = session.unseen(r.result_id for r in shown)
    if new:
        calling.view(house, [r for r in shown if r.result_id in new], person)
        session.saw(new)


def open_results() -> None:
    desk, results, now = CriticalDesk(house, person, zone), house.critical.open_results(), house.clock.now()
    told = [r for r in house.critical.opened_since(now - timedelta(days=30)) if state(r, now).closed]
    latest = told[: -LATEST - 1 : -1]
    put_on_record([*results, *latest])
    watch(drawn(results))
    if not results:
        look.empty("Every critical result was told", "One that is opened appears here by itself.")
    for result in sorted(
        results, key=lambda r: r.due_at
    ):  # what is overdue has the earliest time, so it leads
        one(desk, result)
    if told:
        with st.expander(f"Told in the last 30 days: {len(told)}"):
            for result in latest:
                one(desk, result)


def compliance() -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        look.section("Does the house tell them in time?")
        days = st.segmented_control(
            "Span",
            list(SPANS),
            default=30,
            required=True,
            format_func=SPANS.__getitem__,
            label_visibility="collapsed",
            key="critical_span",
        )
    now = house.clock.now()
    told = [telling(r, now) for r in house.critical.opened_since(now - timedelta(days=int(days or 30)))]
    found = shares(told)
    if not any(share.n for share in found):
        waiting = sum(share.waiting for share in found)
        words = "Shares appear with the first result that was told or is overdue."
        look.empty("Nothing to count in this span", f"{words} Open and not due yet: {waiting}.")
        return
    left, right = st.columns(2)
    with left:
        look.chart(critical_charts.shares(found), key="critical_shares", alt="Share told in time")
    with right:
        if any(t.took is not None for t in told):
            look.chart(critical_charts.how_long(told), key="critical_times", alt="Time until heard")
        else:
            look.empty("Nothing was told in this span", "Times appear with the first result that was told.")
    draw(critical_charts.table(found, told))
    st.caption(
        f"Time counts from when it was found to when it was heard, as written down. Until {phrases.when(now, zone)}."
    )


look.wear()
critical.wear()
look.heading("Critical results", "A result is open until somebody who can act has heard it.")
if can_act(person, Action.TELL_CRITICAL):
    open_results()
compliance()
