"""Who calls: the person of a personal token, within its scopes. No session, no cookie."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from portal.accounts.models import PersonalToken
from portal.accounts.second_factor import must_set_up
from portal.accounts.tokens import recognise
from portal.api.errors import Problem


class Token(HttpBearer):
    """Lets in a live token that has ``scope``; the person is then ``request.user``.

    As on the pages, nobody acts for an establishment with a password alone: a token of somebody
    whose role asks for a second factor opens nothing until it is set up.
    """

    openapi_description = (
        "A personal token, made on the account page or by `manage.py token create`."
    )

    def __init__(self, scope: PersonalToken.Scope):
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> PersonalToken:
        at = timezone.now()
        found = recognise(token, at=at)
        if found is None:
            raise Problem("unauthenticated")
        if self.scope not in found.scopes:
            raise Problem("scope")
        if not settings.DEMONSTRATION and must_set_up(found.person, at):
            raise Problem("second_factor")
        request.user = found.person
        return found

    def __call__(self, request: HttpRequest):
        found = super().__call__(request)
        if found is None:
            raise Problem("unauthenticated")
        return found


READ = Token(PersonalToken.Scope.READ)
WRITE = Token(PersonalToken.Scope.WRITE)
