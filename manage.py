#!/usr/bin/env python3
"""Django's command line for the portal. `./guichet manage` runs it with its servers."""

import gc
import os
import sys

# These change the tables themselves: they connect as their owner, everything else as the
# application, which may not.
OWNER_COMMANDS = {"migrate", "sqlmigrate", "dbshell"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("GUICHET_DATABASE_AS", "owner")
    from django.core.management import execute_from_command_line

    # Migrations and the demonstration make many objects and drop few: looking for garbage as often
    # as by default is a quarter of their time.
    gc.set_threshold(50_000, 50, 50)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
