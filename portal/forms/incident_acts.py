"""What can be done about an incident on a page of its own: words, form, who may, what it writes.

Each act is one page with one form; the domain function judges what is said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.domain import incidents
from governance.models.incident import Incident, IncidentSite
from governance.queries.incidents import settled
from portal.forms.incidents import (
    AssessForm,
    DeferForm,
    ExcuseForm,
    MeasureForm,
    NotifyForm,
    PublishForm,
    ToldForm,
)


@dataclass(frozen=True)
class Act:
    """One act. ``may`` and ``over`` are asked of the incident, or of an establishment's part."""

    title: Promise
    lead: Promise
    label: Promise
    done: Promise
    form: type[forms.Form]
    may: Callable[[object, object, datetime], bool]
    over: Callable[[object], bool]
    write: Callable[..., object]


def _is_published(incident: Incident) -> bool:
    return incident.published_at is not None


ACTS = {
    "evaluer": Act(
        _("Évaluer l'incident"),
        _("Écrivez ce que vous savez maintenant ; cela pourra encore changer."),
        _("Enregistrer"),
        _("L'évaluation est enregistrée."),
        AssessForm,
        incidents.may_follow,
        lambda incident: False,
        incidents.assess,
    ),
    "mesure": Act(
        _("Ajouter une mesure"),
        _("Une mesure écrite ne change plus : on en ajoute d'autres."),
        _("Ajouter"),
        _("La mesure est ajoutée."),
        MeasureForm,
        incidents.may_follow,
        lambda incident: False,
        incidents.add_measure,
    ),
    "personnes": Act(
        _("Dire que les personnes sont prévenues"),
        _("Quand le risque est élevé, chaque personne est prévenue directement."),
        _("Enregistrer"),
        _("C'est noté : les personnes sont prévenues."),
        ToldForm,
        incidents.may_handle,
        lambda incident: incident.told_on is not None,
        incidents.tell_persons,
    ),
    "differer": Act(
        _("Différer la publication"),
        _("Tant qu'elle est différée, l'incident ne peut être ni publié, ni clos."),
        _("Différer"),
        _("La publication est différée."),
        DeferForm,
        incidents.may_defer,
        _is_published,
        incidents.defer,
    ),
    "publier": Act(
        _("Publier l'incident"),
        _("Chacun lira ce résumé, la gravité, la tranche et les établissements concernés."),
        _("Publier"),
        _("L'incident est publié."),
        PublishForm,
        incidents.may_handle,
        _is_published,
        incidents.publish,
    ),
}
"""The acts on an incident as a whole, by their address."""

SITE_ACTS = {
    "notifier": Act(
        _("Consigner la notification à la CNIL"),
        _("Elle se fait sur le téléservice de la CNIL ; écrivez ici quand, et sa référence."),
        _("Consigner"),
        _("La notification est consignée."),
        NotifyForm,
        incidents.may_notify,
        lambda site: site.notified_at is not None,
        incidents.notify,
    ),
    "non-necessaire": Act(
        _("Dire que la notification n'est pas nécessaire"),
        _("Seulement si l'incident ne présente aucun risque pour les personnes."),
        _("Enregistrer"),
        _("C'est noté : la notification n'est pas nécessaire."),
        ExcuseForm,
        incidents.may_notify,
        settled,
        incidents.excuse,
    ),
}
"""The acts on one establishment's part."""


def write(act: Act, incident: Incident, site: IncidentSite | None, said: dict, *, by, at) -> None:
    """Hand on to the domain what a form says."""
    on = [incident, site.establishment_id] if site else [incident]
    act.write(*on, **said, by=by, at=at)
