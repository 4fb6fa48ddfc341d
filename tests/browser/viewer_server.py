"""The application with the viewer as its only screen: films, gate, policy and routes are the true ones."""

from pathlib import Path

import streamlit as st

from dashboard import asgi


def app() -> st.App:
    asgi.SCRIPT = Path(__file__).with_name("viewer_screen.py")
    return asgi.app()
