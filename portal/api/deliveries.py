"""What each establishment delivers: where its extraction stands, and the manifest it signed."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import Field

from governance.models.case import Track
from governance.roles import Permission, roles_with
from portal.api.bearer import READ
from portal.api.instants import Instant
from projects.models import Extraction
from projects.reader import Reader
from projects.views.frame import visible_request

router = Router(tags=["requests"])


class ExtractionOut(Schema):
    state: str = Field(description="ordered, running, done, failed, refused or cancelled")
    progress: dict[str, Any]
    manifest: dict[str, Any] | None = Field(
        description="for the team once delivered, and for who runs the establishment's extractions"
    )
    manifest_sha256: str
    manifest_leaf: int | None = Field(description="its index in the public ledger")
    launched_at: Instant
    ended_at: Instant | None


class SpaceOut(Schema):
    state: str = Field(description="as its site last said: asked, open, cut or destroyed")
    because: str = Field(description="why it is cut: a step or an article", examples=["block"])
    since: Instant | None


class Delivery(Schema):
    establishment: str
    status: str = Field(description="of the establishment's track", examples=["delivered"])
    extraction: ExtractionOut | None = Field(description="the last one; null: none was launched")
    space: SpaceOut | None = Field(description="the working space; null before the delivery")


class Deliveries(Schema):
    items: list[Delivery]


@router.get(
    "/{id}/deliveries",
    auth=READ,
    response=Deliveries,
    summary=_("L'extraction de chaque établissement : état, progression, manifeste"),
)
def deliveries(request, id: str):
    demand = visible_request(request, id)
    last = Extraction.objects.order_by("-launched_at", "-pk")
    tracks = (
        demand.case.tracks.filter(kind="site")
        .select_related("space")
        .prefetch_related(Prefetch("extractions", last, to_attr="launched"))
    )
    return {"items": [_told(track, demand.reader) for track in tracks]}


def _told(track: Track, reader: Reader) -> dict[str, Any]:
    extraction = next(iter(track.launched), None)
    if extraction is not None and not _reads_manifest(track, reader):
        extraction.manifest = None
    return {
        "establishment": track.establishment_id,
        "status": track.status,
        "extraction": extraction,
        "space": getattr(track, "space", None),
    }


def _reads_manifest(track: Track, reader: Reader) -> bool:
    """The manifest counts lines: it is for those who have the data, or make them."""
    runs = roles_with(Permission.RUN_EXTRACTIONS)
    return reader.on_team or any(
        role in runs and place in (None, track.establishment_id) for role, place in reader.grants
    )
