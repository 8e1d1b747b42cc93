"""The menus: one for everyone, one a person. An entry appears when its page exists.

At most six entries. Roles add entries to one menu; nobody switches profile.
"""

from dataclasses import dataclass
from functools import cache

from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from governance.roles import ROLES, Permission

MOST = 6
"""Entries in the main menu, at most."""

PUBLIC = (
    ("/vos-droits", _("Vos données, vos droits")),
    ("/projets", _("Projets")),
    ("/catalogue", _("Données disponibles")),
    ("/demander", _("Faire une demande")),
    ("/regles", _("Règles et décisions")),
)
FOOTER = (
    ("/etablissements", _("Établissements")),
    ("/accessibilite", _("Accessibilité")),
    ("/mentions-legales", _("Mentions légales")),
    ("/confidentialite", _("Confidentialité")),
    ("/incidents", _("Incidents")),
    ("/glossaire", _("Glossaire")),
    ("/chiffres", _("Chiffres")),
    ("/facile-a-lire", _("Facile à lire")),
    ("/donnees-ouvertes", _("API et données ouvertes")),
    ("/ledger/verifier", _("Vérifier le registre")),
)
STAFF = (
    ("/travail", _("Mon travail"), None),
    ("/demandes", _("Demandes"), {Permission.READ_REQUESTS}),
    ("/seances", _("Séances"), {Permission.READ_SESSIONS}),
    ("/extractions", _("Extractions"), {Permission.RUN_EXTRACTIONS}),
    (
        "/etablissement",
        _("Mon établissement"),
        {
            Permission.MANAGE_PEOPLE,
            Permission.RECORD_DELEGATIONS,
            Permission.EDIT_ESTABLISHMENT,
            Permission.EDIT_CATALOGUE,
            Permission.KEEP_WAREHOUSE,
            Permission.STEER,
        },
    ),
    ("/catalogues", _("Catalogues voisins"), {Permission.READ_NEIGHBOURS}),
    ("/chartes", _("Chartes"), {Permission.PROPOSE_CHARTERS}),
    ("/pilotage", _("Pilotage"), {Permission.STEER}),
)
RESEARCHER = (
    ("/mes-demandes", _("Mes demandes")),
    ("/catalogue", _("Données disponibles")),
    ("/comptages", _("Mes comptages")),
    ("/aide", _("Aide et rendez-vous")),
)
NEW_REQUEST = ("/demandes/nouvelle", _("Nouvelle demande"))
PERSON = (
    ("/engagements", _("Mes engagements")),
    ("/compte/notifications", _("Notifications")),
    ("/compte", _("Compte")),
)
ABSENCE = ("/absence", _("Absence et suppléance"))


@dataclass(frozen=True)
class Entry:
    """A link of a menu. ``current``: the page is under it; ``exact``: the page is it."""

    address: str
    label: Promise
    current: bool
    exact: bool


def address_in(language: str, path: str) -> str:
    """The address of the page at ``path`` (in any language) in ``language``."""
    bare = path[3:] or "/" if path == "/en" or path.startswith("/en/") else path
    return f"/en{bare}" if language == "en" else bare


@cache
def existing_address(path: str, language: str) -> str | None:
    """The address at which ``path`` answers in ``language``; None when there is no such page."""
    with override(language):
        for candidate in dict.fromkeys((address_in(language, path), path)):
            for tried in (candidate, f"{candidate}/"):
                try:
                    resolve(tried)
                except Resolver404:
                    continue
                return tried
    return None


def entries(menu, here: str) -> list[Entry]:
    """The entries of ``menu`` (pairs of path and label) whose page exists, seen from ``here``."""
    language = get_language() or "fr"
    found = []
    for path, label in menu:
        address = existing_address(path, language)
        if address:
            exact = here == address
            current = exact or here.startswith(f"{address.rstrip('/')}/")
            found.append(Entry(address, label, current, exact))
    return found


def permissions_of(codes) -> set[Permission]:
    """What the roles of those codes open, together."""
    return set().union(*(ROLES[code].permissions for code in codes if code in ROLES))


def main_menu(codes: set[str], here: str) -> list[Entry]:
    """The menu of a person who has the roles of ``codes``: staff entries first, then theirs."""
    menu = []
    staff = any(ROLES[code].staff for code in codes if code in ROLES)
    if staff:
        opened = permissions_of(codes)
        menu += [(path, label) for path, label, needs in STAFF if needs is None or needs & opened]
    if not staff:
        menu += RESEARCHER
    elif permissions_of(codes) & {Permission.HOLD_REQUEST, Permission.WRITE_REQUEST}:
        menu.append(RESEARCHER[0])
    return entries(menu, here)[:MOST]


def person_menu(codes: set[str], here: str, shown: set[str]) -> list[Entry]:
    """The menu under a person's name. ``shown`` are the addresses of the main menu already."""
    menu = [RESEARCHER[0], *PERSON]
    if any(ROLES[code].staff for code in codes if code in ROLES):
        menu.append(ABSENCE)
    return [entry for entry in entries(menu, here) if entry.address not in shown]
