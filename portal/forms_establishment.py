"""Forms of *Mon établissement*."""

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from governance.domain.delegations import DELEGABLE_STEPS
from governance.models.establishment import Establishment
from governance.roles import ROLES

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

    class Meta:
        model = Establishment
        fields = ["email", "phone", "postal_address", "dpo_email", "dpo_phone", "website"]
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 4})}
