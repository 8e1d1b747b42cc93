"""Non-conformities read: who sees which, what lacks and who mends it, what a delegate answered of
the access that one closed, in words. A constant number of queries, however many."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.charters import Verdict, load_charter
from governance.domain.blocks import LIFTED, bites
from governance.models import BlockJudgement, NonConformity
from governance.models.nonconformity import OPEN
from governance.process import clocks
from governance.process.compliance import IN_USE
from governance.process.table import REQUEST
from governance.queries.people import roles_of
from governance.queries.written_once import written_once
from governance.roles import STAFF_ROLES
from projects.models import Request
from projects.permissions import seen_by
from projects.queries.desk import Desk, DeskKind
from projects.queries.overview import actor_words, page_address, say, site_names

MENDED_IN = (*IN_USE, "results", "revoked", "closed", "closed_in_default")
"""The states of a request that may have had one."""

_WHOLE = NonConformity.Subject.REQUEST
_DELAY = REQUEST.state(clocks.BLOCK).delay

MENDED_READ = (
    *("clause", "article", "subject", "owner_role", "verdict"),
    *("bites_at", "bitten_at", "mended_at", "lapsed_at"),
    *("case__number", "case__state", "case__charters"),
    *("establishment__short_name", "owner_at__short_name"),
    *(f"member__{name}" for name in ("first_name", "last_name", "email")),
)
"""What *Mon travail* says of each."""


@dataclass(frozen=True)
class Row:
    """A non-conformity in words. ``kind`` and ``standing`` are its chip's. Of an access that it
    closed: what a delegate answered last (``judgement``), or until when one is waited for
    (``until``), and where the reader answers (``judged_at``), if it is theirs to."""

    one: NonConformity
    title: str
    lacks: str
    where: str
    owner: str
    kind: str
    standing: str
    judgement: BlockJudgement | None = None
    until: datetime | None = None
    judged_at: str = ""

    @property
    def request(self) -> Request:
        return self.one.case.request

    @property
    def mending_page(self) -> str:
        read = page_address("request", self.one.case.number)
        return mending_page(self.one) or f"{read}#conformite"


def mending_page(one: NonConformity) -> str:
    """Where what an establishment states of its warehouse is stated again, by who may not read the
    request; empty for what is mended from the request."""
    if one.owner_role == "producer" and one.article == "C-02":
        return reverse("establishment_warehouse", args=[one.establishment_id])
    return ""


def judged_at(one: NonConformity) -> str:
    """Where a delegate answers of the access that it closed; its case is read."""
    return page_address("judge_block", one.case.number, one.pk)


def for_delegate(
    rows: list[Row], places: Collection[str | None], barred: Collection = ()
) -> list[Row]:
    """The rows, with the way to answer for who is a delegate of ``places`` (None: the network) and
    may judge nothing of the requests ``barred``."""

    def theirs(one: NonConformity) -> bool:
        there = one.establishment_id or one.case.lead_id
        return one.case_id not in barred and bool({None, there} & set(places))

    return [
        replace(row, judged_at=judged_at(row.one)) if bites(row.one) and theirs(row.one) else row
        for row in rows
    ]


def listed(person, chosen: dict, at: datetime) -> QuerySet[NonConformity]:
    """Those of the requests that the person may see, as narrowed: first what bites first, and the
    last closed."""
    found = NonConformity.objects.filter(seen_by(person, at, of="case__"))
    match chosen.get("etat"):
        case "corrigees":
            found = found.closed().order_by("-mended_at", "-lapsed_at", "-pk")
        case "toutes":
            found = found.order_by("-found_at", "-pk")
        case _:
            found = found.open().order_by("bites_at", "pk")
    if site := chosen.get("site"):
        found = found.filter(Q(establishment=site) | Q(owner_at=site) | Q(case__lead=site))
    match chosen.get("qui"):
        case "moi":
            found = found.filter(owned_by(person, at))
        case str(role) if role:
            found = found.filter(owner_role=role)
    return told(found)


def told(found: QuerySet[NonConformity]) -> QuerySet[NonConformity]:
    """With all that is said of each."""
    return found.select_related("case__request", "establishment", "member", "owner_at")


def owned_by(person, at: datetime) -> Q:
    """What is for the person to mend: as who they are, or in a role held there."""
    mine = Q(owner_role="member", member=person)
    team = Q(case__participations__person=person, case__participations__until__isnull=True)
    mine |= Q(owner_role="holder") & team & Q(case__participations__part="holder")
    for role, place in roles_of(person, at):
        if role in STAFF_ROLES:
            mine |= Q(owner_role=role) if place is None else Q(owner_role=role, owner_at=place)
    return Q(pk__in=NonConformity.objects.filter(mine).values("pk"))


def to_mend(desk: Desk, most: int) -> list[NonConformity]:
    """The open ones that wait for a role of the person, the first to bite first. One query."""
    return _to_mend.asked(desk.kind, desk=desk.values)[:most]


@written_once
def _to_mend(kind: DeskKind, *, desk) -> QuerySet[NonConformity]:
    mine = Q(pk__in=[])
    for role, _everywhere in sorted(kind.roles):
        mine |= Q(owner_role=role) & kind.at_place(role, "owner_at")
    found = NonConformity.objects.open().filter(mine, kind.others("case"))
    read = found.select_related("case", "establishment", "member", "owner_at").only(*MENDED_READ)
    return read.order_by("bites_at", "pk")


def of_request(request: Request) -> list[Row]:
    """Those of one request, the open ones first; two queries, none where there can be none."""
    if request.case.state not in MENDED_IN:
        return []
    found = told(request.case.nonconformities.all()).order_by("-found_at", "-pk")
    return sorted(rows_of(found), key=lambda row: not row.one.is_open)


def judged_with(request: Request) -> list[Row]:
    """Those that a delegate judges with the suspension of a request: the open ones first, then
    those for which it was blocked and that are mended since. At most three queries."""
    block = request.case.decisions.filter(step="block").order_by("index").last()
    of_block = Q(bitten_by=block) if block else Q(pk__in=[])
    found = told(request.case.nonconformities.filter(OPEN | of_block))
    return sorted(rows_of(found.order_by("found_at", "pk")), key=lambda row: not row.one.is_open)


def rows_of(found: Iterable[NonConformity]) -> list[Row]:
    """Each in words, in the reader's language; two queries, none for none."""
    found = list(found)
    names, answered = site_names() if found else {}, _last_judgements(found)
    return [_row(one, answered.get(one.pk), names) for one in found]


def _last_judgements(found: list[NonConformity]) -> dict[int, BlockJudgement]:
    """The last answer of a delegate of each, where there is one."""
    closed = [one.pk for one in found if one.bitten_at and one.subject != _WHOLE]
    rows = BlockJudgement.objects.filter(nonconformity__in=closed).order_by("index")
    return {row.nonconformity_id: row for row in rows.select_related("by", "delegation")}


def _row(one: NonConformity, judgement: BlockJudgement | None, names: dict[str, str]) -> Row:
    kind, standing = _standing(one, judgement)
    verdict = Verdict.from_data(one.verdict)
    waits = judgement is None and bites(one)
    return Row(
        one=one,
        title=_title(one),
        lacks=say(verdict, names),
        where=str(one.member or one.establishment or _("La demande entière")),
        owner=_owner(one),
        kind=kind,
        standing=standing,
        judgement=judgement,
        until=clocks.due(_DELAY, one.bitten_at) if waits else None,
    )


def _title(one: NonConformity) -> str:
    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    charters = (load_charter(*each) for each in one.case.charters.items())
    articles = (article for charter in charters for article in charter.articles)
    return next(a.title[language] for a in articles if a.code == one.article)


def _owner(one: NonConformity) -> str:
    if one.owner_role == "member":
        return str(one.member)
    said = actor_words(one.owner_role)
    return f"{said}, {one.owner_at.short_name}" if one.owner_at else said


def _standing(one: NonConformity, judgement: BlockJudgement | None) -> tuple[str, str]:
    if one.mended_at:
        return "done", _("Corrigée")
    if one.lapsed_at:
        return "neutral", _("Sans objet")
    if not one.bitten_at:
        return "wait", _("À corriger")
    if judgement is not None and judgement.kind == LIFTED:
        return "here", _("Accès rouvert")
    if one.subject != _WHOLE:
        return "stop", _("Accès fermé")
    if one.case.state == "suspended":
        return "stop", _("Demande suspendue")
    return "here", _("Suspension levée")
