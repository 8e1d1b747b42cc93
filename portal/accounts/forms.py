"""Forms of sign-up and of the account page."""

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import PersonalToken
from portal.accounts.tokens import LONGEST


class SignupForm(forms.Form):
    """What sign-up asks beside e-mail and password (``ACCOUNT_SIGNUP_FORM_CLASS``)."""

    first_name = forms.CharField(label=_("Prénom"), max_length=150)
    last_name = forms.CharField(label=_("Nom"), max_length=150)

    field_order = ["first_name", "last_name", "email", "password1", "password2"]

    def signup(self, request, user):
        """Keep the names given, and the language in which the page was read."""
        user.first_name = self.cleaned_data["first_name"]
        user.last_name = self.cleaned_data["last_name"]
        user.language = "en" if (get_language() or "").startswith("en") else "fr"
        user.save(update_fields=["first_name", "last_name", "language"])


class ProfileForm(forms.ModelForm):
    """Name and language."""

    class Meta:
        model = get_user_model()
        fields = ["first_name", "last_name", "language"]


class NoticesForm(forms.ModelForm):
    """What one wants to be sent beside what one must know."""

    class Meta:
        model = get_user_model()
        fields = ["member_notices", "monthly_line"]
        widgets = {"member_notices": forms.RadioSelect}


class TokenForm(forms.Form):
    """A new personal token."""

    name = forms.CharField(
        label=_("Nom du jeton"),
        max_length=80,
        help_text=_("À quoi il sert, pour le reconnaître : « tableau de bord du service »."),
    )
    scopes = forms.ChoiceField(
        label=_("Droits"), choices=PersonalToken.Scope, widget=forms.RadioSelect, initial="read"
    )
    days = forms.IntegerField(
        label=_("Durée, en jours"), min_value=1, max_value=LONGEST, initial=30
    )
