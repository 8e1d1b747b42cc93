"""Doing by hand, in a test, what workers do: every message that waits, in every lane."""

from governance import outbox


def run() -> int:
    """Do all that waits, and what that causes; returns how many messages were tried."""
    tried = 0
    while done := sum(outbox.deliver(lane) for lane in outbox.lanes()):
        tried += done
    return tried
