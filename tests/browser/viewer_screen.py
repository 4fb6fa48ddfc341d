import streamlit as st

from dashboard import front_door, resources, session
from dashboard.parts import look, viewer
from tests.films import patient_of

st.set_page_config(page_title="Viewer", layout="wide")
standing = session.standing()
front_door.top_bar(standing.person, demo=True)
look.wear()
if standing.person is None:
    front_door.sign_in_page(standing.ended)
    st.stop()
studies = resources.house().studies
uids = studies.studies_of(patient_of("A-VIEWER").patient_id)
uid = st.session_state.setdefault("uid", uids[0])


def step() -> None:
    st.session_state.uid = uids[(uids.index(uid) + 1) % len(uids)]


def light_up() -> None:
    st.session_state.lit = "mass"


with st.container(horizontal=True):
    st.button("Another study", on_click=step)
    st.button("Light up mass", on_click=light_up)
st.session_state.runs = st.session_state.get("runs", 0) + 1
study = studies.entry(uid).study
left, right = st.columns([11, 9])
with left:
    picked = viewer.show(
        study, studies.reading(uid), studies.priors(uid), highlight=st.session_state.get("lit")
    )
with right:
    st.text(f"run {st.session_state.runs}, {study.accession_number}, picked {picked}")
