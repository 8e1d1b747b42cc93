"""Why a hospital gave no figure, for who asked: the site's program says codes
(``catalog.site.failures``), here are the words, and what to do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_ABSENT = _(
    "Son entrepôt n’a pas encore ce que demande un de vos critères : retirez ce critère, ou "
    "comptez sans cet hôpital."
)
_STOPPED = _("Son entrepôt ne répond pas pour l’instant : comptez à nouveau plus tard.")

REASONS: dict[str, Promise] = {
    "spent": _(
        "Votre équipe a déjà reçu d’ici tous les comptages différents qui protègent les petits "
        "groupes. Un comptage déjà fait reste lisible."
    ),
    "too_long": _(
        "Le comptage durait plus que ce que cet hôpital permet : resserrez la période ou les "
        "critères, puis comptez à nouveau."
    ),
    "unreachable": _STOPPED,
    "absent": _STOPPED,
    "no_table": _ABSENT,
    "no_column": _ABSENT,
    "no_vocabulary": _(
        "Il ne tient pas le vocabulaire d’OHDSI : une définition OHDSI ne peut pas y être comptée "
        "telle quelle. Pour compter ici aussi, dites-la par nos critères, ou dans ATLAS par "
        "concepts sources CIM-10, CCAM, ATC et LOINC."
    ),
    "no_library": _(
        "Son programme n’a pas la bibliothèque qui compte les définitions OHDSI : écrivez à son "
        "centre de données."
    ),
    "ohdsi": _(
        "Cette définition demande plus que ce que sait compter la bibliothèque d’OHDSI "
        "(ohdsi-circepy) : simplifiez-la dans ATLAS, puis comptez à nouveau."
    ),
    "cohort": _(
        "Son programme n’a pas su lire la définition, peut-être parce qu’il est plus ancien que ce "
        "portail : écrivez à son centre de données."
    ),
    "figure": _(
        "Le chiffre envoyé n’était pas arrondi comme il le doit : il n’a pas été gardé. Écrivez à "
        "l’hôpital."
    ),
    "expired": _("L’ordre est arrivé trop tard : comptez à nouveau."),
}
OTHERWISE = _(
    "Son programme n’a pas pu aller au bout, et l’a noté pour le centre de données de l’hôpital : "
    "comptez à nouveau plus tard, ou écrivez-lui."
)


def why(reason: str) -> Promise:
    """Why the count failed there, and what to do."""
    return REASONS.get(reason, OTHERWISE)
