import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from db.embedded import Embedded, start
from db.errors import DatabaseUnavailable

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder():
    """Outside pytest's own folders, which every run of pytest closes to the database's user."""
    with tempfile.TemporaryDirectory(prefix="firstread-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def home(folder, made_home):
    """A home whose database was made before and is stopped; every test leaves it so."""
    subprocess.run(["cp", "-a", made_home, folder / "home"], check=True)
    embedded = start(folder / "home")
    with psycopg.connect(embedded.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 500) AS number")
    embedded.stop()
    return folder / "home"


@pytest.fixture
def running(home):
    embedded = start(home)
    yield embedded
    embedded.stop()


def kept_rows(embedded: Embedded) -> int:
    with psycopg.connect(embedded.owner_url) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def postmaster_pid(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def seconds(action) -> float:
    before = time.monotonic()
    action()
    return time.monotonic() - before


def test_it_answers_to_both_roles_and_to_no_superuser(running):
    with psycopg.connect(running.app_url) as connection:
        role = connection.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert role.fetchone() == ("firstread_app", False)
    with psycopg.connect(running.owner_url) as connection:
        mighty = connection.execute("SELECT rolname FROM pg_roles WHERE rolsuper").fetchall()
        assert mighty == [("postgres",)]
        assert connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (False,)


def test_nobody_gets_in_without_the_password(running, home):
    for user in ("postgres", "firstread_app", "firstread_owner"):
        with pytest.raises(psycopg.OperationalError, match=r"reject|no password supplied"):
            psycopg.connect(f"postgresql://{user}@/firstread?host={home}/run")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://firstread_app:guess@/firstread?host={home}/run")


def test_the_passwords_lie_in_files_for_us_alone(running, home):
    secrets = list((home / "secrets").iterdir())
    assert {file.name for file in secrets} == {"firstread_app", "firstread_owner"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}
    assert stat.S_IMODE((home / "secrets").stat().st_mode) == 0o700
    assert len({file.read_text() for file in secrets}) == 2


def test_it_listens_on_no_network_and_its_socket_is_its_own(running, home):
    with psycopg.connect(running.owner_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert stat.S_IMODE((home / "run").stat().st_mode) == 0o700


def test_a_second_start_is_quick_and_finds_every_row(home, running):
    running.stop()
    again = start(home)
    assert kept_rows(again) == 500
    again.stop()
    assert seconds(lambda: start(home).stop()) < 2.0
    assert again.app_url == running.app_url


def test_a_second_process_joins_and_its_stop_stops_nothing(home, running):
    joined = start(home)
    assert kept_rows(joined) == 500
    joined.stop()
    assert kept_rows(running) == 500


def test_stopping_twice_is_stopping_once(home, running):
    running.stop()
    running.stop()
    assert not (home / "postgres" / "postmaster.pid").exists()


def abandon(home: Path) -> None:
    """Start a server in a process that then dies without a word."""
    dying = subprocess.run(
        [sys.executable, "-c", ABANDONED, home], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert (dying.stdout.strip(), dying.stderr) == ("500", "")


def test_after_kill_9_of_the_server_the_next_start_finds_every_row(home):
    """The killed server stays a zombie while nobody reaps it, and its socket stays a file."""
    abandon(home)
    os.kill(postmaster_pid(home), signal.SIGKILL)
    assert (home / "run" / ".s.PGSQL.5432").is_socket()
    again = start(home)
    assert kept_rows(again) == 500
    again.stop()


ABANDONED = """
import os, sys, psycopg
from pathlib import Path
from db.embedded import start
with psycopg.connect(start(Path(sys.argv[1])).owner_url) as connection:
    connection.execute("DROP TABLE IF EXISTS kept")
    connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 500) AS number")
    print(connection.execute("SELECT count(*) FROM kept").fetchone()[0], flush=True)
os._exit(1)
"""


def test_a_dead_keeper_s_server_is_taken_over_and_stopped(home):
    abandon(home)
    taken_over = start(home)
    assert kept_rows(taken_over) == 500
    taken_over.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(taken_over.app_url)


def test_a_stranger_s_living_pid_in_the_file_does_not_keep_it_down(home, running):
    """As after a reboot: the number of the old server belongs to somebody else now."""
    pid_file = home / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    running.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    again = start(home)
    assert kept_rows(again) == 500
    again.stop()


def test_lost_passwords_are_said_so(home, running):
    running.stop()
    (home / "secrets" / "firstread_app").write_text("another")
    with pytest.raises(DatabaseUnavailable, match="put the right files back"):
        start(home)
    # The server that was woken for the question is taken over and stopped by the next start.
    (home / "secrets" / "firstread_app").write_text(password_of(running))
    start(home).stop()


def password_of(embedded: Embedded) -> str:
    return embedded.app_url.split(":")[2].split("@")[0]


def test_a_home_with_a_name_too_long_for_a_socket(folder, home):
    long = home.rename(folder / ("long" * 30))
    embedded = start(long)
    try:
        assert kept_rows(embedded) == 500
        assert start(long).app_url == embedded.app_url
    finally:
        embedded.stop()
        long.rename(home)


JOINING = """
import sys, psycopg
from pathlib import Path
from db.embedded import start
embedded = start(Path(sys.argv[1]))
with psycopg.connect(embedded.app_url) as connection:
    print(connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()[0], flush=True)
sys.stdin.read()
embedded.stop()
"""


def test_processes_that_make_and_start_it_at_once_share_one_server(folder):
    """As an ordinary user, and without a warning, although no XDG_RUNTIME_DIR is set."""
    place, ordinary = folder / "at once", {}
    place.mkdir()
    if os.geteuid() == 0:
        os.chown(place, 65534, 65534)
        ordinary = {"user": 65534, "group": 65534, "extra_groups": []}
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", JOINING, place / "home"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(place), "PYTHONDONTWRITEBYTECODE": "1"}, **ordinary,
        )
        for _ in range(2)
    ]  # fmt: skip
    identities = {process.stdout.readline().strip() for process in started}
    ends = [process.communicate() for process in started]
    assert ends == [("", "")] * 2
    assert len(identities) == 1
    assert [process.returncode for process in started] == [0, 0]
