"""What differs from requests that were answered the other way: asked once there are any."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 1000
NAME = "difference"


REQUEST_DIFFERS = _("Ce qui distingue cette demande")
AMENDMENT_DIFFERS = _("Ce qui distingue cet avenant")


def ask_difference(form: forms.Form, *, required: bool, what=REQUEST_DIFFERS) -> None:
    """Add the field to `form`, called `what`: shown once the engine asked for it, which says if it
    is needed."""
    form.fields[NAME] = forms.CharField(
        label=what,
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Une phrase, publiée avec la décision. Ne nommez personne."),
    )
