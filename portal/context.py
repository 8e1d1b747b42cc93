"""What every template finds: the menus. Nothing is read until a template asks for it, so that a
public page touches neither the session nor the person."""

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from governance.pages.roles_held import roles_held
from governance.queries.written_once import written_once
from portal.menu import (
    FOOTER,
    NEW_REQUEST,
    PUBLIC,
    entries,
    existing_address,
    main_menu,
    person_menu,
)
from portal.notices.models import Notice


def unread_count(person) -> int:
    """How many notices the person has not read."""
    return _unread.asked(person=person.pk).count()


@written_once
def _unread(*, person) -> QuerySet[Notice]:
    return Notice.objects.unread().filter(person=person).order_by().values_list("pk")


def menu(request):
    """Context processor: public, footer, main and person menus, each computed when used."""
    here = request.path
    codes = SimpleLazyObject(lambda: {role for role, _place in roles_held(request)})
    main = SimpleLazyObject(lambda: main_menu(codes, here))
    return {
        "DEMO": settings.DEMONSTRATION,
        "contact_email": settings.DEFAULT_FROM_EMAIL,
        "public_menu": SimpleLazyObject(lambda: entries(PUBLIC, here)),
        "footer_menu": SimpleLazyObject(lambda: entries(FOOTER, here)),
        "main_menu": main,
        "unread_notices": SimpleLazyObject(lambda: unread_count(request.user)),
        "menu_action": SimpleLazyObject(
            lambda: (
                next(iter(entries([NEW_REQUEST], here)), None)
                if "/mes-demandes" in {entry.address for entry in main}
                else None
            )
        ),
        "person_menu": SimpleLazyObject(
            lambda: person_menu(codes, here, {entry.address for entry in main})
        ),
        "sign_in_address": SimpleLazyObject(
            lambda: existing_address("/connexion/login/", get_language() or "fr") or ""
        ),
    }
