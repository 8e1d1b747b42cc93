"""A charter changes: written on screen, proved, studied, voted in session, signed again by a day.

The coordinator asks for longer words on the public interest. What it would change is known before
the vote; the committee's members vote and its secretary records the result; citizens read it; the
holder signs it anew.
"""

import re
from datetime import date

from playwright.sync_api import expect

from tests.journeys.gestures import click, follow, open_session, say, submit, tick, told
from tests.journeys.network import who_sits
from tests.journeys.walked import walk

PROVED = "Toutes les preuves tiennent avec ce texte."


def test_a_charter_changes_with_its_reasons_known_and_its_signatories_asked(portal, people):
    number = walk(portal, "committee", days_ago=24)
    elise = people("Élise Fontaine").go("/chartes")
    elise.check_accessible()
    follow(elise, "Préparer une version")
    tick(elise, "La charte des utilisateurs")
    say(elise, "Pourquoi", "Que chacun comprenne ce qu'un projet apporte.")
    click(elise, "Commencer")
    here = elise.page.url.removeprefix(portal.address)
    changes_an_article(elise)
    is_proved(elise)
    studies(elise, number)
    goes_before_the_session(elise, here)

    day = day_of_the_session(portal)
    portal.let_pass(days=(day - portal.today()).days)
    lucie = people("Lucie Perrin").go("/seances")
    follow(lucie, "14 h 00", exact=False)
    session = lucie.page.url.removeprefix(portal.address)
    members = who_sits(portal)[:5]
    open_session(lucie, session, *members)
    follow(lucie, "La charte des utilisateurs, version 2")
    told(lucie, "Que chacun comprenne")
    for name, voice in zip(members, ["Pour"] * 4 + ["Contre"], strict=True):
        votes(people(name), here, voice)
    is_recorded(lucie)

    reader = people(width=390).go("/regles/chartes/utilisateur/versions")
    told(reader, "À venir")
    told(reader, re.compile("4 voix pour, 1 contre"))
    reader.check_accessible()

    portal.let_pass(days=31)
    people().go("/regles/chartes/utilisateur")
    portal.wait_for_mail("marion.le-gall@", "signez sa nouvelle version")
    marion = people("Marion Le Gall").go("/engagements")
    told(marion, "Nouvelle version à signer")
    told(marion, "Vous êtes en règle.")
    marion.go("/engagements/signer/utilisateur")
    told(marion, "Version 2.")


def changes_an_article(elise):
    follow(elise, "L'intérêt public démontré")
    elise.check_accessible()
    say(elise, "U-03 : Longueur minimale", "600")
    submit(elise)
    told(elise, "Plus strict")


def is_proved(elise):
    """A worker makes the proofs; the page says so once it is looked at again."""

    def shown():
        follow(elise, "Actualiser")
        expect(elise.page.get_by_text(PROVED)).to_be_visible(timeout=3_000)

    for _ in range(20):
        try:
            return shown()
        except AssertionError:
            continue
    return shown()


def studies(elise, number):
    follow(elise, "Étudier ce qu'elle changerait")
    click(elise, "Lancer l'étude")
    expect(elise.page.get_by_text("Terminée le")).to_be_visible(timeout=30_000)
    told(elise, "Les décisions sur des demandes qui seraient jugées autrement")
    expect(elise.page.get_by_role("link", name=number).first).to_be_visible()
    elise.check_accessible()


def goes_before_the_session(elise, here):
    elise.go(here)
    follow(elise, "Mettre à l'ordre du jour")
    elise.hand.mark(elise.page.get_by_role("radio").first)
    submit(elise)
    told(elise, "Le texte ne change plus.")
    told(elise, "Qui a proposé la version n'en consigne pas le vote")


def votes(member, here, voice):
    member.go(here)
    follow(member, "Voter")
    member.check_accessible()
    tick(member, voice)
    submit(member)
    told(member, "Votre voix est comptée.")


def is_recorded(lucie):
    follow(lucie, "Consigner le vote")
    told(lucie, "5 ont voté")
    say(lucie, "Référence du procès-verbal", "PV-CSE-12")
    submit(lucie)
    told(lucie, "La version est adoptée et inscrite au registre.")
    lucie.check_accessible()


def day_of_the_session(portal) -> date:
    ((day,),) = portal.rows(
        "SELECT starts_at::date FROM governance_session s"
        " JOIN governance_charterproposal p ON p.session_id = s.id"
    )
    return day
