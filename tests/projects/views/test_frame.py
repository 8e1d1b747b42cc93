"""What surrounds every page of a request: who may see it, what its top says, what is logged."""

import pytest
from django.utils import timezone

from governance.models import AccessLog
from projects.demonstration import network


def test_what_may_not_be_seen_does_not_exist(walk, browser):
    stranger = network.person("Yann Kerbrat", at=timezone.now())
    walk.until("instruction")
    number = walk.case.number
    assert browser.get(stranger, number).status_code == 404
    assert browser.get(walk.staff("case_officer", "chu-brest"), number).status_code == 404
    assert browser.get(walk.staff("case_officer"), number).status_code == 200
    assert browser.get(walk.holder, number).status_code == 200


@pytest.mark.parametrize("ref", ["2026-9999", "nimporte", "2026-0001%00", "%00", "0" * 300])
def test_a_reference_that_names_nothing_is_not_found(walk, browser, ref):
    assert browser.get(walk.holder, ref).status_code == 404


def test_a_draft_is_its_teams_alone(walk, browser):
    assert browser.get(walk.holder, walk.request.pk).status_code == 200
    assert browser.get(walk.staff("case_officer"), walk.request.pk).status_code == 404


def test_the_reading_of_staff_is_logged_once_an_hour_and_the_teams_never(walk, browser):
    walk.until("instruction")
    officer = walk.staff("case_officer")
    for _time in range(2):
        browser.get(officer, walk.case.number)
    browser.get(walk.holder, walk.case.number)
    assert list(AccessLog.objects.values_list("by", "subject_ref", "as_role")) == [
        (officer.pk, str(walk.request.pk), "case_officer")
    ]


def test_two_reviewers_who_open_a_request_see_each_other(walk, browser):
    walk.until("instruction")
    officer, dpo = walk.staff("case_officer"), walk.staff("dpo")
    also = "a aussi cette demande ouverte"
    assert also not in browser.get(officer, walk.case.number).content.decode()
    assert f"{officer} {also}" in browser.get(dpo, walk.case.number).content.decode()
    assert also not in browser.get(walk.holder, walk.case.number).content.decode()


def test_a_request_is_opened_in_twenty_five_queries_at_most(
    walk, browser, django_assert_max_num_queries
):
    walk.until("preparation")
    for reader in (walk.staff("delegate"), walk.staff("case_officer"), walk.holder):
        browser.get(reader, walk.case.number)
        browser.signed_in(reader)
        with django_assert_max_num_queries(25):
            browser.client.get(f"/demandes/{walk.case.number}")
