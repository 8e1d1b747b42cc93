"""What allauth asks of the house: names from identity providers, secrets at rest, redirections."""

import base64

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from governance.queries.people import is_staff
from portal.menu import existing_address


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up and sign-in by e-mail address and password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "L'adresse ou le mot de passe n'est pas le bon. Vérifiez-les, ou demandez un nouveau "
            "mot de passe."
        ),
        "too_many_login_attempts": _(
            "Trop d'essais sans succès. Attendez cinq minutes avant de recommencer."
        ),
    }

    def get_login_redirect_url(self, request):
        """Staff land on their work, others on their requests."""
        wanted = "/travail" if is_staff(request.user, timezone.now()) else "/mes-demandes"
        return existing_address(wanted, get_language() or "fr") or reverse("account_settings")

    def get_reauthentication_methods(self, user):
        """Each other way of confirming who one is, in the words of our pages."""
        ours = {
            "mfa_reauthenticate:webauthn": _("Utiliser une clé de sécurité"),
            "mfa_reauthenticate": _("Écrire un code de votre téléphone"),
        }
        return [
            way | {"description": ours.get(way["id"], way["description"])}
            for way in super().get_reauthentication_methods(user)
        ]

    def populate_username(self, request, user):
        """There is no user name."""

    def render_mail(self, template_prefix, email, context, headers=None):
        """Write in the language of the person written to; of the page, to who has no account."""
        person = context.get("user")
        with override(person.language if person else get_language()):
            return super().render_mail(template_prefix, email, context, headers)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Say whom it is for, so that it is written in their language."""
        super().send_notification_mail(
            template_prefix, user, {"user": user, **(context or {})}, email
        )


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Sign-in through an identity provider."""

    def populate_user(self, request, sociallogin, data):
        """Take the family name where ProConnect puts it."""
        user = super().populate_user(request, sociallogin, data)
        extra = sociallogin.account.extra_data or {}
        claims = extra.get("userinfo") or extra.get("id_token") or extra
        if not user.last_name:
            user.last_name = str(claims.get("usual_name") or claims.get("family_name") or "")[:150]
        return user


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of one-time codes are encrypted at rest, under a key drawn from ``SECRET_KEY``.

    A copy of the database alone does not give codes. ``SECRET_KEY_FALLBACKS`` still read the old
    ones after a rotation.
    """

    error_messages = DefaultMFAAdapter.error_messages | {
        "unverified_email": _(
            "Vérifiez d'abord votre adresse électronique : dans votre compte, « Changer mon "
            "adresse électronique », puis « Renvoyer la vérification »."
        ),
        "cannot_generate_recovery_codes": _(
            "Installez d'abord une application d'authentification, ou ajoutez une clé de sécurité."
        ),
    }

    def get_totp_issuer(self) -> str:
        return str(_("Guichet des données"))

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode("ascii")).decode()


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(secret: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal.accounts.second_factor")
    return base64.urlsafe_b64encode(kdf.derive(secret.encode()))
