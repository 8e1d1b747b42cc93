"""Why the words of a decision are erased."""

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.domain.erasing import GROUNDS


class EraseForm(forms.Form):
    """One ground of a closed list, which the audit keeps."""

    ground = forms.ChoiceField(
        label=_("Pourquoi les effacer"),
        choices=list(GROUNDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites pourquoi ces mots doivent être effacés.")},
    )
