"""Non-conformities on pages: listed for staff who read the requests, said to the team on its own,
shown at work to who mends them, told by mail."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from governance.domain import nonconformities
from governance.models import Delegation, NonConformity, WarehouseStanding
from portal.notices.models import Notice
from projects.demonstration import network
from projects.domain import records, team
from projects.models import MemberAccess
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


# --- An access closed waits for a delegate --------------------------------------------------------


@pytest.fixture
def shut(opened):
    """A request of which the colleague's access is closed, and the address where it is judged."""
    opened.now = timezone.now()
    opened.colleague.trainings.update(expires_on=opened.now.date() - DAY)
    nonconformities.watch(at=opened.now)
    opened.address = f"{opened.case.number}/non-conformites/{NonConformity.objects.get().pk}"
    return opened


WHY = "La session de formation est complète jusqu'au mois prochain."


def has_access(someone) -> bool:
    return MemberAccess.objects.filter(participation__person=someone, cut_at__isnull=True).exists()


def test_a_member_s_closed_access_is_opened_again_by_a_delegate_from_their_work_to_the_mail(
    shut, browser
):
    outbox.run()
    judge = shut.staff("delegate")
    page = browser.get(judge, "/travail").content.decode()
    assert f'href="/demandes/{shut.address}"' in page
    assert "Louise Kermorgant" in page
    told_to_judge = Notice.objects.get(person=judge, key="nonconformity")
    assert (told_to_judge.asked, told_to_judge.address) == (True, f"/demandes/{shut.address}")

    read = browser.get(judge, shut.address).content.decode()
    act = Delegation.objects.get(person=judge).act_reference
    assert f"sous la délégation de signature {act}" in read
    assert "Une équipe en règle" in read

    empty = browser.post(judge, shut.address, {"read": "0"}).content.decode()
    assert "Choisissez une réponse" in empty and "Écrivez les raisons" in empty
    assert not has_access(shut.colleague)

    done = browser.post(judge, shut.address, {"read": "0", "kind": "lifted", "reason": WHY})
    assert done.headers["Location"] == f"/demandes/{shut.case.number}"
    assert has_access(shut.colleague)
    assert "bloc" not in asked_of(judge, shut.now)

    for reader in (shut.colleague, shut.holder, judge):
        told = browser.get(reader, shut.case.number).content.decode()
        assert "Accès rouvert" in told and act in told
        assert escape(WHY) in told
    outbox.run()
    letters = [each for each in mail.outbox if each.to == [shut.colleague.email]]
    assert any("est rouvert" in each.subject and WHY in each.body for each in letters)


def test_until_a_delegate_answers_every_page_says_until_when_and_leads_only_them_there(
    shut, browser
):
    leads = f'href="/demandes/{shut.address}"'
    for address in (LIST, shut.case.number):
        page = browser.get(shut.staff("delegate"), address).content.decode()
        assert "Un délégataire confirme ou rouvre avant le" in page and leads in page
        read_only = browser.get(shut.staff("dpo"), address).content.decode()
        assert "Un délégataire confirme ou rouvre avant le" in read_only
        assert leads not in read_only


def test_who_may_not_judge_a_closed_access_finds_nothing_at_its_address(shut, browser):
    elsewhere = network.staff("delegate", "chu-nantes", at=NOW)
    at_the_other_site = network.staff("delegate", OTHER, at=NOW)
    others = [shut.staff(role) for role in ("case_officer", "dpo", "methodologist")]
    sent = {"read": "0", "kind": "lifted", "reason": WHY}
    for someone in (shut.holder, shut.colleague, elsewhere, at_the_other_site, person(), *others):
        assert browser.get(someone, shut.address).status_code == 404
        assert browser.post(someone, shut.address, sent).status_code == 404
    assert not has_access(shut.colleague)


def test_a_delegate_whose_act_is_over_is_told_so_and_changes_nothing(shut, browser):
    judge = shut.staff("delegate")
    Delegation.objects.filter(person=judge).update(revoked_at=shut.now - DAY)
    assert "Aucune délégation de signature" in browser.get(judge, shut.address).content.decode()
    sent = {"read": "0", "kind": "lifted", "reason": WHY}
    assert browser.post(judge, shut.address, sent).status_code == 409
    assert not has_access(shut.colleague)


def test_a_delegate_whose_act_covers_one_answer_is_offered_that_one(shut, browser):
    judge = shut.staff("delegate")
    Delegation.objects.filter(person=judge).update(steps=["confirm_suspension"])
    page = browser.get(judge, shut.address).content.decode()
    assert 'value="confirmed"' in page and 'value="lifted"' not in page
    assert "ne vous couvre pour l’autre réponse" in page
    sent = {"read": "0", "kind": "lifted", "reason": WHY}
    refused = browser.post(judge, shut.address, sent)
    assert "Choisissez une réponse de la liste" in refused.content.decode()
    assert not has_access(shut.colleague)


def test_two_delegates_who_answer_at_once_the_second_is_told_and_keeps_what_they_wrote(
    shut, browser
):
    judge = shut.staff("delegate")
    sent = {"read": "0", "kind": "confirmed", "reason": WHY}
    browser.post(judge, shut.address, sent)
    again = browser.post(judge, shut.address, {**sent, "kind": "lifted"}).content.decode()
    assert "Quelqu&#x27;un a décidé entre-temps" in again and escape(WHY) in again
    assert not has_access(shut.colleague)
    assert 'name="read" value="1"' in again
    browser.post(judge, shut.address, {**sent, "kind": "lifted", "read": "1"})
    assert has_access(shut.colleague)


def test_the_dpo_erases_the_words_of_an_answer_which_stays_and_nobody_else_does(
    shut, browser, settings, tmp_path
):
    settings.ERASURE_LOG = tmp_path / "erasures.log"
    judge, dpo = shut.staff("delegate"), shut.staff("dpo")
    browser.post(judge, shut.address, {"read": "0", "kind": "lifted", "reason": WHY})
    address = f"/demandes/{shut.address}/1/effacer"
    for other in (judge, shut.holder, network.staff("dpo", OTHER, at=NOW)):
        assert browser.post(other, address, {"ground": "person"}).status_code == 404
        assert address not in browser.get(other, shut.case.number).content.decode()
    assert address in browser.get(dpo, shut.case.number).content.decode()
    assert "Effacer pour toujours" in browser.get(dpo, address).content.decode()
    browser.post(dpo, address, {"ground": "person"})
    page = browser.get(shut.holder, shut.case.number).content.decode()
    assert "Accès rouvert" in page and "ses mots ont été effacés" in page
    assert escape(WHY) not in page
    assert address not in browser.get(dpo, shut.case.number).content.decode()


def test_once_mended_there_is_nothing_left_to_judge(shut, browser):
    judge = shut.staff("delegate")
    shut.colleague.trainings.update(expires_on=shut.now.date() + 400 * DAY)
    nonconformities.watch(at=shut.now)
    page = browser.get(judge, shut.address).content.decode()
    assert "plus rien à décider ici" in page
    sent = {"read": "0", "kind": "lifted", "reason": WHY}
    assert browser.post(judge, shut.address, sent).status_code == 409


def test_the_whole_is_not_judged_at_such_an_address(failing, browser):
    whole = NonConformity.objects.get(subject="request")
    address = f"{failing.case.number}/non-conformites/{whole.pk}"
    assert browser.get(failing.staff("delegate"), address).status_code == 404


def test_the_pages_take_as_many_queries_with_one_closed_access_as_with_three(shut, browser):
    judge = shut.staff("delegate")
    client = browser.signed_in(judge)

    def queries(address) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as taken:
            client.get(address)
        return len(taken)

    pages = (LIST, "/travail", f"/demandes/{shut.case.number}")
    before = [queries(address) for address in pages]
    for name in ("Yann Tanguy", "Maëlle Kerjean"):
        member = network.person(name, at=NOW)
        team.join(shut.request, member, "member", at=shut.now)
        member.trainings.update(expires_on=shut.now.date() - DAY)
    nonconformities.watch(at=shut.now)
    assert NonConformity.objects.to_judge().count() == 3
    assert [queries(address) for address in pages] == before
