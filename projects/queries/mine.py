"""What a person finds on *Mes demandes*: what is expected of them first, then the rest.

The number of queries does not grow with the requests.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.models import Deadline, Participation
from governance.models.case import Track
from governance.process.shape import HOLDER, SYSTEM
from governance.process.table import REQUEST
from governance.queries.commitments import commitments_of
from governance.queries.written_once import AnyOf, written_once
from projects.domain.reservations import LIFTING
from projects.models import Idea, Message, Request
from projects.queries.opening import acts_next
from projects.queries.overview import (
    ONWARD,
    WAITS,
    actor_words,
    awaited_of,
    awaited_steps,
    lowered,
    ref_of,
    state_chip,
)
from projects.queries.reservations import OPEN, some_in

EXPECTED = ("completion", "results", "closed_in_default")
"""States in which the process waits for the holder's side to do something."""


@dataclass(frozen=True)
class Expected:
    """One thing to do: what, for which request or idea, where, until when."""

    title: str
    what: str
    href: str
    until: datetime | None = None


@dataclass(frozen=True)
class Row:
    """A request in a list: its state, who acts next, until when."""

    request: Request
    ref: str
    holds: bool
    state: dict
    who: str = ""
    act: str = ""
    """What a track waits for, where one is waited for before the request goes on."""
    until: datetime | None = None
    late: bool = False
    reserved_until: datetime | None = None
    """Until when the committee's reservations are to be lifted."""
    opens: bool = False
    """Whether everything is delivered, and the portal opens the access when nothing lacks."""

    @property
    def what(self) -> str:
        """What is awaited, as an act."""
        if self.act:
            return self.act
        code = self.request.case.state
        if self.opens:
            return _("ouvrir l'accès dès que rien n'y manque")
        step = REQUEST.step(ONWARD.get(code, ""))
        label = step.label.say(get_language() or "fr") if step else ""
        return str(WAITS.get(code) or lowered(label))


@dataclass
class Mine:
    """The lists of the page, in the order in which it shows them."""

    expected: list[Expected] = field(default_factory=list)
    under_way: list[Row] = field(default_factory=list)
    ideas: list[Idea] = field(default_factory=list)
    drafts: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.under_way or self.ideas or self.drafts or self.ended)


def written_drafts(person, at: datetime) -> QuerySet[Request]:
    """The drafts in which `person` writes at `at`, the last one opened first."""
    writes = Participation.objects.valid(at).filter(
        case=OuterRef("case"),
        person=person,
        part__in=(Participation.Part.HOLDER, Participation.Part.WRITER),
    )
    return Request.objects.filter(Exists(writes), case__state="draft").order_by(
        "-case__opened_at", "pk"
    )


def mine(person, at: datetime) -> Mine:
    """Everything of `person` as a researcher at `at`."""
    found = Mine(ideas=list(ideas_of(person)))
    parts = defaultdict(set)
    for case, part in _parts(person=person.pk, at=at):
        parts[case].add(part)
    for request in _requests(keys=list(parts)):
        row = _row(request, parts[request.pk], at)
        state = REQUEST.state(request.case.state)
        if request.case.state == "draft":
            found.drafts.append(row)
        elif state.ended:
            found.ended.append(row)
        else:
            found.under_way.append(row)
        found.expected += _of_request(row, parts[request.pk])
    found.expected += [_of_idea(idea) for idea in found.ideas if idea.state == "answered"]
    found.expected.sort(key=lambda each: (each.until is None, each.until))
    if parts:
        found.expected += _of_person(person, at)
    return found


def ideas_of(person):
    """The ideas that `person` sent and that are not a draft yet, newest first."""
    return (
        Idea.objects.filter(person=person)
        .exclude(state="became", request__isnull=False)
        .select_related("establishment", "answered_by")
    )


@written_once
def _parts(*, person, at) -> QuerySet[Participation]:
    mine = Participation.objects.valid(at).filter(person=person, part__in=Participation.TEAM)
    return mine.values_list("case_id", "part")


@written_once
def _requests(*, keys) -> QuerySet[Request]:
    asked = Message.objects.filter(request=OuterRef("pk"), question=True, internal=False)
    answered = Message.objects.filter(
        request=OuterRef("request"), internal=False, at__gt=OuterRef("at")
    ).exclude(author=OuterRef("author"))
    return (
        Request.objects.filter(pk=AnyOf(keys))
        .select_related("case")
        .annotate(
            asked=Exists(asked.exclude(Exists(answered)).exclude(author__in=_team())),
            reserved=some_in(OPEN, case="pk"),
        )
        .prefetch_related(
            Prefetch("case__deadlines", Deadline.objects.running(), to_attr="running"),
            Prefetch(
                "case__tracks",
                Track.objects.select_related("establishment").order_by("pk"),
                to_attr="ways",
            ),
        )
        .order_by("-case__state_since", "pk")
    )


def _team():
    return Participation.objects.filter(
        Q(case=OuterRef("request")), part__in=Participation.TEAM
    ).values("person")


def _row(request: Request, parts: set[str], at: datetime) -> Row:
    case = request.case
    dues = {d.subject: d.due_at for d in case.running}
    awaited = awaited_steps(case, case.ways, dues)
    lifting = next((due for step, _track, due in awaited if step.code == LIFTING.code), None)
    if awaited:
        step, track, due = min(awaited, key=lambda each: (each[2] is None, each[2]))
        who, act, opens = (
            awaited_of(step, track),
            lowered(step.label.say(get_language() or "fr")),
            False,
        )
        if step.code == LIFTING.code and request.reserved:
            who, act = actor_words(HOLDER), _("répondre aux réserves du comité")
    else:
        acting, due = acts_next(case, case.ways), dues.get(f"state:{case.state}")
        who, act, opens = actor_words(acting) if acting else "", "", acting == SYSTEM
    return Row(
        request,
        ref_of(request),
        "holder" in parts,
        state_chip(case.state),
        who,
        act,
        None if opens else due,
        due is not None and due < at and not opens,
        lifting,
        opens,
    )


def _of_request(row: Row, parts: set[str]) -> list[Expected]:
    title, state = str(row.request), row.request.case.state
    if not parts & {"holder", "writer"}:
        return []
    found = []
    if state in EXPECTED:
        page = "projects:dossier" if state == "completion" else "projects:request"
        found.append(Expected(title, row.what, reverse(page, args=[row.ref]), row.until))
    if state == "preparation" and row.request.reserved and "holder" in parts:
        href = reverse("projects:reservations", args=[row.ref])
        what = _("répondre aux réserves du comité")
        found.append(Expected(title, what, href, row.reserved_until))
    if row.request.asked:
        href = reverse("projects:exchanges", args=[row.ref])
        found.append(Expected(title, _("répondre à une question"), href))
    return found


def _of_idea(idea: Idea) -> Expected:
    what = _("lire la réponse à votre idée")
    return Expected(idea.title, what, reverse("projects:idea", args=[idea.pk]))


def _of_person(person, at: datetime) -> list[Expected]:
    standing = commitments_of(person, at)
    if standing.in_order:
        return []
    return [
        Expected(
            _("Vos engagements"),
            _("signer ou renouveler ce qui manque : sans cela, pas d'accès aux données"),
            reverse("commitments"),
        )
    ]
