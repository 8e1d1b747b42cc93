"""A clinical research assistant tries to hold a request: a person answers, a senior takes it over.

The machine alone turns nobody away: it says what it sees, and the case officer decides.
"""

import re

from playwright.sync_api import expect

from projects.demonstration.walk import ANSWERS
from tests.journeys.gestures import (
    CONTROLLER,
    CONTROLLERS,
    ask_hospitals,
    choose,
    click,
    decide,
    fill_section,
    follow,
    name_organisation,
    new_request,
    save,
    say,
    tick,
    told,
    verify_proof,
)

CANNOT_HOLD = "Un ARC ou un TEC peut rédiger la demande, mais pas la porter."
POINT = "Une personne en poste doit porter cette demande : invitez-la, vous resterez rédacteur."
PUBLIC = "J’ai lu ce qui deviendra public et quand, et je le confirme."


def test_an_arc_writes_and_a_senior_holds(portal, people):
    asks_before_any_account(people())
    hugo = people("Hugo Bernard")
    number = deposits_under_reserve(hugo)
    claire = people("Claire Morvan")
    finds_that_an_arc_cannot_hold(claire, number)
    returns_it(claire, number)
    assert POINT in portal.wait_for_mail("hugo.bernard@", "Compléments demandés")
    hands_it_over(hugo, number)
    invited = portal.wait_for_mail("marion.le-gall@", "Hugo Bernard vous invite")
    marion = people("Marion Le Gall")
    takes_it_over(marion, re.search(r"http\S+(/invitations/\S+)", invited)[1], number)
    hugo.go(f"/demandes/{number}")
    told(hugo, "Le porteur")
    answers_for_herself(marion, number)
    is_admitted(claire, people(), number)


def asks_before_any_account(reader):
    reader.go("/demander/puis-je")
    choose(reader, "Où travaillez-vous ?", "Dans l’un des hôpitaux du réseau")
    click(reader, "Voir la réponse")
    told(reader, "Il manque une réponse")
    choose(reader, "Quelle est votre situation ?", "Attaché ou technicien de recherche clinique")
    choose(reader, "À quoi serviront les données ?", "À une recherche, une thèse, une étude")
    click(reader, "Voir la réponse")
    told(reader, "Vous pouvez rédiger la demande, pas la porter.")


def deposits_under_reserve(hugo) -> str:
    """He fills what a deposit needs, reads the reserve, and deposits all the same."""
    demand = new_request(hugo, "Iatrogénie médicamenteuse des personnes âgées")
    purpose = {code: said for code, said in ANSWERS["purpose"].items() if code != "prohibited"}
    fill_section(hugo, demand, "project", ANSWERS["project"])
    fill_section(hugo, demand, "purpose", purpose)
    hugo.go(f"/demandes/{demand}/verifier")
    told(hugo, "Il manque")
    expect(hugo.page.get_by_role("button", name="Déposer")).to_be_disabled()
    team = {"requester_kind": "academic", "holder_status": "research_staff", "in_network": True}
    fill_section(hugo, demand, "team", team)
    name_organisation(hugo, demand, CONTROLLERS["CHU Rennes"], CONTROLLER)
    ask_hospitals(hugo, demand, "CHU Rennes")
    hugo.go(f"/demandes/{demand}/verifier")
    told(hugo, re.compile(re.escape(CANNOT_HOLD)))
    click(hugo, "Déposer sous réserve")
    told(hugo, "Confirmez que vous avez lu ce qui deviendra public.")
    tick(hugo, PUBLIC)
    click(hugo, "Déposer sous réserve")
    told(hugo, "Votre demande est déposée.")
    told(hugo, "Déposée sous réserve")
    return re.search(r"\d{4}-\d{4}", hugo.page.url)[0]


def finds_that_an_arc_cannot_hold(claire, number):
    """Work awaits her; whatever she finds, the step cannot be taken against the charter."""
    claire.go("/travail")
    follow(claire, f"{number}, Déclarer recevable", exact=False)
    told(claire, re.compile(re.escape(CANNOT_HOLD)))
    click(claire, "Déclarer recevable")
    told(claire, re.compile("Dites ce que vous constatez"))
    tick(claire, "non satisfait")
    click(claire, "Déclarer recevable")
    told(claire, "Rien n’a été décidé")
    told(claire, re.compile("Désignez comme porteur un professionnel senior"))


def returns_it(claire, number):
    claire.go(f"/demandes/{number}")
    follow(claire, "Renvoyer pour compléments")
    say(claire, "Ce que vous demandez (point 1)", POINT)
    click(claire, "Renvoyer pour compléments")
    told(claire, "Choisissez la section de ce point.")
    section = claire.page.get_by_label("Section (point 1)")
    section.select_option(label="Porteur, organismes et équipe")
    decide(claire, "Renvoyer pour compléments")


def hands_it_over(hugo, number):
    """The point is beside the section it is about; there he invites who will hold."""
    hugo.go(f"/demandes/{number}/dossier/team")
    told(hugo, POINT)
    click(hugo, "Inviter quelqu’un")
    hugo.page.get_by_label("Adresse électronique").fill("marion le gall")
    tick(hugo, "Porteur : il prend votre place, et vous restez rédacteur")
    click(hugo, "Envoyer l’invitation")
    expect(hugo.page.get_by_label("Adresse électronique")).to_have_attribute("aria-invalid", "true")
    hugo.page.get_by_label("Adresse électronique").fill("marion.le-gall@demo.example")
    click(hugo, "Envoyer l’invitation")
    told(hugo, "L'invitation part à marion.le-gall@demo.example.")


def takes_it_over(marion, link, number):
    marion.go(link)
    told(marion, "Accepter, c’est porter cette demande et en répondre")
    click(marion, "Accepter ma place")
    told(marion, "Il manque quelque chose pour accepter")
    tick(
        marion,
        "J'ai lu la charte et je m'engage à la respecter.",
        "Je m'engage à ne jamais chercher à réidentifier une personne.",
    )
    click(marion, "Accepter ma place")
    told(marion, "Bienvenue dans l'équipe.")
    assert number in marion.page.url


def answers_for_herself(marion, number):
    """What was said of him is asked again of her; then she sends the request back."""
    marion.go(f"/demandes/{number}/dossier/team")
    choose(marion, "Le porteur est", "un professionnel senior (médecin, chercheur, cadre)")
    choose(marion, "Il exerce dans un établissement du réseau", "Oui")
    answer = "Ce que vous avez changé, ou pourquoi rien n’a changé"
    say(marion, answer, "Je porte cette demande ; Hugo Bernard la rédige avec moi.")
    save(marion)
    marion.go(f"/demandes/{number}")
    follow(marion, "Renvoyer complété")
    decide(marion, "Renvoyer complété")


def is_admitted(claire, reader, number):
    claire.go(f"/demandes/{number}")
    follow(claire, "Déclarer recevable")
    decide(claire, "Déclarer recevable")
    reader.go(f"/projets/{number}")
    told(reader, "Mieux prévenir les accidents dus aux médicaments")
    told(reader, "Recevable")
    assert "Bernard" not in reader.page.content()
    verify_proof(reader)
