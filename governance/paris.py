"""Days as people write them, and the instants they stand for: midnight to midnight in Paris."""

from datetime import date, datetime, time, timedelta

from governance.charters.facts import PARIS, today


def start_of(day: date) -> datetime:
    """The first instant of ``day``, aware."""
    return datetime.combine(day, time.min, PARIS)


def end_of(day: date) -> datetime:
    """The instant at which ``day`` is over: the next midnight; of 31 December 9999, by which some
    write "without end", its last instant."""
    if day == date.max:
        return datetime.max.replace(tzinfo=PARIS)
    return start_of(day + timedelta(days=1))


def last_second_of(day: date) -> datetime:
    """The instant at which what is due on ``day`` is due: shown, it is still that day."""
    return datetime.combine(day, time(23, 59, 59), PARIS)


def last_day_of(until: datetime) -> date:
    """The last whole day before ``until``: what a person reads as the end."""
    return today(until - timedelta(microseconds=1))
