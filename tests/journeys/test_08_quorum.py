"""A committee has its quorum for the session, and loses it at an item.

One member of the four publishes with the holder: they leave for that item, no opinion can be
given, and the request goes on the next session's agenda, where four others stay: one of them from
afar, in a secret vote.
"""

import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.journeys.gestures import click, follow, say, tick, told, verify_proof
from tests.journeys.network import who_sits
from tests.journeys.walked import walk

REASONS = "Question, méthode, puissance et risques pour les personnes examinés en séance avec soin."
SHORT = "Il manque 1 membre pour le quorum de ce point (3 sur 4)."


def test_an_item_without_its_quorum_waits_for_the_next_session(portal, people):
    number = walk(portal, "committee", days_ago=24)
    chair, patients, first, second, third, *_absent = who_sits(portal)
    lucie = people("Lucie Perrin")
    day, here = reads_the_day(lucie, portal)
    portal.let_pass(days=(day - portal.today()).days)
    lucie = people("Lucie Perrin").go(here)
    click(lucie, "Ouvrir la séance")
    told(lucie, "En séance")
    notes_present(lucie, chair, patients, first)
    told(lucie, "La séance n’a pas le quorum")
    notes_present(lucie, second)
    expect(lucie.page.get_by_text("La séance n’a pas le quorum")).to_have_count(0)
    told(lucie, re.compile("Présents : 4. Quorum : 4"))

    around = {name: people(name) for name in (chair, patients, first, second)}
    at_the_item(around, number)
    leaves_for_it(around.pop(second))
    for member in around.values():
        has_no_interest(member)
    for member in around.values():
        votes(member, "Favorable")
    paul = around[chair]
    finds_it_sound(paul)
    cannot_sign(paul)

    later = calls_another_session(lucie, day + timedelta(days=14))
    closes(lucie, number)
    told_to_the_holder(people("Marion Le Gall"), number)

    portal.let_pass(days=14)
    lucie = people("Lucie Perrin").go(later)
    click(lucie, "Ouvrir la séance")
    notes_present(lucie, chair, patients, first)
    click(lucie, f"À distance {third}")
    told(lucie, re.compile("Présents : 4. Quorum : 4"))
    around = {name: people(name) for name in (chair, patients, first, third)}
    at_the_item(around | {"": lucie}, number)
    vote_in_secret(lucie, around, third)
    signs(around[chair])
    portal.wait_for_mail("marion.le-gall@", "Avis favorable")
    reader = people().go(f"/projets/{number}")
    told(reader, "Avis favorable")
    told(reader, re.compile("L'indépendance de l'avis"))
    verify_proof(reader)


def reads_the_day(lucie, portal) -> tuple[date, str]:
    """The session opens on its day, not before."""
    lucie.go("/seances")
    follow(lucie, "14 h 00", exact=False)
    told(lucie, "La séance s'ouvre le jour venu.")
    ((day,),) = portal.rows("SELECT starts_at::date FROM governance_session")
    return day, lucie.page.url.removeprefix(portal.address)


def notes_present(lucie, *names):
    for name in names:
        click(lucie, f"Noter présent {name}")
        told(lucie, "Présence")


def at_the_item(around, number):
    for member in around.values():
        member.go("/seances")
        member.page.get_by_role("row", name="En séance").get_by_role("link").first.click()
        follow(member, number, exact=False)


def leaves_for_it(member):
    click(member, "Déclarer")
    tick(member, "Je publie avec le porteur")
    click(member, "Déclarer")
    told(member, "Vous sortez pour ce point")
    expect(member.page.get_by_role("button", name="Voter")).to_have_count(0)


def has_no_interest(member):
    tick(member, "Aucun lien d'intérêts")
    click(member, "Déclarer")
    told(member, "Changer ma déclaration d’intérêts")


def votes(member, choice):
    tick(member, choice)
    click(member, "Voter")
    told(member, "Votes")


def vote_in_secret(lucie, around, afar):
    """One of the four follows from afar; nobody reads a voice before the vote is closed, and then
    only how many."""
    click(lucie, "Voter à bulletin secret")
    expect(lucie.page.get_by_role("button", name="Voter à main levée")).to_be_visible()
    counted = lucie.page.locator("section[aria-labelledby=tally] dl.facts")
    for member in around.values():
        has_no_interest(member)
        votes(member, "Favorable")
        expect(member.page.get_by_role("button", name="Voter", exact=True)).to_have_count(0)
    lucie.page.reload()
    told(lucie, f"{afar}, à distance")
    expect(counted).to_have_count(0)
    click(lucie, "Clore le vote")
    told(lucie, "Vote clos")
    expect(counted).to_contain_text(re.compile(r"Favorable\s*4"))


def finds_it_sound(chair):
    for article in ("U-15", "U-16"):
        follow(chair, f"Écrire le constat {article}")
        tick(chair, "Satisfaisant")
        say(chair, "Raisons", REASONS)
        click(chair, "Enregistrer le constat")


def cannot_sign(chair):
    """The page says it before, and the step refuses it all the same."""
    told(chair, re.compile("Sortis pour ce point"))
    told(chair, SHORT)
    follow(chair, "Rendre l’avis")
    told(chair, SHORT)
    click(chair, "Signer l’avis")
    told(chair, re.compile("Le quorum n'est pas atteint"))


def calls_another_session(lucie, day) -> str:
    lucie.go("/seances")
    follow(lucie, "Convoquer une séance")
    say(lucie, "Jour de la séance", day.isoformat())
    say(lucie, "Dernier jour pour s'y inscrire", day.isoformat())
    say(lucie, "Lieu", "Salle Laennec")
    click(lucie, "Convoquer")
    told(lucie, re.compile("Les dépôts se ferment avant le début de la séance"))
    say(lucie, "Dernier jour pour s'y inscrire", (day - timedelta(days=4)).isoformat())
    click(lucie, "Convoquer")
    told(lucie, "La séance est convoquée ; son ordre du jour est prêt.")
    return lucie.page.url.removeprefix(lucie.portal.address)


def closes(lucie, number):
    """The question says what is left; the session's page, where it went."""
    lucie.go("/seances")
    lucie.page.get_by_role("row", name="En séance").get_by_role("link").first.click()
    follow(lucie, "Clore la séance")
    told(lucie, re.compile(f"{number}.*ce point passe à la séance suivante"))
    click(lucie, "Clore la séance")
    told(lucie, "Reporté à la séance suivante")


def told_to_the_holder(marion, number):
    """Nothing was decided: the request still waits for the committee."""
    marion.go(f"/demandes/{number}")
    told(marion, "Comité")
    told(marion, re.compile("rendre l'avis du comité, au plus tard le"))


def signs(chair):
    finds_it_sound(chair)
    expect(chair.page.get_by_text("Pas atteint")).to_have_count(0)
    follow(chair, "Rendre l’avis")
    click(chair, "Signer l’avis")
    told(chair, "L'avis est rendu et envoyé.")
