"""An appeal is judged on one page: to uphold and to overturn stand side by side."""

from datetime import timedelta

from django.utils import timezone

from projects.demonstration.walk import Walk, draft


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
            ("Confirmer la décision", "Décision confirmée"),
            ("Infirmer la décision", "Décision infirmée, l'examen reprend"),
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
