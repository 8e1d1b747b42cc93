"""What follows a transaction: written in it, done after it, at least once and harmless twice.

``enqueue`` writes a row in the caller's transaction and, once committed, wakes a worker. The row is
the truth: a lost wake-up only delays the work until the next sweep (each minute). A handler is a
function of the payload, registered under its kind, that must be harmless when run twice.

Kinds share a lane when one may wait for the other. What is quick has the main lane; what waits for
others (a mail server) or takes seconds (a document) has a lane of its own, done by one worker at a
time, so that an order to a site never stands behind it.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from governance.models.outbox import Message

log = structlog.get_logger(__name__)

ATTEMPTS = 8
"""After this many failures a message is left to a person, and counted in the metrics."""
LONGEST_WAIT = timedelta(hours=6)
"""The longest a failed message waits before it is tried again."""
KEPT = timedelta(days=90)
"""How long a message that was done is kept."""
MAIN = "main"
# Any fixed number, used for nothing else in this database: "LANE" in ASCII.
LANE_LOCK = 0x4C414E45


@dataclass(frozen=True)
class Handler:
    """Who does the messages of a kind; ``given_up`` is told of one that failed for good."""

    function: Callable[[dict], None]
    lane: str
    attempts: int
    given_up: Callable[[dict], None] | None


HANDLERS: dict[str, Handler] = {}


def handler(
    kind: str,
    *,
    lane: str = MAIN,
    attempts: int = ATTEMPTS,
    given_up: Callable[[dict], None] | None = None,
):
    """Register the function that does messages of ``kind``."""

    def register(function: Callable[[dict], None]) -> Callable[[dict], None]:
        HANDLERS[kind] = Handler(function, lane, attempts, given_up)
        return function

    return register


def enqueue(kind: str, payload: dict, *, due_at: datetime | None = None) -> Message:
    """Write a message, to be done once the transaction is committed and ``due_at`` is past.

    What stands under the key ``secret`` is forgotten as soon as the message is done.
    """
    now = timezone.now()
    message = Message.objects.create(kind=kind, payload=payload, due_at=due_at or now)
    if message.due_at <= now:
        transaction.on_commit(lambda: wake(lane_of(kind)), robust=True)
    return message


def enqueue_once(kind: str, payload: dict, *, due_at: datetime | None = None) -> None:
    """Write a message as `enqueue` does, unless the same waits and will be done after this
    transaction: held until then, no worker takes it before it can read what is being written."""
    same = Message.objects.filter(
        kind=kind, payload=payload, done_at__isnull=True, failed_at__isnull=True
    )
    same = same.filter(due_at__lte=timezone.now()) if due_at is None else same.filter(due_at=due_at)
    if not same.select_for_update(skip_locked=True)[:1]:
        enqueue(kind, payload, due_at=due_at)


def lane_of(kind: str) -> str:
    """The lane in which messages of ``kind`` are done."""
    return HANDLERS[kind].lane if kind in HANDLERS else MAIN


def lanes() -> list[str]:
    """Every lane that some kind uses, the main one first."""
    return sorted({MAIN, *(each.lane for each in HANDLERS.values())}, key=lambda x: (x != MAIN, x))


def lanes_waiting(at: datetime) -> list[str]:
    """The lanes in which something is to be done at ``at``."""
    kinds = set(waiting(at).order_by().values_list("kind", flat=True).distinct())
    return [lane for lane in lanes() if lane in {lane_of(kind) for kind in kinds & set(HANDLERS)}]


def wake(lane: str) -> None:
    """Ask a worker to look at a lane; a hint, which may be lost."""
    current_app.send_task("governance.tasks.deliver_outbox", args=[lane], ignore_result=True)


def waiting(at: datetime):
    """The messages to be done at ``at``, failed ones apart.

    A clock that jumped forward and back leaves dates in the future: a message that nobody delayed
    is due whatever its date says, and none waits longer than LONGEST_WAIT for its next attempt.
    """
    return Message.objects.filter(done_at__isnull=True, failed_at__isnull=True).filter(
        Q(due_at__lte=at)
        | Q(attempts=0, due_at__lte=F("created_at"))
        | Q(attempts__gt=0, due_at__gt=at + LONGEST_WAIT)
    )


def deliver(lane: str = MAIN, limit: int = 100) -> int:
    """Do the messages of a lane that wait, oldest first; return how many were tried.

    Each is locked while it is done, so that workers share the main lane; a failure is kept on the
    row and tried again later, twice as late each time.
    """
    kinds = [kind for kind, each in HANDLERS.items() if each.lane == lane]
    tried = 0
    while tried < limit and _deliver_one(lane, kinds):
        tried += 1
    return tried


def _deliver_one(lane: str, kinds: list[str]) -> bool:
    with transaction.atomic():
        if lane != MAIN and not _alone_in(lane):
            return False
        message = (
            waiting(timezone.now())
            .filter(kind__in=kinds)
            .select_for_update(skip_locked=True)
            .order_by("due_at", "id")
            .first()
        )
        if message is None:
            return False
        _try(message, HANDLERS[message.kind])
        message.save()
    return True


def _alone_in(lane: str) -> bool:
    """Whether this transaction has the lane to itself until it ends."""
    number = lanes().index(lane)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LANE_LOCK, number])
        return cursor.fetchone()[0]


def _try(message: Message, found: Handler) -> None:
    message.attempts += 1
    error = _failure_of(found.function, message)
    if error is None:
        message.done_at = timezone.now()
        message.payload.pop("secret", None)
        return
    message.last_error = f"{type(error).__name__}: {error}"[:300]
    wait = min(timedelta(seconds=15 * 2**message.attempts), LONGEST_WAIT)
    message.due_at = timezone.now() + wait
    if message.attempts >= found.attempts:
        message.failed_at = timezone.now()
        if found.given_up is not None:
            _failure_of(found.given_up, message)


def _failure_of(function: Callable[[dict], None], message: Message) -> Exception | None:
    """Call the function with the payload; what it raised, its own writes being undone then."""
    try:
        with transaction.atomic():
            function(message.payload)
    # Any failure of one message must leave the others their turn.
    except Exception as error:  # noqa: BLE001
        # Its text may name people: it stands on the row, not in the log.
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error(
            "outbox_failed",
            kind=message.kind,
            message=message.pk,
            error=type(error).__name__,
            where=f"{place.filename}:{place.lineno}",
        )
        return error
    return None


def oldest_wait(at: datetime) -> timedelta:
    """For how long the oldest message that is due has been waiting; zero when none is."""
    oldest = waiting(at).order_by("created_at").values_list("created_at", "due_at").first()
    return max(at - max(oldest), timedelta()) if oldest else timedelta()


def forget(*, at: datetime) -> int:
    """Remove the messages done more than KEPT ago; says how many."""
    return Message.objects.filter(done_at__lt=at - KEPT).delete()[0]
