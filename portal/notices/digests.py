"""Summaries: the staff's each working morning, the holders' line a month."""

from datetime import date, datetime, timedelta

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance import outbox
from governance.charters.facts import today
from governance.models import Participation, RoleGrant
from governance.models.deadline import Deadline
from governance.paris import start_of
from governance.process.table import REQUEST
from governance.queries.people import roles_of
from governance.roles import STAFF_ROLES
from portal.notices.delivery import MAIL_ATTEMPTS
from portal.notices.mails import absolute, send
from portal.notices.models import Digest, Notice
from portal.notices.sentences import name_of, say_all
from projects.models import Request
from projects.notices.acts import page
from projects.notices.delays import awaited_at, due_on
from projects.notices.standing import no_longer
from projects.queries.opening import acts_next
from projects.queries.overview import actor_words

MORNING, MONTH = "morning", "month"


def send_digests(*, at: datetime) -> int:
    """Have the summary of the day made for each member of staff; says for how many.

    Harmless twice: a person has one summary a day.
    """
    grants = RoleGrant.objects.filter(person=OuterRef("pk"), role__in=STAFF_ROLES).valid(at)
    waiting = Notice.objects.for_digest().filter(person=OuterRef("pk"))
    people = get_user_model().objects.filter(Exists(grants) | Exists(waiting), is_active=True)
    return _enqueue(people, today(at), MORNING)


def send_monthly_lines(*, at: datetime) -> int:
    """Have the line of the month made for each holder who wants it; says for how many."""
    held = Participation.objects.filter(
        person=OuterRef("pk"), part=Participation.Part.HOLDER, case__process="request"
    ).valid(at)
    people = get_user_model().objects.filter(Exists(held), is_active=True, monthly_line=True)
    first = today(at).replace(day=1)
    return _enqueue(people, first, MONTH)


def _enqueue(people, day: date, kind: str) -> int:
    made = Digest.objects.filter(person=OuterRef("pk"), day=day, kind=kind)
    keys = list(people.filter(~Exists(made)).values_list("pk", flat=True))
    for key in keys:
        outbox.enqueue("digest", {"person": key, "day": day.isoformat(), "kind": kind})
    return len(keys)


@outbox.handler("digest", lane="mail", attempts=MAIL_ATTEMPTS)
def send_digest(payload: dict) -> None:
    """Send one person's summary, once; nothing when there is nothing to say."""
    day = date.fromisoformat(payload["day"])
    digest, _created = Digest.objects.get_or_create(
        person_id=payload["person"], day=day, kind=payload["kind"]
    )
    if digest.sent_at is not None or not digest.person.is_active:
        return
    with translation.override(digest.person.language):
        {MORNING: _send_morning, MONTH: _send_month}[digest.kind](digest)
    digest.sent_at = timezone.now()
    digest.save(update_fields=["sent_at"])


def _send_morning(digest: Digest) -> None:
    now, person = timezone.now(), digest.person
    news = list(
        Notice.objects.for_digest()
        .filter(person=person)
        .select_related("request__case")
        .order_by("-asked", "at")
    )
    done = no_longer(news)
    Notice.objects.filter(pk__in=done).update(way=Notice.Way.NONE)
    news = [each for each in news if each.pk not in done]
    due = _due_today(person, digest.day, now)
    if not news and not due:
        return
    said = [(each, absolute(each.notice.address)) for each in say_all(news)]
    count = sum(each.asked for each in news) + len(due)
    subject = (
        ngettext(
            "Votre matin : %(count)d chose attendue de vous",
            "Votre matin : %(count)d choses attendues de vous",
            count,
        )
        % {"count": count}
        if count
        else _("Votre matin : ce qui a bougé")
    )
    context = {
        "due": due,
        "asked": [each for each in said if each[0].notice.asked],
        "moved": [each for each in said if not each[0].notice.asked],
        "work": absolute(reverse("projects:work")),
    }
    send(person.email, subject, "digest", context, about=f"digest-{person.pk}-{digest.day}")
    Notice.objects.filter(pk__in=[each.pk for each in news]).update(mailed_at=now)


def _due_today(person, day: date, now: datetime) -> list[dict]:
    """What ends that day and waits for a role of the person."""
    start = start_of(day)
    deadlines = (
        Deadline.objects.running()
        .filter(due_at__gte=start, due_at__lt=start + timedelta(days=1))
        .select_related(
            "case__request",
            "case__parent__request",
            "track__establishment",
            "nonconformity__case",
        )
    )
    roles = set(roles_of(person, now))
    found = []
    for each in due_on(roles, day, deadlines):
        case = each.case.parent or each.case
        request = getattr(case, "request", None)
        if request is not None:
            request.case = case
            found.append({"name": name_of(request), "link": absolute(awaited_at(each, request))})
    return found


def _send_month(digest: Digest) -> None:
    """One line a live request that its holder had no mail about for a month."""
    now, person = timezone.now(), digest.person
    live = [state.code for state in REQUEST.states if not state.ended and state.code != "draft"]
    mailed = Notice.objects.filter(
        request=OuterRef("pk"), person=person, mailed_at__gt=now - timedelta(days=28)
    )
    mine = Participation.objects.filter(
        case=OuterRef("case"), person=person, part=Participation.Part.HOLDER
    ).valid(now)
    requests = (
        Request.objects.filter(Exists(mine), ~Exists(mailed), case__state__in=live)
        .select_related("case")
        .prefetch_related("case__tracks")
        .order_by("case__number")
    )
    language = translation.get_language()
    running = {
        each.case_id: each.due_at
        for each in Deadline.objects.running().filter(
            case__in=requests.values("pk"), subject__startswith="state:"
        )
    }
    lines = [
        {
            "name": name_of(request),
            "state": REQUEST.state(request.case.state).label.say(language),
            "who": actor_words(acts_next(request.case, request.case.tracks.all())),
            "until": running.get(request.pk),
            "link": absolute(page("request", request)),
        }
        for request in requests
    ]
    if not lines:
        return
    subject = _("Où en sont vos demandes")
    about = f"month-{person.pk}-{digest.day}"
    send(person.email, subject, "monthly", {"lines": lines}, about=about)
