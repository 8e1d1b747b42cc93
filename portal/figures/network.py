"""Figures that the network declared, shown as such with their date. Nothing is computed here."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Figure:
    """A declared figure: ``value`` as written, ``label`` what it counts."""

    value: Promise | str
    label: Promise


NETWORK_2019 = (
    Figure(_("5,1 millions"), _("de patients")),
    Figure(_("6 millions"), _("de séjours à l’hôpital")),
    Figure(_("134 millions"), _("de documents médicaux")),
    Figure(_("1,3 milliard"), _("de données structurées")),
)
FIRST_CALL = (
    Figure(_("650 000 €"), _("pour le premier appel à projets")),
    Figure(_("plus de 20"), _("projets proposés")),
    Figure("14", _("lettres d’intention présélectionnées")),
    Figure(_("3 à 4"), _("projets retenus")),
)
