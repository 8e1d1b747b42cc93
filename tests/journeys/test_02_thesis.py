"""A thesis on the files of the department that cares for the patients: an intern, new to the
portal, answers for it under a senior doctor; the chair of the committee gives the opinion alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import gestures as g
from tests.journeys.thesis import (
    DIRECTOR_NAME,
    INTEREST,
    INTERN,
    INTERN_NAME,
    SUMMARY,
    accept_to_direct,
    invite_director,
    sign_up,
)

IDEA = "Retour à l’hôpital après une insuffisance cardiaque"
QUESTION = (
    "Parmi les patients de notre service hospitalisés pour insuffisance cardiaque depuis 2019, "
    "combien reviennent dans les trente jours, et avec quels traitements de sortie ?"
)
PLAIN_TITLE = "Éviter un retour à l'hôpital après une sortie"
THESIS = "Retours précoces après une insuffisance cardiaque : thèse d'exercice"
SHOWN = (
    "Les patients sortis avec un traitement complet reviennent deux fois moins souvent dans le "
    "mois. Une liste simple, vérifiée avant la sortie, suffit ; le service l'utilise depuis, et "
    "l'a donnée à deux autres services de l'hôpital."
)


def propose_an_idea(intern, officer, portal) -> str:
    """The idea is sent, answered by a named person, and becomes a draft; return its place."""
    g.follow(intern, "Proposer une idée")
    g.click(intern, "Envoyer mon idée")
    g.told(intern, "L’idée n’est pas encore envoyée")
    address = g.send_idea(intern, IDEA, QUESTION, "CHU Rennes")
    g.told(intern, "Le centre de données (CHU Rennes)")
    officer.go("/travail")
    g.follow(officer, "Répondre à la plus urgente")
    g.answer_idea(officer, address, "Oui : comptez d'abord, puis invitez votre directeur de thèse.")
    message = portal.wait_for_mail(INTERN, "Claire Morvan a répondu à votre idée.")
    assert "invitez votre directeur" in message
    intern.page.goto(re.search(r"http\S+/idees/\d+", message)[0])
    g.click(intern, "En faire une demande")
    g.told(intern, "rien n'est à retaper")
    expect(intern.page.get_by_role("heading", level=1)).to_have_text(IDEA)
    return g.demand_at(intern)


def onward(who, heading: str):
    """Save the section and go on to the next one."""
    g.click(who, "Enregistrer et continuer", exact=False)
    expect(who.page.get_by_role("heading", level=1)).to_have_text(heading)


def describe_the_project(who):
    g.follow(who, "Continuer : Le projet")
    g.say(who, "Titre en mots simples", "Revenir")
    g.click(who, "Enregistrer")
    g.told(who, "Il manque 3 caractères au moins.")
    g.say(who, "Titre en mots simples", PLAIN_TITLE)
    g.say(who, "Résumé en mots simples", SUMMARY)
    g.say(who, "Acronyme", "RETOUR-IC")
    onward(who, "Porteur, organismes et équipe")


def name_the_team(who, demand):
    g.choose(who, "Vous demandez au titre", "d'un établissement de santé ou de recherche")
    g.choose(who, "Le porteur est", "un interne ou un étudiant")
    g.choose(who, "Il exerce dans un établissement du réseau", "Oui")
    g.click(who, "Nommer un organisme")
    g.name_organisation(who, demand, g.CONTROLLERS["CHU Rennes"], g.CONTROLLER)
    invite_director(who)
    onward(who, "Finalité et intérêt public")


def state_the_purpose(who):
    g.choose(who, "Finalité principale", "Recherche")
    g.choose(who, "J'ai lu la liste et répondu sincèrement", "Oui")
    g.say(who, "Intérêt public", INTEREST)
    onward(who, "Protocole et plan statistique")


def write_the_protocol(who):
    g.say(
        who,
        "Schéma de l'étude et méthode",
        "Cohorte rétrospective sur les dossiers du service, régression logistique, plan en annexe.",
    )
    g.say(who, "Version du protocole", "1.0")
    g.click(who, "Joindre : Protocole", exact=False)
    send_paper(who, "protocole.pdf", b"MZ\x90\x00 un programme, pas un document")
    g.told(who, "Seuls les fichiers PDF, Word (.docx) et OpenDocument (.odt) sont lus.")
    send_paper(who, "protocole.pdf", g.PDF)
    g.told(who, "Le document est enregistré.")
    g.click(who, "Joindre : Plan", exact=False)
    send_paper(who, "plan.pdf", g.PDF)
    g.told(who, "Le document est enregistré.")
    onward(who, "Population, période et variables")


def send_paper(who, name: str, content: bytes):
    who.page.get_by_label("Fichier").set_input_files(
        {"name": name, "mimeType": "application/pdf", "buffer": content}
    )
    g.say(who, "Version", "1.0")
    g.click(who, "Enregistrer le document")


def count_patients(who, demand):
    """Build the cohort on screen; the hospital's own program answers in seconds."""
    g.click(who, "Compter des patients")
    g.follow(who, "Nouveau comptage")
    g.say(who, "Titre", "Insuffisance cardiaque au CHU de Rennes")
    g.say(who, "Du", "2023-12-31")
    g.say(who, "Au", "2019-01-01")
    g.click(who, "Un diagnostic")
    g.say(who, "Ou des codes que vous connaissez", "I50.*")
    g.click(who, "Ajouter ce critère")
    for box in who.page.get_by_role("group", name="Hôpitaux à interroger").locator("label").all():
        box.get_by_role("checkbox").set_checked(box.inner_text().strip() == "CHU Rennes")
    g.click(who, "Compter")
    g.told(who, "À corriger")
    g.say(who, "Du", "2019-01-01")
    g.say(who, "Au", "2023-12-31")
    g.click(who, "Compter")
    expect(who.page.get_by_role("status")).to_have_text(
        "Tous les hôpitaux interrogés ont été entendus.", timeout=60_000
    )
    g.join_count(who, demand)


def choose_the_data(who):
    g.say(
        who, "Population étudiée", "Patients du service hospitalisés pour insuffisance cardiaque."
    )
    g.say(who, "Début de la période", "2019-01-01")
    g.say(who, "Fin de la période", "2023-12-31")
    g.choose(who, "Ce qui est livré", "Des données individuelles pseudonymisées")
    g.choose(who, "Où les données seront-elles utilisées ?", "L'espace sécurisé de l'établissement")
    g.click(who, "Enregistrer")
    g.told(who, "Enregistré.")
    reason = "Le retour se lit dans la suite des séjours de chaque personne, pas dans un tableau."
    g.say(who, "Pourquoi des agrégats ne suffisent pas", reason)
    g.click(who, "Choisir les variables et dire pourquoi")
    g.say(who, "Chercher une variable", "séjour")
    g.click(who, "Chercher")
    who.page.get_by_label("Nature du séjour").check()
    who.page.get_by_label("Diagnostic").check()
    g.click(who, "Ajouter les variables cochées")
    g.told(who, "Variables ajoutées : 2.")
    for name in ("Diagnostic", "Nature du séjour"):
        g.say(who, f"Pourquoi « {name} » ?", "Reconnaître les séjours et les retours étudiés.")
        card = who.page.get_by_role("region", name=name)
        card.get_by_label("L'objectif principal").check()
    g.click(who, "Enregistrer et revenir à la section")
    onward(who, "Établissements sollicités")
    expect(who.page.get_by_label("CHU Rennes", exact=True)).to_be_checked()
    g.told(who, "2 de vos 2 variables")
    onward(who, "Questions réglementaires")


def answer_the_regulatory_questions(who):
    """Only the questions that matter are asked, and the route is computed as one answers."""
    asked = "Fait-on ou demande-t-on quelque chose à des personnes pour cette étude ?"
    g.choose(who, asked, "Non : on réutilise des données déjà là")
    g.click(who, "Enregistrer")
    for question in (
        "Les données sont-elles celles des patients que suit l'équipe, et d'eux seuls ?",
        "Le travail est-il fait par les soignants de ces patients ?",
        "Seule cette équipe utilise-t-elle les données ?",
    ):
        g.choose(who, question, "Oui")
    for question in (
        "Utilise-t-on la base principale du SNDS ?",
        "Rapproche-t-on, personne par personne, des données de sources différentes ?",
        "Traite-t-on le numéro de sécurité sociale (NIR) ?",
        "Des données vont-elles hors de l'Union européenne ?",
    ):
        g.choose(who, question, "Non")
    g.click(who, "Enregistrer")
    g.told(who, "Étude interne, par l’équipe qui soigne ces personnes")
    g.told(who, "Aucune formalité auprès de la CNIL")
    onward(who, "Financement, partenaires et calendrier")


def plan_the_calendar(who):
    g.say(who, "Financeur", "Aucun")
    g.say(who, "Partenaire industriel", "Aucun")
    g.choose(who, "Ce que paie la contribution aux frais", "Rien : aucune contribution")
    g.say(who, "Montant de la contribution, en euros", "zéro")
    g.say(who, "Durée d'accès demandée, en mois", "48")
    g.say(who, "Résultats attendus et leur diffusion", "Une thèse d'exercice et un article.")
    g.click(who, "Enregistrer et vérifier avant dépôt")
    g.told(who, "Donnez un montant, comme 1500.")
    g.told(who, "Donnez un nombre de 1 à 36.")
    g.say(who, "Montant de la contribution, en euros", "0")
    g.say(who, "Durée d'accès demandée, en mois", "18")
    g.click(who, "Enregistrer et vérifier avant dépôt")
    g.told(who, "Une personne en formation a besoin d'un directeur senior.")
    expect(who.page.get_by_role("button", name="Déposer sous réserve")).to_be_visible()


def open_work(who):
    """Open the first thing that waits on *Mon travail*."""
    who.go("/travail")
    who.page.get_by_role("link", name=re.compile("^Ouvrir")).click()


def state_feasibility(who):
    open_work(who)
    g.click(who, "Rendre la faisabilité")
    g.told(who, "Choisissez une réponse.")
    g.choose(who, "Votre réponse", "Faisable")
    g.say(who, "Travail prévu chez vous, en heures", "3")
    g.decide(who, "Rendre la faisabilité")


def give_the_dpo_opinion(who):
    open_work(who)
    g.choose(who, "La voie calculée vous convient-elle ?", "Oui")
    g.say(who, "Votre avis écrit", "Étude au sein de l'équipe de soins : la voie convient.")
    g.click(who, "Enregistrer")
    g.told(who, "C'est noté.")


def fix_the_route(who):
    """The officer follows the computed route; nothing leaves the team, so no convention."""
    open_work(who)
    who.page.get_by_label("Convention d'accès", exact=True).uncheck()
    g.decide(who, "Fixer la voie réglementaire")


def call_a_session(who, portal):
    who.go("/seances")
    g.follow(who, "Convoquer une séance")
    g.say(who, "Jour de la séance", g.today(portal, days=21))
    g.say(who, "Dernier jour pour s'y inscrire", g.today(portal, days=30))
    g.say(who, "Lieu", "Visioconférence")
    g.click(who, "Convoquer")
    g.told(who, "Les dépôts se ferment avant le début de la séance.")
    g.say(who, "Dernier jour pour s'y inscrire", g.today(portal, days=14))
    g.click(who, "Convoquer")
    g.told(who, "La séance est convoquée")


def give_the_opinion_alone(chair):
    """Under the committee's standing delegation its chair writes both findings and signs."""
    open_work(chair)
    g.click(chair, "Prendre la voie rapide")
    g.told(chair, "Voie rapide : avis du président seul")
    g.choose(chair, "Mon lien avec ce dossier", "Aucun lien d'intérêts")
    g.click(chair, "Déclarer")
    for clause in ("U-15", "U-16"):
        g.follow(chair, f"Écrire le constat {clause}")
        g.tick(chair, "Satisfaisant")
        g.click(chair, "Enregistrer le constat")
        g.told(chair, "Ce champ est obligatoire.")
        g.say(
            chair, "Raisons", "Question simple, méthode courante, risque faible pour les personnes."
        )
        g.click(chair, "Enregistrer le constat")
    g.follow(chair, "Rendre l’avis")
    g.tick(chair, "Favorable")
    g.click(chair, "Signer l’avis")
    g.told(chair, "L'avis est rendu et envoyé.")


PIECES = {
    "L'inscription au registre des traitements": ("Référence au registre", "REG-2026-118"),
    "La liste de l'équipe de soins": ("Référence de la liste", "SERVICE-CARDIO-7"),
    "L'information des patients": ("Référence de la note", "NOTE-12"),
}


def show_the_evidence(who, portal):
    """No formality outside the hospital: its register, the care team's list, the notice."""
    for piece, (label, reference) in PIECES.items():
        open_work(who)
        g.follow(who, piece)
        g.say(who, label, reference)
        g.click(who, "Enregistrer la pièce")
        if "registre" in piece:
            g.told(who, "Date : Ce champ est obligatoire.")
            g.say(who, "Date", g.today(portal))
            g.click(who, "Enregistrer la pièce")
        g.told(who, "La pièce est enregistrée.")
    open_work(who)
    g.decide(who, "Constater que les pièces sont réunies")


def authorise(delegate):
    open_work(delegate)
    g.click(delegate, "Autoriser")
    g.told(delegate, "Cochez la case pour confirmer.")
    g.tick(delegate, "Je confirme : cette décision ne se défait pas.")
    g.decide(delegate, "Autoriser")


def extract_and_deliver(engineer):
    """The site's own program works on its warehouse; its progress is seen live."""
    open_work(engineer)
    g.follow(engineer, "Préparer", exact=False)
    g.told(engineer, "Ce qui sera extrait, et rien d’autre")
    g.click(engineer, "Lancer l’extraction")
    done = engineer.page.get_by_text("Terminée, manifeste vérifié").first
    expect(done).to_be_visible(timeout=60_000)
    for checked in ("Aucun identifiant dans les fichiers", "Personnes opposées absentes"):
        g.told(engineer, checked)
    g.follow(engineer, "Livrer les données")
    g.decide(engineer, "Livrer les données")


def deposit(who, demand) -> str:
    """Nothing is lacking any more; what becomes public must be confirmed; the number is given."""
    who.go(f"/demandes/{demand}/verifier")
    g.told(who, "Il ne manque rien : la demande peut être déposée.")
    g.click(who, "Déposer")
    g.told(who, "Confirmez que vous avez lu ce qui deviendra public.")
    number = g.deposit(who, demand)
    assert re.fullmatch(r"20\d\d-0001", number)
    g.told(who, "Rien n’est accordé par le silence.")
    return number


def commit(who, portal):
    """Sign the charter and the commitment, and show one's training, once for all requests."""
    for text in ("la Charte Utilisateur", "l'engagement de non-réidentification"):
        who.go("/engagements")
        g.follow(who, f"Signer {text}")
        g.click(who, "Signer")
        g.told(who, "Cochez la case")
        g.tick(who, "J'ai lu ce texte et je m'engage à le respecter.")
        g.click(who, "Signer")
        g.told(who, "C'est signé.")
    g.follow(who, "Ajouter une formation")
    show_training(who, obtained_on=g.today(portal, days=5))
    g.told(who, "Cette date est dans l'avenir.")
    show_training(who, obtained_on=g.today(portal, days=-5))
    g.told(who, "La formation est enregistrée.")
    g.told(who, "Vous êtes en règle.")


def show_training(who, *, obtained_on: str):
    g.say(who, "Intitulé de la formation", "Protection des données en recherche, CHU de Rennes")
    g.say(who, "Obtenue le", obtained_on)
    who.page.get_by_label("Attestation").set_input_files(
        {"name": "attestation.pdf", "mimeType": "application/pdf", "buffer": g.PDF}
    )
    g.click(who, "Ajouter")


def end_the_access(who, demand):
    who.go(f"/demandes/{demand}/donnees")
    g.follow(who, "Mettre fin à l’accès")
    g.told(who, "Vous avez ensuite 18 mois pour publier ou déposer vos résultats.")
    g.click(who, "Mettre fin à l'accès")
    g.told(who, "L'accès a pris fin.")


def give_the_results(who, portal, demand):
    """The thesis, which must cite its number, and what it showed in plain words."""
    who.go(f"/demandes/{demand}/resultats")
    g.follow(who, "Déclarer un résultat")
    g.follow(who, "Thèse ou mémoire")
    g.say(who, "Titre", THESIS)
    g.say(who, "Déposé le", g.today(portal))
    g.say(who, "DOI", "celui de la thèse")
    g.tick(who, "Il cite les établissements dont viennent les données")
    g.click(who, "Enregistrer")
    g.told(who, "Un DOI commence par 10.")
    g.say(who, "DOI", "10.5555/retour-ic.1")
    g.click(who, "Enregistrer")
    g.told(who, "Le résultat est déclaré.")
    g.told(who, "Ne cite pas le numéro")
    g.follow(who, "Corriger", exact=False)
    g.tick(who, "Il cite le numéro de la demande")
    g.click(who, "Enregistrer")
    g.told(who, "Le résultat est corrigé.")
    g.follow(who, "Écrire le résumé")
    g.say(who, "Ce que le projet a montré, en mots simples", SHOWN)
    g.click(who, "Enregistrer")
    g.told(who, "Le résumé est enregistré.")
    g.follow(who, "Dire ce que nous offrons")
    g.click(who, "Enregistrer")
    g.told(who, "Choisissez une réponse de la liste.")
    g.tick(who, "Nous ne le pouvons pas")
    g.say(
        who,
        "Où le trouver, ou pourquoi ce n'est pas possible",
        "Cette thèse n'a rien produit que les hôpitaux n'aient déjà.",
    )
    g.click(who, "Enregistrer")
    g.told(who, "C'est noté. Les établissements le liront ici.")


def close(officer):
    open_work(officer)
    g.tick(officer, "Je confirme : cette décision ne se défait pas.")
    g.decide(officer, "Clôturer")


def read_as_a_citizen(reader):
    """The project is found without accents, told in plain words, and each decision is proved."""
    reader.go("/projets")
    g.say(reader, "Mots cherchés", "eviter un retour a l'hopital")
    g.click(reader, "Chercher")
    g.follow(reader, PLAIN_TITLE, exact=False)
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(PLAIN_TITLE)
    for words in (
        "Terminée, résultats publiés",
        SHOWN,
        THESIS,
        INTERN_NAME,
        "Étude interne, par l’équipe qui soigne ces personnes",
        "Par le président du comité scientifique et éthique.",
    ):
        g.told(reader, words)
    reader.check_accessible()
    g.verify_proof(reader)


@pytest.mark.sites("chu-rennes")
def test_an_intern_s_thesis_from_the_idea_to_the_public_page(portal, people):
    intern, officer = people(), people("Claire Morvan")
    sign_up(intern, portal)
    demand = propose_an_idea(intern, officer, portal)
    describe_the_project(intern)
    name_the_team(intern, demand)
    state_the_purpose(intern)
    write_the_protocol(intern)
    count_patients(intern, demand)
    choose_the_data(intern)
    answer_the_regulatory_questions(intern)
    plan_the_calendar(intern)
    accept_to_direct(people(DIRECTOR_NAME), portal)
    number = deposit(intern, demand)

    open_work(officer)
    g.decide(officer, "Déclarer recevable")
    state_feasibility(people("Antoine Riou"))
    give_the_dpo_opinion(people("Sophie Guillou"))
    regulatory_officer = people("Nadia Belkacem")
    fix_the_route(regulatory_officer)
    call_a_session(people("Lucie Perrin"), portal)
    open_work(officer)
    g.decide(officer, "Transmettre au comité")
    give_the_opinion_alone(people("Paul Tanguy"))
    portal.wait_for_mail(INTERN, "Avis favorable")

    delegate = people("François Hamon")
    open_work(delegate)
    g.decide(delegate, "Donner l'accord de l'établissement")
    show_the_evidence(regulatory_officer, portal)
    g.check_destination(officer, number)
    g.put_notice_online(officer, number, "https://chu-rennes.example/notes/retour-ic")
    authorise(delegate)
    portal.wait_for_mail(INTERN, "Autorisée")

    engineer = people("Karim Diallo")
    extract_and_deliver(engineer)
    commit(intern, portal)
    portal.let_pass(days=31)
    portal.wait_for_mail(INTERN, "accès ouvert")
    intern.go(f"/demandes/{number}/donnees")
    expect(intern.page.get_by_role("row", name=INTERN_NAME)).to_contain_text("Ouvert")
    expect(intern.page.get_by_role("row", name=DIRECTOR_NAME)).to_contain_text("formation")
    end_the_access(intern, number)
    portal.sweep()
    g.destroy_space(engineer, number, "CHU Rennes")
    engineer.check_accessible()
    give_the_results(intern, portal, number)
    close(officer)
    portal.wait_for_mail(INTERN, "Clôturée")
    read_as_a_citizen(people())
