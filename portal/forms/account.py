"""Forms of *Mes engagements* and *Absence et suppléance*."""

from django import forms
from django.utils.translation import gettext_lazy as _

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SignForm(forms.Form):
    """One box to tick under the text that is signed."""

    agreed = forms.BooleanField(
        label=_("J'ai lu ce texte et je m'engage à le respecter."),
        error_messages={"required": _("Cochez la case pour signer.")},
    )


class TrainingForm(forms.Form):
    """A data-protection training and its certificate."""

    title = forms.CharField(
        label=_("Intitulé de la formation"),
        max_length=160,
        help_text=_("Par exemple : « RGPD et données de santé, CHU de Rennes »."),
    )
    obtained_on = forms.DateField(label=_("Obtenue le"), widget=DAY)
    document = forms.FileField(
        label=_("Attestation"),
        help_text=_("PDF, Word ou OpenDocument, 20 Mo au plus."),
        error_messages={"required": _("Joignez l'attestation de la formation.")},
    )


class ServiceForm(forms.Form):
    """A service of an establishment, where one works."""

    establishment = forms.ModelChoiceField(
        label=_("Hôpital"), queryset=None, empty_label=_("Choisissez un hôpital")
    )
    service = forms.CharField(
        label=_("Service"),
        max_length=120,
        help_text=_("Son nom, comme à l'hôpital : « Cardiologie »."),
    )

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["establishment"].queryset = places


class AbsenceForm(forms.Form):
    """An absence and who stands in; ``colleagues`` are those who could."""

    since = forms.DateField(label=_("Du"), widget=DAY)
    until = forms.DateField(label=_("Au"), widget=DAY, help_text=_("Ce jour est compris."))
    stand_in = forms.ChoiceField(
        label=_("Suppléant"),
        help_text=_("Ce qui vous attend lui sera aussi montré et rappelé."),
        error_messages={"required": _("Choisissez qui vous supplée.")},
    )

    def __init__(self, *args, colleagues, **kwargs):
        super().__init__(*args, **kwargs)
        self._colleagues = {str(person.ref): person for person in colleagues}
        self.fields["stand_in"].choices = [
            ("", _("Choisissez une personne")),
            *((ref, str(person)) for ref, person in self._colleagues.items()),
        ]

    def clean_stand_in(self):
        """The person chosen."""
        return self._colleagues[self.cleaned_data["stand_in"]]
