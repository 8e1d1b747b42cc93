"""How long things last in fact: a sentence for a page, a few letters for a drawing."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.process.measured import LEAST, UNKNOWN, Measured


def in_fact(found: Measured = UNKNOWN) -> str:
    """« la moitié en 12 jours, neuf sur dix en 30 jours »; or why there is no figure."""
    if not found.known:
        return _(
            "trop peu de demandes pour un chiffre (moins de %(least)d sont allées au bout)"
        ) % {"least": LEAST}
    if found.half is None:
        return _("moins de la moitié sont allées au bout, leur délai n’est pas encore connu")
    if found.nine_in_ten is None:
        return _("la moitié en %(half)s, neuf sur dix : pas encore connu") % {
            "half": _days(found.half)
        }
    return _("la moitié en %(half)s, neuf sur dix en %(nine)s") % {
        "half": _days(found.half),
        "nine": _days(found.nine_in_ten),
    }


def in_short(found: Measured = UNKNOWN) -> str:
    """« mesuré : 12 j (30 j) »: half of them, then nine in ten."""
    if not found.known:
        return _("mesuré : trop peu de demandes")
    if found.half is None:
        return _("mesuré : pas encore connu")
    return _("mesuré : %(half)s (%(nine)s)") % {
        "half": _letters(found.half),
        "nine": "…" if found.nine_in_ten is None else _letters(found.nine_in_ten),
    }


def _days(days: int) -> str:
    if not days:
        return _("moins d’un jour")
    return ngettext("%(n)d jour", "%(n)d jours", days) % {"n": days}


def _letters(days: int) -> str:
    return _("%(n)d j") % {"n": days} if days else _("< 1 j")
