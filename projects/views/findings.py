"""A team reports what it finds wrong in the data that it was delivered."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.pages.outcome import accepted, posted
from projects.domain import findings
from projects.forms.findings import FoundForm
from projects.views.frame import frame_context, visible_request


@login_required
def report(request, ref):
    """Which data, which variable, what is wrong."""
    demand, now = visible_request(request, ref), timezone.now()
    if not findings.may_report(demand, request.user, now):
        raise Http404
    delivered = findings.delivered_to(demand)
    if not delivered:
        raise Http404
    form = FoundForm(posted(request), delivered=delivered)

    def act():
        said = form.cleaned_data
        findings.report(
            demand, said["dataset"], said["variable"], said["text"], by=request.user, at=now
        )

    if accepted(form, act):
        messages.success(request, _("L'anomalie est signalée à l'hôpital, qui vous répondra."))
        return redirect("projects:data", ref)
    context = frame_context(demand, request.user, now, tab="data", own_action=True)
    days = max(findings.days_to_answer(each.dataset, now) for each in delivered)
    return render(request, "projects/finding_new.html", context | {"form": form, "days": days})
