"""What templates say of requests: their state, their decisions, who acts, since when."""

from datetime import datetime
from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from projects.queries.history import title_of
from projects.queries.overview import actor_words, day_words
from projects.queries.overview import state_chip as chip_of

register = template.Library()


@register.filter
def decision_title(decision) -> str:
    """What a decision is called."""
    return title_of(decision)


@register.filter
def actor_name(code: str) -> str:
    """The name of a role, of the holder, of the portal itself."""
    return actor_words(code)


@register.filter
def since_words(at: datetime) -> str:
    """A day close by, by its name: « vendredi », « hier »; else its date. To be said after
    « Depuis », "Since"."""
    day = localdate(at)
    days = (localdate() - day).days
    if days == 0:
        return _("ce matin")
    if days == 1:
        return _("hier")
    if days < 7:
        return date_format(day, "l")
    in_french = (get_language() or "fr").startswith("fr")
    return _("le %(day)s") % {"day": day_words(at)} if in_french else day_words(at)


@register.simple_tag
def state_chip(state: str) -> str:
    """The chip of a state, in the words of staff."""
    return _chip_in(get_language(), state)


@cache
def _chip_in(language: str, state: str) -> str:
    """The chip of a state in the language of the page, which is `language`: made once, since the
    table of states never changes while the portal runs."""
    return render_to_string("components/chip.html", chip_of(state))
