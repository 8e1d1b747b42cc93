"""What a reader of the catalogue chooses: words, a hospital, a kind of data."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from governance.models import Establishment


class CatalogueFilter(forms.Form):
    """The filters of the catalogue, all optional, kept in the address."""

    q = forms.CharField(label=_("Mots cherchés"), required=False, max_length=200)
    hopital = forms.ChoiceField(label=_("Hôpital"), required=False)
    categorie = forms.ChoiceField(label=_("Nature des données"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        hospitals = [(each.pk, each.short_name) for each in Establishment.objects.active()]
        categories = [(each.pk, each.label) for each in Category.objects.all()]
        self.fields["hopital"].choices = [("", _("Tous")), *hospitals]
        self.fields["categorie"].choices = [("", _("Toutes")), *categories]

    def asked(self) -> dict[str, str]:
        """The filters given; what is not one of the choices filters nothing."""
        self.is_valid()
        said = self.cleaned_data
        return {
            "text": said.get("q", "").strip(),
            "establishment": said.get("hopital", ""),
            "category": said.get("categorie", ""),
        }
