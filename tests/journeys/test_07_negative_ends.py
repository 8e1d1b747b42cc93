"""Three ends that nobody hoped for: too few patients, a refusal by the CNIL, results that never
come. Each is told with its reasons, and leaves its holder something to do."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.gestures import (
    click,
    decide,
    decide_against,
    deposit,
    follow,
    join_count,
    offer_back,
    open_step,
    publish,
    say,
    submit,
    take,
    tick,
    today,
    told,
    verify_proof,
    write_plain_results,
)
from tests.journeys.walked import walk

MARION = "marion.le-gall@"
TOO_FEW = "Trois personnes dans l'entrepôt : la question ne peut pas y recevoir de réponse."
APART = "Aucun des hôpitaux sollicités ne réunit assez de patients pour cette question."
NO_CNIL = "La CNIL refuse l'autorisation : le traitement du NIR n'est pas justifié."
SCATTERED = "Entendue par téléphone : l'équipe s'est dispersée, aucun article n'est prévu."
NOTHING = "Rien n'est publié ni déposé dix-huit mois après la fin de l'accès, malgré les rappels."
SURE = "Je confirme : cette décision ne se défait pas."


@pytest.mark.sites("chu-rennes")
def test_a_study_of_three_patients_is_infeasible(portal, people):
    draft = walk(portal, "draft", days_ago=1)
    marion = people("Marion Le Gall")
    counts_three_patients(marion)
    join_count(marion, draft)
    number = deposit(marion, draft)
    claire = people("Claire Morvan")
    take(claire, number, "Déclarer recevable")
    states_it_infeasible(people("Antoine Riou"), number)
    assert "infaisable" in portal.wait_for_mail(MARION, "CHU Rennes, infaisable")
    claire.go(f"/demandes/{number}/etape/to_committee")
    expect(claire.page.get_by_role("button", name="Transmettre au comité")).to_be_disabled()
    refuses(people("François Hamon"), number, "La faisabilité (P-02)", TOO_FEW)
    assert TOO_FEW in portal.wait_for_mail(MARION, "Refusée")
    begins_again(marion)
    reader = people().go(f"/projets/{number}")
    told(reader, "La faisabilité")
    assert "Le Gall" not in reader.page.content()
    verify_proof(reader)


def counts_three_patients(marion):
    """Under eleven, the number itself is shown to nobody."""
    marion.go("/comptages/nouveau")
    say(marion, "Titre", "Première semaine de 2023, après 60 ans")
    say(marion, "Du", "2023-01-01")
    say(marion, "Au", "2023-01-07")
    say(marion, "Âge, à partir de", "60")
    hospitals = marion.page.get_by_role("group", name="Hôpitaux à interroger").locator("label")
    for box in hospitals.all():
        box.get_by_role("checkbox").set_checked(box.inner_text().strip() == "CHU Rennes")
    click(marion, "Compter")
    heard = "Tous les hôpitaux interrogés ont été entendus."
    expect(marion.page.get_by_role("status")).to_have_text(heard, timeout=60_000)
    told(marion, re.compile("moins de 11"))


def states_it_infeasible(antoine, number):
    """He says so with an article and reasons; the page wants both."""
    antoine.go(f"/demandes/{number}/dossier/data")
    told(antoine, re.compile("moins de 11"))
    antoine.go("/travail")
    follow(antoine, f"{number}, Rendre la faisabilité", exact=False)
    tick(antoine, "Infaisable")
    click(antoine, "Rendre la faisabilité")
    told(antoine, re.compile("Articles cités : Une décision négative cite au moins un article"))
    tick(antoine, "La faisabilité (P-02)")
    say(antoine, "Raisons", TOO_FEW)
    decide_against(antoine, "Rendre la faisabilité", APART)


def refuses(francois, number, article, reason):
    open_step(francois, number, "Refuser")
    tick(francois, article, SURE)
    say(francois, "Raisons", reason)
    decide_against(francois, "Refuser", APART)


def begins_again(marion):
    """A request that ended is a beginning: copied, its answers are there."""
    marion.go("/mes-demandes")
    click(marion, "Copier comme nouvelle demande", exact=False)
    told(marion, re.compile("Un nouveau brouillon reprend ces réponses"))
    told(marion, re.compile("Iatrogénie médicamenteuse"))


def test_a_refusal_by_the_cnil_is_one_of_ours_only_when_a_delegate_says_so(portal, people):
    nir = {"regulatory": {"nir": True}}
    number = walk(portal, "preparation", answers=nir, formality="CNIL", days_ago=60)
    nadia, francois = people("Nadia Belkacem"), people("François Hamon")
    take(nadia, number, "Déposer la formalité", at="CNIL")
    records_the_refusal(nadia, number)
    cannot_authorise(francois, number)
    marion = people("Marion Le Gall")
    marion.go(f"/demandes/{number}")
    told(marion, re.compile("CNIL : Défavorable"))
    refuses(francois, number, "La voie réglementaire (U-07)", NO_CNIL)
    assert NO_CNIL in portal.wait_for_mail(MARION, "Refusée")
    reader = people().go(f"/projets/{number}")
    told(reader, re.compile("Réponse défavorable"))
    told(reader, "La voie réglementaire")
    assert "Le Gall" not in reader.page.content()
    verify_proof(reader)


def records_the_refusal(nadia, number):
    open_step(nadia, number, "Enregistrer la réponse", "CNIL")
    tick(nadia, "Défavorable")
    click(nadia, "Enregistrer la réponse")
    told(nadia, re.compile("Datée du : Ce champ est obligatoire"))
    say(nadia, "Datée du", today(nadia.portal, days=-3))
    decide(nadia, "Enregistrer la réponse")


def cannot_authorise(francois, number):
    francois.go(f"/demandes/{number}/etape/authorise")
    lacking = francois.page.get_by_text("La réponse à la formalité CNIL n'est pas favorable")
    expect(lacking.filter(visible=True)).to_be_visible()
    expect(francois.page.get_by_role("button", name="Autoriser")).to_be_disabled()


def test_a_team_that_never_publishes_is_closed_in_default_then_mends(portal, people):
    number = walk(portal, "results", days_ago=1300)
    too_soon(people("François Hamon"), number)
    portal.let_pass(days=110)
    portal.wait_for_mail(MARION, "Rappel : Restitution")
    claire, francois = people("Claire Morvan"), people("François Hamon")
    hears_the_holder(claire, number)
    closes_in_default(francois, number)
    assert NOTHING in portal.wait_for_mail(MARION, "Clôturée avec manquement")
    told(people().go(f"/projets/{number}"), "Terminée sans résultats publiés")

    marion = people("Marion Le Gall")
    marion.go("/mes-demandes")
    told(marion, re.compile("Déclarer les résultats qui manquent"))
    publish(marion, number, "Iatrogénie des personnes âgées : résultats", doi="10.5555/iatros.1")
    cannot_be_mended_yet(claire, number)
    write_plain_results(marion, number, "Nous avons montré deux associations à éviter. " * 6)
    offer_back(marion, number, "Nos programmes sont au dépôt de l'équipe, sous licence ouverte.")
    take(claire, number, "Régulariser")
    reader = people().go(f"/projets/{number}")
    told(reader, "Terminée, résultats publiés")
    told(reader, re.compile("deux associations à éviter"))
    verify_proof(reader)


def too_soon(francois, number):
    """Eighteen months are eighteen months."""
    francois.go(f"/demandes/{number}/etape/close_in_default")
    lacking = francois.page.get_by_text("Pas encore : le délai de 18 mois est écoulé.")
    expect(lacking.filter(visible=True)).to_be_visible()


def hears_the_holder(claire, number):
    claire.go(f"/demandes/{number}")
    follow(claire, "Entretien avec le porteur")
    submit(claire)
    told(claire, re.compile("Ce qui s'est dit : Ce champ est obligatoire"))
    say(claire, "Ce qui s'est dit", SCATTERED)
    submit(claire)
    told(claire, "C'est noté.")


def closes_in_default(francois, number):
    open_step(francois, number, "Clôturer avec manquement")
    tick(francois, "La restitution (U-11)", SURE)
    say(francois, "Raisons", NOTHING)
    decide(francois, "Clôturer avec manquement")


def cannot_be_mended_yet(claire, number):
    claire.go(f"/demandes/{number}/etape/mend")
    lacking = claire.page.get_by_text("Il manque : le résumé des résultats en langage clair")
    expect(lacking.filter(visible=True).first).to_be_visible()
    expect(claire.page.get_by_role("button", name="Régulariser")).to_be_disabled()
