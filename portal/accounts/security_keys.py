"""Forms of security keys: allauth's, whose field has no label in French."""

from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

NAME = _("Nom de la clé")


class AddKeyForm(webauthn.AddWebAuthnForm):
    """A new key."""

    name = forms.CharField(
        label=NAME, required=False, max_length=80, help_text=_("Pour la reconnaître.")
    )


class EditKeyForm(webauthn.EditWebAuthnForm):
    """Another name for a key."""

    name = forms.CharField(label=NAME, max_length=80)
