"""Clinical parameters against what the model says: association, never cause."""

import streamlit as st

from dashboard import cohort, cohort_file, resources, session
from dashboard.cohort import Associations
from dashboard.parts import cohort_filter, look
from dashboard.parts import correlation_charts as charts
from dashboard.parts.look import draw, markup
from triage.correlation import FEWEST, PATHOLOGY
from triage.permission import Action

session.require(Action.VIEW_CORRELATIONS)
house = resources.house()


def pick() -> None:
    """A cell was clicked: its pair is looked at."""
    points = (session.kept("matrix") or {}).get("selection", {}).get("points", [])
    if points:
        x, y, _ = points[0]["customdata"]
        session.keep("pair_x", x)
        session.keep("pair_y", y)


def chosen_pair(found: Associations) -> tuple[str, str]:
    """The pair that is looked at: the one that was chosen, else the steepest."""
    x, y = session.kept("pair_x"), session.kept("pair_y")
    if (x, y) in found.cells:
        return x, y
    shown = [
        c for c in found.cells.values() if c.pearson and (c.y == PATHOLOGY or PATHOLOGY not in found.outcomes)
    ]
    first = max(
        shown, key=lambda c: abs(c.pearson.r) if c.pearson else 0, default=next(iter(found.cells.values()))
    )
    session.keep("pair_x", first.x)
    session.keep("pair_y", first.y)
    return first.x, first.y


def matrix(found: Associations) -> None:
    """All pairs, in one of three measures; a click looks at one."""
    pair = chosen_pair(found)
    measure = st.segmented_control(
        "Measure",
        list(charts.MEASURES),
        default="pearson",
        required=True,
        format_func=charts.MEASURES.__getitem__,
        label_visibility="collapsed",
        key="measure",
    )
    with st.container(key="wide-matrix"):
        st.plotly_chart(
            charts.matrix(found, measure or "pearson", dark=look.dark(), chosen=pair),
            config=charts.config("correlations"),
            key="matrix",
            theme=None,
            on_select=pick,
            selection_mode="points",
            alt="Correlation matrix with r and n",
        )


def close_up(found: Associations) -> None:
    """One pair: its studies, and everything that speaks for and against it."""
    look.section("One pair up close")
    st.caption("Click a cell of the matrix, or choose here.")
    with st.container(horizontal=True):
        x = st.selectbox("Measurement", found.parameters, format_func=charts.label, key="pair_x", width=320)
        y = st.selectbox("Probability of", found.outcomes, format_func=charts.label, key="pair_y", width=320)
    drawn = charts.scatter(found, x, y, dark=look.dark())
    if isinstance(drawn, str):
        look.empty("This pair is not drawn", drawn)
        return
    left, right = st.columns([3, 2])
    alt = f"{charts.label(x)} against {charts.label(y)}"
    with left:
        st.plotly_chart(drawn, config=charts.config("pair"), key="scatter", theme=None, alt=alt)
    with right:
        draw(charts.facts(found, x, y))
        for doubt in charts.doubts(found.cells[x, y]):
            draw(markup('<p class="fr-note">{}</p>', doubt))


look.wear()
look.heading(
    "Correlations",
    "Studies the model read and whose reading may be shown. Association, not cause; numbers only, no patient.",
)
if resources.settings().demo:
    draw(
        markup(
            '<p class="fr-note">{}</p>',
            "These studies are simulated: what goes together here was put there by the simulation.",
        )
    )
asked = cohort_filter.ask(house.figures.sites(), house.clock.now().date())
try:
    with st.spinner("Counting …"):
        associations = cohort.associations(house.figures, asked, house.clock.now())
except cohort.TooBusy as busy:
    look.empty("No answer just now", str(busy))
    st.stop()
if associations.studies is None or not associations.cells:
    look.empty(
        f"Fewer than {FEWEST} studies, too few to say anything",
        f"At least {FEWEST} studies with vitals and a reading are needed: below that an interval spans nearly everything, "
        "and a few people could be told apart.",
    )
else:
    matrix(associations)
    st.link_button("Save as CSV", cohort_file.address(asked), icon=":material/download:")
    st.caption(
        "The picture button above a figure saves it as PNG; the file and the pictures leave out what is hidden here."
    )
    close_up(associations)
    st.plotly_chart(
        charts.gaps(associations, dark=look.dark()),
        config=charts.config("missing"),
        key="gaps",
        theme=None,
        alt="Share of studies without each value",
    )
