"""What *Vérifier avant dépôt* shows: all that lacks at once, what follows and when, the route, what
becomes public and when."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance.dates import say_day
from governance.domain.committees import committee_of
from governance.models import Session
from governance.process.shape import DAYS, HOURS, MONTHS, WORKING_DAYS, Delay
from governance.process.table import REQUEST
from projects.domain import deposit
from projects.dossier import public_record
from projects.dossier.answers import said
from projects.dossier.form import section
from projects.dossier.panels import route_of
from projects.models import Request
from projects.queries.overview import lines, site_names
from projects.reader import Reader

FOLLOWING = ("admissibility", "instruction", "committee", "preparation", "authorised")
"""The states that a request goes through up to its data, each with its delay."""


def page(request: Request, reader: Reader, at: datetime) -> dict:
    """The context of the page, for its reader. Nothing is written."""
    found, names = deposit.outcome(request, at), site_names()
    return {
        "lacking": [line for _verdict, line in lines(request, found.lacking, names, reader)],
        "reserves": [line for _verdict, line in lines(request, found.reserves, names, reader)],
        "delays": delays(),
        "sessions": sessions_ahead(request, at),
        "route": route_of(request),
        "preview": preview(request, names),
    }


def delays() -> list[dict]:
    """Each state that follows, in words, with what its delay is."""
    language = get_language() or "fr"
    states = [REQUEST.state(code) for code in FOLLOWING]
    return [{"label": s.public.say(language), "delay": delay_words(s.delay)} for s in states]


def delay_words(delay: Delay) -> str:
    """A delay in words: « 15 jours ouvrés »."""
    n = delay.number
    words = {
        HOURS: ngettext("%(n)d heure", "%(n)d heures", n),
        DAYS: ngettext("%(n)d jour", "%(n)d jours", n),
        WORKING_DAYS: ngettext("%(n)d jour ouvré", "%(n)d jours ouvrés", n),
        MONTHS: ngettext("%(n)d mois", "%(n)d mois", n),
    }
    return words[delay.unit] % {"n": n}


def sessions_ahead(request: Request, at: datetime) -> list[Session]:
    """The next sessions that the request can still reach, of the committee that would hear it."""
    lead = request.asked_sites.filter(leads=True).values_list("establishment", flat=True).first()
    body = committee_of(lead)
    if body is None:
        return []
    return list(
        body.sessions.filter(closes_for_deposit_at__gt=at, opened_at__isnull=True).order_by(
            "starts_at"
        )[:2]
    )


@dataclass(frozen=True)
class Published:
    """One thing that becomes public: what it is, in words; empty when it is not answered yet."""

    label: str
    words: str


def preview(request: Request, names: dict[str, str]) -> dict[str, list[Published]]:
    """What becomes public, by moment, in words."""
    answers = {s.code: s.answers for s in request.sections.all()}
    held = public_record.deferral(answers)
    shown = {}
    for moment in (public_record.ADMISSIBILITY, public_record.AUTHORISATION):
        shown[moment] = []
        for code, name in public_record.public_fields(moment):
            field = section(code).field(name)
            value = public_record.value(request, answers, code, name)
            if field.needed or value is not None:
                label = str(field.label)
                if held and name in held.parts:
                    label = _("%(label)s, le %(day)s seulement") % {
                        "label": label,
                        "day": say_day(held.until),
                    }
                shown[moment].append(Published(label, said(field, value)))
    organisation = request.organisation.name if request.organisation else ""
    asked = [names[slug] for slug in request.asked_sites.values_list("establishment", flat=True)]
    holder = request.case.participations.select_related("person").get(
        part="holder", until__isnull=True
    )
    shown[public_record.ADMISSIBILITY] += [
        Published(_("Organisme"), organisation),
        Published(_("Hôpitaux sollicités"), ", ".join(asked)),
    ]
    chosen = request.asked_variables.count()
    variables = ngettext("%(n)d variable", "%(n)d variables", chosen) % {"n": chosen}
    shown[public_record.AUTHORISATION] = [
        Published(_("Porteur"), str(holder.person)),
        Published(_("Données"), variables if chosen else ""),
        *shown[public_record.AUTHORISATION],
    ]
    return shown
