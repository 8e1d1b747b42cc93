"""What the two stories of a thesis share: an intern new to the portal, and a senior doctor who
directs the work."""

import re

from tests.journeys import gestures as g

INTERN = "anne-laure.le-goff@interne.example"
INTERN_NAME = "Anne-Laure Le Goff"
PASSWORD = "les-hortensias-bleus-35"
DIRECTOR, DIRECTOR_NAME = "marion.le-gall@demo.example", "Marion Le Gall"
SUMMARY = (
    "Beaucoup de personnes hospitalisées pour une insuffisance cardiaque reviennent à l'hôpital "
    "dans le mois. Nous cherchons, dans les dossiers de notre service, quels traitements de "
    "sortie vont avec moins de retours, pour mieux préparer la sortie des prochains patients."
)
INTEREST = (
    "Le retour précoce à l'hôpital après une insuffisance cardiaque est fréquent, éprouvant pour "
    "les patients et en partie évitable. Connaître, dans notre service, les traitements de sortie "
    "associés à moins de retours aidera les soignants à mieux les choisir et à organiser le suivi "
    "des personnes les plus fragiles. Les résultats, positifs ou non, seront soutenus, publiés et "
    "présentés aux patients."
)


def sign_up(who, portal):
    """Make an account, and confirm its address by the link of the message."""
    who.go("/connexion/signup/")
    g.say(who, "Prénom", "Anne-Laure")
    g.say(who, "Nom", "Le Goff")
    g.say(who, "Courriel", INTERN)
    g.say(who, "Mot de passe", "12345")
    g.say(who, "Mot de passe (confirmation)", "12345")
    g.click(who, "Créer mon compte")
    g.told(who, "Ce mot de passe est trop court.")
    g.say(who, "Mot de passe", PASSWORD)
    g.say(who, "Mot de passe (confirmation)", PASSWORD)
    g.click(who, "Créer mon compte")
    g.told(who, "Vérifiez votre adresse")
    message = portal.wait_for_mail(INTERN, "confirm")
    who.page.goto(re.search(r"http\S+/confirm-email/\S+", message)[0])
    g.click(who, "Oui, confirmer")
    g.say(who, "Courriel", INTERN)
    g.say(who, "Mot de passe", "les-hortensias-roses-35")
    g.click(who, "Se connecter")
    g.told(who, "L'adresse ou le mot de passe n'est pas le bon.")
    g.say(who, "Mot de passe", PASSWORD)
    g.click(who, "Se connecter")
    g.told(who, "Vos demandes paraîtront ici")


def invite_director(who):
    """From the page of the team, mistyped once."""
    g.click(who, "Inviter quelqu’un")
    g.say(who, "Adresse électronique", "marion.le-gall")
    g.choose(who, "Place dans l'équipe", "Directeur : il encadre un porteur en formation")
    g.click(who, "Envoyer l’invitation")
    g.told(who, "Saisissez une adresse de courriel valide.")
    g.say(who, "Adresse électronique", DIRECTOR)
    g.click(who, "Envoyer l’invitation")
    g.told(who, f"L'invitation part à {DIRECTOR}.")


def accept_to_direct(director, portal):
    """The senior doctor follows the link of the message and takes her place."""
    message = portal.wait_for_mail(DIRECTOR, "/invitations/")
    director.page.goto(re.search(r"http\S+/invitations/\S+", message)[0])
    g.click(director, "Accepter ma place")
    g.told(director, "Cochez la case pour signer la charte.")
    g.tick(
        director,
        "J'ai lu la charte et je m'engage à la respecter.",
        "Je m'engage à ne jamais chercher à réidentifier une personne.",
    )
    g.click(director, "Accepter ma place")
    g.told(director, "Bienvenue dans l'équipe.")
