"""What the elements of allauth's pages (``templates/allauth/elements``) are built on."""

from collections.abc import Iterator

from django import template
from django.forms import BaseForm, BoundField

register = template.Library()

SECOND = {"secondary", "outline", "minor", "resend"}
QUIET = {"link", "cancel"}
DANGER = {"danger", "delete"}


@register.filter
def button_kind(attrs: dict) -> str:
    """The classes after "button", from allauth's tags. What sends a page's form is its primary."""
    tags = set(attrs.get("tags") or ())
    sends = not attrs.get("href")
    if tags & QUIET:
        return " quiet"
    if tags & DANGER:
        return " primary danger" if sends else " danger"
    return " primary" if sends and not tags & SECOND else ""


@register.filter
def without_placeholders(form: BaseForm) -> Iterator[BoundField]:
    """The fields of a form, their labels said once: allauth repeats each as a placeholder."""
    for field in form:
        field.field.widget.attrs.pop("placeholder", None)
        yield field
