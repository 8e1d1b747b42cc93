"""A query written once is asked with other values each time, and keeps none of them."""

import pytest
from django.core.paginator import Paginator
from django.db.models import Q

from governance.models import RoleGrant
from governance.queries.written_once import AnyOf, written_once
from tests.people import DAY, NOW, person

pytestmark = pytest.mark.django_db
written = []


@written_once
def grants(order, *, people, at):
    written.append(order)
    found = RoleGrant.objects.valid(at["instant"]).filter(person=AnyOf(people))
    return found.select_related("person", "establishment").order_by(order)


@written_once
def nothing(*, at):
    return RoleGrant.objects.valid(at).filter(pk__in=[]).values_list("pk", flat=True)


@written_once
def either(*, one, other):
    return (
        RoleGrant.objects.filter(person=one)
        .values_list("role")
        .union(RoleGrant.objects.filter(~Q(person=AnyOf(other))).values_list("role"))
    )


@pytest.fixture
def two():
    return person(("delegate", "chu-rennes")), person(("dpo", "chu-rennes"))


def test_each_asking_has_its_own_values_and_the_text_is_made_once(two, django_assert_num_queries):
    delegate, dpo = two
    now = {"instant": NOW}
    written.clear()
    for people in ([delegate.pk], [dpo.pk], [dpo.pk, delegate.pk], []):
        with django_assert_num_queries(1):
            found = grants("role", people=people, at=now)
            assert sorted(g.person.pk for g in found) == sorted(people)
            assert {g.establishment.short_name for g in found} <= {"CHU RENNES"}
    assert grants("role", people=[dpo.pk], at={"instant": NOW - 400 * DAY}) == []
    both = grants("-role", people=[dpo.pk, delegate.pk], at=now)
    assert [grant.role for grant in both] == ["dpo", "delegate"]
    assert written == ["role", "-role"]


def test_a_part_of_the_rows_is_read_and_they_are_counted(two, django_assert_num_queries):
    asked = grants.asked("role", people=[each.pk for each in two], at={"instant": NOW})
    with django_assert_num_queries(4):
        assert [grant.role for grant in asked[:1]] == ["delegate"]
        assert [grant.role for grant in asked[1:5]] == ["dpo"]
        assert (asked.count(), asked.count_to(1)) == (2, 1)
    page = Paginator(asked, 1).get_page(2)
    assert [grant.role for grant in page] == ["dpo"]
    assert (page.paginator.count, nothing.asked(at=NOW).count()) == (2, 0)


def test_the_same_query_may_be_gone_on_from(two):
    delegate, dpo = two
    asked = grants.query("role", people=[delegate.pk, dpo.pk], at={"instant": NOW})
    assert asked.count() == 2
    assert asked.filter(role="dpo").get().person == dpo


def test_a_query_that_can_have_no_row_is_not_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert nothing(at=NOW) == nothing(at=NOW) == []


def test_a_union_is_asked_as_well(two):
    delegate, dpo = two
    everybody = [delegate.pk, dpo.pk]
    others = either(one=delegate.pk, other=[])
    assert ("dpo",) in others
    assert either(one=delegate.pk, other=everybody) == [("delegate",)]
