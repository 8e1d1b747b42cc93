"""A suspension: confirmed once by a delegate, then no longer asked of anybody."""

import pytest
from django.utils import timezone

from governance.process.refusals import StepRefused
from projects.queries.desk import desk_of
from projects.queries.work import rows_of, to_decide
from tests.projects.conftest import NOW
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

CONFIRMED = {"articles": ("U-08",), "reason": "Les éléments relevés sont établis."}


@pytest.fixture
def suspended(holder, order_key):
    walk = Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)
    stand_at("suspended", walk)
    return walk


def asked_of(person) -> list[str]:
    return [row.step for row in rows_of(to_decide(desk_of(person, timezone.now())))]


def clock(walk):
    return walk.case.deadlines.running().filter(subject="state:suspended")


def test_a_suspension_that_a_delegate_confirmed_is_no_longer_to_be_confirmed(suspended, browser):
    judge, address = suspended.staff("delegate"), suspended.case.number
    page = browser.get(judge, address)
    assert page.context["action"].label == "Confirmer la suspension"
    assert asked_of(judge) == ["confirm_suspension"]
    suspended.take("confirm_suspension", judge, **CONFIRMED)
    page = browser.get(judge, address)
    assert page.context["action"].label == "Rétablir l'accès"
    assert page.context["next"].what == "rétablir l'accès ou retirer l'autorisation"
    assert page.context["next"].until is None
    assert "Confirmer la suspension" not in [act["label"] for act in page.context["acts"]]
    assert asked_of(judge) == []
    with pytest.raises(StepRefused) as refused:
        suspended.take("confirm_suspension", judge, **CONFIRMED)
    assert [v.clause for v in refused.value.verdicts] == ["suspension_to_confirm"]


def test_a_confirmation_overturned_on_appeal_is_to_be_judged_again_and_its_clock_runs(suspended):
    suspended.take("confirm_suspension", suspended.staff("delegate"), **CONFIRMED)
    assert not clock(suspended).exists()
    suspended.take("appeal", suspended.holder, reason="Rien n'a été croisé.")
    appeal = suspended.case.tracks.get(kind="appeal")
    first = suspended.case.decisions.get(step="confirm_suspension").by
    judge = suspended.staff("delegate", but=[first])
    suspended.take("overturn", judge, track=appeal, reason="Les éléments sont à revoir.")
    assert clock(suspended).get().started_at == suspended.now
    suspended.take("confirm_suspension", first, **CONFIRMED)
    assert not clock(suspended).exists()
