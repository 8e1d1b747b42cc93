"""What a draft chooses: establishments, variables, organisations."""

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Variable
from governance.models import Organisation
from projects.domain import choices
from projects.domain.drafts import NotEditable, create
from tests.projects.conftest import NOW


@pytest.fixture
def blank(holder):
    return create(by=holder, at=NOW)


def sites_of(request):
    return [(a.establishment_id, a.leads) for a in request.asked_sites.all()]


def choose(request, *slugs, lead=None, by):
    choices.choose_sites(request, slugs, lead=lead, by=by, at=NOW)


def test_the_first_establishment_leads_unless_another_is_named(blank, holder):
    choose(blank, "chu-rennes", "chu-brest", by=holder)
    assert sites_of(blank) == [("chu-rennes", True), ("chu-brest", False)]
    choose(blank, "chu-rennes", "chu-brest", lead="chu-brest", by=holder)
    assert sites_of(blank) == [("chu-rennes", False), ("chu-brest", True)]


def test_when_the_one_that_leads_is_taken_away_the_first_left_leads(blank, holder):
    choose(blank, "chu-rennes", "chu-brest", lead="chu-brest", by=holder)
    choose(blank, "chu-rennes", lead="chu-brest", by=holder)
    assert sites_of(blank) == [("chu-rennes", True)]


def tick(request, *slugs, seen=(), lead=None, seen_lead=None, by):
    said = {"lead": lead, "seen": seen, "seen_lead": seen_lead, "by": by, "at": NOW}
    return choices.tick_sites(request, slugs, **said)


def test_two_people_who_tick_at_once_both_keep_what_they_ticked(blank, holder):
    assert tick(blank, "chu-brest", by=holder)
    assert tick(blank, "chu-rennes", "ico", by=holder)
    assert sites_of(blank) == [("chu-rennes", False), ("chu-brest", True), ("ico", False)]


def test_who_unticks_takes_away_what_they_saw_and_nothing_else(blank, holder):
    choose(blank, "chu-rennes", "chu-brest", by=holder)
    seen = ["chu-rennes", "chu-brest"]
    tick(blank, "chu-rennes", "chu-brest", "ico", seen=seen, seen_lead="chu-rennes", by=holder)
    tick(blank, "chu-brest", seen=seen, lead="chu-brest", seen_lead="chu-rennes", by=holder)
    assert sites_of(blank) == [("chu-brest", True), ("ico", False)]


def test_who_conducts_is_asked_back_when_two_people_choose_at_once(blank, holder):
    seen = ["chu-rennes", "chu-brest", "ico"]
    choose(blank, *seen, by=holder)
    shown = {"seen": seen, "seen_lead": "chu-rennes", "by": holder}
    assert tick(blank, *seen, lead="ico", **shown)
    assert not tick(blank, *seen, lead="chu-brest", **shown)
    assert dict(sites_of(blank))["ico"]
    assert tick(blank, *seen, lead="chu-rennes", **shown), "what was not changed replaces nothing"
    assert dict(sites_of(blank))["ico"]
    assert tick(blank, *seen, lead="chu-brest", **shown | {"seen_lead": "ico"})
    assert dict(sites_of(blank))["chu-brest"]


@pytest.mark.parametrize(
    ("slugs", "lead", "field"),
    [
        (["chu-nowhere"], None, "establishments"),
        (["chu-rennes", "chu-rennes"], None, "establishments"),
        (["chu-rennes"], "chu-tours", "lead"),
    ],
)
def test_an_establishment_that_is_not_there_is_refused(blank, holder, slugs, lead, field):
    with pytest.raises(ValidationError) as refused:
        choices.choose_sites(blank, slugs, lead=lead, by=holder, at=NOW)
    assert list(refused.value.error_dict) == [field]


def test_variables_are_replaced_whole(blank, holder):
    first, second = Variable.objects.order_by("code")
    asked = [{"variable": first.pk, "reason": "Pour l'âge."}, {"variable": second.pk}]
    choices.choose_variables(blank, asked, by=holder, at=NOW)
    choices.choose_variables(blank, asked[:1], by=holder, at=NOW)
    assert [(v.variable_id, v.reason, v.objective) for v in blank.asked_variables.all()] == [
        (first.pk, "Pour l'âge.", "primary")
    ]


def test_organisations_are_named_whatever_the_case(blank, holder):
    name = Organisation.objects.order_by("pk").first().name
    choices.name_organisation(blank, name.upper(), by=holder, at=NOW)
    choices.name_legal_persons(
        blank, [{"organisation": name, "part": "controller"}], by=holder, at=NOW
    )
    assert blank.organisation.name == name
    assert [(p.organisation.name, p.part) for p in blank.legal_persons.all()] == [
        (name, "controller")
    ]
    choices.name_organisation(blank, None, by=holder, at=NOW)
    assert blank.organisation is None


def test_an_unknown_organisation_is_named_in_the_refusal(blank, holder):
    with pytest.raises(ValidationError, match="Chose"):
        choices.name_organisation(blank, "Chose", by=holder, at=NOW)


def test_a_choice_is_closed_once_deposited_and_says_who_made_it(walk, holder):
    section = walk.request.sections.get(code="sites")
    choose(walk.request, "chu-rennes", by=holder)
    again = walk.request.sections.get(code="sites")
    assert (again.revision, again.updated_by) == (section.revision + 1, holder)
    walk.submit()
    with pytest.raises(NotEditable):
        choose(walk.request, "chu-brest", by=holder)
