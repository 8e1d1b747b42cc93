"""What several journeys do at the pages of the portal, as a person does it: by labels and roles.

A gesture begins by going where it happens, does it, and checks that the page says it was done.
`demand` is a request's place in the addresses: its number, or its identifier while it is a draft.
"""

import re
from datetime import timedelta

from playwright.sync_api import Locator, expect

from portal.schedule import EVERY_MINUTE
from projects.demonstration.network import ESTABLISHMENTS
from projects.dossier.form import SECTIONS, Field
from tests.journeys.conftest import Someone
from tests.journeys.portal import Portal

SAVED = "Enregistré"
CONTROLLER = "Responsable du traitement : il décide pourquoi et comment"
CONTROLLERS = {short: name for _slug, name, short, *_kind in ESTABLISHMENTS}
"""The full name of each hospital, by its short one."""
WHOLE = "Oui : cette feuille est dans le registre signé."
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def told(who: Someone, words: str | re.Pattern) -> None:
    """The page says `words`, whatever its spaces."""
    if isinstance(words, re.Pattern):
        words = re.compile(words.pattern.replace("\\ ", " ").replace(" ", r"\s"), words.flags)
    expect(who.page.get_by_text(words).first).to_be_visible()


def refused(who: Someone, words: str) -> None:
    """The page says, above its form, that nothing was done and why."""
    expect(who.page.locator("main").get_by_role("alert").first).to_contain_text(words)


def click(who: Someone, name: str, *, exact: bool = True) -> None:
    """Press the button of that name."""
    who.hand.press(who.page.get_by_role("button", name=name, exact=exact).first)


def follow(who: Someone, name: str, *, exact: bool = True) -> None:
    """Follow the link of that name."""
    who.hand.press(who.page.get_by_role("link", name=name, exact=exact).first)


def pick(who: Someone, label: str, line: str) -> None:
    """Pick a line in the list of that label."""
    who.hand.pick(who.page.get_by_label(_named(label)).first, line)


def submit(who: Someone) -> None:
    """Press the main button of the page's form."""
    who.hand.press(who.page.locator("main form button.primary").first)


def say(who: Someone, label: str, value: str) -> None:
    """Write in the field of that label."""
    who.hand.write(who.page.get_by_label(_named(label)).first, value)


def _named(label: str) -> re.Pattern:
    """The name of a field whose label is `label`, with or without « (facultatif) », whatever its
    spaces."""
    written = r"\s".join(re.escape(word) for word in label.split(" "))
    return re.compile(rf"^\s*{written}(\s*\(facultatif\))?\s*$")


def tick(who: Someone, *labels: str) -> None:
    """Tick the boxes, or choose the answers, of those labels."""
    for label in labels:
        who.hand.mark(who.page.get_by_label(label, exact=True).first)


def choose(who: Someone, question: str, answer: str) -> None:
    """Choose `answer` to the question asked."""
    group = who.page.get_by_role("group", name=question)
    who.hand.mark(group.first.get_by_label(answer, exact=True))


# Ideas


def send_idea(who: Someone, title: str, question: str, hospital: str) -> str:
    """Send an idea to a hospital's data centre; return its address."""
    who.go("/idees/nouvelle")
    say(who, "Titre", title)
    say(who, "Votre question", question)
    pick(who, "Hôpital", hospital)
    click(who, "Envoyer", exact=False)
    told(who, "Votre idée est envoyée.")
    return who.page.url.removeprefix(who.portal.address)


def answer_idea(who: Someone, address: str, answer: str) -> None:
    """Answer an idea sent to one's data centre."""
    who.go(address)
    say(who, "Votre réponse", answer)
    click(who, "Envoyer", exact=False)
    told(who, "Votre réponse est envoyée.")


# The dossier


def new_request(who: Someone, title: str) -> str:
    """Begin a draft; return its place in the addresses."""
    who.go("/demandes/nouvelle")
    say(who, "Titre de l'étude", title)
    submit(who)
    return demand_at(who)


def demand_at(who: Someone) -> str:
    """The request whose page is open."""
    who.page.wait_for_url(re.compile(r"/demandes/[0-9a-f]+-"))
    return re.search(r"/demandes/([^/?]+)", who.page.url)[1]


def fill_section(
    who: Someone, demand: str, code: str, answers: dict, *, saved: bool = True
) -> None:
    """Answer the questions of a section, those that answers call included, and save."""
    section = next(s for s in SECTIONS if s.code == code)
    who.go(f"/demandes/{demand}/dossier/{code}")
    left = {f.code: f for f in section.fields if f.code in answers}
    while left:
        asked = [code for code in left if who.page.locator(f"#q-{code}").is_visible()]
        assert asked, f"not asked: {', '.join(left)}"
        for each in asked:
            place = who.page.locator(f"#q-{each}")
            answer_question(who, place, left.pop(each), answers[each])
        click(who, "Enregistrer")
        if saved:
            told(who, re.compile(SAVED))


def answer_question(who: Someone, place: Locator, question: Field, value) -> None:
    """Answer one question of the dossier, where it stands."""
    words = dict(question.choices)
    match question.kind:
        case "yes_no":
            who.hand.mark(place.get_by_label("Oui" if value else "Non", exact=True))
        case "choice":
            who.hand.mark(place.get_by_label(str(words[value]), exact=True))
        case "many":
            for each in value:
                who.hand.mark(place.get_by_label(str(words[each]), exact=True))
        case _:
            who.hand.write(place.locator("input, textarea").first, str(value))


def save(who: Someone) -> None:
    """Save the section by its button."""
    click(who, "Enregistrer")
    told(who, re.compile(SAVED))


def join_paper(who: Someone, demand: str, slot: str, *, content: bytes = PDF) -> None:
    """Join a paper to the dossier."""
    who.go(f"/demandes/{demand}/dossier/documents/{slot}/ajouter")
    who.page.get_by_label("Fichier").set_input_files(
        {"name": f"{slot}.pdf", "mimeType": "application/pdf", "buffer": content}
    )
    say(who, "Version", "1.0")
    click(who, "Enregistrer le document")


def name_organisation(who: Someone, demand: str, name: str, part: str) -> None:
    """Name a legal person of the list, with its part in the processing."""
    who.go(f"/demandes/{demand}/dossier/team/organismes")
    tick(who, part)
    pick(who, "Organisme", name)
    click(who, "Nommer cet organisme")
    told(who, name)


def ask_variables(
    who: Someone, demand: str, variables: dict[str, tuple[str, ...]], *, reason: str
) -> None:
    """Ask for variables, named category by category, all for one reason."""
    for category, labels in variables.items():
        who.go(f"/demandes/{demand}/dossier/data/variables")
        pick(who, "Catégorie", category)
        click(who, "Chercher")
        for label in labels:
            named = rf"^\s*{re.escape(label)}\s+{re.escape(category)}\s"
            box = who.page.get_by_label(re.compile(named))
            who.hand.mark(box)
        click(who, "Ajouter les variables cochées")
        told(who, "Variables ajoutées")
    for box in who.page.get_by_label(re.compile("^Pourquoi «")).all():
        who.hand.write(box, reason)
    for box in who.page.get_by_label("L'objectif principal").all():
        who.hand.mark(box)
    click(who, "Enregistrer et revenir à la section")
    told(who, re.compile(SAVED))


def ask_hospitals(who: Someone, demand: str, *hospitals: str) -> None:
    """Ask hospitals for their data; the first one leads the examination."""
    who.go(f"/demandes/{demand}/dossier/sites")
    tick(who, *hospitals)
    tick(who, f"{hospitals[0]} conduit l’examen")
    save(who)


def count_patients(who: Someone, title: str, *hospitals: str, drug: str, **said: str) -> None:
    """Count those treated by `drug` in hospitals, and wait for the figure of each; `said` are the
    other fields of the form, by label."""
    who.go("/comptages/nouveau")
    for label, value in {"Titre": title, **said}.items():
        say(who, label, value)
    click(who, "Un médicament")
    say(who, "Mots ou code à chercher", drug)
    click(who, "Chercher")
    found = who.page.get_by_role("group", name="Codes trouvés")
    who.hand.mark(found.get_by_role("checkbox").first)
    click(who, "Ajouter ce critère")
    for box in who.page.get_by_role("group", name="Hôpitaux à interroger").locator("label").all():
        asked = box.inner_text().strip() in hospitals
        (who.hand.mark if asked else who.hand.unmark)(box.get_by_role("checkbox"))
    click(who, "Compter")
    expect(who.page.get_by_role("status")).to_have_text(
        "Tous les hôpitaux interrogés ont été entendus.", timeout=60_000
    )


def join_count(who: Someone, demand: str) -> None:
    """Join one's last count to the dossier: its cohort becomes the request's."""
    who.go(f"/demandes/{demand}/dossier/data/comptages")
    click(who, "Joindre ce comptage")
    told(who, "Comptage joint")


def fill_dossier(
    who: Someone,
    demand: str,
    dossier: dict,
    hospitals: tuple[str, ...],
    variables: dict[str, tuple[str, ...]],
) -> None:
    """Fill a whole dossier: `dossier` is said section by section, `hospitals` are asked for
    `variables`, and the establishment of the first one decides of the processing."""
    for code, answers in dossier.items():
        fill_section(who, demand, code, answers)
    for slot in ("protocol", "statistical_plan"):
        join_paper(who, demand, slot)
    name_organisation(who, demand, CONTROLLERS[hospitals[0]], CONTROLLER)
    ask_variables(
        who, demand, variables, reason="Nécessaire à l'objectif principal : les parcours."
    )
    ask_hospitals(who, demand, *hospitals)


def deposit(who: Someone, demand: str) -> str:
    """Confirm what becomes public, deposit, and read the number on the receipt."""
    who.go(f"/demandes/{demand}/verifier")
    tick(who, "J’ai lu ce qui deviendra public et quand, et je le confirme.")
    click(who, "Déposer", exact=False)
    told(who, "Votre demande est déposée.")
    return demand_at(who)


# Steps


def open_step(who: Someone, demand: str, name: str, at: str = "") -> None:
    """Open a step from the request's page; `at` names the hospital or the piece it is about."""
    who.go(f"/demandes/{demand}")
    about = rf"(\s:\s{re.escape(at)})?" if at else ""
    link = who.page.get_by_role("link", name=re.compile(rf"^{re.escape(name)}{about}\s*$"))
    who.hand.press(link.first)


def decide(who: Someone, name: str) -> None:
    """Take the step whose page is open, by its button."""
    who.hand.press(who.page.locator("main").get_by_role("button", name=name, exact=True))
    told(who, "C'est fait")


def decide_against(who: Someone, name: str, difference: str) -> None:
    """Take a step that says no; say what differs if requests alike were answered otherwise."""
    who.hand.press(who.page.locator("main").get_by_role("button", name=name, exact=True))
    shown = re.compile("C'est fait|Des demandes pareilles ont reçu une autre réponse")
    who.page.get_by_text(shown).first.wait_for()
    if who.page.get_by_label("Ce qui distingue cette demande").count():
        say(who, "Ce qui distingue cette demande", difference)
        decide(who, name)
    else:
        told(who, "C'est fait")


def take(who: Someone, demand: str, name: str, *answers: str, at: str = "") -> None:
    """Take a step that asks little: boxes and answers by their words."""
    open_step(who, demand, name, at)
    tick(who, *answers)
    decide(who, name)


def give_dpo_opinion(who: Someone, demand: str, words: str) -> None:
    """The DPO agrees with the computed route, in writing."""
    open_step(who, demand, "Rendre l'avis sur la voie réglementaire")
    tick(who, "Oui")
    say(who, "Votre avis écrit", words)
    note(who)


def qualify(who: Someone, demand: str, *conventions: str) -> None:
    """Set the route that was computed, with the conventions it needs."""
    open_step(who, demand, "Fixer la voie réglementaire")
    tick(who, *conventions)
    decide(who, "Fixer la voie réglementaire")


def note(who: Someone) -> None:
    """Keep the record whose page is open."""
    submit(who)
    told(who, "C'est noté.")


def check_destination(who: Someone, demand: str) -> None:
    """Record that the destination is authorised, with what makes it possible."""
    open_step(who, demand, "Vérifier la destination")
    for box in who.page.locator("main form").get_by_role("checkbox").all():
        who.hand.mark(box)
    note(who)


def put_notice_online(who: Someone, demand: str, address: str) -> None:
    """Record that the patients' notice is online since today."""
    open_step(who, demand, "Note d'information en ligne")
    say(who, "En ligne depuis le", today(who.portal))
    say(who, "Adresse ou référence de la note", address)
    note(who)


def today(portal: Portal, *, days: int = 0) -> str:
    """The portal's day, or one some days later, as a field of dates reads it."""
    return (portal.today() + timedelta(days=days)).isoformat()


# The committee


def call_session(who: Someone, *, days: int) -> str:
    """Call a session of the committee in so many days; return its address."""
    who.go("/seances/nouvelle")
    say(who, "Jour de la séance", today(who.portal, days=days))
    say(who, "Dernier jour pour s'y inscrire", today(who.portal, days=days - 1))
    say(who, "Lieu", "Visioconférence")
    submit(who)
    told(who, "La séance est convoquée")
    return who.page.url.removeprefix(who.portal.address)


def name_rapporteur(who: Someone, session: str, demand: str, name: str) -> None:
    """The secretary names who studies a request."""
    who.go(session)
    follow(who, f"Nommer le rapporteur de {demand}")
    pick(who, "Rapporteur", name)
    submit(who)
    expect(who.page.get_by_role("row").filter(has_text=demand)).to_contain_text(name)


def open_session(who: Someone, session: str, *present: str) -> None:
    """The secretary opens the session on its day, and writes who is there."""
    who.go(session)
    click(who, "Ouvrir la séance")
    for name in present:
        click(who, f"Noter présent {name}")
        row = who.page.get_by_role("row").filter(has_text=name).filter(has_text="Est parti")
        expect(row).to_be_visible()


def declare_no_interest(who: Someone, session: str, demand: str) -> None:
    """A member at the session says that nothing ties them to the request."""
    who.go(session)
    follow(who, demand, exact=False)
    tick(who, "Aucun lien d'intérêts")
    click(who, "Déclarer")
    expect(who.page.get_by_role("heading", name="Voter")).to_be_visible()


def vote(who: Someone, session: str, demand: str, choice: str) -> None:
    """Vote on a request at a session."""
    who.go(session)
    follow(who, demand, exact=False)
    tick(who, choice)
    click(who, "Voter")
    expect(who.page.get_by_role("button", name="Changer mon vote")).to_be_visible()


def write_finding(who: Someone, session: str, demand: str, clause: str, finding: str) -> None:
    """Write what the committee found on one of the articles that it judges."""
    who.go(session)
    follow(who, demand, exact=False)
    who.hand.press(who.page.get_by_role("link", name=re.compile(rf"constat {clause}$")))
    tick(who, finding)
    say(who, "Raisons", "Question, méthode et puissance examinées en séance, avec leurs limites.")
    click(who, "Enregistrer le constat")


def sign_opinion(who: Someone, session: str, demand: str, *, reservations: str = "") -> None:
    """The chair signs the opinion that the votes give."""
    who.go(session)
    follow(who, demand, exact=False)
    follow(who, "Rendre l’avis")
    if reservations:
        say(who, "Réserve 1 (facultatif)", reservations)
    click(who, "Signer l’avis")
    told(who, "L'avis est rendu et envoyé.")


def answer_reservation(who: Someone, demand: str, number: int, words: str) -> None:
    """The holder says what was done for a reservation, the protocol showing it."""
    who.go(f"/demandes/{demand}")
    follow(who, "Répondre aux réserves")
    say(who, f"Ce que vous avez fait (réserve {number})", words)
    click(who, "Envoyer mes réponses")
    told(who, "Réponse à examiner")


def check_reservation(who: Someone, demand: str, number: int, found: str, why: str) -> None:
    """Whoever checks accepts the answer to a reservation, or says why it is not enough."""
    who.go(f"/demandes/{demand}")
    follow(who, "Examiner les réponses aux réserves")
    tick(who, found)
    say(who, f"Pourquoi (réserve {number})", why)
    click(who, "Enregistrer mes constats")
    told(who, why)


# Agreements, formalities, authorisation


def agree(who: Someone, demand: str) -> None:
    """A delegate reads the brief of their establishment, and agrees."""
    who.go("/travail")
    follow(who, f"Ouvrir {demand}, Donner l'accord de l'établissement")
    told(who, "Ce qui est demandé à")
    decide(who, "Donner l'accord de l'établissement")


def give_piece(
    who: Someone, demand: str, formality: str, piece: str, said: dict[str, str], *, filed=False
) -> None:
    """Give a piece that a formality asks, from the formality's page; `said` are its fields, by
    label, the first of that label. Once the formality is `filed`, its answer is awaited."""
    step = "Enregistrer la réponse" if filed else "Déposer la formalité"
    open_step(who, demand, step, formality)
    follow(who, piece, exact=False)
    for label, value in said.items():
        field = who.page.get_by_label(_named(label)).first
        if field.evaluate("field => field.tagName") == "SELECT":
            who.hand.pick(field, value)
        else:
            who.hand.write(field, value)
    click(who, "Enregistrer la pièce")
    told(who, "La pièce est enregistrée.")


def record_answer(
    who: Someone, demand: str, body: str, answer: str, *, on: str, reference: str = ""
) -> None:
    """Record what a body answered to a formality."""
    open_step(who, demand, "Enregistrer la réponse", body)
    tick(who, answer)
    say(who, "Datée du", on)
    say(who, "Référence", reference)
    decide(who, "Enregistrer la réponse")


def sign_convention(who: Someone, demand: str, convention: str, reference: str) -> None:
    """Record that a convention was signed today."""
    open_step(who, demand, "Enregistrer la signature", convention)
    say(who, "Référence", reference)
    say(who, "Signée le", today(who.portal))
    decide(who, "Enregistrer la signature")


def authorise(who: Someone, demand: str) -> None:
    """The delegate of the lead establishment authorises, knowingly."""
    open_step(who, demand, "Autoriser")
    tick(who, "Je confirme : cette décision ne se défait pas.")
    decide(who, "Autoriser")


# Extractions and access


def launch_extraction(who: Someone, demand: str, hospital: str) -> str:
    """A data engineer reads what leaves, and orders the extraction; return its address."""
    who.go("/extractions")
    follow(who, f"Préparer {demand}, {hospital}")
    click(who, "Lancer l’extraction")
    told(who, "L'ordre est parti.")
    return who.page.url.removeprefix(who.portal.address)


def deliver(who: Someone, extraction: str) -> None:
    """See the extraction end by itself on its page, then deliver what it made."""
    who.go(extraction)
    link = who.page.get_by_role("link", name="Livrer les données", exact=True)
    expect(link).to_be_visible(timeout=60_000)
    told(who, "Signé par l’établissement.")
    who.hand.press(link)
    decide(who, "Livrer les données")


def sign(who: Someone, text: str) -> None:
    """Sign a charter or a commitment, from one's commitments."""
    who.go("/engagements")
    who.hand.press(who.page.get_by_role("link", name=re.compile(rf"^{re.escape(text)}")).first)
    tick(who, "J'ai lu ce texte et je m'engage à le respecter.")
    click(who, "Signer")
    told(who, "Signé")


def add_training(who: Someone, title: str) -> None:
    """Record a training in data protection, obtained today, with its certificate."""
    who.go("/engagements")
    follow(who, "Ajouter une formation")
    say(who, "Intitulé de la formation", title)
    say(who, "Obtenue le", today(who.portal))
    who.page.get_by_label("Attestation").set_input_files(
        {"name": "attestation.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    click(who, "Ajouter")
    told(who, title)


def be_in_order(who: Someone) -> None:
    """Sign what a member signs, and show a training."""
    sign(who, "Charte Utilisateur")
    sign(who, "Engagement de non-réidentification")
    add_training(who, "Protection des données en recherche")


# Results and closure


def certify_copies_destroyed(who: Someone, demand: str, hospital: str, reference: str) -> None:
    """A data engineer certifies that the working copies are destroyed, the team having worked in
    another space."""
    who.go(f"/demandes/{demand}/donnees")
    follow(who, f"L’espace est ailleurs : attester à la main {hospital}")
    say(who, "Référence du certificat", reference)
    click(who, "Attester")
    told(who, "Cochez la case pour attester.")
    tick(who, "J'atteste que les copies de travail de cette étude sont détruites ici.")
    click(who, "Attester")
    told(who, "Le certificat est enregistré.")


def destroy_space(who: Someone, demand: str, hospital: str) -> None:
    """A data engineer has the working space destroyed; the site answers by its certificate, which
    the page shows as soon as it comes."""
    who.go(f"/demandes/{demand}/donnees")
    follow(who, f"Détruire l’espace de travail {hospital}")
    told(who, "ne retrouvera pas son travail")
    click(who, "Détruire l'espace de travail")
    named = f"Télécharger le certificat signé Espace de travail détruit, {hospital}"
    expect(who.page.get_by_role("link", name=named)).to_be_visible(timeout=60_000)


def publish(who: Someone, demand: str, title: str, *, doi: str) -> None:
    """Declare a publication that cites the establishments and the number."""
    who.go(f"/demandes/{demand}/resultats")
    follow(who, "Déclarer un résultat")
    follow(who, "Publication", exact=False)
    say(who, "Titre", title)
    say(who, "DOI", doi)
    say(who, "Publié le", today(who.portal))
    tick(who, "Il cite les établissements dont viennent les données")
    tick(who, "Il cite le numéro de la demande")
    submit(who)
    told(who, "Le résultat est déclaré.")


def write_plain_results(who: Someone, demand: str, text: str) -> None:
    """Write what the project showed, for citizens."""
    who.go(f"/demandes/{demand}/resultats")
    follow(who, "Écrire le résumé")
    say(who, "Ce que le projet a montré, en mots simples", text)
    submit(who)
    told(who, "Le résumé est enregistré.")


def offer_back(who: Someone, demand: str, where: str) -> None:
    """Say that algorithms are offered back, and where they are."""
    who.go(f"/demandes/{demand}/resultats")
    follow(who, "Dire ce que nous offrons")
    tick(who, "Nous offrons quelque chose aux établissements")
    tick(who, "Des algorithmes")
    say(who, "Où le trouver, ou pourquoi ce n'est pas possible", where)
    submit(who)
    told(who, "C'est noté. Les établissements le liront ici.")


def close(who: Someone, demand: str) -> None:
    """The case officer closes, knowingly."""
    open_step(who, demand, "Clôturer")
    tick(who, "Je confirme : cette décision ne se défait pas.")
    decide(who, "Clôturer")


# Citizens


def verify_proof(reader: Someone) -> None:
    """From a project's page, follow the proof of its last decision and have it verified; beat's
    minute passed meanwhile, so that the decision is signed."""
    reader.portal.run(*EVERY_MINUTE)
    reader.hand.press(reader.page.get_by_role("link", name="Preuve", exact=True).last)
    click(reader, "Vérifier")
    told(reader, WHOLE)
