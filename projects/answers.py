"""Whether an answer is of its field's type. A draft may be incomplete or too long to be deposited,
never malformed: what is stored can always be read again."""

import re
from datetime import date

from django.utils.translation import gettext as _

from projects.form import CHOICE, DATE, LONG, MANY, MONEY, NUMBER, TEXT, YES_NO, Field

LONGEST = 20_000
"""Characters of a text that a draft keeps, whatever a deposit asks."""

_MONEY = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)


def wrong(field: Field, value) -> str:
    """What is wrong with `value` as an answer to `field`, in the reader's language; empty when
    nothing is. An answer taken away (None, or empty) is never wrong."""
    if value in (None, ""):
        return ""
    choices = {code for code, _words in field.choices}
    match field.kind:
        case kind if kind in (TEXT, LONG):
            return _wrong_text(field, value)
        case kind if kind == CHOICE:
            return "" if _is_one_of(value, choices) else _("Choisissez une réponse de la liste.")
        case kind if kind == MANY:
            ok = isinstance(value, list) and all(_is_one_of(each, choices) for each in value)
            return "" if ok else _("Choisissez des réponses de la liste.")
        case kind if kind == YES_NO:
            return "" if isinstance(value, bool) else _("Répondez par oui ou par non.")
        case kind if kind == DATE:
            return "" if _is_day(value) else _("Donnez une date, jour, mois et année.")
        case kind if kind == NUMBER:
            whole = isinstance(value, int) and not isinstance(value, bool)
            return "" if whole and abs(value) < 2**31 else _("Donnez un nombre entier.")
        case kind if kind == MONEY:
            ok = isinstance(value, str) and _MONEY.fullmatch(value)
            return "" if ok else _("Donnez un montant, comme 1500.00.")
    raise ValueError(field.kind)


def _wrong_text(field: Field, value) -> str:
    if not isinstance(value, str) or "\x00" in value:
        return _("Écrivez un texte.")
    # A column holds no more than its length; other texts wait for the deposit to be shortened.
    most = field.limits[1] if field.column and field.limits[1] else LONGEST
    return _("Au plus %(most)d caractères.") % {"most": most} if len(value) > most else ""


def _is_one_of(value, choices: set[str]) -> bool:
    return isinstance(value, str) and value in choices


def _is_day(value) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
