"""What a team offers back is said before the request may close."""

import pytest
from django.core.exceptions import ValidationError

from governance.process.outlook import open_steps
from projects.domain import reciprocity
from projects.domain.reciprocity import OFFERED, WITHHELD
from tests.projects.stand import stand_at

WHERE = "Le programme est au dépôt de l'équipe, sous licence ouverte."


@pytest.fixture
def ended(walk, order_key):
    """Results are awaited."""
    stand_at("results", walk)
    return walk


def say(walk, code=OFFERED, kinds=("algorithms",), text=WHERE):
    return reciprocity.say(walk.request, code, list(kinds), text, by=walk.holder, at=walk.now)


def lacking(walk):
    """Whether U-14 stands between the request and its closure."""
    steps = open_steps(walk.case, walk.staff("case_officer"), walk.now)
    found = next(each for each in steps if each.step.code == "close")
    return "U-14" in {verdict.article for verdict in found.obstacles}


def test_the_closure_waits_until_it_is_said(ended):
    assert lacking(ended)
    say(ended, text="Trop court.")
    assert lacking(ended)
    say(ended)
    assert not lacking(ended)


def test_why_nothing_can_be_offered_is_an_answer(ended):
    say(ended, WITHHELD, (), "Le droit d'un tiers empêche de partager le programme.")
    assert not lacking(ended)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"code": "later"}, "code"),
        ({"kinds": ()}, "kinds"),
        ({"kinds": ("algorithms", "money")}, "kinds"),
        ({"text": " "}, "text"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(ended, said, wrong):
    with pytest.raises(ValidationError) as refused:
        say(ended, **said)
    assert list(refused.value.error_dict) == [wrong]
    assert not ended.case.records.filter(kind="reciprocity").exists()


def test_a_closed_request_changes_no_more(ended):
    ended.until("closed")
    with pytest.raises(ValidationError):
        say(ended)
