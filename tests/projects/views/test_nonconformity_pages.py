"""Non-conformities on pages: listed for staff who read the requests, said to the team on its own,
shown at work to who mends them, told by mail."""

import pytest
from django.core import mail
from django.utils import timezone

from governance.domain import nonconformities
from governance.models import NonConformity, WarehouseStanding
from portal.notices.models import Notice
from projects.demonstration import network
from projects.domain import records
from projects.queries.desk import desk_of
from projects.queries.work import rows_of, to_decide
from tests import outbox
from tests.people import establishment, person
from tests.projects.conftest import NOW
from tests.projects.stand import DAY, LEAD, OTHER, opened_to_two

LIST = "/non-conformites"


@pytest.fixture
def opened(holder, order_key):
    """A request open to its holder and a colleague."""
    return opened_to_two(holder, NOW)


@pytest.fixture
def failing(opened):
    """The same, whose member lapsed and whose destination is no longer the authorised one."""
    opened.now = timezone.now()
    opened.colleague.trainings.update(expires_on=opened.now.date() - DAY)
    place(opened, authorised=False)
    nonconformities.watch(at=opened.now)
    return opened


def place(walk, *, authorised):
    checked = walk.case.records.filter(kind="destination_checked").earliest("id").data
    data = checked | {"authorised": authorised}
    by = walk.staff("regulatory_officer")
    records.record(walk.case, "destination_checked", by=by, at=walk.now, data=data)


def titles(page) -> list[str]:
    return sorted(row.title for row in page.context["rows"])


def test_who_sees_the_list_and_what_of_it(failing, browser):
    both = ["Les destinations autorisées", "Une équipe en règle"]
    for role in ("case_officer", "dpo", "delegate", "methodologist"):
        assert titles(browser.get(failing.staff(role), LIST)) == both
    engineer = network.staff("data_engineer", OTHER, at=NOW)
    assert titles(browser.get(engineer, LIST)) == both
    elsewhere = network.staff("case_officer", "chu-nantes", at=NOW)
    assert titles(browser.get(elsewhere, LIST)) == []
    for outsider in (failing.holder, failing.colleague, person()):
        assert browser.get(outsider, LIST).status_code == 404


def test_nobody_who_is_not_signed_in_reads_it(client, db):
    assert client.get(LIST).status_code == 302


def test_the_list_is_narrowed(failing, browser):
    officer = failing.staff("case_officer")
    assert titles(browser.get(officer, LIST, qui="member")) == ["Une équipe en règle"]
    assert titles(browser.get(officer, LIST, qui="moi")) == ["Les destinations autorisées"]
    assert titles(browser.get(officer, LIST, etat="corrigees")) == []
    assert len(titles(browser.get(officer, LIST, etat="toutes", site=LEAD))) == 2
    assert titles(browser.get(officer, LIST, site=establishment("chu-nantes").pk)) == []
    place(failing, authorised=True)
    nonconformities.watch(at=failing.now)
    assert titles(browser.get(officer, LIST, etat="corrigees")) == ["Les destinations autorisées"]


def test_the_list_takes_a_constant_number_of_queries(
    failing, browser, django_assert_max_num_queries
):
    client = browser.signed_in(failing.staff("case_officer"))
    client.get(LIST)
    with django_assert_max_num_queries(14):
        client.get(LIST)


def test_the_team_reads_its_own_on_the_page_of_the_request(failing, browser):
    page = browser.get(failing.colleague, failing.case.number)
    assert [row.title for row in page.context["nonconformities"]] == [
        "Les destinations autorisées",
        "Une équipe en règle",
    ]
    assert "Ce qui n’est plus conforme" in page.content.decode()


def test_a_request_that_holds_says_nothing_of_it(opened, browser):
    assert "conformite" not in browser.get(opened.holder, opened.case.number).content.decode()


def test_who_mends_it_finds_it_in_their_work(failing, browser):
    page = browser.get(failing.staff("case_officer"), "/travail")
    assert [row.title for row in page.context["nonconformities"]] == ["Les destinations autorisées"]
    assert browser.get(failing.staff("methodologist"), "/travail").context["nonconformities"] == []


def test_who_mends_it_writes_what_they_checked_and_it_is_mended(failing, browser):
    officer, address = failing.staff("case_officer"), f"{failing.case.number}/constats/destination"
    page = browser.get(officer, failing.case.number)
    assert f"/demandes/{address}" in page.content.decode()
    checked = ("authorised", "controller_named", "hosting_certificate", "outputs_checked")
    browser.post(officer, address, dict.fromkeys(checked, "on"))
    outbox.run()
    assert NonConformity.objects.get(clause="U-09").mended["holds"] is True


def told(someone) -> list[tuple[str, bool]]:
    found = Notice.objects.filter(person=someone, key="nonconformity").order_by("pk")
    return [(notice.values["event"], notice.asked) for notice in found]


def test_who_mends_it_the_holder_and_the_member_are_told_with_the_date(failing):
    outbox.run()
    assert told(failing.staff("case_officer")) == [("found", True)]
    assert told(failing.colleague) == [("bitten", True)]
    assert sorted(told(failing.holder)) == [("bitten", False), ("found", False)]
    bodies = {(each.to[0], each.subject): each.body for each in mail.outbox}
    subject, body = next(
        (subject, body)
        for (to, subject), body in bodies.items()
        if to == failing.holder.email and "destinations" in subject
    )
    assert "n'est plus respecté (la demande entière)" in subject
    assert "Sans remède, l'accès se ferme le" in body
    assert any(to == failing.colleague.email for to, _subject in bodies)


def test_the_delegate_is_told_that_it_may_resume_and_finds_it_in_their_work(failing):
    failing.now += 15 * DAY
    nonconformities.watch(at=failing.now)
    failing.case.refresh_from_db()
    judge = failing.staff("delegate")
    failing.take("confirm_suspension", judge, articles=("U-09",), reason="Le lieu a changé.")
    assert "resume" not in asked_of(judge, failing.now)
    place(failing, authorised=True)
    nonconformities.watch(at=failing.now)
    assert "resume" in asked_of(judge, failing.now)
    outbox.run()
    told_resume = Notice.objects.get(person=judge, values__resume=True)
    assert told_resume.address.endswith("/etape/resume")
    failing.take("resume", judge)
    assert "resume" not in asked_of(judge, failing.now)


def test_the_producer_who_reads_no_request_is_led_to_what_they_state_of_the_warehouse(
    opened, browser
):
    producer, address = opened.staff("producer"), f"/etablissement/{LEAD}/entrepot"
    WarehouseStanding.objects.filter(establishment=LEAD).update(information_coverage=None)
    opened.now = timezone.now()
    nonconformities.watch(at=opened.now)
    outbox.run()
    assert Notice.objects.get(person=producer, key="nonconformity").address == address
    assert f'href="{address}"' in browser.get(producer, "/travail").content.decode()
    assert browser.get(producer, address).status_code == 200


def judged(browser, failing, step) -> str:
    page = browser.get(failing.staff("delegate"), f"{failing.case.number}/etape/{step}")
    return page.content.decode()


def test_the_delegate_reads_on_the_page_of_the_step_what_is_mended_and_what_is_not(
    failing, browser
):
    failing.now += 15 * DAY
    nonconformities.watch(at=failing.now)
    for step in ("confirm_suspension", "resume"):
        page = judged(browser, failing, step)
        assert "U-09, Les destinations autorisées" in page
        assert "U-06, Une équipe en règle" in page
        assert "Louise Kermorgant" in page and "le portail ne suspend plus la demande" in page
    failing.colleague.trainings.update(expires_on=failing.now.date() + 400 * DAY)
    place(failing, authorised=True)
    nonconformities.watch(at=failing.now)
    page = judged(browser, failing, "resume")
    assert "Tout est de nouveau conforme" in page
    assert "Ce qui manquait :" in page and "la règle est de nouveau respectée" in page
    # The member's never stopped the whole: mended, the delegate has nothing to judge of it.
    assert "U-06" not in page


def test_suspended_on_another_ground_with_everything_in_order_no_panel_is_shown(opened, browser):
    opened.take("block", opened.staff("dpo"), articles=("U-08",), reason="Un croisement.")
    assert "conformite-titre" not in judged(browser, opened, "resume")


def asked_of(someone, at) -> list[str]:
    return [row.step for row in rows_of(to_decide(desk_of(someone, at)))]


def test_a_site_closed_by_its_fault_says_so_on_the_page_of_data(opened, browser):
    WarehouseStanding.objects.filter(establishment=LEAD).update(information_coverage=None)
    nonconformities.watch(at=opened.now)
    opened.now += 20 * DAY
    nonconformities.watch(at=opened.now)
    assert NonConformity.objects.biting().count() == 1
    page = browser.get(opened.holder, f"{opened.case.number}/donnees").content.decode()
    assert "Accès fermé : non conforme" in page
