"""What differs from requests that were answered the other way: asked once there are any."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 1000
NAME = "difference"


def ask_difference(form: forms.Form, *, required: bool) -> None:
    """Add the field to `form`: shown once the engine asked for it, which says if it is needed."""
    form.fields[NAME] = forms.CharField(
        label=_("Ce qui distingue cette demande"),
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Une phrase, publiée avec la décision. Ne nommez personne."),
    )
