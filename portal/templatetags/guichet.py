"""What templates say: dates, amounts, counts, and the words and icons of a status.

The components of ``templates/components`` are built on these; ``portal.views.gallery`` shows them.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import cache

from django import template
from django.forms import CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeData, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext, npgettext
from django.utils.translation import gettext as _

from catalog.orders import THRESHOLD
from governance.amounts import NARROW_SPACE, say_money, say_number
from governance.charters.sentences import codes_words
from governance.dates import say_day, shown_day
from governance.paris import last_day_of
from governance.typography import set_in_french
from portal.menu import address_in, existing_address

register = template.Library()

VOWELS = tuple("aàâeéèêëiîïoôuùû")


@register.filter
def date_words(value: date | datetime | None) -> str:
    """A day as people write it: « 12 déc. 2026 », "12 Dec 2026". Empty for None."""
    return say_day(value) if value else ""


@register.filter
def acting_as(quality: str) -> str:
    """In what quality somebody acts: « en tant que délégué », « en tant qu’ingénieur »."""
    words = {"quality": quality}
    if get_language() == "fr" and quality[:1].lower() in VOWELS:
        return _("en tant qu’%(quality)s") % words
    return _("en tant que %(quality)s") % words


@register.filter
def last_day(until: datetime | None) -> date | None:
    """The last day of a period that ends at the instant `until`: a midnight is of the day before.
    None for None."""
    return last_day_of(until) if until else None


@register.filter
def instant_words(value: datetime | None) -> str:
    """A day and an hour in Paris: « 12 déc. 2026 à 10 h 42 ». Empty for None."""
    if not value:
        return ""
    return _("%(day)s à %(hour)s") % {"day": date_words(value), "hour": hour_words(value)}


@register.filter
def hour_words(value: datetime | None) -> str:
    """An hour in Paris: « 10 h 42 ». Empty for None."""
    if not value:
        return ""
    at = timezone.localtime(value)
    if get_language() == "fr":
        return set_in_french(f"{at.hour} h {at.minute:02}")
    return f"{at.hour}:{at.minute:02}"


def distance(day: date, today: date) -> str:
    """How far ``day`` is from ``today``, in words: « dans 18 jours », « hier »."""
    days = (day - today).days
    if days == 0:
        return _("aujourd’hui")
    if abs(days) == 1:
        return _("demain") if days > 0 else _("hier")
    if days > 0:
        return ngettext("dans %(days)d jour", "dans %(days)d jours", days) % {"days": days}
    return ngettext("il y a %(days)d jour", "il y a %(days)d jours", -days) % {"days": -days}


@register.filter
def date_in_days(value: date | datetime | None) -> str:
    """A day and its distance from today: « 12 déc. 2026 (dans 18 jours) ». Empty for None."""
    if not value:
        return ""
    return f"{date_words(value)} ({distance(shown_day(value), timezone.localdate())})"


@register.filter
def machine_date(value: date | datetime | None) -> str:
    """What the ``datetime`` attribute of ``<time>`` holds."""
    return value.isoformat() if value else ""


@register.filter
def number(value: int | float | Decimal | None, decimals: int = 0) -> str:
    """A number with its thousands apart: « 1 300 », "1,300". Empty for None."""
    return "" if value is None else say_number(value, decimals)


@register.filter
def short_number(value: int | None) -> str:
    """A volume at a glance: « 940 », « 12 k », « 1,3 M ». Under eleven, only that it is so."""
    if value is None:
        return ""
    if value < THRESHOLD:
        return f"< {THRESHOLD}"
    for size, letter in ((1_000_000_000, "Md"), (1_000_000, "M"), (1_000, "k")):
        if value >= size:
            scaled = value / size
            return f"{number(scaled, 0 if scaled >= 10 else 1)}{NARROW_SPACE}{letter}"
    return number(value)


@register.filter
def money(value: int | Decimal | None) -> str:
    """An amount in euros: « 12 500 € », "€12,500". Cents only where there are some."""
    return "" if value is None else say_money(value)


@register.filter
def count_of_persons(value: int | None, threshold: int = THRESHOLD) -> str:
    """A count of persons as it may be shown: None is one that was masked at the site."""
    if value is None:
        return _("moins de %(threshold)d") % {"threshold": threshold}
    return npgettext("patients", "%(count)s personne", "%(count)s personnes", value) % {
        "count": number(value)
    }


@register.filter
def is_group(field) -> bool:
    """Whether a form's field is several controls, to be named by a legend."""
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)


@register.filter
def is_checkbox(field) -> bool:
    """Whether a form's field is one box to tick."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def anchor(field) -> str:
    """The id that a link to a field leads to: its control, or the group's fieldset (the list of
    its controls has the field's own)."""
    return f"{field.auto_id}_group" if is_group(field) else field.id_for_label


SELECTED, INVALID = mark_safe(" selected"), mark_safe(' aria-invalid="true"')
CHIP_ICONS = {"done": "check", "stop": "cross", "wait": "clock", "here": "arrow"}
NOTICE_ICONS = {"info": "info", "done": "check", "stop": "warning", "wait": "clock"}
PATH_ICONS = {"done": "check", "stop": "cross", "here": "arrow"}
PATH_WORDS = {
    "done": gettext_lazy("(fait)"),
    "here": gettext_lazy("(en cours)"),
    "stop": gettext_lazy("(arrêté)"),
    "next": gettext_lazy("(à venir)"),
}
MESSAGE_KINDS = {"success": "done", "error": "stop", "warning": "wait"}


@register.simple_tag
@cache
def icon(name: str) -> str:
    """An icon, which says nothing that the words beside it do not."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def chip(kind: str, label, icon_name: str = "") -> str:
    """A status in a word, with its icon: that of its kind, unless another is named. Lists have one
    a row: a template for each would take longer than all that the row says."""
    shown = icon_name or kind or "neutral"
    drawn = icon(CHIP_ICONS.get(shown, "dot" if shown == "neutral" else shown))
    return format_html('<span class="chip {}">{}{}</span>', kind or "neutral", drawn, label)


@register.simple_tag
def select(field) -> str:
    """The list of choices of a filter. Django's own templates, one an option, take a tenth of the
    time of a page."""
    chosen, choices = field.value() or "", field.field.choices
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if value == chosen else "", label) for value, label in choices),
    )
    invalid = INVALID if field.errors else ""
    named = (field.html_name, field.id_for_label)
    return format_html('<select name="{}" id="{}"{}>{}</select>', *named, invalid, options)


@register.filter
def notice_icon(kind: str) -> str:
    """The icon of a notice."""
    return NOTICE_ICONS.get(kind, "info")


@register.filter
def path_icon(status: str) -> str:
    """The icon of a step on the path of a request."""
    return PATH_ICONS.get(status, "dot")


@register.filter
def path_word(status: str) -> str:
    """The status of a step on the path, for those who do not see the icon."""
    return str(PATH_WORDS.get(status, PATH_WORDS["next"]))


@register.filter
def message_kind(level: str) -> str:
    """The kind of notice that shows a message of that level."""
    return MESSAGE_KINDS.get(level, "info")


@register.filter
def say(text, language: str = "") -> str:
    """A text held in both languages (a mapping or a ``Text``), in the page's language."""
    language = language or get_language() or "fr"
    held = text.say(language) if hasattr(text, "say") else text.get(language) or text["fr"]
    return set_in_french(held) if language.startswith("fr") else held


@register.filter
def declared(text):
    """What somebody wrote here, in French: with the spaces of its typography, and, on a page in
    another language, said to be French, to be read aloud as such. Paragraphs stay paragraphs."""
    if not text:
        return text
    safe = isinstance(text, SafeData)
    shown = set_in_french(str(text))
    shown = mark_safe(shown) if safe else shown
    if (get_language() or "fr").startswith("fr"):
        return shown
    element = "div" if safe and shown.startswith("<p") else "span"
    return format_html('<{0} lang="fr">{1}</{0}>', element, shown)


CHARTER_NAMES = {
    "utilisateur": gettext_lazy("La charte des utilisateurs"),
    "producteur": gettext_lazy("La charte des hôpitaux"),
    "citoyen": gettext_lazy("La charte due aux citoyens"),
}


@register.filter
def charter_name(code: str) -> str:
    """The public name of a charter."""
    return CHARTER_NAMES[code]


@register.filter
def parameter_words(parameter) -> str:
    """What a parameter of a charter is worth, in words: a number with its unit, a list's items."""
    n = parameter.value
    if parameter.type == "flag":
        return _("oui") if n else _("non")
    if parameter.type != "integer":
        codes = [n] if parameter.type == "code" else n
        return codes_words(parameter.name, codes, get_language() or "fr")
    words = {
        "hours": ngettext("%(n)s heure", "%(n)s heures", n),
        "days": ngettext("%(n)s jour", "%(n)s jours", n),
        "working_days": ngettext("%(n)s jour ouvré", "%(n)s jours ouvrés", n),
        "months": ngettext("%(n)s mois", "%(n)s mois", n),
        "characters": ngettext("%(n)s caractère", "%(n)s caractères", n),
        "persons": ngettext("%(n)s personne", "%(n)s personnes", n),
        "percent": "%(n)s %%",
        "": "%(n)s",
    }
    return words[parameter.unit] % {"n": number(n)}


@register.filter
def half(value: int) -> int:
    """Half of a length, for drawings."""
    return value // 2


@register.simple_tag
def api_address() -> str | None:
    """The address of the API's documentation, once it is there."""
    return existing_address("/api/v1/docs", get_language() or "fr")


@register.simple_tag(takes_context=True)
def other_language(context) -> dict[str, str]:
    """The same page in the other language: its address, and the language's code and name."""
    request = context["request"]
    if get_language() == "en":
        other = {"code": "fr", "short": "FR", "name": "Version française"}
    else:
        other = {"code": "en", "short": "EN", "name": "English version"}
    query = request.META.get("QUERY_STRING", "")
    address = address_in(other["code"], request.path)
    return other | {"address": f"{address}?{query}" if query else address}


@register.simple_block_tag
def card(content, **parameters):
    """``{% card title=… %}…{% endcard %}``: the card component around a block."""
    return mark_safe(render_to_string("components/card.html", {**parameters, "content": content}))


@register.simple_block_tag
def notice(content, **parameters):
    """``{% notice kind="wait" title=… %}…{% endnotice %}``: the notice component around a block."""
    return mark_safe(render_to_string("components/notice.html", {**parameters, "content": content}))
