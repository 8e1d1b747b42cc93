"""``manage.py role grant|revoke EMAIL ROLE [--at SLUG]``: the first administrators, by hand.

Afterwards, roles are granted on the page of the establishment. What is done here is audited as
done by the system.
"""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.domain.roles import grant_role, revoke_role
from governance.models.establishment import Establishment
from governance.models.role import RoleGrant
from governance.roles import ROLES


class Command(BaseCommand):
    help = "Grants a role to a person, or takes it away."

    def add_arguments(self, parser):
        parser.add_argument("verb", choices=["grant", "revoke"])
        parser.add_argument("email")
        parser.add_argument("role", choices=list(ROLES))
        parser.add_argument("--at", help="the establishment's slug; the whole network without it")

    def handle(self, *, verb, email, role, at, **options):
        now = timezone.now()
        person = self._find(get_user_model(), "account", email=email)
        place = self._find(Establishment, "establishment", pk=at) if at else None
        try:
            if verb == "grant":
                grant_role(
                    person=person, role=role, establishment=place, since=now, by=None, at=now
                )
            else:
                grants = RoleGrant.objects.valid(now).filter(person=person, role=role)
                for grant in grants.filter(establishment=place):
                    revoke_role(grant=grant, by=None, at=now)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        where = place or "the network"
        self.stdout.write(f"{person.email}: {role} at {where}, {verb} done")

    def _find(self, model, noun, **lookup):
        try:
            return model.objects.get(**lookup)
        except model.DoesNotExist:
            raise CommandError(f"no such {noun}: {next(iter(lookup.values()))}") from None
