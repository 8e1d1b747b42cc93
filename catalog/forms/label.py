"""What an establishment declares for the quality label of a dataset."""

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _


class DeclarationForm(forms.Form):
    """One element, in words, with its proof and its term."""

    text = forms.CharField(
        label=_("Ce que vous déclarez"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Public, dans les mots de tous : ce qui est fait, par qui, à quel rythme."),
        error_messages={"required": _("Écrivez ce que vous déclarez.")},
    )
    proof = forms.CharField(
        label=_("Adresse de la preuve"),
        max_length=500,
        validators=[URLValidator(["https", "http"])],
        widget=forms.URLInput(),
        help_text=_("Une procédure, un rapport, une page publique : https://…"),
        error_messages={"required": _("Donnez l'adresse où lire la preuve.")},
    )
    valid_until = forms.DateField(
        label=_("Valable jusqu'au"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Deux ans au plus : ensuite il faudra le redire."),
        error_messages={
            "required": _("Dites jusqu'à quel jour."),
            "invalid": _("Écrivez un jour, par exemple 2027-12-01."),
        },
    )
