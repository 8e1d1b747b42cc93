"""What each establishment delivers: where its extraction stands, and the manifest it signed."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import Field

from portal.api.bearer import READ
from portal.api.instants import Instant
from projects.models import Extraction
from projects.views.frame import visible_request

router = Router(tags=["requests"])


class ExtractionOut(Schema):
    state: str = Field(description="ordered, running, done, failed, refused or cancelled")
    progress: dict[str, Any]
    manifest: dict[str, Any] | None
    manifest_sha256: str
    manifest_leaf: int | None = Field(description="its index in the public ledger")
    launched_at: Instant
    ended_at: Instant | None


class Delivery(Schema):
    establishment: str
    status: str = Field(description="of the establishment's track", examples=["delivered"])
    extraction: ExtractionOut | None = Field(description="the last one; null: none was launched")


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
    tracks = demand.case.tracks.filter(kind="site").prefetch_related(
        Prefetch("extractions", last, to_attr="launched")
    )
    return {
        "items": [
            {
                "establishment": track.establishment_id,
                "status": track.status,
                "extraction": next(iter(track.launched), None),
            }
            for track in tracks
        ]
    }
