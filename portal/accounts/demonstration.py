"""The named accounts of the demonstration, and their one-click sign-in.

Everything here refuses to work unless ``settings.DEMONSTRATION`` is set, which production refuses.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.domain.delegations import DELEGABLE_STEPS, record_delegation
from governance.domain.roles import grant_role
from governance.models.establishment import Establishment
from governance.models.role import RoleGrant

MARK = "demonstration"
HELD = timedelta(days=1600)
"""For how long the named persons have had their roles."""
DOMAIN = "demo.example"
"""A reserved domain (RFC 2606): no message sent to it can reach anyone."""


@dataclass(frozen=True)
class DemoAccount:
    """One person of the demonstration. ``roles``: pairs (role, establishment's slug or None)."""

    login: str
    first_name: str
    last_name: str
    sentence: Promise
    roles: tuple[tuple[str, str | None], ...]
    delegated: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


ACCOUNTS = (
    DemoAccount(
        "marion.le-gall",
        "Marion",
        "Le Gall",
        _("Cardiologue au CHU de Rennes, elle porte des demandes."),
        (("researcher", "chu-rennes"),),
    ),
    DemoAccount(
        "hugo.bernard",
        "Hugo",
        "Bernard",
        _("Attaché de recherche au CHU de Rennes, il rédige pour les porteurs."),
        (("writer", "chu-rennes"),),
    ),
    DemoAccount(
        "yann.kerbrat",
        "Yann",
        "Kerbrat",
        _("Professeur au CHU de Brest, référent local de demandeurs extérieurs."),
        (("local_referent", "chu-brest"), ("researcher", "chu-brest")),
    ),
    DemoAccount(
        "claire.morvan",
        "Claire",
        "Morvan",
        _("Chargée de dossier du centre de données de Rennes."),
        (("case_officer", "chu-rennes"),),
    ),
    DemoAccount(
        "antoine.riou",
        "Antoine",
        "Riou",
        _("Méthodologiste du CHU de Rennes et du CHU de Nantes."),
        (("methodologist", "chu-rennes"), ("methodologist", "chu-nantes")),
    ),
    DemoAccount(
        "nadia.belkacem",
        "Nadia",
        "Belkacem",
        _("Chargée des affaires réglementaires du CHU de Rennes."),
        (("regulatory_officer", "chu-rennes"),),
    ),
    DemoAccount(
        "sophie.guillou",
        "Sophie",
        "Guillou",
        _("Déléguée à la protection des données du CHU de Rennes."),
        (("dpo", "chu-rennes"),),
    ),
    DemoAccount(
        "paul.tanguy",
        "Paul",
        "Tanguy",
        _("Président du comité scientifique et éthique du réseau."),
        (("committee_chair", None),),
    ),
    DemoAccount(
        "jeanne.aubert",
        "Jeanne",
        "Aubert",
        _("Représentante des patients au comité scientifique et éthique, et rapporteure."),
        (("committee_member", None), ("rapporteur", None)),
    ),
    DemoAccount(
        "lucie.perrin",
        "Lucie",
        "Perrin",
        _("Secrétaire du comité scientifique et éthique."),
        (("committee_secretary", None),),
    ),
    DemoAccount(
        "francois.hamon",
        "François",
        "Hamon",
        _("Délégataire du directeur du CHU de Rennes : il décide et signe."),
        (("delegate", "chu-rennes"),),
        ("chu-rennes",),
    ),
    DemoAccount(
        "isabelle.roche",
        "Isabelle",
        "Roche",
        _("Délégataire de la directrice du CHR d'Orléans : elle décide et signe."),
        (("delegate", "chr-orleans"),),
        ("chr-orleans",),
    ),
    DemoAccount(
        "karim.diallo",
        "Karim",
        "Diallo",
        _("Ingénieur de données du CHU de Rennes : il lance les extractions."),
        (("data_engineer", "chu-rennes"), ("producer", "chu-rennes")),
    ),
    DemoAccount(
        "elise.fontaine",
        "Élise",
        "Fontaine",
        _("Coordinatrice du réseau : elle suit les délais de tous."),
        (("network_coordinator", None),),
    ),
    DemoAccount(
        "gael.simon",
        "Gaël",
        "Simon",
        _(
            "Administrateur et officier de sécurité du CHU de Rennes : il tient les rôles et les "
            "délégations."
        ),
        (("administrator", "chu-rennes"), ("security_officer", "chu-rennes")),
    ),
)


@transaction.atomic
def create_accounts(*, at: datetime) -> list:
    """Create the accounts that are missing, with their roles and delegations, for some years past.

    The establishments must be there. Safe to repeat. Raises PermissionDenied outside the
    demonstration.
    """
    _require_demonstration()
    return [_create(account, at) for account in ACCOUNTS]


def accounts() -> list[tuple[DemoAccount, object]]:
    """Each named account with its person, those that exist."""
    _require_demonstration()
    emails = [account.email for account in ACCOUNTS]
    people = {p.email: p for p in get_user_model().objects.filter(email__in=emails)}
    return [(a, people[a.email]) for a in ACCOUNTS if a.email in people]


def signed_in_by_demonstration(request) -> bool:
    """Whether this session began by the one-click sign-in, in a demonstration."""
    return bool(settings.DEMONSTRATION and request.session.get(MARK))


def _create(account: DemoAccount, at: datetime):
    model = get_user_model()
    person = model.objects.filter(email=account.email).first()
    if person is None:
        person = model.objects.create_user(
            account.email, first_name=account.first_name, last_name=account.last_name
        )
        # A second factor is only for an address that is verified.
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    began = at - HELD
    for role, slug in account.roles:
        place = Establishment.objects.get(pk=slug) if slug else None
        if not RoleGrant.objects.filter(person=person, role=role, establishment=place).exists():
            grant_role(
                person=person, role=role, establishment=place, since=began, by=None, at=began
            )
    for slug in account.delegated:
        if not person.delegations.filter(establishment=slug).exists():
            record_delegation(
                establishment=Establishment.objects.get(pk=slug),
                person=person,
                steps=DELEGABLE_STEPS,
                since=began,
                until=at + timedelta(days=730),
                act_reference=f"DEMO-{slug.upper()}-01",
                by=None,
                at=began,
            )
    return person


def _require_demonstration() -> None:
    if not settings.DEMONSTRATION:
        raise PermissionDenied("demonstration")
