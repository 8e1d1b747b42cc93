"""``manage.py token create EMAIL --days 30 [--scope read|write]``: a personal token, shown once."""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts.models import PersonalToken
from portal.accounts.tokens import issue_token


class Command(BaseCommand):
    help = "Creates a personal API token and prints it once."

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a token and print it")
        create.add_argument("email")
        create.add_argument("--days", type=int, default=30, help="validity, 1 to 366 (30)")
        create.add_argument(
            "--scope",
            action="append",
            choices=PersonalToken.Scope.values,
            help="read (default) or write, which includes read",
        )
        create.add_argument("--name", default="manage.py token", help="what it is for")

    def handle(self, *, email, days, scope, name, **options):
        model = get_user_model()
        try:
            person = model.objects.get(email=email, is_active=True)
        except model.DoesNotExist:
            raise CommandError(f"no active account has the address {email}") from None
        try:
            _token, plain = issue_token(
                person=person,
                name=name,
                scopes=scope or ["read"],
                days=days,
                by=None,
                at=timezone.now(),
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        self.stdout.write(plain)
