"""A start-up without a local referent: refused, it appeals, finds one, and is admitted.

The account is opened by the pages; the appeal is judged by a delegate of another hospital, to whom
the director of the first one delegated that.
"""

import re

from playwright.sync_api import expect

from projects.demonstration.walk import ANSWERS
from tests.journeys.gestures import (
    CONTROLLER,
    ask_hospitals,
    click,
    decide,
    decide_against,
    fill_section,
    follow,
    new_request,
    say,
    tick,
    told,
    verify_proof,
)

ADDRESS, PASSWORD = "camille.roy@tempo.example", "une-girafe-en-automne"
NO_REFERENT = "il lui faut un référent local"
REASON = "La demande est portée hors du réseau et aucun référent local ne la cosigne."


def test_a_start_up_appeals_finds_a_referent_and_is_admitted(portal, people):
    camille, claire, francois = people(), people("Claire Morvan"), people("François Hamon")
    opens_an_account(camille, portal)
    number = deposits_under_reserve(camille)
    is_refused(francois, number)
    told_why = portal.wait_for_mail(ADDRESS, "Refusée")
    assert REASON in told_why and "recours" in told_why
    sees_why(camille, people(), number)
    appeals(camille, number)
    cannot_judge_his_own_refusal(francois, number)
    isabelle = people("Isabelle Roche")
    is_given_the_appeals(people("Gaël Simon"))
    overturns(isabelle, number)
    assert "l'examen reprend" in portal.wait_for_mail(ADDRESS, "Décision infirmée")
    invites_a_referent(camille, number)
    cosigns(people("Yann Kerbrat"), portal)
    is_admitted(claire, people(), number)


def opens_an_account(camille, portal):
    camille.go("/connexion/signup/")
    say(camille, "Prénom", "Camille")
    say(camille, "Nom", "Roy")
    say(camille, "Courriel", ADDRESS)
    for password, mistake in (("court", "trop court"), (PASSWORD, "")):
        say(camille, "Mot de passe", password)
        say(camille, "Mot de passe (confirmation)", password)
        click(camille, "Créer mon compte")
        if mistake:
            told(camille, re.compile(mistake))
    told(camille, "Vérifiez votre adresse")
    link = re.search(r"http\S+", portal.wait_for_mail(ADDRESS, "confirm-email"))[0]
    camille.go(link.removeprefix(portal.address))
    click(camille, "Oui, confirmer")
    say(camille, "Courriel", ADDRESS)
    say(camille, "Mot de passe", PASSWORD)
    click(camille, "Se connecter")
    told(camille, re.compile("Bonjour Camille Roy"))


def deposits_under_reserve(camille) -> str:
    demand = new_request(camille, "Réveils nocturnes des personnes insuffisantes cardiaques")
    purpose = {code: said for code, said in ANSWERS["purpose"].items() if code != "prohibited"}
    fill_section(camille, demand, "project", ANSWERS["project"] | {"acronym": "TEMPO"})
    fill_section(camille, demand, "purpose", purpose)
    team = {"requester_kind": "startup", "holder_status": "senior", "in_network": False}
    fill_section(camille, demand, "team", team)
    names_her_company(camille, demand)
    ask_hospitals(camille, demand, "CHU Rennes")
    camille.go(f"/demandes/{demand}/verifier")
    told(camille, re.compile(NO_REFERENT))
    tick(camille, "J’ai lu ce qui deviendra public et quand, et je le confirme.")
    click(camille, "Déposer sous réserve")
    told(camille, "Votre demande est déposée.")
    return re.search(r"\d{4}-\d{4}", camille.page.url)[0]


def names_her_company(camille, demand):
    """It is not in the list: described there, its data protection officer included."""
    camille.go(f"/demandes/{demand}/dossier/team/organismes")
    tick(camille, CONTROLLER)
    say(camille, "Nom de l'organisme", "Tempo Santé")
    click(camille, "Nommer cet organisme")
    told(camille, re.compile("Nécessaire pour un organisme hors de la liste"))
    camille.page.get_by_label("Sa nature").select_option(label="Jeune entreprise")
    say(camille, "Adresse du délégué", "dpo@tempo.example")
    click(camille, "Nommer cet organisme")
    told(camille, "L'organisme est nommé.")


def is_refused(francois, number):
    """Nothing is decided without an article, reasons and a confirmation."""
    francois.go(f"/demandes/{number}")
    follow(francois, "Refuser")
    click(francois, "Refuser")
    told(francois, re.compile("Articles cités : Une décision négative cite au moins un article"))
    told(francois, re.compile("Écrivez les raisons de cette décision"))
    tick(francois, "Un responsable identifié (U-01)")
    tick(francois, "Je confirme : cette décision ne se défait pas.")
    say(francois, "Raisons", REASON)
    decide_against(francois, "Refuser", "Personne du réseau ne cosigne celle-ci.")


def sees_why(camille, reader, number):
    """She reads the reasons, the article and the delegation; citizens, the decision alone."""
    camille.go(f"/demandes/{number}/decisions")
    told(camille, REASON)
    told(camille, re.compile("sous la délégation de signature DEMO-CHU-RENNES-01"))
    told(camille, "U-01")
    reader.go(f"/projets/{number}")
    told(reader, "Demande refusée à son arrivée")
    told(reader, "Un responsable identifié")
    seen = reader.page.content()
    assert "Roy" not in seen and "Hamon" not in seen and "Tempo" not in seen


def appeals(camille, number):
    camille.go(f"/demandes/{number}")
    follow(camille, "Former un recours")
    click(camille, "Former un recours")
    told(camille, re.compile("Écrivez les raisons"))
    said = "Un médecin du CHU de Brest est prêt à cosigner : la demande peut être examinée."
    say(camille, "Ce que vous contestez, et pourquoi", said)
    decide(camille, "Former un recours")
    told(camille, re.compile("Un délégataire qui n'a pas pris part à la décision"))


def cannot_judge_his_own_refusal(francois, number):
    francois.go("/travail")
    told(francois, "Rien ne vous attend")
    francois.go(f"/demandes/{number}")
    expect(francois.page.get_by_role("link", name=re.compile("Infirmer"))).to_have_count(0)


def is_given_the_appeals(gael):
    """The administrator copies the director's act: role, then delegation."""
    gael.go("/etablissement")
    follow(gael, "Attribuer un rôle")
    gael.page.get_by_label("Rôle", exact=True).select_option(label="Délégataire")
    for address in ("personne@demo.example", "isabelle.roche@demo.example"):
        say(gael, "Adresse électronique de la personne", address)
        click(gael, "Attribuer")
        if address.startswith("personne"):
            told(gael, re.compile("Aucun compte n'a cette adresse"))
    told(gael, "Le rôle est attribué.")
    follow(gael, "Délégations de signature")
    follow(gael, "Enregistrer une délégation")
    say(gael, "Adresse électronique du délégataire", "isabelle.roche@demo.example")
    tick(gael, "Confirmer la décision contestée", "Infirmer la décision contestée")
    say(gael, "Jusqu'au", "2028-12-31")
    say(gael, "Référence de l'acte", "DEMO-CHU-RENNES-02")
    click(gael, "Enregistrer")
    told(gael, "La délégation est enregistrée.")
    told(gael, re.compile("31 déc. 2028"))


def overturns(isabelle, number):
    """She reads what was decided and what is said against it; then the review resumes."""
    isabelle.go("/travail")
    follow(isabelle, f"{number}, Juger le recours", exact=False)
    told(isabelle, REASON)
    told(isabelle, re.compile("prêt à cosigner"))
    isabelle.go(f"/demandes/{number}")
    follow(isabelle, "Infirmer la décision", exact=False)
    say(isabelle, "Raisons", "Un référent local s'est fait connaître : l'examen reprend avec lui.")
    click(isabelle, "Infirmer la décision", exact=False)
    told(isabelle, re.compile("C'est fait : Décision infirmée, l'examen reprend"))


def invites_a_referent(camille, number):
    camille.go(f"/demandes/{number}/dossier/team")
    follow(camille, "Inviter quelqu’un")
    say(camille, "Adresse électronique", "yann.kerbrat@demo.example")
    tick(camille, "Référent local : il cosigne une demande extérieure au réseau")
    click(camille, "Envoyer l’invitation")
    told(camille, "L'invitation part à yann.kerbrat@demo.example.")


def cosigns(yann, portal):
    mail = portal.wait_for_mail("yann.kerbrat@", "vous invite")
    yann.go(re.search(r"http\S+(/invitations/\S+)", mail)[1])
    told(yann, re.compile("Accepter, c’est cosigner cette demande"))
    tick(
        yann,
        "J'ai lu la charte et je m'engage à la respecter.",
        "Je m'engage à ne jamais chercher à réidentifier une personne.",
    )
    click(yann, "Accepter et cosigner")
    told(yann, "Bienvenue dans l'équipe.")


def is_admitted(claire, reader, number):
    """No finding is asked of the case officer any more: the fact is there."""
    claire.go(f"/demandes/{number}")
    follow(claire, "Déclarer recevable")
    expect(claire.page.get_by_label("non satisfait")).to_have_count(0)
    decide(claire, "Déclarer recevable")
    reader.go(f"/projets/{number}")
    told(reader, "Mieux prévenir les accidents dus aux médicaments")
    told(reader, "Tempo Santé")
    verify_proof(reader)
