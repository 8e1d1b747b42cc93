"""Fields that are needed in some cases only."""

from django import forms


def conditional(field: forms.Field) -> forms.Field:
    """``field``, which its form asks in some cases only: its help says which, and its label does
    not say that it may be left empty."""
    field.required = field.widget.is_required = False
    field.conditional = True
    return field
