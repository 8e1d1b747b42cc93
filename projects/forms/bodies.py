"""Forms of committees and juries: a new one, its rules, its members."""

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from governance.domain.committees import LEAST_MEMBERS, MOST_MEMBERS
from governance.models import Body, Mandate
from governance.queries.committees import SEATS
from projects.forms import DAY


class BodyForm(forms.Form):
    """A committee of an establishment, or the jury of a call."""

    kind = forms.ChoiceField(
        label=_("C'est"),
        widget=forms.RadioSelect,
        choices=[
            (Body.Kind.JURY, _("Le jury d'un appel")),
            (Body.Kind.ESTABLISHMENT, _("Le comité d'un établissement")),
        ],
    )
    name = forms.CharField(label=_("Nom du comité ou du jury"), max_length=160)
    establishment = forms.ModelChoiceField(
        label=_("Établissement"),
        queryset=None,
        required=False,
        help_text=_("Celui du comité. Un jury sans établissement est celui du réseau."),
    )
    call = forms.CharField(
        label=_("Appel"),
        max_length=160,
        required=False,
        help_text=_("Pour un jury : l'appel dont il examine les dossiers."),
    )

    def __init__(self, *args, places, network, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["establishment"].queryset = places
        if network:
            self.fields["establishment"].empty_label = str(_("Tout le réseau"))
        else:
            self.fields["establishment"].empty_label = None
            self.fields["establishment"].required = True


class RulesForm(forms.Form):
    """The rules that a body deliberated."""

    quorum = forms.IntegerField(
        label=_("Quorum"),
        min_value=LEAST_MEMBERS,
        max_value=MOST_MEMBERS,
        help_text=_("Membres qui comptent pour chaque point, ceux qui sortent déduits."),
    )
    required_seats = forms.MultipleChoiceField(
        label=_("Sièges qui doivent être tenus"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(c, n) for c, n in SEATS.items() if c != Mandate.Seat.PATIENTS],
        help_text=_("Un représentant des patients l'est toujours : la charte le veut."),
    )
    remote_counts = forms.BooleanField(
        label=_("Les membres à distance comptent et votent"), required=False
    )
    secret_votes = forms.BooleanField(label=_("Tous les votes sont secrets"), required=False)
    act = forms.CharField(label=_("Référence de la délibération"), max_length=80)


class MandateForm(forms.Form):
    """A person named to a seat."""

    person = forms.EmailField(
        label=_("Adresse électronique de la personne"),
        help_text=_("Celle de son compte : elle doit d'abord en ouvrir un."),
    )
    seat = forms.ChoiceField(label=_("Siège"), choices=list(SEATS.items()))
    chair = forms.BooleanField(label=_("Préside le comité"), required=False)
    stands_in_for = forms.ModelChoiceField(
        label=_("Suppléant de"),
        queryset=None,
        required=False,
        empty_label=_("Personne : membre titulaire"),
        help_text=_("Un suppléant siège et vote quand le titulaire est absent, ou sort."),
    )
    since = forms.DateField(label=_("À partir du"), widget=DAY)
    until = forms.DateField(
        label=_("Jusqu'au"),
        widget=DAY,
        required=False,
        help_text=_("Ce jour est compris. Vide : jusqu'à ce qu'on y mette fin."),
    )
    act = forms.CharField(label=_("Référence de la décision de nomination"), max_length=80)

    def __init__(self, *args, titulars, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["stands_in_for"].queryset = Mandate.objects.filter(
            pk__in=[mandate.pk for mandate in titulars]
        ).select_related("person")
        self.fields["stands_in_for"].label_from_instance = lambda m: f"{m.person}, {SEATS[m.seat]}"

    def clean_person(self):
        """The person whose account has this address."""
        found = get_user_model().objects.filter(
            email=self.cleaned_data["person"].lower(), is_active=True
        )
        if not found:
            raise ValidationError(_("Aucun compte n'a cette adresse."))
        return found[0]


class EndForm(forms.Form):
    """The end of a mandate before its term."""

    last_day = forms.DateField(
        label=_("Dernier jour du mandat"), widget=DAY, help_text=_("Ce jour est compris.")
    )
