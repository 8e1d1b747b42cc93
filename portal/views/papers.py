"""The papers of a request, to download already filled."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_GET

from portal.filled_papers import filled
from portal.papers import DOCX, NoSuchPaper, as_docx
from projects.views.frame import visible_request


@login_required
@require_GET
def template(request, ref, code):
    """The template of a paper, filled with the answers of a request that the reader may see."""
    demand = visible_request(request, ref)
    try:
        # What is deposited is in French, whoever downloads it.
        with translation.override("fr"):
            content = as_docx(filled(code, demand))
    except NoSuchPaper:
        raise Http404(code) from None
    response = HttpResponse(content, content_type=DOCX)
    response["Content-Disposition"] = f'attachment; filename="{code}.docx"'
    return response
