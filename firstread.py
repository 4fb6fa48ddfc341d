"""`python -m firstread`; Streamlit finds the project's own components through this module's name."""

from dashboard.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
