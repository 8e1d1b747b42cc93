"""An appeal is judged on one page: to uphold and to overturn stand side by side."""

from datetime import timedelta

from django.utils import timezone

from governance.process.engine import take_step
from projects.domain import amendments
from tests.projects.walks import Walk, draft


def test_a_judge_finds_both_answers_side_by_side_whichever_page_they_open(holder, browser):
    lately = timezone.now() - timedelta(days=20)
    walk = Walk(draft(holder, ["chu-rennes"], at=lately), at=lately)
    walk.submit()
    decider = walk.staff("delegate")
    walk.take("refuse", decider, articles=("U-01",), reason="Porteur non identifié.")
    walk.take("appeal", holder, reason="Je suis titulaire depuis 2019.")
    judge = walk.staff("delegate", but=[decider])
    action = browser.get(judge, walk.case.number).context["action"]
    assert action.label == "Juger le recours"
    for opened, position in ((action.href, 0), (action.href.replace("uphold", "overturn"), 1)):
        page = browser.get(judge, opened)
        answers = page.context["contested"].answers
        assert [(a.label, a.follows) for a in answers] == [
            ("Confirmer la décision contestée", "Décision confirmée"),
            ("Infirmer la décision contestée", "Décision infirmée, l'examen reprend"),
        ]
        assert [a.current for a in answers].index(True) == position
        assert all(f'href="{a.href}"' in page.text for a in answers)
        assert page.text.count('class="button primary') == 1


def test_past_the_delay_of_appeal_nobody_is_awaited_and_the_page_says_that_it_is_over(
    holder, browser
):
    for days, awaited in ((20, True), (90, False)):
        lately = timezone.now() - timedelta(days=days)
        walk = Walk(draft(holder, ["chu-rennes"], at=lately), at=lately)
        walk.submit()
        walk.take(
            "refuse", walk.staff("delegate"), articles=("U-01",), reason="Porteur non identifié."
        )
        page = browser.get(holder, walk.case.number)
        assert (page.context["next"] is not None) == awaited
        assert ("un recours est possible" in page.text) == awaited
        step = browser.get(holder, f"{walk.case.number}/etape/appeal")
        assert ("Le délai de recours de 2 mois est passé." in step.text) != awaited
        assert "court encore" not in step.text


def refused(holder, *, days: int):
    """An amendment of an authorised request, refused that many days ago; who walked there and who
    refused it."""
    lately = timezone.now() - timedelta(days=days)
    walk = Walk(draft(holder, ["chu-rennes"], at=lately), at=lately)
    walk.until("authorised")
    at, why = walk.now, "L'analyse demande plus de temps."
    found = amendments.propose(walk.request, "period", {"months": 36}, why, by=holder, at=at)
    decider = walk.staff("delegate")
    take_step(found.case, "reject", by=decider, at=at, articles=("U-10",), reason="Non justifié.")
    return walk, found, decider


def test_a_refused_amendment_is_contested_from_its_page_and_judged_by_somebody_else(
    holder, browser
):
    walk, amendment, decider = refused(holder, days=60)
    own = f"{walk.case.number}/avenants/{amendment.pk}"
    page = browser.get(holder, own)
    assert "Vous pouvez contester ce refus" in page.text
    assert page.text.count('class="button primary') <= 1
    empty = browser.post(holder, f"{own}/appeal", {"reason": ""})
    assert "Ce que vous contestez, et pourquoi" in empty.text
    assert browser.post(holder, f"{own}/appeal", {"reason": "Calendrier joint."}).status_code == 302
    page = browser.get(holder, own)
    assert "Vous pouvez contester ce refus" not in page.text
    assert "un délégataire qui n" in page.text

    judge = walk.staff("delegate", but=[decider])
    answers = browser.get(judge, f"{own}/uphold").context["contested"].answers
    assert [(a.label, a.follows) for a in answers] == [
        ("Confirmer la décision contestée", "Décision confirmée"),
        ("Infirmer la décision contestée", "Décision infirmée, l'examen reprend"),
    ]
    assert [browser.get(judge, a.href).status_code for a in answers] == [200, 200]
    assert browser.get(decider, f"{own}/uphold").status_code == 404
    unfounded = browser.post(judge, f"{own}/uphold", {"reason": "Relu."})
    assert "cite au moins un article" in unfounded.text
    browser.post(judge, f"{own}/overturn", {"reason": "Le calendrier le justifie."})
    page = browser.get(judge, own)
    assert "Avenant proposé" in page.text
    assert page.context["chip"]["label"] == "Avenant proposé"


def test_past_two_months_the_page_of_a_refused_amendment_says_that_it_is_over(holder, browser):
    walk, amendment, _decider = refused(holder, days=160)
    own = f"{walk.case.number}/avenants/{amendment.pk}"
    page = browser.get(holder, own)
    assert "Le délai de recours de 2 mois est passé" in page.text
    assert browser.get(holder, f"{own}/appeal").status_code == 404
