"""*Mon travail*, the list of requests, and who holds them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.models import AuditEvent, Establishment
from governance.process.engine import take_step
from projects.demonstration import lives, network
from projects.domain import amendments, assignment, exchanges, ideas, openings
from projects.models import Certificate, Handler
from projects.queries.desk import desk_of
from projects.queries.work import rows_of, to_decide
from tests.projects.stand import stand_at
from tests.projects.walks import Walk, draft


def texts(response) -> str:
    return response.content.decode()


def acts_at(person, at):
    """What waits for a person at an instant: (number, step, track's name)."""
    found = rows_of(to_decide(desk_of(person, at)))
    return [(row.case.number, row.step, row.track) for row in found]


def acts(person):
    """What waits for a person now."""
    return acts_at(person, timezone.now())


def test_each_role_finds_what_it_must_decide_and_nothing_else(walk):
    walk.submit()
    number = walk.case.number
    assert acts(walk.staff("case_officer")) == [(number, "admit", "")]
    assert acts(walk.staff("methodologist")) == []
    walk.admit()
    assert acts(walk.staff("methodologist")) == [(number, "state_feasibility", "CHU Rennes")]
    assert acts(walk.staff("regulatory_officer")) == [(number, "qualify", "")]
    assert acts(walk.staff("dpo")) == [(number, "voie", "")]
    assert acts(walk.staff("case_officer")) == []
    walk.state_feasibility()
    walk.qualify()
    assert acts(walk.staff("dpo")) == []
    assert acts(walk.staff("case_officer")) == [(number, "to_committee", "")]
    walk.to_committee()
    walk.give_opinion()
    assert acts(walk.staff("delegate")) == [(number, "agree", "CHU Rennes")]
    walk.agree()
    assert acts(walk.staff("delegate")) == []
    walk.complete_formalities()
    assert acts(walk.staff("delegate")) == []
    walk.meet_conditions()
    assert acts(walk.staff("delegate")) == [(number, "authorise", "")]
    assert acts(walk.staff("delegate", "chu-brest")) == []


def test_who_has_data_to_deliver_is_led_to_the_extractions(walk):
    walk.until("authorised")
    (row,) = rows_of(to_decide(desk_of(walk.staff("data_engineer"), timezone.now())))
    assert (row.step, row.href) == ("deliver", "/extractions")


def test_an_amendment_waits_for_who_examines_it_then_for_who_decides(walk, browser):
    walk.until("authorised")
    made = amendments.propose(
        walk.request, "period", {"months": 36}, "Plus de temps.", by=walk.holder, at=walk.now
    )
    number, officer = walk.case.number, walk.staff("case_officer")
    assert acts(officer) == [(number, "examine", "")]
    (row,) = rows_of(to_decide(desk_of(officer, timezone.now())))
    assert row.href == f"/demandes/{number}/avenants/{made.pk}"
    assert row.until is not None
    page = texts(browser.get(officer, "/travail"))
    assert "Examiner l&#x27;avenant" in page
    assert acts(walk.staff("delegate")) == []
    said = {"by": officer, "at": walk.now, "outcome": "examined", "reason": "Rien à dire."}
    take_step(made.case, "examine", **said)
    assert acts(officer) == []
    assert acts(walk.staff("delegate")) == [(number, "accept", "")]


def test_the_destination_to_check_waits_until_it_is_written_down(walk, browser):
    walk.until("preparation")
    officer, number = walk.staff("regulatory_officer"), walk.case.number
    assert (number, "destination", "") in acts(officer)
    page = texts(browser.get(officer, "/travail"))
    assert f"/demandes/{number}/constats/destination" in page
    walk.meet_conditions()
    assert (number, "destination", "") not in acts(officer)


def test_the_copies_then_the_sealed_dataset_at_its_term_wait_for_the_engineer(
    walk, browser, order_key
):
    stand_at("results", walk)
    engineer, track = walk.staff("data_engineer"), walk.case.tracks.get(kind="site")
    Certificate.objects.filter(track=track, kind="copies_destroyed").delete()
    number = walk.case.number
    assert acts(engineer) == [(number, "copies", "CHU Rennes")]
    page = texts(browser.get(engineer, "/travail"))
    # Where one chooses: have the site destroy its space, or attest.
    assert f'href="/demandes/{number}/donnees"' in page
    openings.certify_copies_destroyed(track, "CERT-1", by=engineer, at=walk.now)
    assert acts(engineer) == []
    lives.closed_in_default(walk)
    assert acts_at(engineer, walk.now) == []
    assert acts_at(engineer, walk.now + timedelta(days=366 * 20)) == [
        (number, "destruction", "CHU Rennes")
    ]


def test_who_has_nothing_but_an_idea_to_answer_is_led_to_it(walk, browser):
    rennes = Establishment.objects.get(pk="chu-rennes")
    officer = network.staff("case_officer", rennes.pk, at=walk.now)
    page = texts(browser.get(officer, "/travail"))
    assert "Rien ne vous attend" in page
    assert "Aucune équipe n’attend votre lecture." in page
    idea = ideas.send(rennes, "Une idée", "Qui ?", by=walk.holder, at=timezone.now())
    page = texts(browser.get(officer, "/travail"))
    assert "Rien ne vous attend" not in page
    assert f'class="button primary" href="/idees/{idea.pk}"' in page
    assert page.count('class="button primary') == 1


def test_the_page_says_what_as_whom_since_when_and_leads_to_the_first(walk, browser):
    walk.submit()
    officer = walk.staff("case_officer")
    page = texts(browser.get(officer, "/travail"))
    assert "Déclarer recevable" in page
    assert "en tant que chargé de dossier" in page
    assert page.count('class="button primary') == 1
    assert f"/demandes/{walk.case.number}/etape/admit" in page
    following = browser.get(officer, "/travail/suivant")
    assert following.url == f"/demandes/{walk.case.number}/etape/admit"
    after = browser.get(officer, "/travail/suivant", apres=walk.case.number)
    assert after.url == "/travail"


def test_who_holds_no_staff_role_is_led_to_their_requests(walk, browser):
    assert browser.get(walk.holder, "/travail").url == "/mes-demandes"
    assert browser.get(walk.holder, "/demandes").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"acte": "decider"},
        {"acte": "lire", "page": "7"},
        {"acte": "relances"},
        {"acte": "attente", "page": "x"},
        {"acte": "rien", "role": "x\x00", "site": "nulle-part", "tous": "on"},
        {"role": "case_officer", "site": "chu-rennes"},
    ],
)
def test_filters_are_in_the_address_and_none_makes_the_page_fail(walk, browser, query):
    walk.submit()
    assert browser.get(walk.staff("case_officer"), "/travail", **query).status_code == 200


def test_answers_ideas_and_waiting_requests_are_shown(walk, browser):
    officer = network.staff("case_officer", "chu-rennes", at=walk.now)
    walk.submit()
    exchanges.write(walk.request, "Voici la réponse.", by=walk.holder, at=timezone.now())
    ideas.send(walk.case.lead, "Une idée de cohorte", "Qui ?", by=walk.holder, at=timezone.now())
    page = texts(browser.get(officer, "/travail"))
    assert "Voici la réponse." in page
    assert "Une idée de cohorte" in page
    exchanges.write(walk.request, "Merci.", by=officer, at=timezone.now())
    assert "Voici la réponse." not in texts(browser.get(officer, "/travail"))
    walk.admit()
    assert "attendu : méthodologiste" in texts(browser.get(officer, "/travail", acte="attente"))


def test_what_others_moved_since_the_last_visit_is_told(walk, browser):
    lately = timezone.now() - timedelta(days=2)
    recent = Walk(draft(walk.holder, ["chu-rennes"], at=lately), at=lately)
    recent.submit()
    recent.admit()
    officer = walk.staff("methodologist")
    page = texts(browser.get(officer, "/travail"))
    assert "Recevable" in page


def test_what_moved_is_told_to_those_alone_who_read_the_request(walk, browser):
    lately = timezone.now() - timedelta(days=2)
    recent = Walk(draft(walk.holder, ["chu-rennes", "chu-brest"], at=lately), at=lately)
    recent.submit()
    recent.admit()
    for role, where, reads in (
        ("dpo", "chu-brest", True),
        ("data_engineer", "chu-brest", True),
        ("regulatory_officer", "chu-brest", False),
        ("regulatory_officer", None, True),
        ("committee_member", None, False),
    ):
        person = network.hire(role, where, at=lately)
        told = recent.case.number in texts(browser.get(person, "/travail"))
        opens = browser.get(person, f"/demandes/{recent.case.number}").status_code == 200
        assert (told, opens) == (reads, reads), (role, where)


def test_who_reads_no_request_is_not_led_to_their_list(walk, browser):
    person = network.hire("administrator", "chu-rennes", at=walk.now)
    page = texts(browser.get(person, "/travail"))
    assert 'class="button primary" href="/etablissement"' in page
    assert 'href="/demandes"' not in page


def test_a_request_is_taken_and_handed_over(walk, browser):
    walk.submit()
    officer = walk.staff("case_officer")
    colleague = network.hire("case_officer", "chu-rennes", at=walk.now)
    page = f"{walk.case.number}/suivi"
    assert browser.post(officer, page, {"to": "x"}).status_code == 200
    assert browser.post(officer, page, {"to": str(colleague.ref)}).status_code == 302
    held = Handler.objects.get(request=walk.request, until=None)
    assert held.person == colleague
    assert AuditEvent.objects.filter(action="request.assigned").count() == 1
    assert acts(officer) == []
    assert acts(colleague) == [(walk.case.number, "admit", "")]
    assert browser.get(walk.holder, page).status_code == 404
    assert browser.get(walk.staff("dpo"), page).status_code == 404


def test_a_request_handed_over_twice_has_one_holder(walk):
    walk.submit()
    officer = walk.staff("case_officer")
    colleague = network.hire("case_officer", "chu-rennes", at=walk.now)
    for to in (colleague, colleague, officer):
        assignment.hand_over(walk.request, to=to, at=timezone.now())
    assert [h.person for h in Handler.objects.filter(until=None)] == [officer]


def test_the_list_is_searched_filtered_and_never_shows_what_may_not_be_seen(walk, browser):
    officer = network.staff("case_officer", "chu-rennes", at=walk.now)
    walk.submit()
    elsewhere = walk.staff("case_officer", "chu-brest")
    number = walk.case.number
    assert number in texts(browser.get(officer, "/demandes"))
    assert number not in texts(browser.get(elsewhere, "/demandes"))
    for found in (
        {"q": "iatrogénie"},
        {"etat": "admissibility"},
        {"suivi": "moi"},
        {"retard": "on"},
    ):
        assert number in texts(browser.get(officer, "/demandes", **found)), found
    for empty in ({"q": "zèbre"}, {"etat": "committee"}, {"suivi": "personne"}, {"site": "ico"}):
        assert number not in texts(browser.get(officer, "/demandes", **empty)), empty


def test_lists_ask_as_many_queries_for_forty_requests_as_for_two(
    holder, browser, django_assert_max_num_queries
):
    def deposit(count):
        for _number in range(count):
            lately = timezone.now() - timedelta(days=40)
            last = Walk(draft(holder, ["chu-rennes"], at=lately), at=lately)
            last.submit()
            if _number % 2:
                last.admit()

    officer = network.staff("case_officer", "chu-rennes", at=timezone.now() - timedelta(days=60))
    deposit(4)
    sizes = {}
    for page in ("/travail", "/travail?acte=decider", "/demandes"):
        browser.get(officer, page)
        with django_assert_max_num_queries(25) as captured:
            browser.client.get(page)
        sizes[page] = len(captured)
    deposit(36)
    for page, before in sizes.items():
        # What is written once in a while (when one came last) is not what is compared.
        browser.client.get(page)
        with django_assert_max_num_queries(before) as captured:
            browser.client.get(page)
