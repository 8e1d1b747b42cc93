"""Copies of the portal that live in folders of their own, driven from outside as an operator does.

A folder is prepared once a module, with the tables that the tests' own database has; each test
works on a copy of it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from portal.servers.cluster import Cluster
from portal.servers.places import CHECKOUT, Places, temporary_places
from portal.servers.postgres import binaries
from tests import databases


def environment(cluster: Cluster) -> dict[str, str]:
    """The environment of a program of this copy: nothing of the tests' own servers."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ours = {
        "GUICHET_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PYTHONPATH": str(CHECKOUT),
    }
    return kept | cluster.environment() | ours


def run(cluster: Cluster, *arguments: object) -> str:
    """Run Python on these arguments to its end; the last line it printed."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment(cluster),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def python(cluster: Cluster, script: str, *arguments: object) -> str:
    """Run a script in this copy, Django being ready; the last line it printed."""
    return run(cluster, "-c", "import django; django.setup()\n" + script, *arguments)


@contextmanager
def prepared_folder(template: str) -> Iterator[Places]:
    """A data folder with the tables of the tests' database `template` and its ledger's key, its
    servers stopped."""
    places = temporary_places()
    try:
        with Cluster(places, external=False, fast=True) as cluster:
            _copy_tables(databases.owner_url(template), cluster)
            run(cluster, "manage.py", "ledger_key", "create")
        yield places
    finally:
        shutil.rmtree(places.data, ignore_errors=True)


def _copy_tables(url: str, cluster: Cluster) -> None:
    dump = [binaries() / "pg_dump", "--format=custom", url]
    load = [binaries() / "pg_restore", "--exit-on-error", "--dbname"]
    dumped = subprocess.run(dump, capture_output=True, check=True).stdout
    owned = cluster.environment()["DATABASE_OWNER_URL"]
    subprocess.run([*load, owned], input=dumped, check=True)


def ask(cluster: Cluster, query: str, *values: object) -> list[tuple]:
    """What the database of this copy holds, read without starting a program of it."""
    with psycopg.connect(cluster.environment()["DATABASE_OWNER_URL"]) as connection:
        return connection.execute(query, values).fetchall()


@contextmanager
def copied(folder: Path) -> Iterator[Places]:
    """A copy of a data folder, its owners kept (PostgreSQL does not run as root)."""
    found = temporary_places()
    try:
        subprocess.run(["cp", "-a", f"{folder}/.", found.data], check=True)
        yield found
    finally:
        shutil.rmtree(found.data, ignore_errors=True)
