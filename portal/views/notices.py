"""Notifications: what one was told, read or not; what one wants to be sent."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.pages.outcome import accepted, posted
from governance.queries.people import is_staff
from portal.accounts.forms import NoticesForm
from portal.notices.delivery import mark_read
from portal.notices.models import Notice
from portal.notices.sentences import say_all

A_PAGE = 20


@login_required
@require_GET
def index(request):
    """What one was told: what is unread, or everything."""
    everything = request.GET.get("voir") == "toutes"
    mine = Notice.objects.filter(person=request.user).select_related("request__case")
    pages = Paginator(mine if everything else mine.unread(), A_PAGE)
    page_obj = pages.get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "said": say_all(page_obj.object_list),
        "everything": everything,
        "here": request.get_full_path(),
    }
    return render(request, "account_pages/notices.html", context)


@login_required
def choices(request):
    """What one wants to be sent."""
    form = NoticesForm(posted(request), instance=request.user)
    if accepted(form, form.save):
        messages.success(request, _("Vos choix sont enregistrés."))
        return redirect("notice_choices")
    staff = is_staff(request.user, timezone.now())
    return render(request, "account_pages/notice_choices.html", {"form": form, "staff": staff})


@login_required
@require_POST
def open_one(request, pk):
    """Mark a notice as read and go where it leads."""
    notice = get_object_or_404(Notice, pk=pk, person=request.user)
    mark_read(person=request.user, at=timezone.now(), notice=notice)
    return redirect(notice.address)


@login_required
@require_POST
def read_one(request, pk):
    """Mark a notice as read."""
    notice = get_object_or_404(Notice, pk=pk, person=request.user)
    mark_read(person=request.user, at=timezone.now(), notice=notice)
    return redirect("notices")


@login_required
@require_POST
def read_all(request):
    """Mark everything as read."""
    mark_read(person=request.user, at=timezone.now())
    messages.success(request, _("Tout est marqué comme lu."))
    return redirect("notices")
