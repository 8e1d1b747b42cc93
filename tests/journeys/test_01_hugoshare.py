"""HUGOSHARE: drug iatrogenesis over six hospitals, their warehouses matched with the SNDS and the
CépiDC, from an idea to two publications that a citizen reads and verifies.

The facts are those of the public case; the CNIL's decision has a number of demonstration.
"""

import re
import subprocess
import sys
from functools import partial

import pytest
from playwright.sync_api import expect

from portal.servers.places import CHECKOUT
from tests.journeys.conftest import Someone
from tests.journeys.gestures import (
    agree,
    answer_idea,
    answer_reservation,
    authorise,
    be_in_order,
    call_session,
    certify_copies_destroyed,
    check_destination,
    check_reservation,
    click,
    close,
    count_patients,
    decide,
    declare_no_interest,
    deliver,
    demand_at,
    deposit,
    destroy_space,
    fill_dossier,
    fill_section,
    follow,
    give_dpo_opinion,
    give_piece,
    join_count,
    launch_extraction,
    name_rapporteur,
    offer_back,
    open_session,
    open_step,
    pick,
    publish,
    put_notice_online,
    qualify,
    record_answer,
    refused,
    save,
    say,
    send_idea,
    sign_convention,
    sign_opinion,
    take,
    today,
    told,
    verify_proof,
    vote,
    write_finding,
    write_plain_results,
)
from tests.journeys.hands import Keyboard
from tests.journeys.network import who_holds, who_sits

HOSPITALS = ("CHU Rennes", "CHU Brest", "CHU Nantes", "CHU Angers", "CHU Tours", "ICO")
SITES = ("chu-rennes", "chu-brest", "chu-nantes", "chu-angers", "chu-tours", "ico")
DESIGN = (
    "Cohorte rétrospective multicentrique ; appariement indirect avec le SNDS et le CépiDC ; "
    "modèles de survie."
)
DOSSIER = {
    "project": {
        "title": "HUGOSHARE : iatrogénie médicamenteuse et parcours de soins, entrepôts de six "
        "hôpitaux rapprochés du SNDS et du CépiDC",
        "acronym": "HUGOSHARE",
        "plain_title": "Comprendre les accidents dus aux médicaments",
        "plain_summary": "Certains médicaments pris ensemble provoquent des accidents que l'on "
        "pourrait éviter. Nous suivons environ 420 000 patients de six hôpitaux de l'Ouest, avant "
        "et après leur hospitalisation, pour savoir quels traitements les y ont menés. Personne "
        "n'est reconnaissable dans ces données.",
        "keywords": "iatrogénie, SNDS, CépiDC",
    },
    "team": {"requester_kind": "academic", "holder_status": "senior", "in_network": True},
    "purpose": {
        "purpose": "research",
        "prohibited": [],
        "prohibited_answered": True,
        "public_interest": "Chaque année, des milliers de personnes sont hospitalisées à cause "
        "d'un médicament ou de plusieurs pris ensemble. Rapprocher ce que les hôpitaux savent de "
        "ce qui est remboursé en ville et des causes de décès permettra de repérer ces accidents "
        "plus tôt, d'alerter ceux qui prescrivent et d'en éviter une partie. Les résultats, "
        "positifs ou non, seront publiés et résumés pour les patients.",
    },
    "protocol": {
        "objective_primary": "Décrire les parcours de soins qui mènent à un accident "
        "médicamenteux hospitalisé, et ce qui les suit.",
        "design": DESIGN,
        "protocol_version": "1.0",
    },
    "data": {
        "population": "Adultes hospitalisés dans l'un des six hôpitaux et traités par "
        "anticoagulant.",
        "period_start": "2019-01-01",
        "period_end": "2023-12-31",
        "delivery_kind": "pseudonymised",
        "delivery_reason": "Un parcours se lit dans la suite des actes de chaque personne : des "
        "tableaux ne le permettent pas.",
        "true_dates": False,
        "destination": "national_hub",
    },
    "regulatory": {
        "intervention": "none",
        "data_of_own_patients": False,
        "snds_main_base": True,
        "matched": True,
        "aipd_done": True,
    },
    "calendar": {
        "funder": "Appel à projets de la plateforme nationale",
        "partner": "Aucun",
        "fee_basis": "none",
        "fee": "0",
        "access_months": 12,
        "expected_results": "Deux articles et un outil d'alerte pour les prescripteurs.",
    },
}
VARIABLES = {
    "PMSI": ("Sexe", "Année de naissance", "Date d'entrée", "Diagnostic"),
    "Prescriptions et administrations": ("Médicament", "Début du traitement"),
}
QUESTION = (
    "Quels accidents dus aux médicaments mènent à l'hôpital ? Six hôpitaux de l'Ouest, leurs "
    "entrepôts rapprochés des remboursements et des causes de décès."
)
RESERVATION = "Dire aux patients de l'ICO que leurs données seront rapprochées du SNDS."
FOUND = (
    "Nous avons suivi les traitements de patients de six hôpitaux. Deux associations de "
    "médicaments expliquent une grande part des accidents qui les y ont menés. Une alerte au "
    "moment de prescrire en éviterait la plupart ; les équipes l'essaient maintenant."
)
CNIL_DEMO = "DR-2027-000"
"""No decision of the CNIL has this number: it is the demonstration's, and its reference says so."""
LATE = "chu-tours"

EVERYONE = pytest.mark.sites(*SITES)


WITH = {"by mouse": {}, "by keyboard at 390 px": {"width": 390, "hand": Keyboard}}


@EVERYONE
@pytest.mark.parametrize("way", WITH)
def test_hugoshare_from_an_idea_to_what_citizens_read(portal, people, way):
    come = partial(people, **WITH[way])
    marion, claire = come("Marion Le Gall"), come("Claire Morvan")
    number = _deposited(marion, claire)
    _returned_once_then_admitted(number, marion, claire)
    be_in_order(marion)
    for who, pages in (
        (marion, ("/mes-demandes", f"/demandes/{number}", f"/demandes/{number}/echanges")),
        (claire, ("/travail", f"/demandes/{number}", f"/demandes/{number}/decisions")),
    ):
        for page in pages:
            who.go(page).check_accessible()
    _instructed(number, portal, come)
    _reserved_then_lifted(number, portal, come)
    _prepared_but_for_one_hospital(number, portal, come)
    _escalated_then_authorised(number, portal, come)
    _delivered_and_opened(number, portal, come)
    _ended_and_closed(number, portal, come)
    _read_and_verified(number, portal, come)


def _deposited(marion: Someone, claire: Someone) -> str:
    """An idea, answered, counted, becomes a draft, then a request with a number."""
    idea = send_idea(marion, "Accidents dus aux médicaments", QUESTION, "CHU Rennes")
    answer_idea(claire, idea, "Les données existent dans les six hôpitaux. Comptez d'abord.")
    marion.portal.wait_for_mail("marion.le-gall@demo.example", "Comptez d'abord.")
    count_patients(
        marion,
        "Adultes sous anticoagulant",
        *HOSPITALS,
        drug="apixaban",
        **{"Du": "2019-01-01", "Au": "2023-12-31", "Âge, à partir de": "18"},
    )
    told(marion, re.compile(r"dans 6 hôpitaux"))
    marion.go(idea)
    click(marion, "En faire une demande")
    draft = demand_at(marion)
    told(marion, "rien n'est à retaper")

    marion.go(f"/demandes/{draft}/verifier")
    told(marion, "Il manque 3 choses.")
    fill_section(marion, draft, "calendar", {"fee": "beaucoup"}, saved=False)
    told(marion, "Tout n’est pas encore enregistré")
    fill_dossier(marion, draft, DOSSIER, HOSPITALS, VARIABLES)
    join_count(marion, draft)
    marion.go(f"/demandes/{draft}/verifier")
    told(marion, "Recherche sur des données déjà recueillies, sans rien demander aux personnes")
    told(marion, "Autorisation de la CNIL, propre à ce projet")
    click(marion, "Déposer")
    refused(marion, "Confirmez que vous avez lu ce qui deviendra public.")
    number = deposit(marion, draft)
    assert re.fullmatch(r"\d{4}-0001", number)
    told(marion, "Rien n’est accordé par le silence.")
    return number


def _returned_once_then_admitted(number: str, marion: Someone, claire: Someone) -> None:
    claire.go("/travail")
    follow(claire, f"Ouvrir {number}, Déclarer recevable")
    open_step(claire, number, "Renvoyer pour compléments")
    say(claire, "Ce que vous demandez (point 1)", "Dites qui détient la clé de l'appariement.")
    click(claire, "Renvoyer pour compléments")
    refused(claire, "Choisissez la section de ce point.")
    pick(claire, "Section (point 1)", "Protocole et plan statistique")
    decide(claire, "Renvoyer pour compléments")

    marion.portal.wait_for_mail("marion.le-gall@demo.example", "qui détient la clé")
    marion.go("/mes-demandes")
    told(marion, "Répondre aux points demandés")
    marion.go(f"/demandes/{number}/dossier/protocol")
    told(marion, "Dites qui détient la clé de l'appariement.")
    say(marion, "Ce que vous avez changé, ou pourquoi rien n’a changé", "Le tiers de confiance.")
    say(marion, "Schéma de l'étude et méthode", f"{DESIGN} Un tiers de confiance tient la clé.")
    save(marion)
    take(marion, number, "Renvoyer complété")

    claire.go(f"/demandes/{number}")
    told(claire, "Modifiée depuis le renvoi")
    take(claire, number, "Déclarer recevable")
    marion.portal.wait_for_mail("marion.le-gall@demo.example", "Recevable")


def _instructed(number: str, portal, people) -> None:
    """Feasibility at each hospital, beside the route: RNIPH, authorised by the CNIL."""
    for site, hospital in zip(SITES, HOSPITALS, strict=True):
        methodologist = people(who_holds(portal, "methodologist", site))
        take(methodologist, number, "Rendre la faisabilité", "Faisable", at=hospital)
    give_dpo_opinion(people("Sophie Guillou"), number, "Données du SNDS rapprochées : la CNIL.")
    nadia = people("Nadia Belkacem")
    qualify(nadia, number, "Accord de consortium")
    check_destination(nadia, number)
    put_notice_online(nadia, number, "https://hugoshare.demo.example/information")


def _reserved_then_lifted(number: str, portal, people) -> None:
    secretary = people("Lucie Perrin")
    session = call_session(secretary, days=14)
    take(people("Claire Morvan"), number, "Transmettre au comité")
    name_rapporteur(secretary, session, number, "Jeanne Aubert")

    portal.let_pass(days=14)
    members = who_sits(portal)[:4]
    open_session(people("Lucie Perrin"), session, *members)
    sitting = {name: people(name) for name in members}
    jeanne, chair = sitting["Jeanne Aubert"], sitting["Paul Tanguy"]
    for member in sitting.values():
        declare_no_interest(member, session, number)
    write_finding(jeanne, session, number, "U-15", "Satisfaisant avec réserves")
    write_finding(jeanne, session, number, "U-16", "Satisfaisant")
    for member in sitting.values():
        vote(member, session, number, "Favorable avec réserves")
    sign_opinion(chair, session, number, reservations=RESERVATION)
    portal.wait_for_mail("marion.le-gall@demo.example", "Avis favorable avec réserves")
    marion = people("Marion Le Gall")
    answer_reservation(marion, number, 1, "Nous y tenons compte au mieux.")
    why = "Le protocole ne dit pas encore comment."
    check_reservation(jeanne, number, 1, "La réponse ne suffit pas", why)
    portal.wait_for_mail("marion.le-gall@demo.example", why)
    answer_reservation(marion, number, 1, "Le plan d'analyse le dit, page 12.")
    check_reservation(jeanne, number, 1, "La réserve est levée", "Page 12, relue.")
    take(jeanne, number, "Lever les réserves")


def _prepared_but_for_one_hospital(number: str, portal, people) -> None:
    """Agreements beside formalities and conventions; the hospital of Tours does not answer."""
    for site in SITES:
        if site != LATE:
            agree(people(who_holds(portal, "delegate", site)), number)
    nadia = people("Nadia Belkacem")
    opinion = {"Référence": "Avis de démonstration", "Date": today(portal)}
    opinion["Avis"] = "Favorable, expressément"
    give_piece(nadia, number, "CNIL", "L'avis du CESREES", opinion)
    take(nadia, number, "Déposer la formalité", at="CNIL")
    for convention in ("Convention d'accès", "Accord de consortium"):
        sign_convention(nadia, number, convention, "Convention de démonstration")


def _escalated_then_authorised(number: str, portal, people) -> None:
    portal.let_pass(days=75)
    late = "Le délai est dépassé de dix jours ouvrés."
    assert "CHU Tours" in portal.wait_for_mail("elise.fontaine@demo.example", late)
    claire = people("Claire Morvan").go("/travail?acte=relances")
    told(claire, "Délégataire, CHU Tours")
    marion = people("Marion Le Gall").go(f"/demandes/{number}")
    told(marion, "Continuer sans cet établissement : CHU Tours")
    francois = people("François Hamon")
    francois.go(f"/demandes/{number}")
    told(francois, "l'accord de l'établissement. Établissements concernés : CHU Tours.")

    agree(people(who_holds(portal, "delegate", LATE)), number)
    nadia, day = people("Nadia Belkacem"), today(portal)
    open_step(nadia, number, "Enregistrer la réponse", "CNIL")
    follow(nadia, "La décision de la CNIL", exact=False)
    say(nadia, "Numéro de la décision", "une décision")
    click(nadia, "Enregistrer la pièce")
    refused(nadia, "Cette réponse n'a pas la bonne forme.")
    decision = {"Numéro de la décision": CNIL_DEMO, "Date": day}
    give_piece(nadia, number, "CNIL", "La décision de la CNIL", decision, filed=True)
    record_answer(
        nadia,
        number,
        "CNIL",
        "Favorable, expressément",
        on=day,
        reference="Numéro de démonstration, d'aucune décision réelle",
    )
    open_step(francois, number, "Autoriser")
    click(francois, "Autoriser")
    refused(francois, "Cochez la case pour confirmer.")
    authorise(francois, number)
    portal.wait_for_mail("marion.le-gall@demo.example", "Autorisée")


def _delivered_and_opened(number: str, portal, people) -> None:
    """Each hospital extracts from its own queue; the access opens when the sixth delivered."""
    orders = []
    for site, hospital in zip(SITES, HOSPITALS, strict=True):
        engineer = people(who_holds(portal, "data_engineer", site))
        orders.append((engineer, launch_extraction(engineer, number, hospital)))
    for engineer, extraction in orders:
        deliver(engineer, extraction)
    portal.run("projects.tasks.sweep_accesses")
    marion = people("Marion Le Gall").go(f"/demandes/{number}/donnees")
    opened = marion.page.get_by_role("cell").filter(has_text=re.compile(r"Ouvert\s+depuis"))
    expect(opened).to_have_count(len(SITES))


def _ended_and_closed(number: str, portal, people) -> None:
    portal.let_pass(days=370)
    marion = people("Marion Le Gall").go("/mes-demandes")
    told(marion, "Publier et déclarer les résultats")
    for site, hospital in zip(SITES, HOSPITALS, strict=True):
        engineer = people(who_holds(portal, "data_engineer", site))
        if site == SITES[0]:
            certify_copies_destroyed(engineer, number, hospital, f"PV de démonstration, {hospital}")
        else:
            destroy_space(engineer, number, hospital)
    publish(marion, number, "HUGOSHARE : parcours et accidents", doi="10.5555/hugoshare.1")
    publish(marion, number, "HUGOSHARE : une alerte", doi="10.5555/hugoshare.2")
    claire = people("Claire Morvan")
    claire.go(f"/demandes/{number}")
    told(claire, "le résumé des résultats en langage clair")
    write_plain_results(marion, number, FOUND)
    offer_back(marion, number, "Nos programmes sont au dépôt de l'équipe, sous licence ouverte.")
    close(claire, number)


def _read_and_verified(number: str, portal, people) -> None:
    citizen = people().go("/projets")
    say(citizen, "Mots cherchés", "ACCIDENTS MEDICAMENTS")
    click(citizen, "Chercher")
    follow(citizen, DOSSIER["project"]["plain_title"])
    told(citizen, "Terminée, résultats publiés")
    told(citizen, FOUND)
    told(citizen, "HUGOSHARE : une alerte")
    citizen.check_accessible()
    verify_proof(citizen)
    assert citizen.page.context.cookies() == []
    program = CHECKOUT / "docs" / "verify" / "verify_ledger.py"
    done = subprocess.run(
        [sys.executable, program, f"{portal.address}/ledger"],
        env=portal.environment(),  # it reads its date where the witnesses do
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "is whole" in done.stdout) == (0, True), done.stdout + done.stderr
