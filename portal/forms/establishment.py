"""Forms of *Mon établissement*."""

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from governance.domain.delegations import DELEGABLE_STEPS
from governance.domain.warehouses import WouldStop
from governance.models import WarehouseStanding
from governance.models.establishment import Establishment
from governance.pages.conditional import conditional
from governance.roles import ROLES
from projects.dossier.form import PURPOSES
from projects.models.request import RequesterKind

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PersonField(forms.EmailField):
    """A person named by the address of their account."""

    default_error_messages = {
        "unknown": _("Aucun compte n'a cette adresse. La personne doit d'abord ouvrir un compte.")
    }

    def clean(self, value):
        """The person whose account has this address."""
        address = super().clean(value)
        if not address:
            return None
        person = get_user_model().objects.filter(email=address, is_active=True).first()
        if person is None:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return person


class GrantForm(forms.Form):
    """A role to grant, for a period."""

    person = PersonField(label=_("Adresse électronique de la personne"))
    role = forms.ChoiceField(
        label=_("Rôle"), choices=lambda: [(role.code, role.name) for role in ROLES.values()]
    )
    since = forms.DateField(label=_("À partir du"), widget=DAY)
    until = forms.DateField(
        label=_("Jusqu'au"),
        widget=DAY,
        required=False,
        help_text=_("Ce jour est compris. Vide : jusqu'à ce qu'on le retire."),
    )


class PeriodForm(forms.Form):
    """Another end for a role already granted."""

    until = forms.DateField(
        label=_("Jusqu'au"),
        widget=DAY,
        required=False,
        help_text=_("Ce jour est compris. Vide : jusqu'à ce qu'on le retire."),
    )


class DelegationForm(forms.Form):
    """A delegation of signature, copied from the director's act."""

    person = PersonField(label=_("Adresse électronique du délégataire"))
    steps = forms.MultipleChoiceField(
        label=_("Décisions déléguées"), widget=forms.CheckboxSelectMultiple
    )
    since = forms.DateField(label=_("À partir du"), widget=DAY)
    until = forms.DateField(label=_("Jusqu'au"), widget=DAY, help_text=_("Ce jour est compris."))
    act_reference = forms.CharField(
        label=_("Référence de l'acte"),
        max_length=120,
        help_text=_("Celle de la décision signée par le directeur ; elle figure sur chaque acte."),
    )

    def __init__(self, *args, language="fr", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["steps"].choices = [
            (code, label.say(language)) for code, label in DELEGABLE_STEPS.items()
        ]


class ContactsForm(forms.ModelForm):
    """What public pages say of how to reach the establishment and its DPO."""

    website = forms.URLField(label=_("Site web"), required=False, assume_scheme="https")

    class Meta:
        model = Establishment
        fields = ["email", "phone", "postal_address", "dpo_email", "dpo_phone", "website"]
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 4})}


class WarehouseForm(forms.Form):
    """A change of the warehouse's standing. It asks whether one means it only once told that
    requests would be stopped."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "knowing" in self.data:
            self._ask()

    def _ask(self) -> None:
        self.fields["knowing"] = forms.BooleanField(
            label=_("Enregistrer quand même, en sachant ce qui sera arrêté"), required=False
        )

    def warn(self, stopped: WouldStop) -> None:
        """Say how many requests would be stopped, and ask."""
        self._ask()
        said = []
        if stopped.in_use:
            said.append(
                ngettext(
                    "%(n)d demande dont les données sont utilisées ne respecterait plus la "
                    "charte : son accès à vos données se fermerait au bout du temps laissé pour y "
                    "remédier.",
                    "%(n)d demandes dont les données sont utilisées ne respecteraient plus la "
                    "charte : leur accès à vos données se fermerait au bout du temps laissé pour y "
                    "remédier.",
                    stopped.in_use,
                )
                % {"n": stopped.in_use}
            )
        if stopped.waiting:
            said.append(
                ngettext(
                    "%(n)d demande en cours serait arrêtée à sa prochaine étape chez vous.",
                    "%(n)d demandes en cours seraient arrêtées à leur prochaine étape chez vous.",
                    stopped.waiting,
                )
                % {"n": stopped.waiting}
            )
        said.append(gettext("Corrigez, ou cochez la case ci-dessous."))
        if self.files:
            said.append(gettext("Choisissez de nouveau le document : il n'a pas été gardé."))
        self.add_error("knowing", " ".join(said))


class BasisForm(WarehouseForm):
    """The declaration or authorisation on which the warehouse rests."""

    kind = forms.ChoiceField(
        label=_("Nature"), choices=WarehouseStanding.Kind, widget=forms.RadioSelect
    )
    number = forms.CharField(label=_("Numéro ou référence"), max_length=120)
    dated_on = forms.DateField(label=_("Date"), widget=DAY)
    until = forms.DateField(
        label=_("Dernier jour de validité"),
        widget=DAY,
        required=False,
        help_text=_(
            "Si elle en a un. Vous êtes prévenu 90, 30 et 7 jours avant ; passé ce jour, aucune "
            "demande nouvelle n'est jugée faisable avec vos données."
        ),
    )
    document = forms.FileField(
        label=_("Document déposé"),
        required=False,
        help_text=_(
            "La décision ou le récépissé, en PDF, Word ou OpenDocument, 20 Mo au plus. Sans "
            "nouveau document, celui du même numéro et de la même date reste."
        ),
    )
    legal_basis = forms.CharField(
        label=_("Référentiel ou texte"),
        max_length=300,
        help_text=_("Celui sur lequel l'entrepôt repose. La page publique le montre."),
    )
    purposes = forms.MultipleChoiceField(
        label=_("Finalités couvertes"), choices=PURPOSES, widget=forms.CheckboxSelectMultiple
    )
    recipients = forms.MultipleChoiceField(
        label=_("Destinataires couverts"),
        choices=RequesterKind.choices,
        widget=forms.CheckboxSelectMultiple,
    )


class NoticeForm(WarehouseForm):
    """A new notice that tells patients of the warehouse."""

    effective_on = forms.DateField(
        label=_("Date d'effet"),
        widget=DAY,
        help_text=_("Depuis quand chaque patient est informé par cette note."),
    )
    channel = forms.ChoiceField(
        label=_("Moyen"), choices=WarehouseStanding.Channel, widget=forms.RadioSelect
    )
    coverage = forms.IntegerField(
        label=_("Part des patients informés, en %"), min_value=0, max_value=100
    )
    address = conditional(
        forms.URLField(label=_("Adresse de la note"), max_length=300, assume_scheme="https")
    )
    text = conditional(
        forms.CharField(
            label=_("Ou son texte"), max_length=8000, widget=forms.Textarea(attrs={"rows": 8})
        )
    )
