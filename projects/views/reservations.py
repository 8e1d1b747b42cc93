"""The reservations of the committee's opinion: answered by the holder, checked one by one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.pages.outcome import accepted, posted
from projects.domain import reservations as domain
from projects.forms.reservations import AnswersForm, ChecksForm
from projects.queries.overview import article_titles
from projects.queries.reservations import ANSWERED, OPEN, reservations_of
from projects.views.frame import frame_context, visible_request

SHOWN = {
    "open": ("wait", gettext_lazy("Le porteur doit répondre")),
    "answered": ("here", gettext_lazy("Réponse à examiner")),
    "lifted": ("done", gettext_lazy("Levée")),
}


@login_required
def reservations(request, ref):
    """Each reservation, its answers, and what was found of them; the form of who is waited for."""
    demand, now = visible_request(request, ref), timezone.now()
    rows = reservations_of(demand)
    if not rows:
        raise Http404(ref)
    form, write = _form(request, demand, rows)
    if form is not None and accepted(
        form, lambda: write(demand, form.said(), by=request.user, at=now)
    ):
        messages.success(
            request, _("C'est enregistré, et les personnes concernées sont prévenues.")
        )
        return redirect("projects:reservations", ref)
    context = frame_context(demand, request.user, now, tab="decisions", own_action=form is not None)
    titles = article_titles(demand.case, now)
    context |= {
        "form": form,
        "sends_files": isinstance(form, AnswersForm),
        "rows": [
            {
                "row": row,
                "chip": SHOWN[row.state],
                "articles": [(code, titles.get(code, code)) for code in row.articles],
                "answers": list(row.answers.all()),
                "fields": form.fields_of(row.number) if form is not None else [],
            }
            for row in rows
        ],
        "left": sum(row.state != "lifted" for row in rows),
    }
    return render(request, "projects/reservations.html", context)


def _form(request, demand, rows):
    """The form of the person signed in, and the act it writes with; none when nothing waits for
    them."""
    track = domain.waiting_track(demand.case)
    if track is None:
        return None, None
    waiting = [row for row in rows if row.state == OPEN]
    if demand.reader.holder and waiting:
        papers = list(demand.attachments.filter(removed_at__isnull=True).select_related("file"))
        files = request.FILES if request.method == "POST" else None
        return AnswersForm(posted(request), files, rows=waiting, papers=papers), domain.answer
    answered = [row for row in rows if row.state == ANSWERED]
    if answered and domain.may_check(demand.bench, track):
        return ChecksForm(posted(request), rows=answered), domain.check
    return None, None
