"""`./guichet run`: the whole product on one machine, until Ctrl-C."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from portal.servers import backup
from portal.servers.children import Child, Children
from portal.servers.cluster import Cluster
from portal.servers.install import ensure_libraries
from portal.servers.messages import compile_messages
from portal.servers.places import CHECKOUT, Places

APPS = (
    "portal/accounts",
    "governance",
    "catalog",
    "projects",
    "portal",
    "portal/notices",
    "portal/api",
)
STAGGER = 1.5  # seconds between two site workers: each loads for about a second
FIRST_PAGE_LIMIT = 60  # seconds the web server has to answer


class CannotRun(Exception):
    """The product cannot start; the message says why and the way out."""


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


def check_port(host: str, port: int) -> None:
    """Raise CannotRun, naming a free port, when `port` is taken."""
    if _free(host, port):
        return
    other = next((p for p in range(port + 1, port + 100) if _free(host, p)), port + 1)
    raise CannotRun(
        f"Port {port} is used by another program. Choose another one:\n"
        f"  ./guichet run --port {other}"
    )


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        # As gunicorn does: a port whose last connections linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def manage(environment: dict[str, str], *arguments: str, quiet: bool = False) -> str:
    """Run manage.py; return what it printed if `quiet`. Raises CannotRun when it fails."""
    done = subprocess.run(
        [sys.executable, CHECKOUT / "manage.py", *arguments],
        env=environment,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE if quiet else None,
        text=True,
    )
    if done.returncode != 0:
        raise CannotRun(f"manage.py {' '.join(arguments)} failed.")
    return done.stdout or ""


def _fingerprint(patterns: tuple[str, ...]) -> str:
    """A hash over the files that `patterns` name in the checkout."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(CHECKOUT.glob(pattern)):
            if path.is_file():
                digest.update(f"{path.relative_to(CHECKOUT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _migrations_known(url: str) -> set[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
            return set()
        return set(connection.execute("SELECT app, name FROM django_migrations").fetchall())


def _is_empty(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT EXISTS (SELECT 1 FROM accounts_user)").fetchone()
    return found == (False,)


def prepare(places: Places, environment: dict[str, str]) -> None:
    """Bring database, translations, static files and demonstration up to date.

    What is already so is not done again: a second start takes seconds.
    """
    compile_messages()
    url = environment["DATABASE_OWNER_URL"]
    ours = {
        (Path(app).name, path.stem)
        for app in APPS
        for path in (CHECKOUT / app / "migrations").glob("0*.py")
    }
    mark = places.data / "prepared"
    # Third-party migrations change with the requirements; the role's rights with grants.py.
    schema = _fingerprint(("requirements.txt", "portal/grants.py", "*/append_only.py"))
    static = _fingerprint(("static/**/*", "requirements.txt"))
    before = mark.read_text().split() if mark.exists() else []
    known = _migrations_known(url)
    demonstration = environment.get("GUICHET_ENV", "demonstration") == "demonstration"
    beside: list[tuple[str, ...]] = []  # what needs no table, on another core
    if before[1:2] != [static] or not (places.data / "static").exists():
        beside.append(("collectstatic", "--noinput", "--verbosity", "0"))
    if demonstration and not (places.keys / "ledger.key").exists():
        beside.append(("ledger_key", "create"))
    if demonstration and not known:
        beside.append(("demo_warehouse",))
    with ThreadPoolExecutor(max_workers=1) as other:
        waiting = [other.submit(manage, environment, *words, quiet=True) for words in beside]
        if before[:1] != [schema] or not ours <= known:
            say("Migrating the database…")
            manage(environment, "migrate", "--noinput", "--verbosity", "0")
        for each in waiting:
            each.result()
    _refuse_lost_leaves(places, url)
    mark.write_text(f"{schema}\n{static}\n")
    if demonstration and _is_empty(environment["DATABASE_URL"]):
        say("Filling the demonstration…")
        manage(environment, "seed_demo")


def _refuse_lost_leaves(places: Places, url: str) -> None:
    if lost := backup.lost_leaves(places, url):
        raise CannotRun(
            f"The register has {lost[0]} leaves and {lost[1]} were signed: recover the lost ones "
            "(./guichet manage ledger_recover SOURCE) before starting: docs/operator/backup.md. "
            "A demonstration may simply be thrown away with its data folder."
        )


def _children(places: Places, host: str, port: int) -> list[Child]:
    """Our own programs, web server first."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "portal.celery"]
    worker = [
        *(*celery, "worker", "-Q", "portal", "--concurrency", "2", "--hostname", "portal@%h"),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
    ]
    beat = [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"]
    return [
        Child("web", web_server(host, port)),
        Child("portal-worker", worker),
        Child("beat", beat),
    ]


def web_server(host: str, port: int) -> list[str]:
    """The command of the web server, for benchmarks too."""
    return [
        *(sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"{host}:{port}"),
        *("--worker-class", "gthread", "--workers", os.environ.get("WEB_CONCURRENCY", "2")),
        *("--threads", "4", "--preload"),
        *("--graceful-timeout", "5", "--timeout", "60"),
        *("--worker-tmp-dir", "/dev/shm", "--no-control-socket"),
    ]


def site_names(places: Places) -> list[str]:
    """The establishments whose program runs on this machine: those with settings here."""
    return sorted(path.parent.name for path in places.sites.glob("*/settings.toml"))


def _wait_for_page(children: Children, url: str) -> None:
    deadline = time.monotonic() + FIRST_PAGE_LIMIT
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it answers; the page itself says what is wrong
        except OSError:
            web = children.children[0]
            if (web.process and web.process.poll() is not None) or time.monotonic() > deadline:
                tail = children.log(web).read_text(errors="replace").splitlines()[-15:]
                raise CannotRun("The web server did not start:\n" + "\n".join(tail)) from None
            time.sleep(0.1)


class _Interrupted(Exception):
    pass


def _interrupt(_number, _frame) -> None:
    raise _Interrupted


def run(places: Places, *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Start everything and keep it running until SIGINT, SIGTERM or SIGHUP.

    Raises CannotRun, Held, PostgresProblem or RedisProblem.
    """
    check_port(host, port)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    cluster = Cluster(places)
    children: Children | None = None
    try:
        if warning := ensure_libraries():
            say(warning)
        cluster.start()
        address = f"http://localhost:{port}"
        environment = {**os.environ, **cluster.environment(), "PYTHONUNBUFFERED": "1"}
        environment.setdefault("SITE_URL", address)
        prepare(places, environment)
        children = Children(places.logs, environment, CHECKOUT, say)
        programs = _children(places, host, port)
        children.add(programs[0])
        _wait_for_page(children, f"http://{host}:{port}/health/live")
        say(f"\nLe guichet répond : {address}\n")
        _print_accounts(environment)
        for program in programs[1:]:
            children.add(program)
        say("Ctrl-C arrête tout ; les données restent dans " + str(places.data))
        third_party = add_third_party(children, places)
        waiting = site_names(places)
        next_site = time.monotonic()
        while True:
            if waiting and time.monotonic() >= next_site:
                name = waiting.pop(0)
                program = [sys.executable, "-m", "catalog.site", name]
                told = site_environment(places, name, address) | third_party
                children.add(Child(f"site-{name}", program, environment=told))
                next_site = time.monotonic() + STAGGER
            children.tend()
            _tend_servers(cluster)
            time.sleep(0.3)
    except _Interrupted:
        say("\nArrêt…")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if children is not None:
            children.stop()
        cluster.stop()


def site_environment(places: Places, name: str, portal: str) -> dict[str, str]:
    """What a site's program is told beside its own settings file; nothing of the database."""
    nothing = dict.fromkeys(("DATABASE_URL", "DATABASE_OWNER_URL"), "")
    return nothing | {"SITE_FOLDER": str(places.sites / name), "SITE_PORTAL_URL": portal}


def add_third_party(children: Children, places: Places) -> dict[str, str]:
    """Run the trusted third party where its folder is on this machine; gives what a site's program
    is told of it. It is told nothing of the portal, its database or its broker."""
    if not (places.third_party / "keys").is_dir():
        return {}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    own = {"THIRD_PARTY_FOLDER": str(places.third_party), "THIRD_PARTY_LISTEN": listen}
    program = [sys.executable, "-m", "catalog.third_party"]
    children.add(Child("third-party", program, environment=own, bare=True))
    return {"SITE_THIRD_PARTY": f"http://{listen}"}


def _tend_servers(cluster: Cluster) -> None:
    """Start PostgreSQL or Redis again if one of them left."""
    for own, server, name in (
        (cluster.own_database, cluster.postgres, "PostgreSQL"),
        (cluster.own_redis, cluster.redis, "Redis"),
    ):
        if own and server.process is not None and server.process.poll() is not None:
            say(f"{name} left; starting it again. Its log: {server.log}")
            server.start()


def _print_accounts(environment: dict[str, str]) -> None:
    if environment.get("GUICHET_ENV", "demonstration") != "demonstration":
        return
    say(manage(environment, "seed_demo", "--accounts", quiet=True))
