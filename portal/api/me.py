"""Who calls, and what they may be called upon for."""

import uuid

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import Field

from governance.queries.people import roles_of
from governance.roles import ROLES
from portal.api.bearer import READ
from portal.api.instants import Instant

router = Router(tags=["me"], auth=READ)


class Role(Schema):
    code: str = Field(examples=["case_officer"])
    name: str
    establishment: str | None = Field(description="null: the whole network")


class TokenOut(Schema):
    name: str
    scopes: list[str] = Field(examples=[["read", "write"]])
    expires_at: Instant


class Me(Schema):
    """The person of the token."""

    ref: uuid.UUID
    email: str
    first_name: str
    last_name: str
    language: str
    roles: list[Role]
    token: TokenOut


@router.get("", response=Me, summary=_("Qui je suis, mes rôles par établissement"))
def me(request):
    person = request.user
    return {
        "ref": person.ref,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "language": person.language,
        "roles": [
            {"code": code, "name": str(ROLES[code].name), "establishment": where}
            for code, where in roles_of(person, timezone.now())
            if code in ROLES
        ],
        "token": request.auth,
    }
