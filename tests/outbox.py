"""Doing by hand, in a test, what workers do: every message that waits, but for papers to draw."""

from governance import outbox

PAPERS = "documents"
"""The lane of what takes the longest to make, and has tests of its own."""


def run() -> int:
    """Do all that waits, and what that causes; returns how many messages were tried."""
    tried = 0
    while done := sum(outbox.deliver(lane) for lane in outbox.lanes() if lane != PAPERS):
        tried += done
    return tried
