"""The fields of an objection, and of following one.

``StatementFields`` is never sent: its fields stand outside of any form of the page, which seals
what they hold and sends the sealed boxes alone. It is a Django form for its labels and its looks.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.sealed import receipt_number

LONGEST = 80

THEME_WORDS = {
    "cancer": _("Cancers"),
    "heart": _("Cœur et vaisseaux"),
    "mind": _("Santé mentale"),
    "nerves": _("Maladies du système nerveux"),
    "birth": _("Grossesse et naissance"),
    "infection": _("Infections, dont VIH et hépatites"),
    "genetics": _("Génétique"),
}


def _text(label, *, autocomplete: str = "off", **options) -> forms.CharField:
    attributes = {"autocomplete": autocomplete, "maxlength": LONGEST}
    return forms.CharField(label=label, widget=forms.TextInput(attrs=attributes), **options)


class StatementFields(forms.Form):
    """Where, for whom, what, and who."""

    use_required_attribute = False

    hospitals = forms.MultipleChoiceField(
        label=_("Quels hôpitaux ?"),
        help_text=_(
            "Un hôpital ne connaît pas les patients des autres : cochez chacun des vôtres."
        ),
        widget=forms.CheckboxSelectMultiple,
    )
    whom = forms.ChoiceField(
        label=_("Pour qui ?"),
        widget=forms.RadioSelect,
        initial="self",
        choices=[
            ("self", _("Pour moi")),
            ("child", _("Pour mon enfant mineur")),
            ("protected", _("Pour un adulte que je protège (tutelle, habilitation familiale…)")),
        ],
    )
    declarant = _text(_("Votre nom, votre prénom, votre lien avec cette personne"), required=True)
    scope = forms.ChoiceField(
        label=_("Que refusez-vous ?"),
        widget=forms.RadioSelect,
        initial="all",
        choices=[
            ("all", _("Toutes les recherches")),
            ("theme", _("Les recherches sur un sujet")),
            ("project", _("Un seul projet")),
        ],
    )
    theme = forms.ChoiceField(
        label=_("Quel sujet ?"),
        choices=[("", _("Choisir…")), *THEME_WORDS.items()],
        help_text=_("Une recherche porte sur un sujet quand elle choisit ses patients par lui."),
    )
    project = forms.CharField(
        label=_("Numéro du projet"),
        help_text=_("Il est en haut de la page du projet, par exemple 2026-0042."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "maxlength": 11, "inputmode": "numeric"}
        ),
    )
    birth_name = _text(_("Nom de naissance"), autocomplete="family-name")
    usual_name = _text(_("Nom d’usage, s’il est différent"), required=False)
    first_names = _text(
        _("Prénoms"),
        autocomplete="given-name",
        help_text=_("Dans l’ordre de l’état civil. Le premier suffit."),
    )
    born_on = forms.DateField(
        label=_("Date de naissance"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )

    def __init__(self, places):
        super().__init__()
        self.fields["hospitals"].choices = [
            (place.establishment.pk, place.establishment.name) for place in places
        ]


class ReceiptForm(forms.Form):
    """A receipt number, as a person types it."""

    number = forms.CharField(
        label=_("Votre numéro de récépissé"),
        max_length=60,
        help_text=_("Seize lettres et chiffres. Majuscules, tirets et espaces n’importent pas."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Écrivez le numéro de votre récépissé.")},
    )

    def clean_number(self) -> str:
        """The bare number."""
        try:
            return receipt_number(self.cleaned_data["number"])
        except ValueError:
            raise ValidationError(
                _("Ce n’est pas un numéro de récépissé : il a seize lettres et chiffres.")
            ) from None


class KeepForm(forms.Form):
    """Why a delivery keeps persons who have objected since."""

    reason = forms.CharField(
        label=_("Motif de conserver ces données"),
        help_text=_(
            "La loi le permet quand les retirer rendrait la recherche impossible ou la "
            "compromettrait gravement (RGPD, article 17.3.d)."
        ),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "low"}),
    )
