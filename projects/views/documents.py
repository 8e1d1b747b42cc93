"""The papers of a request: the PDF of each decision, its amendments' too, and the receipt.

Served to who may see the request.
"""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from governance.models import Decision, Document
from governance.pages.stored_file import hand_over
from projects.documents.decisions import DEPOSIT
from projects.views.frame import frame_context, visible_request


@login_required
@require_GET
def decision_pdf(request, ref, index):
    """The paper of one decision."""
    demand = visible_request(request, ref)
    decision = get_object_or_404(Decision, case=demand.case_id, index=index)
    return _paper(request, demand, decision)


@login_required
@require_GET
def amendment_pdf(request, ref, pk, index):
    """The paper of one decision on an amendment."""
    demand = visible_request(request, ref)
    decision = get_object_or_404(Decision, case__amendment__request=demand, case=pk, index=index)
    return _paper(request, demand, decision, tab="data")


@login_required
@require_GET
def receipt_pdf(request, ref):
    """The receipt of the deposit."""
    demand = visible_request(request, ref)
    decision = get_object_or_404(Decision, case=demand.case_id, step=DEPOSIT)
    return _paper(request, demand, decision)


def _paper(request, demand, decision, tab="decisions") -> HttpResponse:
    now = timezone.now()
    document = Document.objects.filter(decision=decision).select_related("file").first()
    if document is None:
        context = frame_context(demand, request.user, now, tab=tab, own_action=True)
        context |= {"here": request.path}
        answer = render(request, "projects/document_waiting.html", context, status=202)
        answer.headers["Retry-After"] = "5"
        return answer
    return hand_over(
        request,
        document.file,
        at=now,
        subject_type="document",
        subject_ref=document.pk,
        as_role=demand.reader.quality,
        inline=True,
    )
