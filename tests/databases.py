"""Databases for tests: migrated or seeded once a run, then cloned in a fraction of a second."""

import fcntl
import os
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

MIGRATED = "template_migrated"


def owner_url(database: str) -> str:
    """The address of `database` for the role that owns the tables."""
    return make_conninfo(os.environ["DATABASE_OWNER_URL"], dbname=database)


@contextmanager
def _administration():
    with psycopg.connect(owner_url("postgres"), autocommit=True) as connection:
        yield connection


def exists(database: str) -> bool:
    """Whether `database` is there."""
    with _administration() as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        return found.fetchone() is not None


def clone(template: str, database: str) -> None:
    """Make `database` a copy of `template`, replacing it if it is there."""
    drop(database)
    with _administration() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(database), sql.Identifier(template)
            )
        )


def drop(database: str) -> None:
    """Remove `database`, cutting its connections."""
    with _administration() as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )


def point_django_at(database: str, *, role: str | None = None) -> None:
    """Make Django's connection use `database`, as the application unless `role` is given."""
    connection = connections["default"]
    connection.close()
    connection.settings_dict["NAME"] = database
    connection.settings_dict["USER"] = role or settings.DATABASE_APPLICATION_ROLE


def ensure_template(name: str, build: Callable[[str], None]) -> None:
    """Build the database `name` once a run, whichever process asks first; the others wait.

    `build(database)` fills a new copy of the migrated template (an empty database for that one).
    """
    with (Path(settings.GUICHET_DATA) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if exists(name):
            return
        draft = f"{name}_draft"
        clone("template0" if name == MIGRATED else MIGRATED, draft)
        build(draft)
        connections["default"].close()
        with _administration() as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(draft), sql.Identifier(name)
                )
            )


def migrate(database: str) -> None:
    """Bring `database` up to date, as its owner."""
    owner = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_OWNER_URL"])["user"]
    point_django_at(database, role=owner)
    call_command("migrate", verbosity=0, interactive=False)
    connections["default"].close()
