"""What waits for a person never waits for their return."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from governance.domain.absences import cancel_absence, colleagues_of, declare_absence
from governance.models.absence import Absence
from governance.queries.people import stand_in_of, stands_in_for
from tests.people import NOW, establishment, person

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
WEEK = timedelta(days=7)
OFFICER = ("case_officer", "chu-rennes")


def away(someone, stand_in, since=TODAY, until=None, by=None):
    return declare_absence(
        person=someone,
        since=since,
        until=until or since + WEEK,
        stand_in=stand_in,
        by=by or someone,
        at=NOW,
    )


def test_the_stand_in_is_known_on_each_day_of_the_absence_and_on_no_other():
    officer, other = person(OFFICER), person(OFFICER)
    away(officer, other)
    day = timedelta(days=1)
    days = (TODAY - day, TODAY, TODAY + WEEK, TODAY + WEEK + day)
    assert [stand_in_of(officer, d) for d in days] == [None, other, other, None]
    assert stands_in_for(other, TODAY) == [officer]


def test_colleagues_are_those_who_hold_one_of_the_same_roles_there_or_everywhere():
    officer = person(OFFICER)
    same = person(OFFICER, last_name="Abgrall")
    everywhere = person("case_officer", last_name="Bodin")
    person(("case_officer", "chu-brest"))
    person(("dpo", "chu-rennes"))
    person(("researcher", "chu-rennes"))
    assert colleagues_of(officer, NOW) == [same, everywhere]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": TODAY - WEEK}, "until"),
        ({"since": TODAY - 3 * WEEK, "until": TODAY - WEEK}, "until"),
    ],
)
def test_a_period_upside_down_or_past_is_refused(wrong, field):
    with pytest.raises(ValidationError) as refused:
        away(person(OFFICER), person(OFFICER), **wrong)
    assert list(refused.value.error_dict) == [field]


def test_one_who_could_not_act_is_refused_as_stand_in():
    officer, other = person(OFFICER), person(OFFICER)
    for stand_in in (officer, person(("case_officer", "chu-brest")), person()):
        with pytest.raises(ValidationError) as refused:
            away(officer, stand_in)
        assert list(refused.value.error_dict) == ["stand_in"]
    away(other, officer)
    with pytest.raises(ValidationError):
        away(officer, other)


def test_two_absences_do_not_overlap():
    officer, other = person(OFFICER), person(OFFICER)
    away(officer, other)
    with pytest.raises(ValidationError):
        away(officer, other, since=TODAY + WEEK, until=TODAY + 2 * WEEK)


def test_a_local_administrator_may_say_it_and_a_stranger_may_not():
    officer, other = person(OFFICER), person(OFFICER)
    with pytest.raises(PermissionDenied):
        away(officer, other, by=person(("administrator", "chu-brest")))
    away(officer, other, by=person(("administrator", "chu-rennes")))
    assert Absence.objects.count() == 1


def test_cancelling_one_that_began_ends_it_yesterday_and_erases_a_coming_one():
    officer, other = person(OFFICER), person(OFFICER)
    begun = Absence.objects.create(
        person=officer, since=TODAY - WEEK, until=TODAY + WEEK, stand_in=other
    )
    cancel_absence(absence=begun, by=officer, at=NOW)
    coming = away(officer, other, since=TODAY + WEEK)
    cancel_absence(absence=coming, by=officer, at=NOW)
    begun.refresh_from_db()
    assert begun.until == TODAY - timedelta(days=1)
    assert list(Absence.objects.all()) == [begun]


def test_the_database_refuses_to_stand_in_for_oneself():
    establishment()
    officer = person()
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(person=officer, since=TODAY, until=TODAY, stand_in=officer)
