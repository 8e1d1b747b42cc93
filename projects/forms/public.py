"""What citizens choose in the register: words, a hospital, a year, where projects stand."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.models import Establishment
from projects.queries import register


class RegisterFilter(forms.Form):
    """The filters of the register, all optional, kept in the address."""

    q = forms.CharField(label=_("Mots cherchés"), required=False, max_length=200)
    hopital = forms.ChoiceField(label=_("Hôpital"), required=False)
    annee = forms.ChoiceField(label=_("Année"), required=False)
    etat = forms.ChoiceField(label=_("Où en est le projet"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        hospitals = Establishment.objects.values_list("slug", "short_name")
        groups = [(code, label) for code, (label, _states) in register.GROUPS.items()]
        years = [(str(year), str(year)) for year in register.years()]
        self.fields["hopital"].choices = [("", _("Tous")), *hospitals]
        self.fields["annee"].choices = [("", _("Toutes")), *years]
        self.fields["etat"].choices = [("", _("Tous")), *groups]

    def asked(self) -> dict[str, str]:
        """The filters given; what is not one of the choices filters nothing."""
        self.is_valid()
        said = self.cleaned_data
        return {
            "words": said.get("q", ""),
            "hospital": said.get("hopital", ""),
            "year": said.get("annee", ""),
            "group": said.get("etat", ""),
        }
