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
