"""Whether an answer is of its field's type, what stands for none, and how an answer is said.

A draft may be incomplete or too long to be deposited, never malformed: what is stored can always
be read again.
"""

import re
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.amounts import say_money
from governance.dates import say_day
from projects.dossier.form import CHOICE, DATE, LONG, MANY, MONEY, NUMBER, TEXT, YES_NO, Field

LONGEST = 20_000
"""Characters of a text that a draft keeps, whatever a deposit asks."""

_MONEY = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)


def empty(field: Field):
    """The answer of somebody who has not answered."""
    return {TEXT: "", LONG: "", CHOICE: "", MANY: []}.get(field.kind)


def wrong(field: Field, value) -> str:
    """What is wrong with `value` as an answer to `field`, in the reader's language; empty when
    nothing is. An answer taken away (None, or empty) is never wrong."""
    if value is None or value == "":
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
            return "" if _is_day(value) else _("Donnez une date : jour, mois et année.")
        case kind if kind == NUMBER:
            whole = isinstance(value, int) and not isinstance(value, bool)
            return "" if whole and abs(value) < 2**31 else _("Donnez un nombre entier.")
        case kind if kind == MONEY:
            ok = isinstance(value, str) and _MONEY.fullmatch(value)
            return "" if ok else _("Donnez un montant, comme 1500.")
    raise ValueError(field.kind)


def unfit(field: Field, value) -> str:
    """What keeps a well-formed answer from being deposited, in the reader's language: too short,
    too long, out of bounds; empty when nothing does."""
    least, most = field.accepted
    if field.kind in (TEXT, LONG) and value:
        length = len(value.strip())
        if least and length < least:
            n = least - length
            said = ngettext(
                "Il manque %(n)d caractère au moins.", "Il manque %(n)d caractères au moins.", n
            )
            return said % {"n": n}
        if most and length > most:
            n = length - most
            said = ngettext("%(n)d caractère de trop.", "%(n)d caractères de trop.", n)
            return said % {"n": n}
    number = field.kind in (NUMBER, MONEY) and value not in (None, "")
    if number and most is not None and not least <= Decimal(str(value)) <= most:
        return _("Donnez un nombre de %(least)d à %(most)d.") % {"least": least, "most": most}
    return ""


def said(field: Field, value) -> str:
    """An answer as a reader reads it; empty for none."""
    if value is None or value == "" or value == []:
        return ""
    words = {code: str(label) for code, label in field.choices}
    match field.kind:
        case kind if kind == CHOICE:
            return words.get(value, str(value))
        case kind if kind == MANY:
            return ", ".join(words.get(each, str(each)) for each in value)
        case kind if kind == YES_NO:
            return _("Oui") if value else _("Non")
        case kind if kind == DATE:
            return say_day(date.fromisoformat(value))
        case kind if kind == MONEY:
            return say_money(Decimal(value))
    return str(value)


def _wrong_text(field: Field, value) -> str:
    if not isinstance(value, str) or "\x00" in value:
        return _("Ce texte contient un caractère qui ne s'écrit pas.")
    # A column holds no more than its length; other texts wait for the deposit to be shortened.
    most = field.limits[1] if field.column and field.limits[1] else LONGEST
    return _("Au plus %(most)d caractères.") % {"most": most} if len(value) > most else ""


def _is_one_of(value, choices: set[str]) -> bool:
    return isinstance(value, str) and value in choices


def _is_day(value) -> bool:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return day is not None and day.isoformat() == value and 1900 <= day.year <= 2200
