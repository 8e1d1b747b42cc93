"""Forms of the life after the decision: extractions, accesses, certificates, hearings."""

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.forms import DAY


class NarrowForm(forms.Form):
    """What an establishment's limits, said in words, take away from what is asked."""

    without = forms.MultipleChoiceField(
        label=_("Variables que l'établissement garde"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    start = forms.DateField(label=_("Pas avant le"), widget=DAY, required=False)
    end = forms.DateField(label=_("Pas après le"), widget=DAY, required=False)

    def __init__(self, *args, perimeter, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["without"].choices = [(v.pk, v.label) for v in perimeter.variables]
        self._perimeter = perimeter

    def clean(self):
        """Refuse limits that leave nothing."""
        said = super().clean()
        left = self._perimeter.narrowed(said.get("without", ()), said.get("start"), said.get("end"))
        if left.start and left.end and left.start > left.end:
            self.add_error("end", _("Cette période est vide."))
        if not left.variables and left.kind != "aggregates":
            self.add_error("without", _("Il ne resterait aucune variable."))
        return said


class OpeningForm(forms.Form):
    """When the accesses open."""

    site_by_site = forms.TypedChoiceField(
        label=_("Votre choix"),
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        choices=(
            ("no", _("Quand tous les établissements ont livré")),
            ("yes", _("Dès que chacun a livré : la durée d'accès part du premier")),
        ),
    )


class CopiesForm(forms.Form):
    """The certificate that the working copies are destroyed."""

    reference = forms.CharField(
        label=_("Référence du certificat"),
        max_length=80,
        help_text=_("Celle de votre procès-verbal de destruction."),
    )
    agreed = forms.BooleanField(
        label=_("J'atteste que les copies de travail de cette étude sont détruites ici."),
        error_messages={"required": _("Cochez la case pour attester.")},
    )


class HearingForm(forms.Form):
    """The holder's words before a decision against them."""

    text = forms.CharField(
        label=_("Vos observations"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Ce que vous écrivez est joint au dossier et lu avant toute décision."),
    )
