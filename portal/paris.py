"""Days as people write them, and the instants they stand for: midnight to midnight in Paris."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def start_of(day: date) -> datetime:
    """The first instant of ``day``, aware."""
    return datetime.combine(day, time.min, PARIS)


def end_of(day: date) -> datetime:
    """The instant at which ``day`` is over: the next midnight."""
    return start_of(day + timedelta(days=1))


def day_of(instant: datetime) -> date:
    """The day in Paris of an aware instant."""
    return instant.astimezone(PARIS).date()


def last_day_of(until: datetime) -> date:
    """The last whole day before ``until``: what a person reads as the end."""
    return day_of(until - timedelta(microseconds=1))
