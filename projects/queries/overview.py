"""What a page of a request says at its top: who acts next, the path, what lacks, the next step.

Everything is read off the process's table and the same judgement as the engine makes; nothing is
written here.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from governance.charters import Verdict, load_charter, sentence, versions_in_force
from governance.charters.facts import PARIS, today
from governance.dates import say_day
from governance.models import Case, Establishment
from governance.process.amendments import AMENDMENT
from governance.process.outlook import OpenStep, Outlook
from governance.process.shape import HOLDER, NEGATIVE, SYSTEM
from governance.process.standing import JUDGING
from governance.process.table import MAIN_PATH, REQUEST
from governance.roles import ROLES
from projects.domain.reservations import LIFTING
from projects.domain.results import CHANGED_IN
from projects.dossier.form import SECTIONS
from projects.models import Request
from projects.process.facts.people import requests_in_default
from projects.queries.opening import everything_delivered, opening_lacks, team_names
from projects.queries.reservations import waits_for_holder, waits_to_be_checked
from projects.reader import Reader

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


def say(verdict: Verdict, names: dict[str, str], *, yours: bool = False) -> str:
    """What a verdict says, in the reader's language; a need of procedure says its own label.
    `yours`: the reader mends it."""
    language = get_language() or "fr"
    if verdict.key.startswith("need."):
        need = next(
            n
            for process in (REQUEST, AMENDMENT)
            for step in process.steps
            for n in step.needs
            if n.code == verdict.clause
        )
        if need.lacking:
            return f"{need.lacking.say(language)}."
        return _("Pas encore : %(need)s.") % {"need": lowered(need.label.say(language))}
    return sentence(verdict, language, names, yours=yours)


def site_names() -> dict[str, str]:
    return dict(Establishment.objects.values_list("slug", "short_name"))


def names_for(request: Request) -> dict[str, str]:
    """The same, read once for all that is said of one request."""
    if not hasattr(request, "_site_names"):
        request._site_names = site_names()
    return request._site_names


MENDED_BY_RECORD = {
    "U-09": "destination",
    "C-02": "information",
    "U-11": "excuse",
    "heard": "entretien",
    "dpo_gave_opinion": "avis-dpo",
}
"""Where a person of the CDC records what lacks, by clause or need: see `projects.forms.records`."""
SAID_BY_TEAM = {"C-06": "plain_results", "U-11": "results", "U-14": "reciprocity"}
"""Where the team says what the closure waits for, by article."""


def lines(
    request: Request, verdicts, names: dict[str, str], reader: Reader | None = None
) -> list[tuple[Verdict, Line]]:
    """Each verdict with its sentence, its article and where it is mended."""
    known = {s.code for s in SECTIONS}
    said = []
    for verdict in verdicts:
        href = ""
        if verdict.article == "C-12" and request.case.state == "draft":
            # Reading what becomes public, and confirming it, is depositing.
            href = page_address("check", ref_of(request))
            words = _("Confirmez ce qui deviendra public, en déposant.")
            said.append((verdict, Line(words, verdict.article, href)))
            continue
        if verdict.clause == "no_default":
            said.append((verdict, in_default(request, reader)))
            continue
        yours = reader is not None and mends(reader, verdict)
        if verdict.section in known and request.case.state in ("draft", "completion"):
            href = page_address("section", ref_of(request), verdict.section)
        elif yours:
            href = _where_said(request, verdict) if reader.on_team else _record(request, verdict)
        said.append((verdict, Line(say(verdict, names, yours=yours), verdict.article, href)))
    return said


def in_default(request: Request, reader: Reader | None = None) -> Line:
    """The requests that their holder must mend before depositing another, by their numbers; the
    way to the first, for its holder."""
    numbers = list(requests_in_default(request.case).values_list("number", flat=True))
    words = ngettext(
        "La demande %(numbers)s est close avec manquement : à régulariser avant d'en déposer "
        "une autre.",
        "Les demandes %(numbers)s sont closes avec manquement : à régulariser avant d'en déposer "
        "une autre.",
        len(numbers),
    )
    leads = reader is not None and reader.holder and numbers
    href = page_address("results", numbers[0]) if leads else ""
    return Line(words % {"numbers": ", ".join(numbers)}, "U-11", href)


def _where_said(request: Request, verdict: Verdict) -> str:
    page = SAID_BY_TEAM.get(verdict.article) if request.case.state in CHANGED_IN else None
    return page_address(page, ref_of(request)) if page else ""


def _record(request: Request, verdict: Verdict) -> str:
    code = MENDED_BY_RECORD.get(verdict.clause)
    if verdict.clause == "U-07a":
        code = "voie" if verdict.mender == "dpo" else None
    return page_address("record", ref_of(request), code) if code else ""


def grouped(request: Request, reader: Reader, verdicts) -> list[Group]:
    """What stands in the way of one step, in the same three groups as *Ce qu'il manque*."""
    mine, others = Group(_("À vous"), True), Group(_("À d'autres"), False)
    for verdict, line in lines(request, verdicts, names_for(request), reader):
        (mine if mends(reader, verdict) else others).lines.append(line)
    return [mine, others, Group(_("Plus tard"), False)]


def lacking(request: Request, reader: Reader, outlook: Outlook) -> list[Group]:
    """*Ce qu'il manque*: à vous, à d'autres, plus tard."""
    state, groups = request.case.state, grouped(request, reader, ())
    if state in ONWARD:
        groups = grouped(request, reader, outlook.obstacles(ONWARD[state]))
    if state in ("draft", "admissibility", "completion"):
        later = outlook.obstacles("to_committee")
        groups[-1].lines += [
            line
            for verdict, line in lines(request, later, names_for(request))
            if verdict.mender in HOLDERS_SIDE and verdict.article
        ]
    if state in LIFTING.sources:
        _reservations_left(groups, request, reader, outlook)
    if state in ("authorised", "access"):
        _lacking_to_open(groups, request, reader, outlook)
    return groups


def _reservations_left(groups: list[Group], request: Request, reader: Reader, outlook: Outlook):
    """What the reservations of the opinion still wait for, and where."""
    href = page_address("reservations", ref_of(request))
    for track in outlook.tracks:
        if track.kind == LIFTING.track and track.status in LIFTING.track_from:
            left = grouped(request, reader, outlook.obstacles(LIFTING.code, track))
            for group, more in zip(groups, left, strict=True):
                group.lines += [replace(line, href=href) for line in more.lines]


def _lacking_to_open(groups: list[Group], request: Request, reader: Reader, outlook: Outlook):
    """What the access lacks: now where data are delivered, later where they are prepared."""
    mine, others, later = groups
    delivered = any(t.kind == "site" and t.status == "delivered" for t in outlook.tracks)
    verdicts = opening_lacks(outlook)
    if not verdicts:
        return
    names = names_for(request) | team_names(outlook)
    for verdict, line in lines(request, verdicts, names, reader):
        own = verdict.of == str(reader.person.ref)
        if verdict.subject == "member" and own:
            line = replace(line, href=reverse("commitments"))
        if not delivered:
            # An establishment that prepares its data is said to be awaited already.
            (later.lines if verdict.clause != "opening_chosen" else []).append(line)
        elif own or (verdict.subject != "member" and mends(reader, verdict)):
            mine.lines.append(line)
        else:
            others.lines.append(line)


def mends(reader: Reader, verdict: Verdict) -> bool:
    """Whether what lacks is for the reader to mend: of a hospital, in a role held there."""
    if reader.on_team:
        return verdict.mender in HOLDERS_SIDE
    sites = set(verdict.values.get("sites", ()))
    if verdict.subject == "site" and verdict.of:
        sites.add(verdict.of)
    return any(
        role == verdict.mender and (not sites or place is None or place in sites)
        for role, place in reader.grants
    )


def path_steps(request: Request, outlook: Outlook) -> list[dict]:
    """The states of the process with what is done, where the request is, what comes."""
    language = get_language() or "fr"
    case = request.case
    reached = {}
    for decision in outlook.facts_for.rows.decisions:
        reached.setdefault(decision.to_state, decision.at)
    shown = [REQUEST.state(code) for code in MAIN_PATH]
    if case.state not in MAIN_PATH:
        place = case.origins[-1] if case.origins else "admissibility"
        index = next((i for i, s in enumerate(shown) if s.code == place), 1)
        shown.insert(index + 1, REQUEST.state(case.state))
        if REQUEST.state(case.state).ended:
            shown = shown[: index + 2]
    here = next(i for i, s in enumerate(shown) if s.code == case.state)
    stopped = KINDS_OF_STATE.get(case.state) == "stop"
    return [
        {
            "label": state.label.say(language),
            "status": ("stop" if stopped else "here")
            if i == here
            else "done"
            if i < here
            else "next",
            "when": day_words(reached.get(state.code)),
            "tracks": _tracks_of(outlook.tracks, state.code) if i == here else [],
        }
        for i, state in enumerate(shown)
    ]


def day_words(at: datetime | None) -> str:
    """The day of an instant in Paris, as people write it; nothing for None."""
    return say_day(at) if at else ""


KINDS_OF_STATE = {
    "completion": "wait",
    "suspended": "stop",
    "closed": "done",
    "closed_in_default": "stop",
    "refused": "stop",
    "revoked": "stop",
    "dropped": "neutral",
    "withdrawn": "neutral",
    "draft": "neutral",
}
"""The kind of chip of a state; the others are on their way."""


def state_chip(state: str) -> dict:
    """What the chip of a state says, to those who know the request."""
    return {
        "kind": KINDS_OF_STATE.get(state, "here"),
        "label": REQUEST.state(state).label.say(get_language() or "fr"),
    }


RUNNING = {
    "instruction": ("site", "route"),
    "committee": ("opinion",),
    "preparation": ("site", "formality", "convention", "opinion"),
    "authorised": ("site",),
    "access": ("site",),
}


def _tracks_of(tracks, state: str) -> list[str]:
    language, colon = get_language() or "fr", pgettext("colon", " :")
    kinds = RUNNING.get(state, ())
    return [
        f"{track_name(t)}{colon} {REQUEST.track(t.kind).statuses[t.status].say(language)}"
        for t in sorted(tracks, key=lambda t: (t.kind, t.pk))
        if t.kind in kinds
    ]


def status_words(track, state: str) -> str:
    """Where a track stands, in a request at `state`: an access that was opened is open no more
    once the request has left it."""
    language = get_language() or "fr"
    if track.status != "opened" or state == "access":
        return REQUEST.track(track.kind).statuses[track.status].say(language)
    if state in ("suspended", "revoked"):
        return REQUEST.state(state).label.say(language)
    return REQUEST.step("end_access").outcomes[0].label.say(language)


def track_name(track) -> str:
    """What a track is called: an establishment's name, a formality's, a convention's."""
    language = get_language() or "fr"
    if track.establishment_id:
        return track.establishment.short_name
    if track.kind == "convention":
        return CONVENTIONS[track.key]
    if track.kind == "formality":
        return _("sans formalité extérieure") if track.key == "none" else track.key
    return f"{REQUEST.track(track.kind).label.say(language)} {track.key}".strip()


CONVENTIONS = {
    "access": gettext_lazy("Convention d'accès"),
    "consortium": gettext_lazy("Accord de consortium"),
    "joint_control": gettext_lazy("Accord de responsabilité conjointe"),
    "processing": gettext_lazy("Contrat de sous-traitance"),
    "industrial": gettext_lazy("Convention avec l'industriel"),
}


def actor_words(code: str) -> str:
    """The name of who acts: a role, the holder, the portal itself."""
    if code == HOLDER:
        return _("Le porteur")
    if code == SYSTEM:
        return _("Le portail")
    return str(ROLES[code].name) if code in ROLES else _("Personne d’attendu")


AWAITED = {
    ("instruction", "site", "asked"): "state_feasibility",
    ("instruction", "route", "unset"): "qualify",
    ("preparation", "opinion", "reserved"): "lift_reservations",
    ("preparation", "site", "feasible"): "agree",
    ("preparation", "formality", "due"): "file_formality",
    ("preparation", "formality", "gathering"): "complete_evidence",
    ("preparation", "formality", "filed"): "record_answer",
    ("preparation", "convention", "due"): "sign_convention",
    ("authorised", "site", "agreed"): "deliver",
    ("authorised", "site", "agreed_with_limits"): "deliver",
    ("access", "site", "agreed"): "deliver",
    ("access", "site", "agreed_with_limits"): "deliver",
}
"""The step that a track waits for, by the state of the case, its kind and its status."""

WAITS = {
    "completion": gettext_lazy("répondre aux points demandés"),
    "authorised": gettext_lazy("préparer et livrer les données"),
    "access": gettext_lazy("mener la recherche"),
    "results": gettext_lazy("publier et déclarer les résultats"),
    "closed_in_default": gettext_lazy("déclarer les résultats qui manquent"),
    "refused": gettext_lazy("un recours est possible"),
    "revoked": gettext_lazy("un recours est possible"),
    "dropped": gettext_lazy("une reprise de la demande est possible"),
    "suspended": gettext_lazy("confirmer la suspension ou rétablir l'accès"),
}
"""What is awaited in a state of who acts next there; elsewhere, the step that leads on."""
AT_WILL = ("refused", "revoked", "dropped")
"""Ended states whose delay is the holder's to use or not: past it, nobody is waited for."""
CONFIRMED = gettext_lazy("rétablir l'accès ou retirer l'autorisation")
"""What is awaited of them once they confirmed a suspension."""


def quality_words(code: str) -> str:
    """In what quality somebody acts, after « en tant que »."""
    return _("porteur") if code == HOLDER else lowered(actor_words(code))


@dataclass(frozen=True)
class Next:
    """Who acts next, what is awaited, until when; `others` are awaited beside."""

    who: str
    what: str
    until: datetime | None
    mine: bool
    others: int = 0


def awaited_steps(case: Case, tracks, dues: dict) -> list[tuple]:
    """The steps that the tracks of a case wait for: each with its track and until when, by what is
    due (`dues`, by the subject of each deadline)."""
    found = []
    for track in tracks:
        step = REQUEST.step(AWAITED.get((case.state, track.kind, track.status), ""))
        if step is not None:
            until = dues.get(f"track:{track.kind}:{track.key}") or dues.get(f"state:{case.state}")
            found.append((step, track, until))
    return found


def awaited_of(step, track) -> str:
    """Who is awaited for a step of a track."""
    actor = actor_words(step.actors[0])
    return _("%(actor)s (%(track)s)") % {"actor": actor, "track": track_name(track)}


def who_next(request: Request, reader: Reader, outlook: Outlook) -> Next | None:
    """Who acts next on the request; None when nobody is waited for."""
    case, language = request.case, get_language() or "fr"
    state = REQUEST.state(case.state)
    if not state.acts_next:
        return None
    if any(t.kind == "appeal" and t.status == "open" for t in outlook.tracks) and state.ended:
        judge = _("Un délégataire qui n'a pas pris part à la décision")
        return Next(judge, _("répondre au recours"), None, False)
    dues = {d.subject: d.due_at for d in outlook.facts_for.rows.clocks}
    awaited = [
        Next(
            awaited_of(step, track),
            lowered(step.label.say(language)),
            until,
            _awaits(reader, step.actors, track),
        )
        if step.code != LIFTING.code
        else _next_on_reservations(reader, outlook.facts_for.rows.reservations, track, until)
        for step, track, until in awaited_steps(case, outlook.tracks, dues)
    ]
    if awaited:
        first = min(awaited, key=lambda n: (not n.mine, n.until is None, n.until))
        return replace(first, others=len(awaited) - 1)
    if case.state == "authorised" and everything_delivered(outlook.tracks):
        return _who_opens(request, reader, outlook)
    until = dues.get(f"state:{case.state}")
    if case.state in AT_WILL and until is not None and until < outlook.at:
        return None
    onward = REQUEST.step(ONWARD.get(case.state, ""))
    if case.state in WAITS or onward is None:
        actors, what = (state.acts_next,), WAITS.get(case.state, lowered(state.label.say(language)))
        if case.state == "suspended" and outlook.obstacles("confirm_suspension"):
            what = CONFIRMED
    else:
        actors, what = onward.actors, lowered(onward.label.say(language))
    return Next(actor_words(actors[0]), str(what), until, _awaits(reader, actors, None))


def _next_on_reservations(reader: Reader, rows: list, track, until) -> Next:
    """Whom the reservations of the opinion wait for: the holder, who checks, who lifts them. Those
    who can check an answer are told so first, while others are still waited for."""
    checks = _awaits(reader, LIFTING.actors, track)
    to_check = waits_to_be_checked(rows)
    if waits_for_holder(rows) and not (checks and to_check):
        return Next(actor_words(HOLDER), _("répondre aux réserves du comité"), until, reader.holder)
    what = lowered(LIFTING.label.say(get_language() or "fr"))
    if to_check:
        what = _("examiner les réponses aux réserves")
    return Next(awaited_of(LIFTING, track), what, until, checks)


def _who_opens(request: Request, reader: Reader, outlook: Outlook) -> Next:
    """Who is waited for once everything is delivered: those who mend what the access lacks, or the
    portal, which opens it by itself."""
    lacks = opening_lacks(outlook)
    if any(verdict.subject == "member" for verdict in lacks):
        who = _("Le porteur et son équipe")
        what = _("signer ou renouveler les engagements qui manquent, pour que l'accès s'ouvre")
        return Next(who, what, None, reader.on_team)
    dated = [v.values["on"] for v in lacks if v.key == "notice_too_recent"]
    if len(dated) < len(lacks):
        verdict = next(v for v in lacks if v.key != "notice_too_recent")
        what = _("compléter ce qui manque à l'ouverture de l'accès")
        return Next(actor_words(verdict.mender), what, None, mends(reader, verdict))
    if dated:
        day = day_words(datetime.combine(date.fromisoformat(max(dated)), time(12), PARIS))
        what = _("ouvrir l'accès le %(day)s") % {"day": day}
        return Next(actor_words(SYSTEM), what, None, False)
    return Next(actor_words(SYSTEM), _("ouvrir l'accès"), None, False)


def lowered(label: str) -> str:
    """The label of a step inside a sentence."""
    return label[:1].lower() + label[1:]


def _awaits(reader: Reader, actors, track) -> bool:
    if HOLDER in actors and reader.holder:
        return True
    if reader.on_team:
        return False
    place = track.establishment_id if track is not None and track.kind == "site" else None
    return any(
        role in actors and (place is None or where in (None, place))
        for role, where in reader.grants
    )


LEADING = (
    "submit",
    "admit",
    "resubmit",
    "uphold",
    "state_feasibility",
    "qualify",
    "to_committee",
    "give_opinion",
    "lift_reservations",
    "agree",
    "file_formality",
    "record_answer",
    "complete_evidence",
    "sign_convention",
    "authorise",
    "deliver",
    "confirm_suspension",
    "resume",
    "close",
    "mend",
    "revive",
    "appeal",
)
"""The steps that a person is led to, first the one that comes first in the life of a request."""


@dataclass(frozen=True)
class Action:
    """The one thing that a page leads to; `why_not` says what hinders it."""

    label: str
    href: str
    why_not: str = ""


def page_address(name: str, *args) -> str:
    """The address of a page of requests; nothing when there is no such page."""
    try:
        return reverse(f"projects:{name}", args=args)
    except NoReverseMatch:
        return ""


def step_address(request: Request, found: OpenStep) -> str:
    """The page on which a step is taken."""
    ref, code, track = ref_of(request), found.step.code, found.track
    if code == "agree":
        return page_address("agreement", ref, track.key)
    if code == "submit":
        return page_address("check", ref)
    return page_address("step", ref, code, *([track.pk] if track else []))


def next_action(request: Request, reader: Reader, steps: list[OpenStep]) -> Action:
    """The next step of the reader, or why it cannot be taken; without any, what they can do."""
    language, ref = get_language() or "fr", ref_of(request)
    state = request.case.state
    if state in LIFTING.sources and any(
        t.kind == LIFTING.track and t.status in LIFTING.track_from for t in request.outlook.tracks
    ):
        act = _act_on_reservations(request, reader, steps)
        if act is not None:
            return act
    leading = sorted(
        (s for s in steps if s.step.code in LEADING and not already_made(s)),
        key=lambda s: (bool(s.obstacles), LEADING.index(s.step.code)),
    )
    if reader.writes and state in ("draft", "completion") and (not leading or leading[0].obstacles):
        label = _("Continuer le dossier") if state == "draft" else _("Répondre aux points")
        return Action(label, page_address("dossier", ref))
    if leading:
        first = leading[0]
        label = first.step.label.say(language)
        if first.step.code in JUDGING:
            label = _("Juger le recours")
        if first.track is not None and first.track.kind in ("site", "formality", "convention"):
            label = _("%(step)s : %(track)s") % {"step": label, "track": track_name(first.track)}
        if not first.obstacles:
            return Action(label, step_address(request, first))
        return Action(label, "", say(first.obstacles[0], names_for(request)))
    if _owes_opinion(request, reader):
        return Action(
            _("Rendre l'avis sur la voie réglementaire"), page_address("record", ref, "voie")
        )
    if reader.holder and state in ("results", "closed_in_default"):
        return Action(_("Déclarer un résultat"), page_address("results", ref))
    if reader.on_team and state in ("authorised", "access"):
        return Action(_("Voir les données"), page_address("data", ref))
    return Action(_("Écrire un message"), page_address("exchanges", ref))


def _act_on_reservations(request: Request, reader: Reader, steps: list[OpenStep]) -> Action | None:
    """The reservations of the opinion, when the reader answers them or checks the answers."""
    rows = request.outlook.facts_for.rows.reservations
    lifting = next((s for s in steps if s.step.code == LIFTING.code), None)
    label = ""
    if reader.holder and waits_for_holder(rows):
        label = _("Répondre aux réserves")
    elif lifting is not None and waits_to_be_checked(rows):
        label = _("Examiner les réponses aux réserves")
    return Action(label, page_address("reservations", ref_of(request))) if label else None


def already_made(found: OpenStep) -> bool:
    """Whether the step is done already: an appeal is being judged, a suspension is confirmed."""
    return any(v.clause in ("no_other_appeal", "suspension_to_confirm") for v in found.obstacles)


def _owes_opinion(request: Request, reader: Reader) -> bool:
    """Whether the DPO's opinion on the route, which is no step, is awaited of the reader."""
    if reader.on_team or request.case.state != "instruction":
        return False
    lead = ("dpo", request.case.lead_id) in reader.grants or ("dpo", None) in reader.grants
    found = getattr(request, "qualification", None) if lead else None
    return lead and (found is None or found.dpo_at is None)


def steps_for(found: list[OpenStep], state: str) -> list[OpenStep]:
    """Of the steps that stand open, those that the person may take: those that lead on first,
    negative ones last."""
    onward = ONWARD.get(state)

    def rank(found: OpenStep):
        negative = all(a.tone == NEGATIVE for a in found.answers)
        return (negative or found.step.code == "withdraw", found.step.code != onward)

    return sorted((s for s in found if s.allowed), key=rank)


def article_titles(case, at: datetime) -> dict[str, str]:
    """Code → title of every article of the charters that apply to the case."""
    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    return {
        article.code: article.title[language]
        for code, version in (case.charters or versions_in_force(today(at))).items()
        for article in load_charter(code, version).articles
    }
