"""Recognising one person from one hospital to another: asked, allowed or not, carried by orders."""

import html
import re

import pytest

from catalog.domain.keys import load_order_key
from catalog.linkage import LinkageRefused, grant_hash, verify_grant
from catalog.orders import key_id
from governance.process.refusals import BadDetails
from projects.domain import extractions
from projects.queries.history import story
from tests.projects.conftest import NOW
from tests.projects.site_program import SiteProgram
from tests.projects.walks import Walk, draft

pytestmark = pytest.mark.usefixtures("order_key")

WHY = "Une personne opérée ici est souvent réadmise là : sans lien, la complication est perdue."
ASKED = {"data": {"linkage": True, "linkage_reason": WHY}}
TWO = ["chu-rennes", "chu-brest"]


@pytest.fixture
def linking(holder):
    """A request of two hospitals that asks to link, ready to be authorised."""
    walk = Walk(draft(holder, TWO, at=NOW, answers=ASKED), at=NOW)
    walk.until("preparation")
    walk.agree()
    walk.complete_formalities()
    walk.meet_conditions()
    return walk


def words(response) -> str:
    """What a page says, without its tags."""
    assert response.status_code == 200
    said = html.unescape(re.sub("<[^>]+>", " ", response.content.decode()))
    return " ".join(said.replace("\u202f", " ").split())


def authorise(walk, **said):
    return walk.take("authorise", walk.staff("delegate"), details={"months": 24} | said)


def order(walk, slug: str) -> dict:
    walk.request.refresh_from_db()
    track = walk.case.tracks.get(kind="site", key=slug)
    return extractions.launch(track, by=walk.staff("data_engineer", slug), at=walk.now).order.body


def trusted() -> dict:
    key = load_order_key().public_key()
    return {key_id(key): key}


def test_the_question_is_asked_where_there_are_several_hospitals(holder, browser):
    one = draft(holder, ["chu-rennes"], at=NOW)
    two = draft(holder, TWO, at=NOW, answers=ASKED)
    said = "Reconnaître une même personne"
    assert said not in words(browser.get(holder, f"{one.pk}/dossier/data"))
    page = words(browser.get(holder, f"{two.pk}/dossier/data"))
    assert said in page and WHY in page


def test_what_is_authorised_is_said_everywhere_and_each_order_carries_it(linking, browser):
    number, delegate = linking.case.number, linking.staff("delegate")
    page = words(browser.get(delegate, f"{number}/etape/authorise"))
    assert "Autoriser le chaînage" in page and WHY in page
    decision = authorise(linking, linkage=True)
    assert decision.details == {"months": 24, "linkage": True}
    (told,) = [each for each in story(linking.request, linking.now) if each.decision == decision]
    assert ("Chaînage", "autorisé, par le tiers de confiance") in told.details
    data = words(browser.get(linking.holder, f"{number}/donnees"))
    assert "une même personne est reconnue d’un hôpital à l’autre" in data
    public = words(browser.client.get(f"/projets/{number}"))
    assert "par un tiers de confiance qui ne sait pas qui elle est" in public
    track = linking.case.tracks.get(kind="site", key="chu-brest")
    engineer = linking.staff("data_engineer", "chu-brest")
    launch = words(browser.get(engineer, f"/extractions/lancer/{track.pk}"))
    assert "le tiers de confiance donne le lien" in launch
    for slug in TWO:
        body = order(linking, slug)
        grant = verify_grant(body["linkage"], trusted(), site=slug, at=linking.now)
        assert grant.project == body["project"] == str(linking.case.pk)
        assert grant.body["sites"] == sorted(TWO)
        assert grant.body["decision"] == str(decision.attestation.leaf_index)
        with pytest.raises(LinkageRefused, match="site"):
            verify_grant(body["linkage"], trusted(), site="ico", at=linking.now)


def test_a_delivery_says_the_linkage_that_its_order_granted_or_is_refused(linking):
    authorise(linking, linkage=True)
    linking.request.refresh_from_db()
    track = linking.case.tracks.get(kind="site", key="chu-rennes")
    engineer = linking.staff("data_engineer")
    site = SiteProgram("chu-rennes", at=linking.now)
    ends = []
    for said in ({}, {"linkage": {"grant": "f" * 64}}, None):
        launched = extractions.launch(track, by=engineer, at=linking.now)
        granted = {"linkage": {"grant": grant_hash(launched.order.body["linkage"])}}
        site.delivers(launched.order, **(granted if said is None else said))
        launched.refresh_from_db()
        ends.append((launched.state, launched.message))
    assert ends == [*[("failed", "manifest.linkage")] * 2, ("done", "")]


def test_without_the_authorisation_no_order_carries_a_right_to_link(linking, browser):
    authorise(linking)
    for slug in TWO:
        assert "linkage" not in order(linking, slug)
    public = words(browser.client.get(f"/projets/{linking.case.number}"))
    assert "tiers de confiance" not in public


def test_what_was_not_asked_is_not_allowed(walk):
    walk.until("preparation")
    walk.agree()
    walk.complete_formalities()
    walk.meet_conditions()
    with pytest.raises(BadDetails) as refused:
        authorise(walk, linkage=True)
    assert list(refused.value.errors) == ["linkage"]
    authorise(walk, linkage=False)
    assert "linkage" not in order(walk, "chu-rennes")
