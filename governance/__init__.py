"""Rules: charters, process, committees, ledger. Knows no project and no dataset."""
