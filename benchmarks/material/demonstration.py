"""What the benchmarks of the portal stand on: Django over the throw-away cluster, the
demonstration, and the web server as it runs in production."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg

from portal.servers import run

CHECKOUT = Path(__file__).resolve().parents[2]


def prepare(*, filled: bool = True) -> None:
    """Migrate; if `filled`, make the keys and the demonstration. Django is then ready in this
    process."""
    empty = (
        ("migrate", "--noinput", "--verbosity", "0"),
        ("collectstatic", "--noinput", "--verbosity", "0"),
    )
    for arguments in (*empty, ("ledger_key", "create"), ("seed_demo",)) if filled else empty:
        subprocess.run(
            [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()


def tidy_database() -> None:
    """Do at once what a server does by itself in the hours that so many rows take to be made."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


@contextmanager
def web_server():
    """The address of the web server, as `./guichet run` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        run.web_server("127.0.0.1", port),
        cwd=CHECKOUT,
        env=os.environ | {"SITE_URL": address, "LOG_LEVEL": "ERROR"},
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{address}/health/live", timeout=5):
                    break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def percentile(values: list[float], share: float) -> float:
    """The value under which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def say(result: dict) -> None:
    """Print the result, one line of JSON."""
    print(json.dumps(result, ensure_ascii=False))
