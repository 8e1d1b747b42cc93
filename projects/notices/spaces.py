"""Working spaces: the data engineers are asked to look at one that its site could not open, cut or
destroy; who carries the request, and who follows it, are told of a destruction."""

from governance import outbox
from governance.models import Participation
from projects.domain.spaces import FAILED, GONE
from projects.models import Request, Space
from projects.notices.acts import page
from projects.notices.people import staff
from projects.notices.told import Told, tell


@outbox.handler(FAILED)
def tell_it_failed(payload: dict) -> None:
    """Ask the data engineers of the establishment to look, unless it was done meanwhile."""
    space, request = _space(payload["space"])
    if not space.problem:
        return
    site, at = space.track.establishment_id, space.order.issued_at
    values = {"space": space.pk, "site": site, "what": space.order.body["state"]}
    told = [
        Told(person, "staff", "space_failed", page("data", request), values, asked=True)
        for person in staff("data_engineer", site, request, at)
    ]
    tell(f"space-failed:{payload['order']}", told, at=at, request=request)


@outbox.handler(GONE)
def tell_it_is_destroyed(payload: dict) -> None:
    """Tell the holder and the case officer, but who ordered it."""
    space, request = _space(payload["space"])
    at, site = space.since, space.track.establishment_id
    address = page("data", request)
    holder = request.case.participations.filter(
        part=Participation.Part.HOLDER, until__isnull=True
    ).select_related("person")
    told = [
        *(Told(p.person, "holder", "space_destroyed", address, {"site": site}) for p in holder),
        *(
            Told(person, "staff", "space_destroyed", address, {"site": site})
            for person in staff("case_officer", request.case.lead_id, request, at)
        ),
    ]
    cause = f"space-destroyed:{payload['order']}"
    tell(cause, told, at=at, request=request, but=[space.destroy_by])


def _space(pk: int) -> tuple[Space, Request]:
    found = Space.objects.select_related("track", "order", "destroy_by").get(pk=pk)
    return found, Request.objects.select_related("case").get(pk=found.track.case_id)
