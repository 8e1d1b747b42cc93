"""The tables the application's database role may add to, and never change."""

from governance.ledger.triggers import APPEND_ONLY_TABLES as LEDGER_TABLES
from governance.process.triggers import APPEND_ONLY_TABLES as PROCESS_TABLES

APPEND_ONLY_TABLES = (*LEDGER_TABLES, *PROCESS_TABLES)
