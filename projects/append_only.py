"""The tables of a request's life that the application's role may add to, and never change."""

from governance.process.triggers import APPEND_ONLY, APPEND_ONLY_REVERSE

APPEND_ONLY_TABLES = ("projects_outputcheck",)
TRIGGERS = [
    (APPEND_ONLY.format(table=table), APPEND_ONLY_REVERSE.format(table=table))
    for table in APPEND_ONLY_TABLES
]
"""What refuses to change each of them, and what takes that away."""
