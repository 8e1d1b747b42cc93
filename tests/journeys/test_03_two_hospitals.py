"""The same thesis over two hospitals is a research, under MR-004: one of them declines, the intern
goes on without it, and it joins later by amendment. By keyboard alone, at the width of a phone."""

import re
from functools import partial

import pytest
from playwright.sync_api import expect

from projects.demonstration.walk import ANSWERS
from tests.journeys import gestures as g
from tests.journeys.hands import Keyboard
from tests.journeys.network import who_holds, who_sits
from tests.journeys.thesis import (
    DIRECTOR_NAME,
    INTEREST,
    INTERN,
    SUMMARY,
    accept_to_direct,
    invite_director,
    sign_up,
)

TITLE = "Retour à l'hôpital après une insuffisance cardiaque, à Rennes et à Orléans"
PLAIN_TITLE = "Éviter un retour à l'hôpital, à Rennes et à Orléans"
DOSSIER = {
    "project": {
        "acronym": "RETOUR-IC2",
        "plain_title": PLAIN_TITLE,
        "plain_summary": SUMMARY.replace("de notre service", "de deux hôpitaux"),
    },
    "team": ANSWERS["team"] | {"holder_status": "trainee"},
    "purpose": ANSWERS["purpose"]
    | {"public_interest": INTEREST.replace("dans notre service", "dans deux hôpitaux")},
    "protocol": ANSWERS["protocol"]
    | {"objective_primary": "Décrire les retours dans les trente jours, et les traitements."},
    "data": {code: said for code, said in ANSWERS["data"].items() if code != "cohort"}
    | {"population": "Adultes hospitalisés pour insuffisance cardiaque dans l'un des hôpitaux."},
    "regulatory": {c: said for c, said in ANSWERS["regulatory"].items() if c != "requester"},
    "calendar": ANSWERS["calendar"],
}
HOSPITALS = ("CHU Rennes", "CHR Orléans")
VARIABLES = {"PMSI": ("Diagnostic", "Date d'entrée")}
NOT_FIT = "Les comptes rendus demandés ne sont pas encore saisis sous une forme exploitable."
CONFIRM = "Je confirme : cette décision ne se défait pas."
PIECES = {
    "L'engagement de conformité du responsable": {"Numéro de déclaration": "2230001", "Date": ""},
    "L'inscription au répertoire public": {"Numéro au répertoire public": "F20261125"},
    "L'analyse d'impact (AIPD) et l'avis du DPO": {
        "Référence": "AIPD-2026-9",
        "Date": "",
        "Avis du DPO": "Favorable",
    },
    "La note d'information": {"Référence ou adresse": "https://chu-rennes.example/retour-ic2"},
}
"""What MR-004 asks, each field by its label; a date left blank is the day."""


@pytest.mark.sites("chu-rennes", "chr-orleans")
def test_one_hospital_declines_and_joins_later(portal, people):
    come = partial(people, width=390, hand=Keyboard)
    intern = come()
    sign_up(intern, portal)
    number = deposit(intern, come, portal)
    officer = instruct(come, portal, number)
    give_the_opinion(come, portal, number)

    orleans = come("Isabelle Roche")
    decline(orleans, number)
    go_on_without(intern, portal)
    delegate = come("François Hamon")
    g.agree(delegate, number)
    make_ready(come, officer, number)
    g.authorise(delegate, number)
    deliver(come("Karim Diallo"), number, "CHU Rennes")
    g.be_in_order(intern)
    portal.let_pass(days=31)
    portal.wait_for_mail(INTERN, "CHU Rennes, accès ouvert")

    join_by_amendment(come, intern, orleans, number)
    deliver(come(who_holds(portal, "data_engineer", "chr-orleans")), number, "CHR Orléans")
    see_both_open(intern, number)
    read_as_a_citizen(come(), number)


def deposit(intern, come, portal) -> str:
    """Counted in both hospitals, filled, its director invited, deposited once she accepted."""
    g.count_patients(
        intern,
        "Insuffisance cardiaque traitée, à Rennes et à Orléans",
        *HOSPITALS,
        drug="furosémide",
        Du="2019-01-01",
        Au="2023-12-31",
    )
    draft = g.new_request(intern, TITLE)
    g.fill_dossier(intern, draft, DOSSIER, HOSPITALS, VARIABLES)
    g.join_count(intern, draft)
    intern.go(f"/demandes/{draft}/verifier")
    g.told(intern, re.compile("MR-004"))
    g.told(intern, "Une personne en formation a besoin d'un directeur senior.")
    intern.check_accessible()
    intern.go(f"/demandes/{draft}/dossier/team")
    invite_director(intern)
    accept_to_direct(come(DIRECTOR_NAME), portal)
    return g.deposit(intern, draft)


def instruct(come, portal, number):
    """Feasible in both hospitals; more than one care team, so a research under MR-004."""
    g.take(come("Claire Morvan"), number, "Déclarer recevable")
    for hospital, name in (
        ("CHU Rennes", "Antoine Riou"),
        ("CHR Orléans", who_holds(portal, "methodologist", "chr-orleans")),
    ):
        g.take(come(name), number, "Rendre la faisabilité", "Faisable", at=hospital)
    g.give_dpo_opinion(come("Sophie Guillou"), number, "MR-004 convient.")
    officer = come("Nadia Belkacem")
    g.open_step(officer, number, "Fixer la voie réglementaire")
    for words in ("Recherche sur des données déjà recueillies", "MR-004"):
        g.told(officer, words)
    officer.check_accessible()
    g.decide(officer, "Fixer la voie réglementaire")
    return officer


def give_the_opinion(come, portal, number):
    """The committee sits on its day: no interest declared, a grid filled, four votes."""
    secretary = come("Lucie Perrin")
    session = g.call_session(secretary, days=14)
    g.take(come("Claire Morvan"), number, "Transmettre au comité")
    g.name_rapporteur(secretary, session, number, "Jeanne Aubert")
    portal.let_pass(days=14)
    members = who_sits(portal)[:4]
    g.open_session(secretary, session, *members)
    for name in members:
        g.declare_no_interest(come(name), session, number)
    for clause in ("U-15", "U-16"):
        g.write_finding(come("Jeanne Aubert"), session, number, clause, "Satisfaisant")
    for name in members:
        g.vote(come(name), session, number, "Favorable")
    g.sign_opinion(come("Paul Tanguy"), session, number)
    portal.wait_for_mail(INTERN, "Avis favorable")


def decline(who, number):
    """A decline without a reason of the closed list is refused; with one, it cites P-12."""
    who.go("/travail")
    g.follow(who, f"Ouvrir {number}, Donner l'accord de l'établissement")
    g.told(who, "Ce qui est demandé à")
    who.check_accessible()
    g.follow(who, "Décliner")
    g.click(who, "Décliner")
    g.refused(who, "Choisissez un motif de la liste.")
    g.refused(who, "Une décision négative cite au moins un article.")
    who.check_accessible()
    g.choose(who, "Motif propre à l'établissement", "Données non détenues ou inadaptées")
    g.tick(who, "Les motifs propres à l'établissement (P-12)")
    g.say(who, "Raisons", NOT_FIT)
    g.decide(who, "Décliner")


def go_on_without(who, portal):
    """The mail leads the holder to the act; it is confirmed, and leaves the hospital out."""
    message = portal.wait_for_mail(INTERN, "Vous pouvez continuer sans cet établissement")
    assert NOT_FIT in message
    who.page.goto(re.search(r"http\S+/continue_without/\d+", message)[0])
    who.check_accessible()
    g.click(who, "Continuer sans cet établissement")
    g.refused(who, "Cochez la case pour confirmer.")
    g.tick(who, CONFIRM)
    g.decide(who, "Continuer sans cet établissement")
    g.told(who, "Hors du périmètre")


def make_ready(come, officer, number):
    """MR-004's evidence and answer, the convention, the destination, the patients' notice."""
    today, case_officer = g.today(officer.portal), come("Claire Morvan")
    for piece, said in PIECES.items():
        filled = {label: value or today for label, value in said.items()}
        g.give_piece(officer, number, "MR-004", piece, filled)
    g.take(officer, number, "Déposer la formalité", at="MR-004")
    g.record_answer(officer, number, "MR-004", "Favorable, expressément", on=today)
    g.sign_convention(case_officer, number, "Convention d'accès", "CONV-2026-31")
    g.check_destination(case_officer, number)
    g.put_notice_online(case_officer, number, "https://chu-rennes.example/notes/retour-ic2")


def deliver(engineer, number, hospital):
    """Led from their work, the engineer launches the extraction and delivers it."""
    engineer.go("/travail")
    g.follow(engineer, f"Ouvrir {number}, Livrer les données")
    engineer.check_accessible()
    g.deliver(engineer, g.launch_extraction(engineer, number, hospital))


def join_by_amendment(come, holder, orleans, number):
    """The holder proposes it with a reason; the hospital's own people examine and accept."""
    holder.go(f"/demandes/{number}/donnees")
    g.follow(holder, "Avenants")
    g.follow(holder, "Proposer un avenant")
    g.follow(holder, "Faire entrer un établissement")
    g.click(holder, "Proposer")
    g.refused(holder, "Établissement : Ce champ est obligatoire.")
    g.tick(holder, "Centre hospitalier régional d'Orléans")
    g.say(holder, "Pourquoi ce changement", "Orléans a saisi ses comptes rendus.")
    g.click(holder, "Proposer")
    g.told(holder, "L'avenant est proposé.")
    holder.check_accessible()
    address = holder.page.url.removeprefix(holder.portal.address)
    officer = come(who_holds(holder.portal, "case_officer", "chr-orleans")).go(address)
    g.follow(officer, "Examiner l'avenant")
    g.choose(officer, "Votre réponse", "Prêt à être décidé")
    g.say(officer, "Motifs", "Comptage et fiche à jour ; l'entrepôt couvre cet usage.")
    g.click(officer, "Examiner l'avenant")
    g.told(officer, "C'est décidé.")
    orleans.go(address)
    g.follow(orleans, "Accepter l'avenant")
    orleans.check_accessible()
    g.click(orleans, "Accepter l'avenant")
    g.told(orleans, "Avenant accepté")


def see_both_open(holder, number):
    """The patients' notice has been online for its delay: the second hospital opens at once."""
    holder.portal.wait_for_mail(INTERN, "CHR Orléans, accès ouvert")
    holder.go(f"/demandes/{number}/donnees")
    for hospital in HOSPITALS:
        place = holder.page.get_by_role("region", name=hospital)
        expect(place.get_by_text("Accès ouvert")).to_be_visible()
    holder.check_accessible()


def read_as_a_citizen(reader, number):
    """The decline by its article alone, the hospital left out, then its return."""
    reader.go(f"/projets/{number}")
    for words in (
        PLAIN_TITLE,
        "CHR Orléans · Établissement hors du projet",
        "Les motifs propres à l'établissement",
        "CHR Orléans · Poursuivie sans l'établissement",
        "CNIL, MR-004 (délibération 2018-155)",
        "CHR Orléans · Établissement entré par avenant",
    ):
        g.told(reader, words)
    expect(reader.page.locator("main")).not_to_contain_text(NOT_FIT)
    reader.check_accessible()
    g.verify_proof(reader)
