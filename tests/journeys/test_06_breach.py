"""A fault bites where it is: a member whose training lapses loses their own access, and so does one
who broke their commitment; a destination that is no longer the authorised one suspends the whole,
that a delegate confirms, then restores once it is mended; at last the whole access is blocked, the
holder heard, the authorisation revoked.

The story begins on an open access, with three people: its holder, Hugo Bernard whose training ends
in four days, Yann Kerbrat.
"""

import re

from playwright.sync_api import expect

from governance.dates import say_day
from governance.process.clocks import add_working_days
from tests.journeys.gestures import (
    PDF,
    check_destination,
    click,
    decide,
    follow,
    note,
    open_step,
    refused,
    say,
    submit,
    tick,
    told,
    verify_proof,
)
from tests.journeys.walked import walk

U_08 = "Pas de réidentification (U-08)"
AT_ONCE = "governance.tasks.sweep_outbox"
"""What a fact that changes has done, without waiting for the night."""
DESTINATION = "Les destinations autorisées"
FACTS = "Un fichier de son espace croise deux sources pour reconnaître une personne."
BLOCKED = "Le fichier a été copié par un second membre : l'accès est coupé le temps de vérifier."
HEARD = "Nous reconnaissons la copie ; le fichier est supprimé et nous en rendons compte."
REVOKED = "L'engagement de ne jamais réidentifier a été rompu, et les faits sont reconnus."


def test_a_lapse_a_breach_a_block_a_hearing_a_revocation(portal, people):
    number = walk(
        portal,
        "access",
        members=("Hugo Bernard", "Yann Kerbrat"),
        trained={"hugo.bernard@demo.example": 4},
        days_ago=150,
    )
    portal.sweep()
    portal.wait_for_mail("hugo.bernard@", "Votre formation à la protection des données expire")
    portal.let_pass(days=6)
    hugo, sophie = people("Hugo Bernard"), people("Sophie Guillou")
    claire, marion = people("Claire Morvan"), people("Marion Le Gall")
    lapses_for_him_alone(hugo, number)
    for reader in (hugo, marion):
        reads(reader, number, "Une équipe en règle", "Hugo Bernard", "Accès fermé")
    lists(claire, number, "Une équipe en règle")
    renews(hugo)
    portal.run(AT_ONCE)
    has(hugo, number, "Hugo Bernard", "Ouvert")
    reads(marion, number, "Une équipe en règle", "Hugo Bernard", "Corrigée le")

    nadia, francois = people("Nadia Belkacem"), people("François Hamon")
    finds_the_destination_wrong(nadia, number)
    portal.run(AT_ONCE)
    reads(marion, number, DESTINATION, "La demande entière", "Sans remède, l’accès se ferme le")
    owes(claire, DESTINATION)
    portal.let_pass(days=9)
    has(marion, number, "Hugo Bernard", "Fermé")
    portal.wait_for_mail("marion.le-gall@", "Suspendue")
    confirms_what_the_portal_blocked(francois, number)
    check_destination(claire, number)
    portal.run(AT_ONCE)
    reads(marion, number, DESTINATION, "La demande entière", "Corrigée le")
    has(marion, number, "Hugo Bernard", "Fermé")
    restores(francois, number)
    has(marion, number, "Hugo Bernard", "Ouvert")

    finds_a_breach(sophie, number)
    has(hugo, number, "Yann Kerbrat", "Fermé")
    has(hugo, number, "Hugo Bernard", "Ouvert")

    blocks(sophie, number)
    portal.wait_for_mail("marion.le-gall@", BLOCKED)
    confirms_the_closed_access(francois, number)
    confirms(francois, number)
    cannot_revoke_before_hearing(francois, number)
    is_heard(marion, number)
    gives_an_opinion(sophie, number)
    revokes(francois, number)
    assert REVOKED in portal.wait_for_mail("marion.le-gall@", "Autorisation retirée")
    is_over(marion, people(), number)


def has(who, number, name, standing):
    """What the page of data says of a member's access."""
    who.go(f"/demandes/{number}/donnees")
    row = who.page.get_by_role("row", name=name)
    expect(row).to_contain_text(standing)


def lapses_for_him_alone(hugo, number):
    has(hugo, number, "Hugo Bernard", "Fermé")
    told(hugo, re.compile("Déposez le certificat d'une nouvelle formation"))
    has(hugo, number, "Yann Kerbrat", "Ouvert")
    has(hugo, number, "Marion Le Gall", "Ouvert")


def renews(hugo):
    """A training of the future is none; a true one counts at once."""
    hugo.go("/engagements")
    told(hugo, "Expirée")
    follow(hugo, "Ajouter une formation")
    today = hugo.portal.today()
    for obtained in (today.replace(year=today.year + 1), today):
        say(hugo, "Intitulé de la formation", "RGPD et données de santé, CHU de Rennes")
        say(hugo, "Obtenue le", obtained.isoformat())
        hugo.page.get_by_label("Attestation").set_input_files(
            {"name": "attestation.pdf", "mimeType": "application/pdf", "buffer": PDF}
        )
        click(hugo, "Ajouter")
        if obtained > today:
            told(hugo, re.compile("Cette date est dans l'avenir"))
    told(hugo, "Vous êtes en règle.")


def reads(who, number, *said):
    """What the page of the request says of a non-conformity, in one line."""
    who.go(f"/demandes/{number}")
    row = who.page.locator("#conformite").get_by_role("row", name=said[0])
    for words in said:
        expect(row).to_contain_text(words)


def lists(claire, number, title):
    """The case officer finds it among all of them."""
    claire.go("/travail")
    follow(claire, "Les non-conformités")
    expect(claire.page.get_by_role("row", name=number)).to_contain_text(title)
    claire.check_accessible()


def finds_the_destination_wrong(nadia, number):
    open_step(nadia, number, "Vérifier la destination")
    note(nadia)


def owes(claire, title):
    """Who mends it finds it at work."""
    claire.go("/travail")
    told(claire, title)


def confirms_what_the_portal_blocked(francois, number):
    """Within two working days: the page says what is no longer in order, whose and since when."""
    francois.go("/travail")
    due = say_day(add_working_days(francois.portal.today(), 2))
    expect(francois.page.get_by_role("row", name=number).first).to_contain_text(due)
    follow(francois, f"{number}, Confirmer la suspension", exact=False)
    told(francois, f"U-09, {DESTINATION}")
    told(francois, "Ce qui n’est pas corrigé le reste, quoi que vous décidiez.")
    francois.check_accessible()
    tick(francois, f"{DESTINATION} (U-09)")
    say(francois, "Raisons", "Le lieu vérifié n'est pas celui de l'autorisation.")
    decide(francois, "Confirmer la suspension")


def restores(francois, number):
    francois.go("/travail")
    follow(francois, f"{number}, Rétablir l'accès", exact=False)
    told(francois, "Tout est de nouveau conforme : le portail l’a constaté.")
    francois.check_accessible()
    decide(francois, "Rétablir l'accès")


def finds_a_breach(sophie, number):
    sophie.go(f"/demandes/{number}")
    follow(sophie, "Manquement d'un membre")
    click(sophie, "Enregistrer")
    told(sophie, re.compile("Les faits : Ce champ est obligatoire"))
    sophie.page.get_by_label("Personne").select_option(label="Yann Kerbrat")
    tick(sophie, "Un manquement est constaté")
    say(sophie, "Les faits", FACTS)
    click(sophie, "Enregistrer")
    told(sophie, "C'est noté.")


def blocks(sophie, number):
    sophie.go(f"/demandes/{number}")
    follow(sophie, "Bloquer l'accès")
    click(sophie, "Bloquer l'accès")
    told(sophie, re.compile("Une décision négative cite au moins un article"))
    tick(sophie, U_08)
    say(sophie, "Raisons", BLOCKED)
    decide(sophie, "Bloquer l'accès")


def confirms_the_closed_access(francois, number):
    """That of one member, which the portal closed by itself: it stays so, for a reason."""
    francois.go("/travail")
    follow(francois, f"{number}, Confirmer ou rouvrir un accès fermé", exact=False)
    told(francois, "Yann Kerbrat")
    francois.check_accessible()
    submit(francois)
    refused(francois, "Choisissez une réponse.")
    tick(francois, "Confirmer la fermeture, jusqu'à ce que la règle soit respectée")
    say(francois, "Raisons", "L'identification recherchée est établie.")
    submit(francois)
    told(francois, "C'est décidé, et les personnes concernées sont prévenues.")


def confirms(francois, number):
    francois.go("/travail")
    follow(francois, f"{number}, Confirmer la suspension", exact=False)
    tick(francois, U_08)
    say(francois, "Raisons", "Les faits relevés par la déléguée sont établis.")
    decide(francois, "Confirmer la suspension")


def cannot_revoke_before_hearing(francois, number):
    francois.go(f"/demandes/{number}")
    follow(francois, "Retirer l'autorisation")
    for lacking in ("le porteur a été entendu", "le DPO a rendu son avis"):
        shown = francois.page.get_by_text(f"Pas encore : {lacking}.").filter(visible=True)
        expect(shown).to_be_visible()
    expect(francois.page.get_by_role("button", name="Retirer l'autorisation")).to_be_disabled()


def is_heard(marion, number):
    """The page of data says that nobody enters, and where to be heard."""
    marion.go(f"/demandes/{number}/donnees")
    told(marion, "L’accès est suspendu")
    has(marion, number, "Hugo Bernard", "Fermé")
    follow(marion, "Dire mes observations")
    say(marion, "Vos observations", HEARD)
    click(marion, "Joindre au dossier")
    told(marion, "Les observations sont jointes au dossier.")
    told(marion, HEARD)


def gives_an_opinion(sophie, number):
    sophie.go(f"/demandes/{number}")
    follow(sophie, "Avis du DPO avant un retrait")
    say(sophie, "Votre avis", "La copie contrevient à l'engagement de non-réidentification.")
    click(sophie, "Enregistrer")
    told(sophie, "C'est noté.")


def revokes(francois, number):
    francois.go(f"/demandes/{number}")
    follow(francois, "Retirer l'autorisation")
    tick(francois, U_08)
    say(francois, "Raisons", REVOKED)
    click(francois, "Retirer l'autorisation")
    told(francois, re.compile("Cochez la case pour confirmer"))
    tick(francois, "Je confirme : cette décision ne se défait pas.")
    decide(francois, "Retirer l'autorisation")


def is_over(marion, reader, number):
    """The dataset is sealed, the holder may appeal, citizens read what happened without facts that
    would name anyone."""
    marion.go(f"/demandes/{number}/donnees")
    told(marion, re.compile("Jeu de l'étude scellé"))
    expect(marion.page.get_by_role("link", name="Former un recours")).to_be_visible()
    reader.go(f"/projets/{number}")
    told(reader, "Autorisation retirée")
    assert "Kerbrat" not in reader.page.content() and FACTS not in reader.page.content()
    verify_proof(reader)
