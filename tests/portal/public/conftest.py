"""Every public page there is, on a network with a request authorised and one refused."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils.translation import override

from catalog.models import HarvestedDataset
from governance.charters import load_charters, versions_in_force
from governance.domain import incidents, nights
from governance.models import Establishment
from governance.process.table import REQUEST
from portal.papers import KINDS, PAPERS
from projects.demonstration.neighbours import listen
from tests.people import person
from tests.projects.conftest import NOW, establishments, holder  # noqa: F401  (fixtures)
from tests.projects.walks import Walk, draft

FIXED = (
    "public:home",
    "public:search",
    "public:contact",
    "public:rights",
    "public:money",
    "public:objection",
    "objections:online",
    "objections:follow",
    "public:apply",
    "public:can_i",
    "public:papers",
    "public:establishments",
    "public:rules",
    "public:process",
    "public:charters",
    "public:committee",
    "public:delays",
    "public:indicators",
    "public:proofs",
    "public:accessibility",
    "public:legal",
    "public:privacy",
    "public:incidents",
    "public:glossary",
    "public:figures",
    "public:easy",
    "public:open_data",
    "register:projects",
    "register:decisions",
    "catalogue:index",
    "catalogue:neighbours",
)


@pytest.fixture
def public_pages(holder) -> list[str]:  # noqa: F811
    """The address of each public page, in French."""
    authorised = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW).until("authorised")
    refused = Walk(draft(holder, ["chu-brest"], at=NOW), at=NOW).until("admissibility")
    refused.take("refuse", refused.staff("delegate"), articles=["U-02"], reason="Interdit.")
    listen(at=NOW)
    nights.judge_night(at=NOW + timedelta(days=300))
    with override("fr"):
        return _addresses(authorised, refused)


def _addresses(authorised: Walk, refused: Walk) -> list[str]:
    found = [reverse(name) for name in FIXED]
    found += [reverse("register:project", args=[w.case.number]) for w in (authorised, refused)]
    found += [
        reverse("public:establishment", args=["chu-rennes"]),
        reverse("public:objection_form", args=["chu-rennes"]),
        reverse("catalogue:dataset", args=["chu-rennes-prescriptions"]),
        reverse("catalogue:history", args=["chu-rennes-prescriptions"]),
        reverse("catalogue:label", args=["chu-rennes-prescriptions"]),
        HarvestedDataset.objects.shown().first().get_absolute_url(),
        reverse("catalogue:variable", args=["drug_drug_concept_id"]),
        reverse("public:search") + "?q=medicaments",
        reverse("catalogue:index") + "?q=drug",
    ]
    found.append(reverse("public:incident", args=[_published_incident().number]))
    found += [reverse("public:indicator", args=[code]) for code in ("admissibility", "site")]
    found += [reverse("public:step", args=[step.code]) for step in REQUEST.steps]
    for charter in load_charters(versions_in_force(NOW.date())):
        found.append(reverse("public:charter", args=[charter.code]))
        found.append(reverse("public:charter_versions", args=[charter.code]))
        found += [
            reverse("public:article", args=[charter.code, article.code])
            for article in charter.articles
        ]
    found += [reverse("public:paper", args=[p.code, kind]) for p in PAPERS for kind in KINDS]
    return found


def _published_incident():
    """An incident that was published before it was notified."""
    dpo = person(("dpo", "chu-rennes"))
    incident, _new = incidents.declare(
        origin="form:public",
        title="Un envoi par erreur",
        what="Un fichier envoyé au mauvais destinataire.",
        found_at=NOW,
        establishments=[Establishment.objects.get(pk="chu-rennes")],
        severity="minor",
        persons="under",
        by=dpo,
        at=NOW,
    )
    summary = "Un fichier est parti à une mauvaise adresse ; il a été détruit."
    return incidents.publish(incident, title="Un envoi par erreur", summary=summary, by=dpo, at=NOW)


def said_on(page: str) -> str:
    """The words of a page's centre: no markup, no text of law, no code meant to be one."""
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    main = re.sub(
        r'<(\w+)[^>]*class="[^"]*\b(legal|code)\b[^"]*"[^>]*>.*?</\1>', " ", main, flags=re.S
    )
    main = re.sub(r"<(code|pre)\b.*?</\1>", " ", main, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))
