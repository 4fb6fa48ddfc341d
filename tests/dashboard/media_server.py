"""The application with one screen that shows a picture by Streamlit's own media route, which ours do not use."""

from pathlib import Path

import streamlit as st

from dashboard import asgi


def app() -> st.App:
    asgi.SCRIPT = Path(__file__).with_name("media_screen.py")
    return asgi.app()
