"""`firstread worker`: finds each study its place, the most urgent first, and writes about several of them together."""

import argparse
import asyncio
import ctypes
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FrameType
from typing import NoReturn

import psycopg
from procrastinate import App, RetryStrategy
from procrastinate.exceptions import ProcrastinateException

from consent.decision import Permit
from consent.errors import ConsentError
from dashboard import children, logbook, wiring
from dashboard.access_log import whereabouts
from dashboard.console import Console
from dashboard.model import load_model
from dashboard.notices import sending
from dashboard.settings import Settings, SettingsError
from db.connection import Database
from db.errors import StorageError
from db.queue import (
    DRAFT_TASK,
    DRAFTS,
    NOTICES,
    NOTIFY_TASK,
    READ_TASK,
    READS,
    SOON,
    procrastinate_app,
    retry_stalled,
)
from triage import calling, flow, withdrawal
from triage.errors import ReaderFailed, TriageError
from triage.ports import Film, House, ImageReader
from triage.reading import Draft, Reading, Style
from triage.steps import place_again
from triage.study import Study
from triage.vitals import Vitals

MODEL, READY = "Model: ", "The worker is ready"
"""How the lines begin that `firstread demo` listens for."""

HEARTBEAT_S, SILENT_S, RECOVER_EVERY_S = 5.0, 20.0, 5.0
"""A worker silent for `SILENT_S` is taken for dead, and what it was reading is queued again."""

LANES = {READS: 1, SOON: 6, DRAFTS: 8, NOTICES: 2}
"""How many studies are at work in each lane. The film lane is quick and takes one after the other, the most urgent
first; the words of all the others are decoded together, and what is urgent never waits for a place among them."""

POLL_S = 2.0
ATTEMPTS = RetryStrategy(max_attempts=5, wait=2, exponential_wait=3)
NOTICE_ATTEMPTS = RetryStrategy(max_attempts=6, wait=5, exponential_wait=4)
"""A mail server that is away is asked for half an hour, whatever went wrong; by then the next person is called."""
CALL_EVERY_S = 10.0
"""How late a call can be: the clock is looked at this often, for results that nobody has heard in time."""
RUN_OUT_EVERY_S = 60.0
"""How long an answer of the model can outlast the permission it was given under."""
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_LISTEN_EVERY_S = 0.1
_log = logging.getLogger(__name__)


def run(_asked: argparse.Namespace, console: Console) -> int:
    """Read until told to stop; what is being read then is finished first."""
    settings = Settings.from_environment()
    children.follow_parent()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a half-made model is cleared away
    logbook.open_log(settings.home, "worker")
    url = wiring.database_url(settings)
    database = Database(url)
    house = wiring.open_house(settings, database)
    reader = load(settings, console.progress)
    _give_back()
    model = "without a model" if isinstance(reader, NoReader) else "with the model loaded"
    console.answer({"ready": True, "model": not isinstance(reader, NoReader)}, f"{READY}, {model}.")
    threading.Thread(target=_place_again, args=(house,), daemon=True).start()
    try:
        work(
            url, house, Careful(reader), partial(sending.deliver, house, settings, sending.channels(settings))
        )
    finally:
        database.close()
    return 0


def _give_back() -> None:
    """Return to the system what making the model ready took, more than a gigabyte, and what words took that are written.

    The C library alone keeps it, for each of two dozen threads.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _place_again(house: House) -> None:
    """A site that changed its table of levels finds its open studies in the new order; reading does not wait for it."""
    try:
        placed = place_again(house)
    except StorageError as error:
        _log.warning("studies keep their old places until the next start: %s", whereabouts(error))
    else:
        _log.info("%d studies placed by the table of levels %s", placed, house.levels.version)


# ── the model ─────────────────────────────────────────────────────────────────────────────────────────


def load(settings: Settings, progress: Callable[[str], None]) -> ImageReader:
    """Load the model once; without it every study still goes to a person, with the reason on it."""
    try:
        return load_model(settings.home, lambda step: progress(f"{MODEL}{step}"))
    except SettingsError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the model, people go on reading
        known = isinstance(error, TriageError)
        reason = str(error) if known else f"The model could not be loaded ({type(error).__name__})."
        _log.error("no model: %s", whereabouts(error))
        progress(f"{MODEL}{reason} Every study goes to a person until this is mended.")
        return NoReader(reason)


class NoReader:
    """Stands where the model should: every study goes to a person, with the reason."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def read(
        self, _study: Study, _vitals: Vitals | None, _film: bytes, _media_type: str, _permit: Permit
    ) -> NoReturn:
        raise ReaderFailed(self._reason)

    def drafts(
        self,
        _study: Study,
        _vitals: Vitals | None,
        _reading: Reading,
        _film: Film,
        _permit: Permit,
        *,
        has_prior: bool,  # noqa: ARG002 - the port's name
    ) -> NoReturn:
        raise ReaderFailed(self._reason)


class Careful:
    """A reader whose unforeseen failures send the study to a person instead of stopping the worker."""

    def __init__(self, reader: ImageReader) -> None:
        self._reader = reader

    def read(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit
    ) -> tuple[Reading, Mapping[str, bytes]]:
        try:
            return self._reader.read(study, vitals, film, media_type, permit)
        except (TriageError, ConsentError):
            raise
        except Exception as error:
            raise _failed(error) from error

    def drafts(
        self,
        study: Study,
        vitals: Vitals | None,
        reading: Reading,
        film: Film,
        permit: Permit,
        *,
        has_prior: bool,
    ) -> Iterator[tuple[Style, str | Draft]]:
        try:
            yield from self._reader.drafts(study, vitals, reading, film, permit, has_prior=has_prior)
        except (TriageError, ConsentError):
            raise
        except Exception as error:
            raise _failed(error) from error


def _failed(error: Exception) -> ReaderFailed:
    _log.error("the model failed: %s", whereabouts(error))
    return ReaderFailed(f"The model failed on this film ({type(error).__name__}).")


# ── the work ──────────────────────────────────────────────────────────────────────────────────────────


Send = Callable[[str, str], None]
"""Sends one notice: the number of a critical result, and the step."""


def work(url: str, house: House, reader: ImageReader, send: Send = lambda _result_id, _step: None) -> None:
    """Take jobs until a signal asks to stop; a database that goes away is waited for."""
    with _asked_to_stop() as asked:
        pause_s = _SHORTEST_PAUSE_S
        while not asked.is_set():
            began_at = time.monotonic()
            try:
                asyncio.run(_work(url, house, reader, send, asked))
            except (ProcrastinateException, psycopg.OperationalError, StorageError) as error:
                _log.warning("the database is away: %s", whereabouts(error))
            worked = time.monotonic() - began_at > _LONGEST_PAUSE_S
            pause_s = _SHORTEST_PAUSE_S if worked else min(2 * pause_s, _LONGEST_PAUSE_S)
            asked.wait(pause_s)


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    asked = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        asked.set()

    with ExitStack() as back:
        for number in (signal.SIGINT, signal.SIGTERM):
            back.callback(signal.signal, number, signal.signal(number, stop))
        yield asked


async def _work(url: str, house: House, reader: ImageReader, send: Send, asked: threading.Event) -> None:
    app = procrastinate_app(url)

    @app.task(name=READ_TASK, retry=ATTEMPTS)
    def read(study_uid: str) -> None:
        flow.find_place(house, reader, study_uid)

    @app.task(name=DRAFT_TASK, retry=ATTEMPTS)
    def draft(study_uid: str) -> None:
        flow.first_read(house, reader, study_uid)
        _give_back()

    @app.task(name=NOTIFY_TASK, retry=NOTICE_ATTEMPTS)
    def notify(result_id: str, step: str) -> None:
        send(result_id, step)

    threads = ThreadPoolExecutor(sum(LANES.values()) + 2, "lane")
    asyncio.get_running_loop().set_default_executor(threads)
    async with app.open_async():
        lanes = [asyncio.create_task(_take(app, lane, most)) for lane, most in LANES.items()]
        recovering = asyncio.create_task(_recover(app))
        calls, ends = partial(calling.call_next, house), partial(withdrawal.reconsider_run_out, house)
        clocked = [
            asyncio.create_task(_again(calls, CALL_EVERY_S, "calls for critical results")),
            asyncio.create_task(_again(ends, RUN_OUT_EVERY_S, "permissions that ran out")),
        ]
        try:
            await _until_asked(asked, [*lanes, recovering, *clocked])
        finally:
            for task in (recovering, *clocked, *lanes):
                task.cancel()  # what a lane has at work now is finished first
            await asyncio.gather(recovering, *clocked, *lanes, return_exceptions=True)


async def _until_asked(asked: threading.Event, tasks: "list[asyncio.Task[None]]") -> None:
    while not asked.is_set():  # a signal handler sets it, outside the loop
        ended, _ = await asyncio.wait(tasks, timeout=_LISTEN_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()  # none ends by itself but when the database is away
        if ended:
            return  # all begin anew together


async def _take(app: App, lane: str, most: int) -> None:
    await app.run_worker_async(
        name=f"firstread {lane}",
        queues=[lane],
        concurrency=most,
        install_signal_handlers=False,
        fetch_job_polling_interval=POLL_S,
        abort_job_polling_interval=POLL_S,
        update_heartbeat_interval=HEARTBEAT_S,
        stalled_worker_timeout=SILENT_S,
        delete_jobs="successful",
    )


async def _recover(app: App) -> None:
    while True:
        again = await retry_stalled(app, SILENT_S)
        if again:
            _log.warning("queued %d reads again that a dead worker had left", again)
        await asyncio.sleep(RECOVER_EVERY_S)


async def _again(step: Callable[[], int], every_s: float, what: str) -> None:
    """Do what the clock asks for; whatever failed is tried again a little later."""
    while True:
        try:
            if done := await asyncio.to_thread(step):
                _log.info("%s: %d", what, done)
        except Exception as failed:  # noqa: BLE001 - nobody sits here to see it, and what the clock asks must not end
            _log.error("%s failed: %s", what, whereabouts(failed))
        await asyncio.sleep(every_s)
