"""A row of ``User`` is a person who can sign in. It is made by the person (sign-up), by their
hospital's identity provider, or by the seed of the demonstration; it is never deleted while a
decision names it: it is made inactive, and its name blanked.

A row of ``PersonalToken`` lets a program act for that person through the API until a date. Only
its digest is stored: the token itself is shown once, when it is made.

Nothing here points at the rest of the house: roles, delegations and commitments point at persons.
"""

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from portal.accounts.fields import LowercaseEmailField


class UserManager(BaseUserManager):
    """Creates persons by e-mail address; there is no user name."""

    use_in_migrations = True

    def _create(self, email, password, **fields):
        if not email:
            raise ValueError("a person needs an e-mail address")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email, password=None, **fields):
        """Create a person. Without ``password`` they can only sign in by another way."""
        fields.setdefault("is_staff", False)
        fields.setdefault("is_superuser", False)
        return self._create(email, password, **fields)

    def create_superuser(self, email, password=None, **fields):
        """Create a person who may use the admin of reference data."""
        fields["is_staff"] = True
        fields["is_superuser"] = True
        return self._create(email, password, **fields)


class MemberNotices(models.TextChoices):
    """What a team member who is neither holder nor asked for something wants to be sent."""

    ALL = "all", _("À chaque changement d'étape")
    DECISIONS = "decisions", _("Les décisions seulement")
    NONE = "none", _("Rien")


class User(AbstractUser):
    """A person. ``ref`` is the only name of theirs that decisions and the ledger carry."""

    username = None
    ref = models.UUIDField(_("référence"), default=uuid.uuid4, unique=True, editable=False)
    email = LowercaseEmailField(_("adresse électronique"), max_length=254, unique=True)
    first_name = models.CharField(_("prénom"), max_length=150)
    last_name = models.CharField(_("nom"), max_length=150)
    language = models.CharField(
        _("langue"), max_length=2, choices=[("fr", "Français"), ("en", "English")], default="fr"
    )
    member_notices = models.CharField(
        _("messages sur les demandes dont je suis membre"),
        max_length=9,
        choices=MemberNotices,
        default=MemberNotices.DECISIONS,
    )
    calendar_key = models.UUIDField(_("clé de l'agenda"), default=uuid.uuid4, unique=True)
    session_era = models.PositiveIntegerField(default=0, editable=False)
    monthly_line = models.BooleanField(
        _("une ligne par mois sur mes demandes en cours"), default=True
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")
        ordering = ["last_name", "first_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(language__in=["fr", "en"]), name="user_language_is_known"
            ),
        ]

    def __str__(self):
        return self.get_full_name() or self.email

    def _get_session_auth_hash(self, secret=None):
        # Django compares this at each request: a new era closes the sessions of the older ones,
        # as a new password does.
        return salted_hmac(
            "portal.accounts.session_era",
            f"{self.password}:{self.session_era}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class PersonalToken(models.Model):
    """A program's right to act for ``person`` through the API, until ``expires_at``."""

    class Scope(models.TextChoices):
        READ = "read", _("Lire")
        WRITE = "write", _("Lire et agir")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens"
    )
    name = models.CharField(_("nom"), max_length=80)
    prefix = models.CharField(_("début du jeton"), max_length=12)
    digest = models.BinaryField(_("empreinte"), max_length=32, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=5, choices=Scope), verbose_name=_("droits"))
    created_at = models.DateTimeField(_("créé le"))
    expires_at = models.DateTimeField(_("expire le"))
    last_used_at = models.DateTimeField(_("dernier usage"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("révoqué le"), null=True, blank=True)

    class Meta:
        verbose_name = _("jeton personnel")
        verbose_name_plural = _("jetons personnels")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="token_expires_after_creation"
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=["read", "write"]) & ~Q(scopes=[]),
                name="token_scopes_are_known",
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.prefix}…)"
