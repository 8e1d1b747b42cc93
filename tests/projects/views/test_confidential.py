"""What a holder keeps confidential on the public record: said before the deposit, read nowhere
until its date, read everywhere from it on."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from governance.dates import say_day
from governance.process.refusals import StepRefused
from projects.domain import drafts
from projects.domain.deposit import shown_preview
from projects.dossier import before_deposit
from projects.queries import register, search
from tests.projects.views.test_register import numbers, text_of
from tests.projects.walks import Walk, draft

pytestmark = pytest.mark.django_db
BEGUN = timezone.now() - timedelta(days=200)
UNTIL = timezone.localdate() + timedelta(days=60)
PROJECT = {
    "plain_title": "Mieux soigner le diabète",
    "plain_summary": "Nous cherchons si une pompe nouvelle évite des hypoglycémies. " * 5,
    "deferred_ground": "patent",
    "deferred_parts": ["plain_summary", "population"],
    "deferred_until": UNTIL.isoformat(),
}
POPULATION = "Adultes porteurs de la pompe nouvelle, suivis à domicile."


def asked(holder, **said) -> Walk:
    """A request whose holder keeps its summary and its population confidential."""
    answers = {"project": PROJECT | said, "data": {"population": POPULATION}}
    return Walk(draft(holder, ["chu-rennes"], at=BEGUN, answers=answers), at=BEGUN)


def test_what_is_confidential_waits_for_its_date_wherever_citizens_read(
    client, establishments, holder
):
    walk = asked(holder).until("authorised")
    page = client.get(f"/projets/{walk.case.number}")
    said = text_of(page)
    waits = f"Le résumé et la population étudiée sont confidentiels jusqu’au {say_day(UNTIL)}."
    assert waits in said
    assert "Un brevet est à déposer." in said
    assert "Mieux soigner le diabète" in said and "Ministère de la santé" in said
    told = client.get(f"/api/v1/public/projects/{walk.case.number}").json()
    assert (told["summary"], told["deferred_until"]) == ("", UNTIL.isoformat())
    assert told["deferred"] == ["plain_summary", "population"]
    assert "population" not in told["answers"]
    listed = client.get("/projets")
    assert numbers(listed) == [walk.case.number]
    everywhere = (page, listed, client.get("/recherche", {"q": "diabète"}))
    assert [each for each in everywhere if "pompe" in each.content.decode()] == []
    assert numbers(client.get("/projets", {"q": "hypoglycémies"})) == []
    assert numbers(client.get("/projets", {"q": "diabète"})) == [walk.case.number]


def test_on_its_day_it_is_read_and_found_by_itself(client, establishments, holder):
    walk = asked(holder).until("authorised")
    day = datetime.combine(UNTIL, time(2), UTC)
    eve = day - timedelta(hours=12)
    before, after = (register.project(walk.case.number, at=at) for at in (eve, day))
    assert (before.summary, "population" in before.answers) == ("", False)
    assert (after.summary, after.answers["population"]) == (walk.request.plain_summary, POPULATION)
    assert (before.deferral.ground, after.deferral) == ("patent", None)
    assert search.find_what_was_deferred(at=eve) == 0
    assert numbers(client.get("/projets", {"q": "hypoglycémies"})) == []
    assert search.find_what_was_deferred(at=day) == 1
    assert numbers(client.get("/projets", {"q": "hypoglycémies"})) == [walk.case.number]
    assert search.find_what_was_deferred(at=day + timedelta(days=1)) == 0, "it is found already"


@pytest.mark.parametrize(
    "said",
    [
        {"deferred_until": None},
        {"deferred_parts": []},
        {"deferred_until": (BEGUN.date() + timedelta(days=4 * 365)).isoformat()},
    ],
    ids=["until when", "which parts", "too long"],
)
def test_a_request_is_not_admitted_before_it_says_what_is_confidential_and_until_when(
    establishments, holder, said
):
    walk = asked(holder, **said).until("admissibility")
    with pytest.raises(StepRefused) as refused:
        walk.take("admit", walk.staff("case_officer"))
    assert [verdict.article for verdict in refused.value.verdicts] == ["C-01"]


def test_the_preview_says_what_is_deferred_and_is_confirmed_with_it(establishments, holder):
    walk = asked(holder)
    read = shown_preview(walk.request)
    shown = before_deposit.preview(walk.request, {"chu-rennes": "CHU Rennes"})
    labels = {each.label for moment in shown.values() for each in moment}
    for label in ("Résumé en mots simples", "Population étudiée"):
        assert f"{label}, le {say_day(UNTIL)} seulement" in labels
    drafts.save_section(
        walk.request,
        "project",
        {"deferred_until": (UNTIL + timedelta(days=30)).isoformat()},
        replaces={"deferred_until": UNTIL.isoformat()},
        by=walk.holder,
        at=walk.now,
    )
    assert shown_preview(walk.request) != read


def test_what_is_no_longer_confidential_is_found_at_once(client, establishments, holder):
    walk = asked(holder).until("instruction")
    point = {"section": "project", "text": "Le brevet est paru."}
    walk.take("return", walk.staff("case_officer"), details={"points": [point]})
    drafts.save_section(
        walk.request,
        "project",
        {"deferred_ground": "none"},
        replaces={"deferred_ground": "patent"},
        by=walk.holder,
        at=walk.now,
    )
    assert numbers(client.get("/projets", {"q": "hypoglycémies"})) == [walk.case.number]
