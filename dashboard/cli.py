"""`firstread`: every command, its arguments, and the one place where a failure becomes a sentence."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from dashboard import logbook
from dashboard.console import Console
from dashboard.settings import Settings, SettingsError

OURS = frozenset({"consent", "triage", "engine", "db", "dashboard"})
"""The folders whose errors are sentences for a person."""

GROUPS = ("sex", "age", "view", "source", "origin")
"""What films can be told apart by, as in `engine.evaluation.groups`."""

DONE, FAILED = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns: 0 when it did its work, 1 when the work failed. Bad arguments end the process with 2.
    """
    os.environ.setdefault("TQDM_DISABLE", "1")  # before any import of it: progress is the console's to say
    asked = parser().parse_args(arguments)
    console = Console(asked.json)
    try:
        command = import_module(asked.module)
        return int(command.run(asked, console))
    except KeyboardInterrupt:
        console.fail("Stopped.")
    except BrokenPipeError:  # whoever read our answer has left
        sys.stdout = None
    except Exception as error:  # noqa: BLE001 - the command boundary: no traceback reaches a person
        console.fail(_sentence(error))
    return FAILED


def _sentence(error: Exception) -> str:
    if type(error).__module__.split(".")[0] in OURS:
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or 'the file system'}."
    if isinstance(error, ModuleNotFoundError):
        return f"The package {error.name} is not installed; run make demo, or install requirements.txt."
    try:
        home = Settings.from_environment().home
    except SettingsError:
        home = Path("~/.firstread").expanduser()
    return logbook.note(home, error)


def parser() -> argparse.ArgumentParser:
    """The contract of the command line."""
    top = argparse.ArgumentParser("firstread", description="A first read for every chest radiograph.")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _demo(_add(commands, "demo", "dashboard.demo", "run everything on this machine with invented patients"))
    _serve(_add(commands, "serve", "dashboard.serve", "run the web server of a real installation"))
    _add(commands, "worker", "dashboard.worker", "read studies as they arrive")
    _add(commands, "doctor", "dashboard.doctor", "say what is installed and what is missing")
    _add(commands, "migrate", "dashboard.commands.migrate", "bring the database to the newest tables")
    _ingest(_add(commands, "ingest", "dashboard.commands.ingest", "take files into the running system"))
    _read(
        _add(
            commands, "read", "dashboard.commands.read", "read de-identified films outside the patient record"
        )
    )
    _evaluate(commands.add_parser("evaluate", help="measure the model on films or on impressions"))
    _calibrate(
        _add(commands, "calibrate", "dashboard.commands.calibrate", "calibrate a bigger model on own films")
    )
    _passport(
        _add(commands, "passport", "dashboard.commands.passport", "measure what each width of weights costs")
    )
    _simulate(_add(commands, "simulate", "dashboard.commands.simulate", "say who waits how long with AI"))
    _train(_add(commands, "train", "dashboard.commands.train", "train the weights that Firstread adds"))
    trail = commands.add_parser("audit", help="look after the audit trail").add_subparsers(required=True)
    _add(trail, "verify", "dashboard.commands.audit", "check that the trail is whole")
    return top


def _add(commands: Any, name: str, module: str, says: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=says, description=says[0].upper() + says[1:] + "."
    )
    command.add_argument("--json", action="store_true", help="answer in JSON")
    command.set_defaults(module=module)
    return command


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port between 1 and 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return int(text)


def _none_or_more(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _groups(text: str) -> tuple[str, ...]:
    keys = tuple(filter(None, text.split(",")))
    if unknown := [key for key in keys if key not in GROUPS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(GROUPS)}")
    return keys


def _new_file(text: str) -> Path:
    path = Path(text)
    if not path.parent.is_dir() or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} cannot be written: there is no such folder")
    return path


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=_port, default=8501, metavar="N", help="of the web page (8501)")
    command.add_argument(
        "--films", type=_folder, metavar="DIR", help="films to read instead of simulated ones"
    )
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _serve(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--host", default="127.0.0.1", help="to listen on; put a TLS proxy in front (127.0.0.1)"
    )
    command.add_argument("--port", type=_port, default=8501, metavar="N", help="to listen on (8501)")


def _ingest(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a film, a zip, or a folder of them"
    )
    command.add_argument("--accession-number", default="", help="the order; needed for PNG and JPEG")
    command.add_argument("--patient-id", default="", help="whose films they are, where the files do not say")
    command.add_argument("--issuer", default="", help="who issued the patient number")


def _read(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="DICOM, PNG or JPEG")
    command.add_argument(
        "--vitals", type=_file, metavar="CSV", help="with a column file, or one line for all"
    )
    styles = ("brief", "bullet", "comprehensive", "all")
    command.add_argument("--style", choices=styles, default="all", help="of the impression (all)")
    command.add_argument(
        "--explain",
        action="store_true",
        help="say where, and why the foremost finding got its answer; seconds",
    )


def _evaluate(command: argparse.ArgumentParser) -> None:
    what = command.add_subparsers(required=True, metavar="WHAT")
    films = _add(what, "films", "dashboard.commands.evaluate", "findings against labels")
    films.add_argument("--manifest", type=_file, required=True, metavar="CSV", help="columns file, labels …")
    films.add_argument(
        "--split", default="", metavar="NAME", help="measure the rows of this split only (all)"
    )
    films.add_argument(
        "--by", type=_groups, default=(), metavar="KEYS", help=f"look at groups: {','.join(GROUPS)}"
    )
    impressions = _add(
        what, "impressions", "dashboard.commands.evaluate", "impressions against a radiologist's"
    )
    impressions.add_argument(
        "--pairs", type=_file, required=True, metavar="CSV", help="columns findings, impression"
    )
    impressions.add_argument(
        "--train", type=_file, metavar="CSV", help="pairs whose nearest neighbour is one of the floors"
    )
    impressions.add_argument("--style", choices=("brief", "bullet", "comprehensive"), help="one only (all)")
    gate = _add(what, "gate", "dashboard.commands.gating", "what the input gate lets through")
    gate.add_argument(
        "--manifest", type=_file, required=True, metavar="CSV", help="columns file, view, split …"
    )
    gate.add_argument("--turned", type=_folder, metavar="DIR", help="of films that lie on their side")
    pointing = _add(
        what, "pointing", "dashboard.commands.pointing", "where it looked against boxes and lesions"
    )
    pointing.add_argument("--manifest", type=_file, required=True, metavar="CSV", help="of the boxed films")
    pointing.add_argument(
        "--boxes", type=_file, required=True, metavar="CSV", help="columns image, finding, x, y, w, h"
    )
    pointing.add_argument(
        "--simulated", type=_count, default=20, metavar="N", help="films with each lesion (20)"
    )
    unseen = _add(
        what, "unseen", "dashboard.commands.unseen", "towers taught with simulated films and without; an hour"
    )
    unseen.add_argument(
        "--manifest", type=_file, required=True, metavar="CSV", help="columns file, labels, split …"
    )
    unseen.add_argument(
        "--work", type=Path, default=Path("runs/train"), metavar="DIR", help="to go on from (runs/train)"
    )
    for one in (films, impressions):
        one.add_argument("--predictions", type=_new_file, metavar="CSV", help="write what was predicted")
    for one in (films, impressions, gate, pointing, unseen):
        one.add_argument(
            "--markdown", type=_new_file, metavar="FILE", help="write its section of this file anew"
        )


def _calibrate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--manifest", type=_file, required=True, metavar="CSV", help="columns file, labels …"
    )
    command.add_argument("--out", type=_new_file, metavar="JSON", help="the calibration (beside the model)")


def _passport(command: argparse.ArgumentParser) -> None:
    films = command.add_mutually_exclusive_group()
    films.add_argument("--films", type=_folder, metavar="DIR", help="PNG, JPEG or DICOM (simulated ones)")
    films.add_argument("--manifest", type=_file, metavar="CSV", help="its val films, with labels")
    command.add_argument("--out", type=_new_file, metavar="FILE", help="write it there too")


def _simulate(command: argparse.ArgumentParser) -> None:
    numbers = {
        "traffic": "share of their time the readers are busy, below 1",
        "prevalence": "of the disease",
        "sensitivity": "of the AI",
        "specificity": "of the AI",
        "read-minutes": "to read a study",
        "max-wait": "minutes after which a study goes first",
    }
    for name, says in numbers.items():
        command.add_argument(f"--{name}", type=float, metavar="X", help=says)
    command.add_argument("--readers", type=_count, default=1, metavar="N", help="at once (1)")
    command.add_argument("--interrupting", type=float, default=0.0, metavar="X", help="share of studies (0)")
    command.add_argument("--interrupt-minutes", type=float, default=5.0, metavar="X", help="to read one (5)")
    orders = ("fifo", "preemptive", "nonpreemptive", "hierarchical")
    command.add_argument("--discipline", choices=orders, default="preemptive", help="of the AI (preemptive)")
    command.add_argument("--classes", type=_file, metavar="TOML", help="several groups, diseases and devices")
    command.add_argument("--observed", type=_file, metavar="CSV", help="columns arrived_at, minutes")
    command.add_argument(
        "--studies", type=_count, default=20_000, metavar="N", help="measured per trial (20000)"
    )
    command.add_argument("--trials", type=_count, default=20, metavar="N", help="for the intervals (20)")
    command.add_argument("--seed", type=_count, default=1, metavar="N", help="the same gives the same (1)")


def _train(command: argparse.ArgumentParser) -> None:
    films = command.add_mutually_exclusive_group()
    films.add_argument("--manifest", type=_file, metavar="CSV", help="of the films, all of them shippable")
    films.add_argument(
        "--films",
        type=_file,
        metavar="CSV",
        help="of films that may not leave the house; the weights stay too",
    )
    command.add_argument(
        "--reports",
        type=_file,
        metavar="CSV",
        help="findings, impression of this house; the weights stay in it",
    )
    command.add_argument("--out", type=Path, metavar="DIR", help="for the weights (those Firstread ships)")
    command.add_argument("--work", type=Path, metavar="DIR", help="for what a stopped run goes on from")
    command.add_argument(
        "--gate", action="store_true", help="teach the input gate alone; minutes, whatever the tower is"
    )
    command.add_argument("--epochs", type=_count, metavar="N", help="over the films")
    command.add_argument(
        "--simulated", type=_none_or_more, metavar="N", help="films with known lesions beside them (150)"
    )
    command.add_argument("--steps", type=_count, metavar="N", help="of the language model")
    command.add_argument(
        "--words", type=_file, metavar="DELTA", help="go on from the words of this earlier delta.safetensors"
    )
