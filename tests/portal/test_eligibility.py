"""*Puis-je porter une demande ?*: the answer to each triple of answers, the strictest first."""

from itertools import product

import pytest
from django.urls import reverse

from portal.eligibility import (
    CARE,
    COMPANY,
    NETWORK,
    NOWHERE,
    OTHER,
    PROHIBITED,
    PUBLIC_BODY,
    RESEARCH,
    SENIOR,
    TECHNICAL,
    TRAINEE,
    answer,
)

NO = "Non : cet usage est interdit."
WRITE = "Vous pouvez rédiger la demande, pas la porter."
YES = "Oui, vous pouvez porter une demande."
DIRECTED = "Oui, avec un directeur en poste dans un hôpital du réseau."
ALONE = "Pas seul : il faut un organisme qui réponde du traitement."
REFERRED = "Oui, avec un référent local."


def expected(where: str, what: str, why: str) -> str:
    if why == PROHIBITED:
        return NO
    if what == TECHNICAL:
        return WRITE
    if where == NETWORK and what in (SENIOR, TRAINEE):
        return YES if what == SENIOR else DIRECTED
    return ALONE if where == NOWHERE else REFERRED


@pytest.mark.parametrize(
    ("where", "what", "why"),
    product(
        (NETWORK, PUBLIC_BODY, COMPANY, NOWHERE),
        (SENIOR, TRAINEE, TECHNICAL, OTHER),
        (RESEARCH, CARE, PROHIBITED),
    ),
)
def test_each_triple_has_its_answer(where, what, why):
    said = answer({"where": where, "what": what, "why": why})
    assert str(said.title) == expected(where, what, why)
    assert said.may_start == (why != PROHIBITED)


@pytest.mark.django_db
def test_the_page_answers_without_an_account_and_leads_on(client):
    page = reverse("public:can_i")
    asked = {"where": NETWORK, "what": SENIOR, "why": RESEARCH}
    assert YES in client.get(page, asked).text
    assert NO in client.get(page, asked | {"why": PROHIBITED}).text
    assert "answer" not in client.get(page).context


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"where": "lune"}, {"what": ""}, {"why": "\x00"}])
def test_a_question_left_or_answered_elsewhere_is_said(client, wrong):
    asked = {"where": NETWORK, "what": SENIOR, "why": RESEARCH} | wrong
    answer = client.get(reverse("public:can_i"), asked)
    assert answer.status_code == 200
    assert "answer" not in answer.context
    assert answer.context["form"].errors.keys() == wrong.keys()
