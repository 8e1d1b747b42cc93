"""The form of a request, as JSON Schema."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from portal.api.schema import document
from projects.dossier.schema import answers_schema

router = Router(tags=["requests"])


@router.get(
    "",
    response=dict,
    summary=_("Le formulaire d'une demande, section par section (JSON Schema)"),
    openapi_extra=document(200, {"type": "object", "required": ["$schema", "properties"]}),
)
def form(request, response: HttpResponse):
    response["Cache-Control"] = "public, max-age=300"
    return answers_schema()
