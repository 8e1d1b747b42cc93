"""Work for a real worker to be killed in: loaded by it with `celery worker -I`.

The kind `slow` writes a row, says in a file that it began, and ends once another file is there.
"""

import os
import time
from pathlib import Path

from django.utils import timezone

from governance import outbox
from governance.models.outbox import Sweep

BEGAN, MAY_END = "slow-began", "slow-may-end"


def folder() -> Path:
    return Path(os.environ["GUICHET_DATA"])


@outbox.handler("slow")
def slow(payload: dict) -> None:
    """Count once more, slowly."""
    Sweep.objects.create(name=f"slow-{payload['n']}", last_run_at=timezone.now())
    (folder() / BEGAN).touch()
    while not (folder() / MAY_END).exists():
        time.sleep(0.05)
