"""Days as people write them, in the reader's language: the one place where a day is said."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language

from governance.charters.sentences import say_date


def shown_day(value: date | datetime) -> date:
    """The day shown for an instant: the one in Paris. A day is itself."""
    if isinstance(value, datetime):
        return (localtime(value) if is_aware(value) else value).date()
    return value


def say_day(value: date | datetime, *, whole: bool = False) -> str:
    """« 12 déc. 2026 », « 1er jan. 2027 »; "12 Dec 2026" in English. With `whole`, the month is
    not shortened. The day of an instant is the one in Paris."""
    value = shown_day(value)
    french = (get_language() or "fr").startswith("fr")
    if whole:
        return say_date(value, "fr" if french else "en")
    if not french:
        return date_format(value, "j M Y")
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number} {date_format(value, 'N Y')}"
