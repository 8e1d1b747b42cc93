"""What a page of a request says at its top: who acts next, the path, what lacks, the next step.

Everything is read off the process's table and the same judgement as the engine makes; nothing is
written here.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.charters import Verdict, load_charter, sentence, versions_in_force
from governance.models import Establishment, Participation
from governance.process.engine import OpenStep, obstacles, open_steps
from governance.process.shape import HOLDER, NEGATIVE, SYSTEM
from governance.process.table import REQUEST
from governance.roles import ROLES
from projects.form import SECTIONS
from projects.models import Request

ONWARD = {
    "draft": "submit",
    "admissibility": "admit",
    "completion": "resubmit",
    "instruction": "to_committee",
    "committee": "give_opinion",
    "preparation": "authorise",
    "results": "close",
    "closed_in_default": "mend",
}
"""In each state, the step that leads on: what lacks is what stands in its way."""

MAIN_PATH = (
    "draft",
    "admissibility",
    "instruction",
    "committee",
    "preparation",
    "authorised",
    "access",
    "results",
    "closed",
)
HOLDERS_SIDE = ("holder", "member", "local_referent")


@dataclass(frozen=True)
class Line:
    sentence: str
    article: str = ""
    href: str = ""


@dataclass
class Group:
    title: str
    mine: bool
    lines: list[Line] = field(default_factory=list)


def ref_of(request: Request) -> str:
    """What addresses a request: its number once deposited, its identifier before."""
    return request.case.number or str(request.pk)


def say(verdict: Verdict, names: dict[str, str]) -> str:
    """What a verdict says, in the reader's language; a need of procedure says its own label."""
    language = get_language() or "fr"
    if verdict.key.startswith("need."):
        need = next(n for s in REQUEST.steps for n in s.needs if n.code == verdict.clause)
        return _("Il faut : %(need)s.") % {"need": need.label.say(language)}
    return sentence(verdict, language, names)


def site_names() -> dict[str, str]:
    return dict(Establishment.objects.values_list("slug", "short_name"))


def lines(request: Request, verdicts, names: dict[str, str]) -> list[tuple[Verdict, Line]]:
    """Each verdict with its sentence, its article and where it is mended."""
    known = {s.code for s in SECTIONS}
    said = []
    for verdict in verdicts:
        href = ""
        if verdict.section in known and request.case.state in ("draft", "completion"):
            href = reverse("projects:section", args=[ref_of(request), verdict.section])
        said.append((verdict, Line(say(verdict, names), verdict.article, href)))
    return said


def lacking(request: Request, *, on_team: bool, roles: set[str], at: datetime) -> list[Group]:
    """*Ce qu'il manque*: à vous, à d'autres, plus tard."""
    mine, others, later = (
        Group(_("À vous"), True),
        Group(_("À d'autres"), False),
        Group(_("Plus tard"), False),
    )
    state, names = request.case.state, site_names()
    if state in ONWARD:
        for verdict, line in lines(request, obstacles(request.case, ONWARD[state], at), names):
            is_mine = verdict.mender in HOLDERS_SIDE if on_team else verdict.mender in roles
            (mine if is_mine else others).lines.append(line)
    if state in ("draft", "admissibility", "completion"):
        for verdict, line in lines(request, obstacles(request.case, "to_committee", at), names):
            if verdict.mender in HOLDERS_SIDE and verdict.article:
                later.lines.append(line)
    return [mine, others, later]


def path_steps(request: Request) -> list[dict]:
    """The states of the process with what is done, where the request is, what comes."""
    language = get_language() or "fr"
    case = request.case
    reached = {}
    for decision in case.decisions.order_by("index"):
        reached.setdefault(decision.to_state, decision.at)
    shown = [REQUEST.state(code) for code in MAIN_PATH]
    if case.state not in MAIN_PATH:
        place = case.origins[-1] if case.origins else "admissibility"
        index = next((i for i, s in enumerate(shown) if s.code == place), 1)
        shown.insert(index + 1, REQUEST.state(case.state))
        if REQUEST.state(case.state).ended:
            shown = shown[: index + 2]
    here = next(i for i, s in enumerate(shown) if s.code == case.state)
    return [
        {
            "label": state.label.say(language),
            "status": "here" if i == here else "done" if i < here else "next",
            "when": reached.get(state.code),
            "tracks": _tracks_of(case, state.code) if i == here else [],
        }
        for i, state in enumerate(shown)
    ]


RUNNING = {
    "instruction": ("site", "route"),
    "committee": ("opinion",),
    "preparation": ("site", "formality", "convention", "opinion"),
    "authorised": ("site",),
    "access": ("site",),
}


def _tracks_of(case, state: str) -> list[str]:
    language = get_language() or "fr"
    kinds = RUNNING.get(state, ())
    return [
        f"{_track_name(t, language)} : {REQUEST.track(t.kind).statuses[t.status].say(language)}"
        for t in case.tracks.select_related("establishment").order_by("kind", "id")
        if t.kind in kinds
    ]


def _track_name(track, language: str) -> str:
    if track.establishment_id:
        return track.establishment.short_name
    name = REQUEST.track(track.kind).label.say(language)
    return f"{name} {track.key}".strip()


def actor_words(code: str) -> str:
    """The name of who acts: a role, the holder, the portal itself."""
    if code == HOLDER:
        return _("Le porteur")
    if code == SYSTEM:
        return _("Le portail")
    return str(ROLES[code].name) if code in ROLES else _("Personne")


@dataclass(frozen=True)
class Next:
    """Who acts next, what is awaited, until when."""

    who: str
    what: str
    until: datetime | None
    mine: bool


def who_next(request: Request, *, on_team: bool, roles: set[str]) -> Next | None:
    """Who acts next on the request; None when nobody is waited for."""
    case = request.case
    state = REQUEST.state(case.state)
    if not state.acts_next:
        return None
    deadline = case.deadlines.running().filter(subject=f"state:{case.state}").first()
    onward = REQUEST.step(ONWARD.get(case.state, ""))
    language = get_language() or "fr"
    what = onward.label.say(language) if onward else state.label.say(language)
    mine = on_team if state.acts_next == HOLDER else state.acts_next in roles and not on_team
    until = deadline.due_at if deadline else None
    return Next(actor_words(state.acts_next), what, until, mine)


def steps_for(request: Request, person, at: datetime) -> list[OpenStep]:
    """The steps that `person` may take now, those that lead on first, negative ones last."""
    allowed = [s for s in open_steps(request.case, person, at) if s.allowed]
    onward = ONWARD.get(request.case.state)

    def rank(found: OpenStep):
        negative = all(a.tone == NEGATIVE for a in found.answers)
        return (negative or found.step.code == "withdraw", found.step.code != onward)

    return sorted(allowed, key=rank)


def parts_of(request: Request, person, at: datetime) -> set[str]:
    """The parts that `person` takes in the request today."""
    return set(
        Participation.objects.filter(case_id=request.pk, person=person)
        .valid(at)
        .values_list("part", flat=True)
    )


def article_titles(case, at: datetime) -> dict[str, str]:
    """Code → title of every article of the charters that apply to the case."""
    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    return {
        article.code: article.title[language]
        for code, version in (case.charters or versions_in_force(at.date())).items()
        for article in load_charter(code, version).articles
    }
