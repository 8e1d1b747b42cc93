"""Recognising one person from one hospital to another: asked, allowed or not, carried by orders."""

import html
import re

import pytest
from django.core.exceptions import ValidationError

from catalog.domain.keys import load_order_key
from catalog.linkage import LinkageRefused, grant_hash, verify_grant
from catalog.orders import key_id
from governance.process.engine import take_step
from governance.process.refusals import BadDetails
from projects.domain import amendments, extractions
from projects.domain.linkage import is_granted, reason_of
from projects.models import Amendment
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


@pytest.fixture
def unlinked(holder):
    """An authorised request of two hospitals that did not ask to link."""
    walk = Walk(draft(holder, TWO, at=NOW), at=NOW)
    return walk.until("authorised")


def decided(walk, amendment, step, role, **said):
    take_step(amendment.case, step, by=walk.staff(role), at=walk.now, **said)


def examined(walk, browser) -> Amendment:
    pages = f"{walk.case.number}/avenants"
    assert "d'un hôpital à l'autre" in words(browser.get(walk.holder, f"{pages}/nouveau"))
    short = browser.post(walk.holder, f"{pages}/nouveau/linkage", {"reason": "Il le faut."})
    assert "30 à 1 000 caractères" in words(short)
    found = amendments.propose(walk.request, "linkage", {}, WHY, by=walk.holder, at=walk.now)
    said = {"outcome": "examined", "reason": "Rien ne s'y oppose."}
    decided(walk, found, "examine", "case_officer", **said)
    return found


def test_it_is_asked_later_by_an_amendment_whose_acceptance_the_grant_names(unlinked, browser):
    found = examined(unlinked, browser)
    assert not is_granted(unlinked.request)
    decided(unlinked, found, "accept", "delegate")
    leaf = found.case.decisions.get(step="accept").attestation.leaf_index
    for slug in TWO:
        granted = verify_grant(
            order(unlinked, slug)["linkage"], trusted(), site=slug, at=unlinked.now
        )
        assert (granted.body["decision"], granted.body["sites"]) == (str(leaf), sorted(TWO))
    assert reason_of(unlinked.request) == WHY
    seen = words(browser.get(unlinked.holder, f"{unlinked.case.number}/avenants"))
    assert "Reconnaître une même personne d'un hôpital à l'autre" in seen


def test_nothing_delivered_is_linked_afterwards(unlinked, browser):
    found = examined(unlinked, browser)
    assert "linkage" not in order(unlinked, TWO[0])
    with pytest.raises(BadDetails) as refused:
        decided(unlinked, found, "accept", "delegate")
    assert "déjà lancée" in refused.value.errors["outcome"][0]
    found.case.refresh_from_db()
    assert (found.case.state, is_granted(unlinked.request)) == ("examined", False)
    take_step(found.case, "withdraw", by=unlinked.holder, at=unlinked.now)
    pages = f"{unlinked.case.number}/avenants"
    assert browser.get(unlinked.holder, f"{pages}/nouveau/linkage").status_code == 404
    with pytest.raises(ValidationError, match="déjà lancée"):
        amendments.propose(
            unlinked.request, "linkage", {}, WHY, by=unlinked.holder, at=unlinked.now
        )


def test_one_hospital_has_nothing_to_link(walk):
    walk.until("authorised")
    with pytest.raises(ValidationError, match="deux hôpitaux"):
        amendments.propose(walk.request, "linkage", {}, WHY, by=walk.holder, at=walk.now)


def test_the_holder_proposes_it_on_its_page(unlinked, browser):
    address = f"{unlinked.case.number}/avenants/nouveau/linkage"
    assert "tiers de confiance" in words(browser.get(unlinked.holder, address))
    assert browser.post(unlinked.holder, address, {"reason": WHY}).status_code == 302
    found = Amendment.objects.get()
    assert (found.kind, found.change, found.reason) == ("linkage", {}, WHY)
