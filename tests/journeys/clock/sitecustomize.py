"""What Python reads as it starts in the programs of a journey: a sleep that works with libfaketime.

Only the date is moved, not the clock by which programs wait, or none would wake when days go by.
Debian's libfaketime then refuses the call that `time.sleep` is made of (EINVAL); `select` waits as
long without it.
"""

import select
import time


def sleep(seconds: float) -> None:
    """Wait `seconds`, as `time.sleep` does."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select((), (), (), seconds)


time.sleep = sleep
