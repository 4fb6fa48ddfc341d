"""What logs may say: no query string, no patient link, no patient's value; each could open a door or name somebody."""

import logging
import re
import traceback

_LINK = re.compile(r"^/p/[^/]+")


def scrubbed(path: str) -> str:
    """A path that can be written down."""
    return _LINK.sub("/p/…", path.split("?", 1)[0])


class Scrub(logging.Filter):
    """Cleans the lines of the libraries we stand on: a path loses its query, an error its words."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                scrubbed(a) if isinstance(a, str) and a.startswith("/") else a for a in record.args
            )
        if record.exc_info and record.exc_info[1]:
            record.msg = f"{record.getMessage()}: {whereabouts(record.exc_info[1])}"
            record.args, record.exc_info = None, None
        return True


def scrub_logs() -> None:
    """Clean what the server and Streamlit write from here on."""
    for name in ("uvicorn.access", "uvicorn.error", "streamlit.error_util"):
        logging.getLogger(name).addFilter(Scrub())


def whereabouts(error: BaseException) -> str:
    """Where an error happened, without what it says: its words may be a patient's."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in frames[-6:]]
    return f"{type(error).__name__} at {' > '.join(ours)}"
