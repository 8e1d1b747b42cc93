"""What the portal finds between a member of a committee and a request, and what it does not."""

import pytest

from governance.domain.affiliations import declare_service, leave_service
from governance.models import Establishment, Participation
from governance.process.registry import Tie
from projects.models import Result
from projects.process.ties import ties
from tests.people import DAY, give
from tests.people import person as made
from tests.projects.conftest import NOW
from tests.projects.walks import draft


@pytest.fixture
def case(holder):
    return draft(holder, ["chu-rennes"], at=NOW).case


@pytest.fixture
def member(db):
    return made(first_name="Éloïse", last_name="Le Bœuf")


def found(case, *people):
    return [(tie.kind, tie.about) for tie in ties(case, [p.pk for p in people], NOW)]


def takes_part(person, case, part="member", **days):
    Participation.objects.create(
        case=case, person=person, part=part, **({"since": NOW - DAY} | days)
    )


def paper(holder, authors, *, at=NOW, title="Une cohorte"):
    other = draft(made(), ["chu-brest"], at=at)
    Result.objects.create(
        request=other,
        kind="publication",
        title=title,
        authors=authors,
        added_at=at,
        added_by=holder,
    )


def test_nothing_ties_a_stranger(case, member):
    assert found(case, member) == []
    assert found(case) == []


def test_a_member_of_the_team_is_told_so_and_nothing_else(case, member, holder):
    paper(holder, "Le Gall M, Le Boeuf E")
    takes_part(member, case)
    assert found(case, member, holder) == [(Tie.TEAM, ""), (Tie.TEAM, "")]


@pytest.mark.parametrize("days", [{"until": NOW - DAY / 2}, {"since": NOW + DAY}])
def test_who_left_the_team_or_is_not_in_it_yet_is_not_of_it(case, member, days):
    takes_part(member, case, **days)
    assert found(case, member) == []


def test_a_reviewer_is_not_of_the_team(case, member):
    takes_part(member, case, part="reviewer")
    assert found(case, member) == []


def test_a_team_shared_before_is_found_whenever_it_was(case, member, holder):
    other = draft(member, ["chu-brest"], at=NOW).case
    takes_part(holder, other, since=NOW - 90 * DAY, until=NOW - 80 * DAY)
    assert found(case, member) == [(Tie.FORMER_TEAM, "")]


@pytest.mark.parametrize(
    "authors",
    [
        "Le Gall M, Le Bœuf É",
        "M. Le Gall ; E. Le Boeuf",
        "LE GALL Marion, LE BOEUF Eloïse, Durand P.",
        "Marion Le Gall and Éloïse Le Bœuf",
    ],
)
def test_a_publication_signed_together_is_found_however_it_is_written(
    case, member, holder, authors
):
    paper(holder, authors)
    assert found(case, member) == [(Tie.CO_SIGNATORY, "Une cohorte")]


@pytest.mark.parametrize(
    "authors", ["", "Le Gall M", "Le Bœuf É", "Le Gall M, Le Bœuf P", "Legallois M, Le Bœuf É"]
)
def test_who_did_not_sign_together_is_not_tied(case, member, holder, authors):
    paper(holder, authors)
    assert found(case, member) == []


def works(person, service, slug="chu-rennes", at=NOW - DAY):
    place = Establishment.objects.get(pk=slug)
    return declare_service(person=person, establishment=place, service=service, at=at)


@pytest.mark.parametrize(
    "service", ["Cardiologie", "cardiologie", "Service de cardiologie", "SERVICE DE  CARDIOLOGIE."]
)
def test_the_holders_service_ties_however_it_is_written(case, member, holder, service):
    works(holder, "Cardiologie")
    works(member, service)
    ((kind, about),) = found(case, member)
    assert kind == Tie.SERVICE and about.endswith("CHU Rennes")


@pytest.mark.parametrize(
    ("service", "slug"), [("Cardiologie", "chu-brest"), ("Neurologie", "chu-rennes")]
)
def test_another_service_or_another_establishment_ties_nothing(case, member, holder, service, slug):
    draft(holder, ["chu-brest"], at=NOW)
    works(holder, "Cardiologie")
    works(member, service, slug)
    assert found(case, member) == []


def test_the_same_establishment_alone_ties_nothing(case, member, holder):
    give(holder, "researcher", "chu-rennes", since=NOW - DAY)
    give(member, "committee_member", "chu-rennes", since=NOW - DAY)
    assert found(case, member) == []


def test_a_service_that_one_left_ties_nothing(case, member, holder):
    works(holder, "Cardiologie")
    leave_service(affiliation=works(member, "Cardiologie"), at=NOW)
    assert found(case, member) == []


def test_many_members_take_no_more_queries(case, holder, django_assert_max_num_queries):
    people = [made(first_name="Zoé", last_name=f"Membre{n}") for n in range(9)]
    paper(holder, "Le Gall M, Membre1 Z, Membre2 Z")
    with django_assert_max_num_queries(6):
        assert len(ties(case, [p.pk for p in people], NOW)) == 2
