"""The public register of projects: which requests are in it, how they are looked for, what is said.

In it: every request since it was declared admissible, and every refusal. Only public facts
(`projects.dossier.public_record`): from admissibility, who asks, why, of which hospitals; from the
authorisation, the holder, the data, the money; what is confidential, at its date. An
amendment is public once accepted or refused. A refusal before admissibility shows its articles, the
kind of requester, the hospitals asked and when, and nothing else. Nothing depends on who reads.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db.models import Exists, Min, OuterRef, Prefetch, Q, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.charters import load_charters
from governance.charters.facts import today
from governance.models import Decision, Participation, Record
from governance.process.amendments import PUBLISHED
from governance.process.registry import registered
from governance.process.shape import HOLDER, SYSTEM, Text
from governance.process.table import REQUEST
from governance.qualification import source_label
from governance.roles import ROLES
from projects.dossier.form import SECTIONS
from projects.dossier.public_record import AUTHORISATION, Deferral, deferral, public_fields, value
from projects.models import Amendment, AskedSite, Extraction, Request, Result
from projects.models.request import Section, YearCounter
from projects.process.amendment_facts import touched
from projects.queries.amendments import publicly_titled
from projects.queries.outputs import let_out
from projects.queries.overview import status_words
from projects.queries.search import publicly_searched

GROUPS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "etude": (
        _("À l’étude"),
        ("admissibility", "completion", "instruction", "committee", "preparation"),
    ),
    "preparation": (_("Données en préparation"), ("authorised",)),
    "recherche": (_("Recherche en cours"), ("access", "suspended")),
    "resultats": (_("Résultats attendus"), ("results",)),
    "terminee": (_("Terminée"), ("closed", "closed_in_default")),
    "arretee": (
        _("Refusée, abandonnée ou retirée"),
        ("refused", "dropped", "withdrawn", "revoked"),
    ),
}
"""The states as citizens choose among them: code in the address → words, states of the table."""

GOING_ON = ("etude", "preparation", "recherche", "resultats")
"""The groups of states that lead to a use of data, or are one."""

KINDS = {"closed": "done", "access": "here", "authorised": "here", "results": "here"}
STOPPED = ("refused", "revoked", "closed_in_default")

NUMBER = re.compile(r"[0-9]{4}-[0-9]{4,6}", re.ASCII)


LISTED = (
    *("plain_title", "plain_summary", "requester_kind", "public_since"),
    *("case__number", "case__state"),
)
NAMED = "establishment__short_name"
"""What a line of the list says, and of the hospitals asked."""


def projects(*, words: str = "", hospital: str = "", year: str = "", group: str = ""):
    """The public requests that answer every filter given, newest first. Each has ``admitted``, the
    decision that found it admissible, if there was one, and ``about``, where it says what it keeps
    confidential."""
    admission = Decision.objects.filter(case=OuterRef("pk"), step="admit").order_by()
    about = Section.objects.filter(request=OuterRef("pk"), code="project")
    asked = AskedSite.objects.select_related("establishment")
    found = (
        Request.objects.filter(public_since__isnull=False)
        # A value asked a row: of an `Exists` here, PostgreSQL would read every admission.
        .annotate(
            admitted=Subquery(admission.values("pk")[:1]),
            about=Subquery(about.values("answers")[:1]),
        )
        .select_related("case")
        .only(*LISTED)
        .prefetch_related(Prefetch("asked_sites", asked.only("request", NAMED)))
        .order_by("-public_since", "-pk")
    )
    if words.strip():
        found = publicly_searched(found, words)
    if hospital:
        asked = AskedSite.objects.filter(request=OuterRef("pk"), establishment=hospital)
        found = found.filter(Exists(asked))
    if year:
        found = found.filter(case__number__startswith=f"{year}-")
    if group:
        found = found.filter(case__state__in=GROUPS[group][1])
    return found


def years() -> list[int]:
    """The years of the numbers given so far, newest first."""
    return list(YearCounter.objects.order_by("-year").values_list("year", flat=True))


@dataclass(frozen=True)
class Line:
    """A project in a list."""

    number: str
    title: str
    summary: str
    kind_of_requester: str
    hospitals: str
    state: str
    tone: str
    since: datetime


def titles() -> dict[str, str]:
    """The public requests for which data may yet be used: their plain titles by number. One query.

    A refused one is none of them, nor one that has ended.
    """
    going_on = [state for group in GOING_ON for state in GROUPS[group][1]]
    found = Request.objects.filter(
        public_since__isnull=False, case__state__in=[*going_on, "dropped", "revoked"]
    )
    return dict(found.order_by("case__number").values_list("case__number", "plain_title"))


def line(request: Request, *, at: datetime) -> Line:
    """What the list says of ``request``, one of ``projects()``."""
    admitted, held = request.admitted, _held(request, at)
    return Line(
        number=request.case.number,
        title=request.plain_title if admitted else str(_("Demande refusée à son arrivée")),
        summary=request.plain_summary if admitted and not held("plain_summary") else "",
        kind_of_requester=said_choice("team", "requester_kind", request.requester_kind),
        hospitals=", ".join(a.establishment.short_name for a in request.asked_sites.all()),
        state=state_words(request.case.state),
        tone=tone_of(request.case.state),
        since=request.public_since,
    )


def _deferral(request: Request, at: datetime) -> Deferral | None:
    """What ``request``, one of ``projects()``, still keeps confidential."""
    return deferral({"project": request.about or {}}, today(at))


def _held(request: Request, at: datetime) -> Callable[[str], bool]:
    """Whether a field of ``request`` is not public yet."""
    found = _deferral(request, at)
    return lambda code: found is not None and code in found.parts


def state_words(code: str) -> str:
    """The public name of a state."""
    state = REQUEST.state(code)
    return (state.public or state.label).say(get_language() or "fr")


def tone_of(code: str) -> str:
    """The kind of chip that shows a state."""
    return "stop" if code in STOPPED else KINDS.get(code, "neutral")


def said_choice(section: str, code: str, said: str | None) -> str:
    """The words of an answer picked in a list of the form; empty when not answered."""
    field = next(s for s in SECTIONS if s.code == section).field(code)
    return str(dict(field.choices).get(said, ""))


@dataclass(frozen=True)
class Event:
    """A line of a project's story, as the timeline component reads it."""

    at: datetime
    kind: str
    title: str
    text: str
    links: list[dict]


@dataclass(frozen=True)
class Project:
    """One public project, ready to be shown. What is not public yet is empty."""

    request: Request
    number: str
    title: str
    summary: str
    state: str
    tone: str
    admitted: bool
    authorised: bool
    deferral: Deferral | None
    kind_of_requester: str
    organisation: str
    purpose: str
    hospitals: list[tuple]
    holder: str
    answers: dict
    fee: Decimal | None
    rules: list[str]
    access: object
    objection: "Objection"
    decisions: list[Decision]
    story: list[Event]
    results: list[Result]
    let_out: list[tuple[str, int]]
    plain_results: str


@dataclass(frozen=True)
class Objection:
    """Until when one can object before the first extraction. ``prepared_on`` is the day on which
    data began to be prepared, ``until`` the last day before the access that was promised."""

    prepared_on: date | None
    until: date | None


def project(number: str, *, at: datetime) -> Project | None:
    """The public project of that number, or None. A constant number of queries."""
    if not NUMBER.fullmatch(number):
        return None
    request = projects().filter(case__number=number).first()
    if request is None:
        return None
    case, admitted = request.case, request.admitted is not None
    decisions = _decisions(request)
    authorised = any(d.step == "authorise" for d in decisions)
    answers = {s.code: s.answers for s in request.sections.all()} if admitted else {}
    tracks = list(case.tracks.filter(kind="site").select_related("establishment"))
    plain = getattr(request, "plain_results", None) if authorised else None
    published = plain.text if plain and plain.published_at and plain.published_at <= at else ""
    shown = line(request, at=at)
    return Project(
        request=request,
        number=case.number,
        title=shown.title,
        summary=shown.summary,
        state=state_words(case.state),
        tone=tone_of(case.state),
        admitted=admitted,
        authorised=authorised,
        deferral=_deferral(request, at) if admitted else None,
        kind_of_requester=said_choice("team", "requester_kind", request.requester_kind),
        organisation=request.organisation.name if admitted and request.organisation else "",
        purpose=said_choice("purpose", "purpose", answers.get("purpose", {}).get("purpose")),
        hospitals=_hospitals(request, tracks),
        holder=_holder(request) if authorised else "",
        answers=_said(request, answers, at) if authorised else {},
        fee=_fee(answers) if authorised else None,
        rules=_rules(request) if authorised else [],
        access=getattr(request, "access_period", None) if authorised else None,
        objection=_objection(request, at),
        decisions=decisions,
        story=_story(decisions),
        results=_results(request, at) if authorised else [],
        let_out=let_out(request) if authorised else [],
        plain_results=published,
    )


TOLD_WITH = ("case__amendment", "case__lead", "track__establishment", "attestation")


def _decisions(request: Request) -> list[Decision]:
    """The decisions on the request, and the answers to its amendments, as the register of proofs
    orders them."""
    known = Decision.objects.select_related(*TOLD_WITH, "reason")
    own = known.filter(case=request.pk)
    amended = known.filter(case__parent=request.pk, step__in=PUBLISHED)
    return sorted([*own, *amended], key=lambda each: each.attestation.leaf_index)


def _hospitals(request: Request, tracks) -> list[tuple]:
    """Each hospital asked, with what it said so far."""
    state = request.case.state
    by_site = {track.establishment_id: status_words(track, state) for track in tracks}
    return [
        (asked.establishment, by_site.get(asked.establishment_id, ""))
        for asked in request.asked_sites.all()
    ]


def _holder(request: Request) -> str:
    found = (
        Participation.objects.filter(case=request.pk, part="holder", until=None)
        .select_related("person")
        .first()
    )
    return found.person.get_full_name() if found else ""


def _said(request: Request, answers: dict, at: datetime) -> dict:
    """What is public from the authorisation: field → its answer, in words for a choice."""
    said, held = {}, _held(request, at)
    for section, code in public_fields(AUTHORISATION):
        if held(code):
            continue
        answer = value(request, answers, section, code)
        said[code] = said_choice(section, code, answer) or answer
    for code in ("period_start", "period_end"):
        said[code] = _day(said.get(code))
    return said


def _fee(answers: dict) -> Decimal | None:
    """What the team pays towards the costs; None for nothing."""
    try:
        return Decimal(str(answers.get("calendar", {}).get("fee"))) or None
    except InvalidOperation:
        return None


def _day(text) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


ROUTES = {
    "EDS": _("Usage interne de l’hôpital, prévu par son entrepôt de données"),
    "INTERNE": _("Étude interne, par l’équipe qui soigne ces personnes"),
    "RNIPH": _("Recherche sur des données déjà recueillies, sans rien demander aux personnes"),
    "RIPH1": _("Recherche sur la personne, avec une intervention"),
    "RIPH2": _("Recherche sur la personne, à risques minimes"),
    "RIPH3": _("Recherche sur la personne, sans risque ajouté"),
    "CTR": _("Essai d’un médicament"),
    "DEVICE": _("Étude d’un dispositif médical"),
}
FORMALITIES = {
    "none": _("Aucune formalité auprès de la CNIL : le traitement est inscrit au registre"),
    "CNIL": _("Autorisation de la CNIL, propre à ce projet"),
}


def _rules(request: Request) -> list[str]:
    """The legal ground, in sentences."""
    found = getattr(request, "qualification", None)
    if found is None:
        return []
    language = get_language() or "fr"
    said = [str(ROUTES[found.set_qualification])] if found.set_qualification in ROUTES else []
    formality = found.set_formality
    if formality in FORMALITIES:
        said.append(str(FORMALITIES[formality]))
    elif formality:
        said.append(source_label(formality, language))
    return said


def _objection(request: Request, at: datetime) -> Objection:
    begun = Extraction.objects.filter(track__case=request.pk).aggregate(first=Min("launched_at"))
    notice = Record.objects.filter(case=request.pk, kind="notice_online").order_by("id").last()
    online = _day(notice.data.get("on")) if notice else None
    days = _notice_days(request)
    until = online + timedelta(days=days) if online and days else None
    return Objection(
        prepared_on=today(begun["first"]) if begun["first"] else None,
        until=until if until and until > today(at) else None,
    )


def _notice_days(request: Request) -> int:
    """How long the notice is promised to be online before the access (C-02's parameter)."""
    for charter in load_charters(request.case.charters):
        for clause in charter.clauses:
            if clause.code == "C-02":
                return clause.values["notice_days"]
    return 0


def _results(request: Request, at: datetime) -> list[Result]:
    """What the project published; a patent waits for its publication."""
    day = today(at)
    return [
        each
        for each in request.results.all()
        if each.deferred_until is None or each.deferred_until <= day
    ]


def _story(decisions: list[Decision]) -> list[Event]:
    titles = _titles(decisions)
    return [
        Event(
            at=decision.at,
            kind={"positive": "done", "negative": "stop"}.get(decision.tone, ""),
            title=decision_words(decision),
            text=_by_whom(decision),
            links=article_links(decision, titles) + proof_links(decision),
        )
        for decision in decisions
    ]


def _by_whom(decision: Decision) -> str:
    """Who decided and, where others alike were answered otherwise, what differs."""
    who = str(_("Par %(who)s.")) % {"who": actor_words(decision.acting_as)}
    said = difference_of(decision)
    differs = (
        _("Ce qui le distingue d’avenants pareils qui ont reçu une autre réponse : %(said)s")
        if _amendment(decision)
        else _(
            "Ce qui la distingue de demandes pareilles qui ont reçu une autre réponse : %(said)s"
        )
    )
    return f"{who} {differs % {'said': said}}" if said else who


def difference_of(decision: Decision) -> str:
    """The sentence by which a decision departs from its precedents; empty when it has none."""
    reason = getattr(decision, "reason", None)
    return reason.details.get("difference", "") if reason else ""


PUBLIC_LABELS = {
    Text("Sans suite", "Dropped"): Text("Abandonnée", "Discontinued"),
    Text("Voie fixée", "Route set"): Text("Cadre juridique fixé", "Legal framework set"),
}
"""The answers that staff and public do not call the same."""


def decision_words(decision: Decision) -> str:
    """What was decided, in public words: « CHU Brest : accord donné »."""
    language, track = get_language() or "fr", decision.track
    rule = registered(decision.case.process).process.step(decision.step)
    outcome = rule.outcome(decision.from_state, decision.outcome)
    label = PUBLIC_LABELS.get(outcome.label, outcome.label).say(language)
    if amendment := _amendment(decision):
        return f"{label} · {publicly_titled(amendment)}"
    if track is not None and track.establishment_id:
        return f"{track.establishment.short_name} · {label}"
    if track is not None and track.kind == "formality":
        name = FORMALITIES.get(track.key) or source_label(track.key, language)
        return f"{label} · {name}"
    return label


def _amendment(decision: Decision) -> Amendment | None:
    return getattr(decision.case, "amendment", None)


def actor_words(code: str) -> str:
    """Who decided: a quality, never a person."""
    if code == HOLDER:
        return str(_("le demandeur"))
    if code == SYSTEM:
        return str(_("le portail, de lui-même"))
    return str(ACTORS.get(code) or ROLES[code].name)


ACTORS = {
    "case_officer": _("le chargé de dossier"),
    "methodologist": _("le méthodologiste de l’hôpital"),
    "regulatory_officer": _("le chargé des affaires réglementaires"),
    "dpo": _("le délégué à la protection des données"),
    "committee_chair": _("le président du comité scientifique et éthique"),
    "rapporteur": _("le rapporteur du comité"),
    "delegate": _("le délégataire du directeur de l’hôpital"),
    "data_engineer": _("l’ingénieur de données de l’hôpital"),
}


Titles = dict[tuple, dict[str, tuple[str, str]]]
"""Versions of the charters → article → its charter and title."""


def _titles(decisions: list[Decision]) -> Titles:
    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    found: Titles = {}
    for decision in decisions:
        if _versions(decision) not in found:
            found[_versions(decision)] = {
                article.code: (charter.code, article.title[language])
                for charter in load_charters(decision.charters)
                for article in charter.articles
            }
    return found


def _versions(decision: Decision) -> tuple:
    return tuple(sorted(decision.charters.items()))


def article_links(decision: Decision, titles: Titles) -> list[dict]:
    """The articles a decision rests on, by their titles: those cited, or else those judged."""
    judged = sorted({verdict["article"] for verdict in decision.verdicts})
    if amendment := _amendment(decision):
        judged = touched(amendment)
    known = titles[_versions(decision)]
    return [
        {"label": known[code][1], "href": reverse("public:article", args=[known[code][0], code])}
        for code in decision.articles or judged
        if code in known
    ]


def proof_links(decision: Decision) -> list[dict]:
    """Where the leaf of a decision is shown and verified."""
    attestation = getattr(decision, "attestation", None)
    if attestation is None:
        return []
    href = reverse("ledger_leaf", args=[attestation.leaf_index])
    return [{"label": str(_("Preuve")), "href": href}]


def public_decisions(
    *, before: int | None = None, number: int, article: str = "", departing: bool = False
) -> list[Decision]:
    """The `number` last decisions of public requests, or the last whose leaf stands `before`; with
    an `article`, those that cite it: its precedents; `departing`, those that depart from others.

    In the order of the register's leaves, which an index gives: neither counted nor sorted, so that
    the page is as fast with a million of them.
    """
    found = (
        Decision.objects.filter(
            Q(case__request__public_since__isnull=False)
            | Q(case__parent__request__public_since__isnull=False, step__in=PUBLISHED),
            attestation__isnull=False,
        )
        .exclude(step__in=("submit", "resubmit"))
        .select_related("case__parent", *TOLD_WITH)
        .order_by("-attestation__leaf_index")
    )
    if article:
        found = found.filter(articles__contains=[article])
    if departing:
        found = found.exclude(departs_from=[])
    if before is not None:
        found = found.filter(attestation__leaf_index__lt=before)
    return list(found[:number])


def told_precedents(precedents: list[Decision]) -> list["PublicDecision"]:
    """``precedents``, published decisions, as everybody reads them. One query."""
    found = Decision.objects.filter(pk__in=[each.pk for each in precedents])
    return told(list(found.select_related("case__parent", *TOLD_WITH).order_by("-at")))


@dataclass(frozen=True)
class PublicDecision:
    """A line of the list of decisions."""

    number: str
    at: datetime
    words: str
    who: str
    tone: str
    articles: list[dict]
    proof: list[dict]


def told(decisions: list[Decision]) -> list[PublicDecision]:
    """``decisions`` as the list says them."""
    titles = _titles(decisions)
    return [
        PublicDecision(
            number=(each.case.parent or each.case).number,
            at=each.at,
            words=decision_words(each),
            who=actor_words(each.acting_as),
            tone={"positive": "done", "negative": "stop"}.get(each.tone, "neutral"),
            articles=article_links(each, titles),
            proof=proof_links(each),
        )
        for each in decisions
    ]
