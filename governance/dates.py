"""Days as people write them, in the reader's language: the one place where a day is said."""

from datetime import date, datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language

from governance.charters.sentences import say_date

MONTHS = (
    *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
    *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
)
"""As the Imprimerie nationale shortens them; Django writes « jan. » and « fév. »."""


def shown_day(value: date | datetime) -> date:
    """The day shown for an instant: the one in Paris. A day is itself."""
    if isinstance(value, datetime):
        return (localtime(value) if is_aware(value) else value).date()
    return value


def say_day(value: date | datetime, *, whole: bool = False) -> str:
    """« 12 déc. 2026 », « 1er janv. 2027 »; "12 Dec 2026" in English. With `whole`, the month is
    not shortened. The day of an instant is the one in Paris."""
    language = "fr" if (get_language() or "fr").startswith("fr") else "en"
    if whole:
        return say_date(shown_day(value), language)
    return _said_short(shown_day(value), language)


@lru_cache(maxsize=4096)
def _said_short(day: date, language: str) -> str:
    """A day in the language of the page, which is `language`: a list says the same ones again."""
    if language == "en":
        return date_format(day, "j M Y")
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"
