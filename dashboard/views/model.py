"""What reads here: its papers, how it learnt, which answers can be believed, and what four bits cost."""

import streamlit as st

from dashboard import session
from dashboard.parts import evaluation_charts, look, model_record
from dashboard.parts import model_charts as charts
from dashboard.parts.look import draw, markup
from dashboard.parts.model_record import ModelRecord
from triage.permission import Action

session.require(Action.VIEW_MODEL)


def learnt(record: ModelRecord) -> None:
    """The loss curves of both stages, side by side."""
    eyes, words = st.columns(2)
    stages = (
        (eyes, "tower", "Did the eyes go on learning? Loss per epoch", "epoch"),
        (words, "language", "Did findings and words go on learning? Loss per step", "step"),
    )
    for column, stage, title, step in stages:
        series = record.losses(stage)
        with column:
            if series:
                drawn = charts.losses(series, title=title, step=step)
                look.chart(drawn, key=stage, alt=f"Loss of the {stage} stage")
            else:
                look.empty(title, "The record of the training does not say.")


def believed(record: ModelRecord) -> None:
    """Which labels are answered, and whether their numbers hold."""
    draw(charts.answers(record))
    shown = charts.reliability(record)
    if shown is None:
        look.empty("No reliability to draw", "The calibration keeps no points for an answered label.")
    else:
        look.chart(shown, key="reliability", alt="Reliability of the probabilities")


def tested(record: ModelRecord) -> None:
    """What films of known truth say: per finding, whether the numbers hold, and for whom."""
    found = record.evaluation
    if not found:
        look.empty(
            "No evaluation of these weights beside them",
            "`firstread evaluate films --json` on films of known truth measures them.",
        )
        return
    draw(evaluation_charts.goals(found))
    draw(evaluation_charts.results(found))
    st.caption(evaluation_charts.under(found))
    drawn = evaluation_charts.reliability(found)
    if drawn is not None:
        look.chart(drawn, key="reliability_each", alt="Reliability of each finding")
    findings = evaluation_charts.findings_of(found)
    if findings:
        finding = st.selectbox(
            "Finding", findings, format_func=evaluation_charts.label, key="subgroup_finding", width=320
        )
        for by in found["groups"]:
            draw(evaluation_charts.subgroups(found, by, finding))


def widths(record: ModelRecord) -> None:
    """The quantisation passport."""
    if not record.passport:
        look.empty("No passport beside the weights", "`firstread passport` measures what each width costs.")
        return
    draw(charts.widths(record.passport))
    st.caption(f"{charts.ONE_SET_OF_NUMBERS} {charts.under(record.passport)}")


look.wear()
look.heading(
    "Model", "The weights that come with this version; another model that was set up has its own papers."
)
record = model_record.load()
if record.calibration:
    answered = len(record.answered)
    look.section(f"Which answers can be believed? {answered} of {len(record.calibration)}")
    believed(record)
look.section("How good is it, and for whom?")
tested(record)
look.section("How did it learn?")
learnt(record)
look.section("What do four bits cost?")
widths(record)
if record.card:
    look.section("Model card")
    with st.expander("Read the whole card"):
        st.markdown(record.card)
draw(
    markup('<p class="fr-note">{}</p>', "Firstread is not a medical device; every study is read by a person.")
)
