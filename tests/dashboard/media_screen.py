import streamlit as st

from dashboard import session
from tests.films import a_picture

person = session.person()
if person is not None:
    st.image(a_picture(seed=len(person.subject)))
