"""What stands beside the questions of a section: its people, papers, variables, counts, route."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from catalog.cohort_words import read_kept
from catalog.models import Dataset, FillRate
from governance.models import Establishment, Participation
from governance.qualification import Unanswered, qualify, question
from projects.domain.deposit import regulatory_answers
from projects.domain.team import BEFORE_DATA
from projects.dossier.answers import said
from projects.dossier.form import section
from projects.models import Attachment, LegalPerson, Request
from projects.queries.history import route_words

PARTS = {
    Participation.Part.HOLDER: gettext_lazy("Porteur"),
    Participation.Part.WRITER: gettext_lazy("Rédacteur"),
    Participation.Part.MEMBER: gettext_lazy("Membre de l'équipe"),
    Participation.Part.REFERENT: gettext_lazy("Référent local"),
    Participation.Part.DIRECTOR: gettext_lazy("Directeur"),
}
LEGAL_PARTS = {
    LegalPerson.Part.CONTROLLER: gettext_lazy("Responsable du traitement"),
    LegalPerson.Part.JOINT_CONTROLLER: gettext_lazy("Responsable conjoint"),
    LegalPerson.Part.PROCESSOR: gettext_lazy("Sous-traitant"),
    LegalPerson.Part.SPONSOR: gettext_lazy("Promoteur"),
}
SLOTS = {
    Attachment.Slot.PROTOCOL: gettext_lazy("Protocole"),
    Attachment.Slot.STATISTICAL_PLAN: gettext_lazy("Plan statistique"),
    Attachment.Slot.NOTICE: gettext_lazy("Note d'information des patients"),
    Attachment.Slot.AIPD: gettext_lazy("Analyse d'impact (AIPD)"),
    Attachment.Slot.OTHER: gettext_lazy("Autre document"),
}
EXAMPLES = {
    Attachment.Slot.PROTOCOL: "protocole",
    Attachment.Slot.STATISTICAL_PLAN: "plan-statistique",
    Attachment.Slot.NOTICE: "note-information",
    Attachment.Slot.AIPD: "aipd",
}
"""The public paper (template and complete example) beside each slot."""
SLOTS_OF = {
    "protocol": (Attachment.Slot.PROTOCOL, Attachment.Slot.STATISTICAL_PLAN, Attachment.Slot.OTHER),
    "regulatory": (Attachment.Slot.NOTICE, Attachment.Slot.AIPD),
}


@dataclass(frozen=True)
class Paper:
    """A slot with its current files; `helps` are addresses of its template and example."""

    slot: str
    label: str
    files: list
    helps: list[tuple[str, str]]


def panel_of(request: Request, code: str, person, at: datetime) -> dict:
    """The context of a section's panel; empty when it has none. Constant number of queries."""
    found = PANELS.get(code)
    return found(request, person, at) if found else {}


def _team(request: Request, person, at: datetime) -> dict:
    people = (
        request.case.participations.valid(at)
        .filter(part__in=Participation.TEAM)
        .select_related("person")
    )
    order = list(PARTS)
    return {
        "people": [
            {"row": p, "part": PARTS[p.part]}
            for p in sorted(people, key=lambda p: (order.index(p.part), p.pk))
        ],
        "invites": request.case.state in BEFORE_DATA,
        "invitations": [
            {"row": i, "part": PARTS[i.part], "expired": i.expires_at <= at}
            for i in request.invitations.filter(accepted_at__isnull=True)
        ],
        "organisations": [
            {"row": lp, "part": LEGAL_PARTS[lp.part]}
            for lp in request.legal_persons.select_related("organisation")
        ],
    }


def papers_of(request: Request, slots) -> list[Paper]:
    """The slots with their current files, newest first."""
    files = list(
        request.attachments.filter(slot__in=slots, removed_at__isnull=True).select_related(
            "file", "added_by"
        )
    )
    return [
        Paper(slot, str(SLOTS[slot]), [f for f in files if f.slot == slot], helps_of(slot, request))
        for slot in slots
    ]


def helps_of(slot: str, request: Request) -> list[tuple[str, str]]:
    """Label and address of the template of a paper, filled with the answers of `request` and blank,
    and of its example; none where no paper is there."""
    named = (("modele", _("Le modèle")), ("exemple", _("Un exemple complet")))
    code, folder = EXAMPLES.get(slot), settings.BASE_DIR / "docs" / "papers"
    found = [
        (label, reverse("public:paper", args=[code, kind]))
        for kind, label in named
        if code and (folder / f"{code}-{kind}.md").is_file()
    ]
    if found:
        ref = request.case.number or request.pk
        address = reverse("paper_filled", args=[ref, code])
        found.insert(0, (_("Le modèle, rempli de vos réponses"), address))
    return found


def _protocol(request: Request, person, at: datetime) -> dict:
    return {"papers": papers_of(request, SLOTS_OF["protocol"])}


def _data(request: Request, person, at: datetime) -> dict:
    variables = list(
        request.asked_variables.select_related("variable__category").order_by(
            "variable__category__position", "id"
        )
    )
    answers = next((s.answers for s in request.sections.all() if s.code == "data"), {})
    return {
        "variables": variables,
        "unexplained": sum(not v.reason.strip() for v in variables),
        "counts": last_counts(request),
        "read": read_kept(answers.get("cohort")),
        "counting": _counting(),
    }


def _counting() -> str:
    try:
        return reverse("catalog:counts")
    except NoReverseMatch:
        return ""


def last_counts(request: Request) -> list[dict]:
    """The last figure of each establishment that was counted for this draft, with its day."""
    names = dict(Establishment.objects.values_list("slug", "short_name"))
    latest = {r.data["site"]: r for r in request.case.records.filter(kind="draft_count")}
    return [
        {
            "site": slug,
            "name": names[slug],
            "persons": latest[slug].data.get("count"),
            "masked": latest[slug].data.get("masked"),
            "at": latest[slug].at,
        }
        for slug in names
        if slug in latest
    ]


def _sites(request: Request, person, at: datetime) -> dict:
    asked = {a.establishment_id: a for a in request.asked_sites.all()}
    codes = list(request.asked_variables.values_list("variable_id", flat=True))
    held = dict(
        FillRate.objects.filter(variable__in=codes)
        .values_list("establishment")
        .annotate(n=Count("pk"))
    )
    since = dict(
        Dataset.objects.filter(Q(category__variables__in=codes) if codes else Q())
        .values_list("establishment")
        .annotate(year=Min("since_year"))
    )
    counts = {each["site"]: each for each in last_counts(request)}
    return {
        "places": [
            {
                "place": place,
                "asked": place.pk in asked,
                "leads": place.pk in asked and asked[place.pk].leads,
                "held": held.get(place.pk, 0),
                "wanted": len(codes),
                "since": since.get(place.pk),
                "count": counts.get(place.pk),
            }
            for place in Establishment.objects.active()
        ],
        "fixed": request.case.state != "draft",
    }


def _regulatory(request: Request, person, at: datetime) -> dict:
    return {"papers": papers_of(request, SLOTS_OF["regulatory"]), "route": route_of(request)}


def route_of(request: Request) -> dict:
    """The route computed from the answers, in words, with its reasons; or the questions that lack,
    each with the section that asks it. Nothing is written."""
    answers = regulatory_answers(request)
    try:
        found = qualify(answers)
    except Unanswered as unanswered:
        return {"missing": [_lacking(code) for code in unanswered.codes]}
    language = get_language() or "fr"
    told = found.as_data(language)
    return {
        "stopped": found.stopped_by,
        "qualification": route_words(found.qualification) if found.qualification else "",
        "formality": route_words(found.formality) if found.formality else "",
        "because": [
            {"question": _label(b["question"]), "answer": _said(b), "source": b["source"]}
            for b in told["because"]
        ],
        "conditions": told["conditions"],
        "evidence": told["evidence"],
        "to_ask": told.get("to_ask", []),
    }


def _label(code: str) -> str:
    words = question(code).label
    return words["en" if (get_language() or "").startswith("en") else "fr"]


def _said(because: dict) -> str:
    code = because["question"]
    if because["answer"] in (True, False):
        return _("Oui") if because["answer"] else _("Non")
    field = section("regulatory").field(code) or section("purpose").field(code)
    return said(field, because["answer"])


def _lacking(code: str) -> dict:
    elsewhere = code in ("purpose", "prohibited_purpose")
    return {"label": _label(code), "section": "purpose" if elsewhere else "regulatory"}


PANELS = {
    "team": _team,
    "protocol": _protocol,
    "data": _data,
    "sites": _sites,
    "regulatory": _regulatory,
}
