"""Browser code of our own, only where Streamlit has nothing: packaged files, so no policy has to allow inline scripts."""
