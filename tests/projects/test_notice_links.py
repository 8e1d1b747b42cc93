"""The one link of each mail: it survives the sign-in, opens for who is told, on the act itself or
one click from it, and looking does nothing."""

import re

import pytest
from django.test import Client

from governance.models import Decision
from governance.models.outbox import Message as Outgoing
from governance.process.clocks import send_reminder
from portal.accounts.models import User
from projects.demonstration import network
from projects.domain import exchanges, ideas
from projects.notices.decisions import tell_of_decision
from projects.notices.delays import tell_of_reminder
from projects.notices.exchanges import tell_of_message
from tests.outbox import run
from tests.projects.conftest import NOW


@pytest.fixture
def follow(client):
    """Open the link of every notice handed on so far, each as the person it is for; gives the
    pages by (person, key)."""

    def open_all() -> dict:
        pages = {}
        for row in Outgoing.objects.filter(kind="notice").order_by("id"):
            payload = row.payload
            person = User.objects.get(pk=payload["person"])
            address = payload["address"].split("#")[0]
            anonymous = Client().get(address)
            assert anonymous.status_code == 302
            assert anonymous.url.endswith(f"next={address}")
            decisions = Decision.objects.count()
            client.force_login(person)
            client.session["demonstration"] = True
            answer = client.get(address)
            assert answer.status_code == 200, (payload["key"], payload["values"], address)
            assert Decision.objects.count() == decisions
            pages[person.pk, payload["key"]] = answer.content.decode()
        return pages

    return open_all


@pytest.fixture(autouse=True)
def no_second_factor(monkeypatch):
    """These staff have none installed: its set-up would come first, and has its own tests."""
    monkeypatch.setattr("portal.accounts.middleware.must_set_up", lambda *_: False)


def hire(*roles):
    return [network.staff(role, "chu-rennes", at=NOW) for role in roles]


def tell(walk, step):
    decision = walk.case.decisions.filter(step=step).order_by("-index").first()
    tell_of_decision({"decision": str(decision.pk)})


def acts(page: str) -> bool:
    """Whether the page has a form that acts, or the button that leads to it."""
    main = page.split("<main")[1].split("</main>")[0]
    return 'method="post"' in main or re.search(r'class="button[^"]*primary', main) is not None


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("admissibility", "submit"),
        ("instruction", "admit"),
        ("committee", "to_committee"),
        ("preparation", "give_opinion"),
        ("authorised", "authorise"),
    ],
)
def test_each_body_asked_lands_on_its_act(walk, follow, state, step):
    hire("case_officer", "methodologist", "regulatory_officer", "dpo", "delegate", "data_engineer")
    network.hire("committee_secretary", None, at=NOW)
    walk.until(state)
    tell(walk, step)
    pages = follow()
    assert pages
    asked = [page for (_, key), page in pages.items() if key in ("to_do", "to_examine")]
    assert asked
    assert [page for page in asked if not acts(page)] == []


def ready_pages(follow) -> list[str]:
    """The pages on which they land who are told that a step became possible."""
    Outgoing.objects.filter(kind="notice").exclude(payload__cause__startswith="ready:").delete()
    return list(follow().values())


def test_a_case_officer_lands_on_the_committee_that_became_possible(walk, follow):
    hire("case_officer")
    walk.until("instruction")
    walk.state_feasibility()
    walk.qualify()
    tell(walk, "qualify")
    (page,) = ready_pages(follow)
    assert acts(page) and "Transmettre au comité" in page


def test_a_delegate_lands_on_the_authorisation_that_became_possible(walk, follow):
    network.hire("delegate", "chu-rennes", at=NOW)
    walk.until("preparation")
    walk.agree()
    walk.meet_conditions()
    walk.complete_formalities()
    tell(walk, "sign_convention")
    (page,) = ready_pages(follow)
    assert acts(page) and "Autoriser" in page


def test_a_holder_lands_where_they_complete_or_appeal(walk, follow, holder):
    walk.until("admissibility")
    walk.take(
        "return",
        walk.staff("case_officer"),
        details={"points": [{"section": "protocol", "text": "Précisez."}]},
    )
    tell(walk, "return")
    deadline = walk.case.deadlines.running().get(subject="state:completion")
    send_reminder(deadline, "before-7", walk.now)
    tell_of_reminder({"deadline": deadline.pk, "kind": "before-7"})
    pages = follow()
    assert acts(pages[holder.pk, "decision"]) and acts(pages[holder.pk, "reminder"])


def test_a_holder_refused_lands_on_the_appeal(walk, follow, holder):
    walk.until("admissibility")
    walk.take("refuse", walk.staff("delegate"), articles=("U-01",), reason="Sans référent.")
    tell(walk, "refuse")
    assert acts(follow()[holder.pk, "decision"])


def test_a_holder_declined_lands_on_continuing_without(walk, follow, holder):
    walk.until("preparation")
    walk.take(
        "decline",
        walk.staff("delegate"),
        track=walk.case.tracks.get(kind="site"),
        articles=("P-12",),
        reason="La donnée n'est pas tenue.",
        details={"ground": "not_held"},
    )
    tell(walk, "decline")
    assert acts(follow()[holder.pk, "decision"])


def test_a_message_lands_on_itself(walk, follow, holder):
    (officer,) = hire("case_officer")
    walk.until("admissibility")
    message = exchanges.write(walk.request, "Bonjour ?", by=officer, at=walk.now, question=True)
    tell_of_message({"message": message.pk})
    (page,) = follow().values()
    assert f'id="message-{message.pk}"' in page and acts(page)


def test_an_idea_and_its_answer_land_on_the_idea(holder, follow):
    (officer,) = hire("case_officer")
    lead = officer.role_grants.get().establishment
    idea = ideas.send(lead, "Une idée", "Une question ?", by=holder, at=NOW)
    run()
    pages = follow()
    assert acts(pages[officer.pk, "idea_sent"])
    ideas.answer(idea, "Venez.", by=officer, at=NOW)
    run()
    assert acts(follow()[holder.pk, "idea_answered"])
