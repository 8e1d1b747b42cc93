"""Amendments proposed: the period, a member, the holder, an establishment that joins."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters import versions_in_force
from governance.charters.facts import today
from governance.models import Case, Establishment, Participation
from governance.models.case import Conflict
from governance.process import clocks
from governance.process.amendments import LIVE
from governance.process.registry import registered
from projects.domain.linkage import why_not_later
from projects.domain.people import person_at, person_of
from projects.models import Amendment, Request

PROPOSED_IN = {
    Amendment.Kind.PERIOD: ("authorised", "access"),
    Amendment.Kind.MEMBER: ("authorised", "access"),
    Amendment.Kind.HOLDER: ("authorised", "access", "results"),
    Amendment.Kind.SITE: ("authorised", "access"),
    Amendment.Kind.LINKAGE: ("authorised",),
}
"""The states of the request in which each kind of amendment makes sense."""
REASON_OF_LINKAGE = range(30, 1001)
"""How long, in characters, why a linkage is asked, as in the dossier."""
JOINING = ("left", "infeasible", "declined")
"""Where the track of an establishment stands that may join by amendment."""


@transaction.atomic
def propose(
    request: Request, kind: str, change: dict, reason: str, *, by, at: datetime
) -> Amendment:
    """Open an amendment of `request`. `change` is what its form says:

    `{"months"}` for the period, `{"act", "email"}` for a member (`join` or `leave`), `{"email",
    "status", "in_network"}` for the holder, `{"site"}` for an establishment, nothing for
    linkage. Raises ValidationError, field by field; one amendment of a kind at a time.
    """
    parent = Case.objects.select_for_update().get(pk=request.pk)
    if kind not in PROPOSED_IN or parent.state not in PROPOSED_IN[kind]:
        raise ValidationError(_("Cet avenant ne se propose pas à ce stade de la demande."))
    if not reason.strip():
        raise ValidationError({"reason": _("Dites pourquoi ce changement est nécessaire.")})
    if request.amendments.filter(kind=kind, case__state__in=LIVE).exists():
        raise ValidationError(_("Un avenant de cette nature est déjà en cours."))
    said = CHECKS[kind](request, change, at)
    if kind == Amendment.Kind.LINKAGE and len(reason.strip()) not in REASON_OF_LINKAGE:
        raise ValidationError(
            {"reason": _("Dites en 30 à 1 000 caractères ce qu'on ne saurait pas sans chaînage.")}
        )
    lead = said.get("site") or parent.lead_id
    case = Case.objects.create(
        process="amendment",
        state="proposed",
        parent=parent,
        lead_id=lead,
        charters=versions_in_force(today(at), parent.lead_id),
        opened_at=at,
        state_since=at,
    )
    _carry_people(parent, case, at)
    _interest(case, said, at)
    if kind == Amendment.Kind.SITE:
        _call_in(parent, case, said["site"], at)
    clocks.start(case, registered("amendment"), at)
    outbox.enqueue("amendment_proposed", {"amendment": str(case.pk)})
    return Amendment.objects.create(
        case=case,
        request=request,
        kind=kind,
        change=said,
        reason=reason.strip()[:4000],
        proposed_at=at,
        proposed_by=by,
    )


def _call_in(parent: Case, case: Case, slug: str, at: datetime) -> None:
    """Ask the establishment that would join: out of the perimeter until the amendment is accepted,
    its feasibility awaited when it never said that it was feasible."""
    begun = {"establishment_id": slug, "status": "left", "status_since": at}
    track, _created = parent.tracks.get_or_create(kind="site", key=slug, defaults=begun)
    if not track.decisions.filter(step="state_feasibility", outcome="feasible").exists():
        case.tracks.create(
            kind="site", key=slug, establishment_id=slug, status="asked", status_since=at
        )


def joining(request: Request) -> list[Establishment]:
    """The establishments that may join by amendment: those out of the perimeter, or never asked."""
    here = request.case.tracks.filter(kind="site").exclude(status__in=JOINING)
    return list(Establishment.objects.exclude(pk__in=here.values("establishment")))


def _carry_people(parent: Case, case: Case, at: datetime) -> None:
    """The team of the request is that of its amendment; its former members and its conflicts are
    read where they are (`governance.process.standing`)."""
    team = parent.participations.filter(part__in=Participation.TEAM).valid(at)
    Participation.objects.bulk_create(
        Participation(case=case, person_id=row.person_id, part=row.part, since=at) for row in team
    )


def _interest(case: Case, said: dict, at: datetime) -> None:
    """Whom the change names, to bring them in, decides nothing of it."""
    if "person" in said:
        person = person_of(said["person"])
        Conflict.objects.create(case=case, person=person, ground="team", declared_at=at)


def _period(request: Request, change: dict, at: datetime) -> dict:
    months = change.get("months")
    if isinstance(months, bool) or not isinstance(months, int) or months < 1:
        raise ValidationError({"months": _("Donnez une durée totale en mois, à partir de 1.")})
    if months <= request.access_period.months:
        raise ValidationError(
            {
                "months": _("La durée accordée est déjà de %(n)d mois.")
                % {"n": request.access_period.months}
            }
        )
    return {"months": months}


def _member(request: Request, change: dict, at: datetime) -> dict:
    person, act = _somebody(change), change.get("act")
    parts = set(
        request.case.participations.filter(person=person, part__in=Participation.TEAM)
        .valid(at)
        .values_list("part", flat=True)
    )
    if act not in ("join", "leave"):
        raise ValidationError({"act": _("Choisissez une réponse.")})
    if act == "join" and parts:
        raise ValidationError({"email": _("Cette personne est déjà de l'équipe.")})
    if act == "leave" and not parts:
        raise ValidationError({"email": _("Cette personne n'est pas de l'équipe.")})
    if act == "leave" and Participation.Part.HOLDER in parts:
        raise ValidationError({"email": _("Le porteur ne part pas sans être remplacé.")})
    return {"act": act, "person": str(person.ref)}


def _holder(request: Request, change: dict, at: datetime) -> dict:
    person = _somebody(change)
    holds = request.case.participations.filter(part=Participation.Part.HOLDER, person=person)
    if holds.valid(at).exists():
        raise ValidationError({"email": _("Cette personne porte déjà la demande.")})
    if change.get("status") not in ("senior", "trainee", "research_staff", "other"):
        raise ValidationError({"status": _("Choisissez une réponse.")})
    return {
        "person": str(person.ref),
        "status": change["status"],
        "in_network": bool(change.get("in_network")),
    }


def _site(request: Request, change: dict, at: datetime) -> dict:
    slug = str(change.get("site"))
    if slug not in {establishment.pk for establishment in joining(request)}:
        raise ValidationError({"site": _("Cet établissement ne peut pas rejoindre la demande.")})
    return {"site": slug}


def _linkage(request: Request, change: dict, at: datetime) -> dict:
    if refusal := why_not_later(request):
        raise ValidationError(refusal)
    return {}


def _somebody(change: dict):
    person = person_at(str(change.get("email", "")))
    if person is None:
        raise ValidationError(
            {
                "email": _(
                    "Personne n'a de compte à cette adresse. Qu'elle en crée un, signe la charte "
                    "et ajoute sa formation ; proposez l'avenant ensuite."
                )
            }
        )
    return person


CHECKS = {
    Amendment.Kind.PERIOD: _period,
    Amendment.Kind.MEMBER: _member,
    Amendment.Kind.HOLDER: _holder,
    Amendment.Kind.SITE: _site,
    Amendment.Kind.LINKAGE: _linkage,
}
