"""Incidents of a research that the portal sees by itself, in what sites sign and in what it keeps:
each is a fact, and is declared once while it lasts.

Who finds the fact enqueues it in the transaction that writes it; here it becomes an incident of the
hospital and of the request. Nothing of it names a member, and nothing is of a patient.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from catalog.domain.keys import ever_signed
from catalog.models import SiteOrder
from catalog.orders import certificate_holds, manifest_holds
from governance import outbox
from governance.dates import say_day
from governance.domain.incidents import declare_found
from governance.models import Case, Incident
from projects.models import OutputFile, Space, SpaceVisit

ALTERED = "statement_altered"
"""A manifest, or a certificate of destruction, that its hospital's key did not sign."""
LINKED = "linked_ungranted"
"""A signed manifest says a linkage that the order did not grant."""
REWRITTEN = "space_log_rewritten"
"""A space's own log is shorter than it was told."""
ENTERED = "space_entered_after"
"""Somebody came in a space once their access was closed there."""
CHANGED = "output_changed"
"""A deposited file is no longer, byte for byte, the one whose hash was written."""
HOLDS = {"manifest": manifest_holds, "certificate": certificate_holds}


def statement_altered(order: SiteOrder, case: Case, what: str, said: dict, at: datetime) -> None:
    """Have it declared that what came with the answer to `order` (`what`: ``manifest`` or
    ``certificate``) was signed under no key that its site ever had."""
    if not ever_signed(said, order, HOLDS[what]):
        _see(ALTERED, at, order=str(order.pk), case=str(case.pk), what=what)


def linked_ungranted(order: SiteOrder, case: Case, at: datetime) -> None:
    """Have it declared that a delivery was linked without a grant."""
    _see(LINKED, at, order=str(order.pk), case=str(case.pk))


def log_rewritten(space: Space, at: datetime) -> None:
    """Have it declared that the log of a space was written again."""
    _see(REWRITTEN, at, space=space.pk)


def entered_after(visit: SpaceVisit, at: datetime) -> None:
    """Have it declared that a visit came after the access was closed."""
    _see(ENTERED, at, visit=visit.pk)


def output_changed(file: OutputFile, at: datetime) -> None:
    """Have it declared that the bytes of a deposited file changed."""
    _see(CHANGED, at, file=file.pk)


def _see(kind: str, at: datetime, **what) -> None:
    outbox.enqueue(kind, what | {"at": at.isoformat()})


@outbox.handler(ALTERED)
def _statement_altered(payload: dict) -> None:
    order = SiteOrder.objects.select_related("establishment").get(pk=payload["order"])
    title = {
        "manifest": _("Un manifeste de livraison n'est pas signé par son hôpital"),
        "certificate": _("Un certificat de destruction n'est pas signé par son hôpital"),
    }[payload["what"]]
    what = _(
        "%(site)s : ce qui accompagne la réponse à l'ordre du %(day)s ne porte pas la signature "
        "de l'hôpital, ou a été changé après elle. Le portail l'a refusé."
    )
    declare_found(
        ALTERED,
        order.pk,
        title=title,
        what=what % {"site": order.establishment, "day": say_day(order.issued_at, whole=True)},
        places=[order.establishment],
        case=Case.objects.get(pk=payload["case"]),
        found_at=_at(payload),
    )


@outbox.handler(LINKED)
def _linked_ungranted(payload: dict) -> None:
    order = SiteOrder.objects.select_related("establishment").get(pk=payload["order"])
    what = _(
        "%(site)s : le manifeste signé de la livraison dit que des personnes ont été reconnues "
        "d'un hôpital à l'autre, ce que l'ordre n'accordait pas. Le portail l'a refusé."
    )
    declare_found(
        LINKED,
        order.pk,
        title=_("Des personnes reconnues d'un hôpital à l'autre sans autorisation"),
        what=what % {"site": order.establishment},
        places=[order.establishment],
        case=Case.objects.get(pk=payload["case"]),
        found_at=_at(payload),
        severity=Incident.Severity.MAJOR,
    )


@outbox.handler(REWRITTEN)
def _log_rewritten(payload: dict) -> None:
    space = _spaces().get(pk=payload["space"])
    what = _(
        "%(site)s : le journal des entrées de l'espace de travail est plus court qu'il n'a déjà "
        "été annoncé. Un journal ne fait que grandir."
    )
    place = space.track.establishment
    declare_found(
        REWRITTEN,
        space.pk,
        title=_("Le journal d'un espace de travail a été réécrit"),
        what=what % {"site": place},
        places=[place],
        case=space.track.case,
        found_at=_at(payload),
    )


@outbox.handler(ENTERED)
def _entered_after(payload: dict) -> None:
    visit = SpaceVisit.objects.filter(pk=payload["visit"]).first()
    if visit is None:
        return  # kept a year
    track = _spaces().get(pk=visit.space_id).track
    what = _(
        "%(site)s : quelqu'un est entré dans l'espace de travail le %(day)s, alors que l'hôpital "
        "avait confirmé que son accès y était fermé."
    )
    declare_found(
        ENTERED,
        visit.pk,
        title=_("Une entrée dans un espace de travail après la fermeture de l'accès"),
        what=what % {"site": track.establishment, "day": say_day(visit.day, whole=True)},
        places=[track.establishment],
        case=track.case,
        found_at=_at(payload),
    )


@outbox.handler(CHANGED)
def _output_changed(payload: dict) -> None:
    file = OutputFile.objects.select_related("output__request__case").get(pk=payload["file"])
    output = file.output
    sites = output.sites.select_related("establishment").order_by("establishment__position")
    what = _(
        "Le fichier n° %(position)d du dépôt n° %(n)d a été changé ou perdu depuis : son empreinte "
        "n'est plus celle qui a été écrite au dépôt. Le portail ne le donne plus à personne."
    )
    declare_found(
        CHANGED,
        file.pk,
        title=_("Un fichier de résultats n'est plus celui qui a été déposé"),
        what=what % {"position": file.position, "n": output.number},
        places=[site.establishment for site in sites],
        case=output.request.case,
        found_at=_at(payload),
    )


def _spaces():
    return Space.objects.select_related("track__case", "track__establishment")


def _at(payload: dict) -> datetime:
    return datetime.fromisoformat(payload["at"])
