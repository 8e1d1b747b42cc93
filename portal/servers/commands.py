"""The commands of `./guichet`. Run in the virtual environment, by the `guichet` script."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time

import psycopg

from portal.servers import backup
from portal.servers.cluster import Cluster, throwaway_cluster
from portal.servers.install import ensure_browser, ensure_faketime, ensure_libraries
from portal.servers.locks import FileLock, Held
from portal.servers.messages import compile_messages
from portal.servers.places import CHECKOUT, Places, UnsafePlace
from portal.servers.postgres import PostgresProblem
from portal.servers.redis import RedisProblem
from portal.servers.run import CannotRun, run, site_environment

# These use neither database nor Redis: they work on a machine that has none running.
WITHOUT_SERVERS = {
    *("help", "version", "--help", "--version", "makemessages", "compilemessages"),
    *("warehouse", "demo_warehouse", "process", "qualify", "collectstatic"),
}
PROBLEMS = (
    CannotRun,
    PostgresProblem,
    RedisProblem,
    UnsafePlace,
    PermissionError,
    backup.BackupProblem,
    psycopg.OperationalError,
)


def _run(arguments: argparse.Namespace, _rest: list[str]) -> int:
    run(Places.from_environment(), host=arguments.host, port=arguments.port)
    return 0


def _call(command: list[str], environment: dict[str, str]) -> int:
    """Run a program in our terminal; its Ctrl-C is its own affair."""
    process = subprocess.Popen(command, env=environment, cwd=CHECKOUT)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _manage(_arguments: argparse.Namespace, rest: list[str]) -> int:
    command = [sys.executable, str(CHECKOUT / "manage.py"), *rest]
    compile_messages()
    if not rest or rest[0] in WITHOUT_SERVERS:
        return _call(command, {**os.environ})
    cluster = Cluster(Places.from_environment()).start(join=True)
    try:
        return _call(command, {**os.environ, **cluster.environment()})
    finally:
        cluster.stop(patient=True)


def _test(_arguments: argparse.Namespace, rest: list[str]) -> int:
    if warning := ensure_libraries():
        print(warning, file=sys.stderr)
    browser = ensure_browser()
    if browser is None:
        print(
            "No Chromium was found, and it could not be installed: the journeys will fail. "
            "Install Debian's chromium, or set CHROMIUM to its path.",
            file=sys.stderr,
        )
    else:
        os.environ["CHROMIUM"] = browser
    if faketime := ensure_faketime():
        os.environ["FAKETIME_LIBRARY"] = faketime
    else:
        print(
            "libfaketime was not found, and it could not be installed: the journeys that last "
            "months will fail. Install Debian's faketime.",
            file=sys.stderr,
        )
    chosen = any(
        not part.startswith("-") and (CHECKOUT / part.split("::")[0]).exists() for part in rest
    )
    counted = any(part.startswith(("-n", "--numprocesses")) for part in rest)
    processes = [] if chosen or counted else ["-n", "2", "--dist", "worksteal"]
    os.environ["PYTHONPATH"] = str(CHECKOUT)
    os.chdir(CHECKOUT)
    command = [sys.executable, "-m", "pytest", *processes, *rest]
    os.execv(command[0], command)


def _spark(_arguments: argparse.Namespace, rest: list[str]) -> int:
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise CannotRun("Spark needs Java 17 or 21: install Debian's openjdk-17-jre-headless.")
    command = [sys.executable, "-m", "pytest", "tests/catalog/warehouse/spark.py", *rest]
    return _call(command, {**os.environ, "PYTHONPATH": str(CHECKOUT)})


def _bench(arguments: argparse.Namespace, rest: list[str]) -> int:
    module = CHECKOUT / "benchmarks" / f"{arguments.name}.py"
    if not module.exists():
        known = sorted(path.stem for path in module.parent.glob("[a-z]*.py"))
        raise CannotRun(f"There is no benchmark {arguments.name}: {', '.join(known)}.")
    with throwaway_cluster(fast=False) as cluster:
        environment = {**os.environ, **cluster.environment()}
        return _call([sys.executable, "-m", f"benchmarks.{arguments.name}", *rest], environment)


def _site(arguments: argparse.Namespace, rest: list[str]) -> int:
    places = Places.from_environment()
    if not (places.sites / arguments.name).is_dir():
        raise CannotRun(f"There is no establishment {arguments.name} in {places.sites}.")
    portal = os.environ.get("SITE_URL", "http://localhost:8000")
    environment = {**os.environ, **site_environment(places, arguments.name, portal)}
    environment.setdefault("REDIS_URL", places.redis_url)
    return _call([sys.executable, "-m", "catalog.site", arguments.name, *rest], environment)


def _backup(arguments: argparse.Namespace, _rest: list[str]) -> int:
    cluster = Cluster(Places.from_environment()).start(join=True)
    try:
        backup.make(cluster, arguments.folder, with_sites=arguments.with_sites)
    finally:
        cluster.stop(patient=True)
    print(f"Backup written to {arguments.folder}")
    return 0


def _restore(arguments: argparse.Namespace, _rest: list[str]) -> int:
    with Cluster(Places.from_environment()) as cluster:
        print(backup.restore(cluster, arguments.folder, force=arguments.force))
    return 0


def _stop(_arguments: argparse.Namespace, _rest: list[str]) -> int:
    places = Places.from_environment()
    places.create()
    try:
        FileLock(places.lock).acquire().release()
        print("Nothing runs here.")
        return 0
    except Held as held:
        if not held.holder:
            raise
        os.kill(held.holder, signal.SIGTERM)
    for _ in range(600):
        try:
            FileLock(places.lock).acquire().release()
            return 0
        except Held:
            time.sleep(0.1)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./guichet", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, function, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(function=function)
        return command

    command = add("run", _run, "Start the whole product; Ctrl-C stops it, data stay.")
    command.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    command.add_argument("--host", default="127.0.0.1", help="address to listen on")
    add("stop", _stop, "Stop the copy that runs on this data folder.")
    command = add("site", _site, "Run the program of one establishment.")
    command.add_argument("name")
    command = add("bench", _bench, "Run a benchmark; JSON on standard output.")
    command.add_argument("name")
    command = add("backup", _backup, "Write a backup into a new folder.")
    command.add_argument("folder", type=backup.Path)
    command.add_argument("--with-sites", action="store_true", help="add what sites keep here")
    command = add("restore", _restore, "Restore a backup into an empty data folder.")
    command.add_argument("folder", type=backup.Path)
    command.add_argument("--force", action="store_true", help="replace the data that are there")
    add("spark", _spark, "Test warehouses on a Spark run here; needs Java.")
    # Listed for --help; main() hands them their arguments untouched.
    add("manage", _manage, "Run manage.py with its servers.")
    add("test", _test, "Run the tests; arguments are pytest's.")
    return parser


def main(words: list[str]) -> int:
    """Run one command; the process's exit code."""
    try:
        if words[:1] in (["manage"], ["test"]):
            function = _manage if words[0] == "manage" else _test
            return function(argparse.Namespace(), words[1:])
        arguments, rest = _parser().parse_known_args(words)
        if rest and arguments.command not in ("bench", "site", "spark"):
            _parser().error(f"unknown arguments: {' '.join(rest)}")
        return arguments.function(arguments, rest)
    except Held as held:
        print(
            f"Another command (process {held.holder or '?'}) already runs on "
            f"{held.path.parent}. Stop it with ./guichet stop, or give this one a folder of its "
            "own: GUICHET_DATA=… ./guichet …",
            file=sys.stderr,
        )
    except PROBLEMS as problem:
        print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
