"""What the application's database role may do, granted again after every migration.

The owner of the tables migrates; the application connects as another role that has no UPDATE,
DELETE or TRUNCATE on the append-only tables. Where both addresses name one role (a database that
somebody else manages), nothing is granted and the triggers stand alone.
"""

from django.conf import settings
from django.db import connections
from psycopg import sql

from governance import append_only as rules
from projects import append_only as requests

APPEND_ONLY_TABLES = {*rules.APPEND_ONLY_TABLES, *requests.APPEND_ONLY_TABLES}


def statements(role: str, tables: set[str]) -> list[sql.Composable]:
    """The SQL that gives `role` its rights over the existing `tables`."""
    name = sql.Identifier(role)
    grants = [
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
        "REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {}",
    ]
    found = [sql.SQL(grant).format(name) for grant in grants]
    for table in sorted(tables & (APPEND_ONLY_TABLES | {"django_migrations"})):
        found.append(
            sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                sql.Identifier(table), name
            )
        )
    return found


def grant(using: str, **_kwargs) -> None:
    """Apply `statements` on the database just migrated (a receiver of post_migrate)."""
    connection = connections[using]
    role = settings.DATABASE_APPLICATION_ROLE
    if not role or role == connection.settings_dict["USER"]:
        return
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for statement in statements(role, tables):
            cursor.execute(statement)
