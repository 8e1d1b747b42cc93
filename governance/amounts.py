"""Numbers and amounts as people read them, in the reader's language."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import get_language

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


def say_number(value: int | float | Decimal, decimals: int = 0) -> str:
    """A number with its thousands apart: « 1 300 », "1,300"."""
    written = number_format(value, decimals, use_l10n=True, force_grouping=True)
    return written.replace("\N{NO-BREAK SPACE}", NARROW_SPACE)


def say_money(value: int | Decimal) -> str:
    """An amount in euros: « 12 500 € », "€12,500". Cents only where there are some."""
    amount = say_number(value, 0 if Decimal(value) == int(value) else 2)
    french = (get_language() or "fr").startswith("fr")
    return f"{amount}\N{NO-BREAK SPACE}€" if french else f"€{amount}"
