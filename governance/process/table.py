"""The life of a request, as law: every state, every track, every step.

Guards by charter articles are not written here: each article names the steps it guards
(`governance/charters`), and the engine reads both. What is here beside the articles are the
needs of procedure: what must have happened for a step to make sense at all.
"""

from governance.process.shape import (
    DAYS,
    HOLDER,
    LEGAL,
    MONTHS,
    NEGATIVE,
    NEUTRAL,
    ORIGIN,
    POSITIVE,
    SYSTEM,
    WORKING_DAYS,
    Delay,
    Every,
    Fact,
    Need,
    Outcome,
    Process,
    Some,
    State,
    Step,
    Text,
    Track,
)

APPEAL_DELAY = Delay(2, MONTHS, LEGAL, source="CJA R.421-1")
REVIVE_DELAY = Delay(6, MONTHS)
RESULTS_DELAY = Delay(18, MONTHS, warn=(6, 3, 1))
SITE_ANSWER_DELAY = Delay(30, WORKING_DAYS, warn=(10, 5, 0))

LIFTING_DELAY = Delay(5, WORKING_DAYS, warn=(2, 0))
"""Once the holder answered: reservations are lifted by then, or come back in session."""

FORMALITY_DELAY = Delay(2, MONTHS, LEGAL, warn=(1, 0), source="LIL 66 V")

STATES = (
    State(
        "draft",
        Text("Brouillon", "Draft"),
        None,
        HOLDER,
        Delay(365, DAYS, warn=(335, 30, 7)),
    ),
    State(
        "admissibility",
        Text("Recevabilité", "Admissibility"),
        Text("Demande reçue", "Request received"),
        "case_officer",
        Delay(15, WORKING_DAYS, warn=(5, 1)),
    ),
    State(
        "completion",
        Text("Compléments demandés", "Additions requested"),
        Text("Le demandeur complète", "The applicant is completing the request"),
        HOLDER,
        Delay(28, WORKING_DAYS, warn=(14, 7, 2)),
    ),
    State(
        "instruction",
        Text("Instruction", "Examination"),
        Text("En cours d'étude", "Under examination"),
        "case_officer",
        Delay(30, WORKING_DAYS, warn=(10, 2)),
    ),
    State(
        "committee",
        Text("Comité", "Committee"),
        Text(
            "Examen par le comité scientifique et éthique",
            "Review by the scientific and ethics committee",
        ),
        "committee_chair",
        Delay(45, DAYS, warn=(10, 3)),
    ),
    State(
        "preparation",
        Text("Préparation", "Preparation"),
        Text("Accords et autorisations", "Agreements and authorisations"),
        "case_officer",
        Delay(60, WORKING_DAYS, warn=(15, 5)),
    ),
    State(
        "authorised",
        Text("Autorisée", "Authorised"),
        Text("Données en préparation", "Data being prepared"),
        "data_engineer",
        Delay(60, DAYS, warn=(20, 5)),
    ),
    State(
        "access",
        Text("Accès ouvert", "Access open"),
        Text("Recherche en cours", "Research under way"),
        HOLDER,
        Delay(36, MONTHS, warn=(3, 1)),
    ),
    State(
        "results",
        Text("Restitution", "Reporting"),
        Text("Résultats attendus", "Results expected"),
        HOLDER,
        RESULTS_DELAY,
    ),
    State(
        "closed",
        Text("Clôturée", "Closed"),
        Text("Terminée, résultats publiés", "Completed, results published"),
        "",
        ended=True,
    ),
    State(
        "closed_in_default",
        Text("Clôturée avec manquement", "Closed in default"),
        Text("Terminée sans résultats publiés", "Ended without published results"),
        HOLDER,
        ended=True,
    ),
    State(
        "refused",
        Text("Refusée", "Refused"),
        Text("Refusée", "Refused"),
        HOLDER,
        APPEAL_DELAY,
        ended=True,
    ),
    State(
        "dropped",
        Text("Sans suite", "Dropped"),
        Text("Abandonnée", "Discontinued"),
        HOLDER,
        REVIVE_DELAY,
        ended=True,
    ),
    State(
        "withdrawn",
        Text("Retirée", "Withdrawn"),
        Text("Retirée par le demandeur", "Withdrawn by the applicant"),
        "",
        ended=True,
    ),
    State(
        "suspended",
        Text("Suspendue", "Suspended"),
        Text("Suspendue", "Suspended"),
        "delegate",
        Delay(2, WORKING_DAYS, warn=(1,), each_day=True),
    ),
    State(
        "revoked",
        Text("Révoquée", "Revoked"),
        Text("Autorisation retirée", "Authorisation withdrawn"),
        HOLDER,
        APPEAL_DELAY,
        ended=True,
    ),
)

RESERVATIONS_ANSWERED = Need(
    "reservations_answered",
    Fact("reservations_answered"),
    Text("Chaque réserve a la réponse du porteur", "Every reservation has the holder's answer"),
    HOLDER,
)
RESERVATIONS_ACCEPTED = Need(
    "reservations_accepted",
    Fact("reservations_accepted"),
    Text(
        "Chaque réponse aux réserves est acceptée", "Every answer to the reservations is accepted"
    ),
    "committee_chair",
    part=True,
)
SITE = Track(
    "site",
    Text("Établissement", "Establishment"),
    {
        "asked": Text("Sollicité", "Asked"),
        "feasible": Text("Faisable, accord attendu", "Feasible, agreement awaited"),
        "infeasible": Text("Infaisable", "Infeasible"),
        "agreed": Text("D'accord", "Agreed"),
        "agreed_with_limits": Text("D'accord avec limites", "Agreed with limits"),
        "declined": Text("Décliné", "Declined"),
        "left": Text("Hors du périmètre", "Out of the perimeter"),
        "delivered": Text("Données livrées", "Data delivered"),
        "undeliverable": Text("Livraison impossible", "Cannot deliver"),
        "opened": Text("Accès ouvert", "Access open"),
    },
    ends=("infeasible", "left", "undeliverable", "opened"),
    per="site",
    delay=SITE_ANSWER_DELAY,
    timed=("asked", "feasible"),
)
ROUTE = Track(
    "route",
    Text("Qualification", "Qualification"),
    {"unset": Text("À fixer", "To be set"), "set": Text("Fixée", "Set")},
    ends=("set",),
    per="case",
)
OPINION = Track(
    "opinion",
    Text("Avis du comité", "Committee's opinion"),
    {
        "awaited": Text("Attendu", "Awaited"),
        "favourable": Text("Favorable", "Favourable"),
        "reserved": Text("Favorable avec réserves", "Favourable with reservations"),
        "unfavourable": Text("Défavorable", "Unfavourable"),
    },
    ends=("favourable", "unfavourable"),
    per="case",
    delay=LIFTING_DELAY,
    timed=("reserved",),
    after=RESERVATIONS_ANSWERED,
)
FORMALITY = Track(
    "formality",
    Text("Formalité", "Formality"),
    {
        "due": Text("À déposer", "To be filed"),
        "gathering": Text("Pièces à réunir", "Evidence to be gathered"),
        "filed": Text("Déposée, réponse attendue", "Filed, answer awaited"),
        "favourable": Text("Favorable", "Favourable"),
        "conditional": Text("Favorable sous conditions", "Favourable under conditions"),
        "unfavourable": Text("Défavorable", "Unfavourable"),
    },
    ends=("favourable",),
    per="formality",
    delay=FORMALITY_DELAY,
    timed=("filed",),
)
CONVENTION = Track(
    "convention",
    Text("Convention", "Agreement contract"),
    {"due": Text("À signer", "To be signed"), "signed": Text("Signée", "Signed")},
    ends=("signed",),
    per="convention",
)
APPEAL = Track(
    "appeal",
    Text("Recours", "Appeal"),
    {
        "made": Text("Formé", "Made"),
        "open": Text("En cours", "Open"),
        "upheld": Text("Décision confirmée", "Decision upheld"),
        "overturned": Text("Décision infirmée", "Decision overturned"),
    },
    ends=("upheld", "overturned"),
    per="appeal",
)

IN_PERIMETER = ("agreed", "agreed_with_limits", "delivered", "opened")
OUT_OF_PERIMETER = ("infeasible", "left", "undeliverable")
EVERY_SITE_ANSWERED = Every("site", IN_PERIMETER + OUT_OF_PERIMETER)
"""What P-05 reads of the tracks: no establishment of the perimeter is without its agreement."""
EVERY_FORMALITY_FAVOURABLE = Every("formality", ("favourable",))
"""What U-07b reads of the tracks."""

NO_DEFAULT = Need(
    "no_default",
    Fact("no_default"),
    Text(
        "Aucune demande du porteur n'est close avec manquement",
        "No request of the holder is closed in default",
    ),
    HOLDER,
)
POINTS_ANSWERED = Need(
    "points_answered",
    Fact("points_answered"),
    Text("Chaque point demandé a sa réponse", "Every point asked has its answer"),
    HOLDER,
)
ROUTE_SET = Need(
    "route_set",
    Every("route", ("set",)),
    Text("La voie réglementaire est fixée", "The regulatory route is set"),
    "regulatory_officer",
)
SOME_SITE_FEASIBLE = Need(
    "some_site_feasible",
    Some("site", ("feasible",)),
    Text(
        "Un établissement au moins est faisable",
        "At least one establishment is feasible",
    ),
    "methodologist",
)
EVERY_FEASIBILITY_STATED = Need(
    "every_feasibility_stated",
    Every("site", ("feasible", "infeasible", "left")),
    Text(
        "Chaque établissement a rendu sa faisabilité",
        "Every establishment has stated its feasibility",
    ),
    "methodologist",
)
OPINION_FAVOURABLE = Need(
    "opinion_favourable",
    Every("opinion", ("favourable",)),
    Text(
        "L'avis du comité est favorable, réserves levées",
        "The committee's opinion is favourable, reservations lifted",
    ),
    "committee_chair",
)
SOME_SITE_AGREED = Need(
    "some_site_agreed",
    Some("site", IN_PERIMETER),
    Text(
        "Un établissement au moins a donné son accord",
        "At least one establishment has agreed",
    ),
    "delegate",
)
EVIDENCE_GATHERED = Need(
    "evidence_gathered",
    Fact("evidence_gathered"),
    Text("Chaque pièce est au dossier", "Every piece of evidence is in the file"),
    "regulatory_officer",
)
CONVENTIONS_SIGNED = Need(
    "conventions_signed",
    Every("convention", ("signed",)),
    Text("Chaque convention est signée", "Every agreement contract is signed"),
    "case_officer",
)
SITE_DECLINED_OR_LATE = Need(
    "site_declined_or_late",
    Fact("site_declined_or_late"),
    Text(
        "L'établissement a décliné ou dépassé son délai",
        "The establishment declined or is past its delay",
    ),
    SYSTEM,
)
WARNED = Need(
    "warned",
    Fact("warned"),
    Text(
        "Le délai est écoulé et les avertissements sont partis",
        "The delay has run out and the warnings have been sent",
    ),
    SYSTEM,
)
REVIVED_IN_TIME = Need(
    "revived_in_time",
    Fact("revived_in_time"),
    Text(
        "Le délai de reprise de 6 mois court encore",
        "The 6-month revival period still runs",
    ),
    HOLDER,
    Text("Le délai de reprise de 6 mois est passé", "The 6-month revival period is over"),
)
APPEALED_IN_TIME = Need(
    "appealed_in_time",
    Fact("appealed_in_time"),
    Text(
        "Le délai de recours de 2 mois court encore",
        "The 2-month appeal period still runs",
    ),
    HOLDER,
    Text("Le délai de recours de 2 mois est passé", "The 2-month appeal period is over"),
)
NO_OTHER_APPEAL = Need(
    "no_other_appeal",
    Every("appeal", ("made", "upheld", "overturned")),
    Text("Aucun autre recours n'est en cours", "No other appeal is open"),
    "delegate",
)
SOME_SITE_LEFT = Need(
    "some_site_left",
    Some("site", IN_PERIMETER),
    Text(
        "Un autre établissement du périmètre peut livrer",
        "Another establishment of the perimeter can deliver",
    ),
    "data_engineer",
)
NO_SITE_LEFT = Need(
    "no_site_left",
    Every("site", OUT_OF_PERIMETER),
    Text(
        "Plus aucun établissement du périmètre ne peut livrer",
        "No establishment of the perimeter can deliver any more",
    ),
    "data_engineer",
)
HEARD = Need(
    "heard",
    Fact("heard"),
    Text("Le porteur a été entendu", "The holder has been heard"),
    "case_officer",
)
DPO_GAVE_OPINION = Need(
    "dpo_gave_opinion",
    Fact("dpo_gave_opinion"),
    Text("Le DPO a rendu son avis", "The DPO has given an opinion"),
    "dpo",
)
SUSPENSION_TO_CONFIRM = Need(
    "suspension_to_confirm",
    Fact("suspension_to_confirm"),
    Text(
        "Aucun délégataire n'a encore confirmé cette suspension",
        "No delegate has confirmed this suspension yet",
    ),
    SYSTEM,
)
EXTRACTION_CHECKED = Need(
    "extraction_checked",
    Fact("extraction_checked"),
    Text(
        "L'extraction est terminée et vérifiée",
        "The extraction is finished and checked",
    ),
    "data_engineer",
)
RESULTS_OVERDUE = Need(
    "results_overdue",
    Fact("results_overdue"),
    Text("Le délai de 18 mois est écoulé", "The 18-month delay has run out"),
    SYSTEM,
)
OPENING_CHOSEN = Need(
    "opening_chosen",
    Fact("opening_chosen"),
    Text(
        "Tous les établissements ont livré, ou le porteur ouvre site par site",
        "All establishments have delivered, or the holder opens site by site",
    ),
    HOLDER,
)


def _done(label: Text, target: str | None = None, track_to: str | None = None, tone=NEUTRAL):
    return (Outcome("done", label, target, track_to, tone),)


LIVE_BEFORE_ACCESS = (
    "draft",
    "admissibility",
    "completion",
    "instruction",
    "committee",
    "preparation",
    "authorised",
)
APPEALABLE = (
    "refused",
    "dropped",
    "suspended",
    "revoked",
    "closed_in_default",
    "preparation",
)
"""Where a negative decision stands; in `preparation`, an establishment's decline or limits."""
ANSWERABLE = APPEALABLE + (
    "admissibility",
    "completion",
    "instruction",
    "committee",
    "authorised",
    "access",
    "results",
)
"""Where an appeal can be answered: it stops nothing, so the request may have moved on since."""
APPEALED = (
    "refuse",
    "drop",
    "block",
    "confirm_suspension",
    "revoke",
    "close_in_default",
    "report_undeliverable",
    "decline",
    "agree_with_limits",
)
"""The negative steps that can be appealed: who took one has no part in its appeal."""
REVIEWED = ("admissibility", "instruction", "committee", "preparation")

STEPS = (
    Step(
        "submit",
        Text("Déposer", "Submit"),
        ("draft",),
        (HOLDER,),
        _done(Text("Déposée", "Submitted"), "admissibility"),
        needs=(NO_DEFAULT,),
        under_reserve=True,
    ),
    Step(
        "admit",
        Text("Déclarer recevable", "Declare admissible"),
        ("admissibility",),
        ("case_officer",),
        _done(Text("Recevable", "Admissible"), "instruction", tone=POSITIVE),
        settles=("U-01", "U-02"),
    ),
    Step(
        "return",
        Text("Renvoyer pour compléments", "Return for additions"),
        REVIEWED,
        (
            "case_officer",
            "methodologist",
            "regulatory_officer",
            "dpo",
            "committee_chair",
        ),
        _done(Text("Compléments demandés", "Additions requested"), "completion"),
        remembers=True,
    ),
    Step(
        "resubmit",
        Text("Renvoyer complété", "Resubmit"),
        ("completion",),
        (HOLDER,),
        _done(Text("Complétée", "Completed"), ORIGIN),
        needs=(POINTS_ANSWERED,),
    ),
    Step(
        "state_feasibility",
        Text("Rendre la faisabilité", "State feasibility"),
        ("instruction",),
        ("methodologist",),
        (
            Outcome("feasible", Text("Faisable", "Feasible"), None, "feasible", POSITIVE),
            Outcome(
                "infeasible",
                Text("Infaisable", "Infeasible"),
                None,
                "infeasible",
                NEGATIVE,
            ),
        ),
        track="site",
        track_from=("asked", "infeasible"),
    ),
    Step(
        "qualify",
        Text("Fixer la voie réglementaire", "Set the regulatory route"),
        ("instruction",),
        ("regulatory_officer",),
        _done(Text("Voie fixée", "Route set"), None, "set", POSITIVE),
        track="route",
        track_from=("unset", "set"),
        settles=("U-07a",),
    ),
    Step(
        "to_committee",
        Text("Transmettre au comité", "Send to the committee"),
        ("instruction",),
        ("case_officer",),
        _done(Text("Transmise au comité", "Sent to the committee"), "committee"),
        needs=(ROUTE_SET, EVERY_FEASIBILITY_STATED, SOME_SITE_FEASIBLE),
    ),
    Step(
        "give_opinion",
        Text("Rendre l'avis du comité", "Give the committee's opinion"),
        ("committee",),
        ("committee_chair",),
        (
            Outcome(
                "favourable",
                Text("Avis favorable", "Favourable opinion"),
                "preparation",
                "favourable",
                POSITIVE,
            ),
            Outcome(
                "reserved",
                Text(
                    "Avis favorable avec réserves",
                    "Favourable opinion with reservations",
                ),
                "preparation",
                "reserved",
                POSITIVE,
            ),
            Outcome(
                "deferred",
                Text("Avis différé", "Opinion deferred"),
                None,
                "awaited",
            ),
            Outcome(
                "unfavourable",
                Text("Avis défavorable", "Unfavourable opinion"),
                None,
                "unfavourable",
                NEGATIVE,
            ),
        ),
        track="opinion",
        track_from=("awaited", "unfavourable"),
    ),
    Step(
        "lift_reservations",
        Text("Lever les réserves", "Lift the reservations"),
        ("preparation",),
        ("committee_chair", "rapporteur"),
        _done(Text("Réserves levées", "Reservations lifted"), None, "favourable", POSITIVE),
        track="opinion",
        track_from=("reserved",),
        needs=(RESERVATIONS_ANSWERED, RESERVATIONS_ACCEPTED),
    ),
    Step(
        "agree",
        Text("Donner l'accord de l'établissement", "Give the establishment's agreement"),
        ("preparation",),
        ("delegate",),
        _done(Text("Accord donné", "Agreement given"), None, "agreed", POSITIVE),
        track="site",
        track_from=("feasible", "declined", "agreed_with_limits", "undeliverable"),
        delegated=True,
    ),
    Step(
        "agree_with_limits",
        Text("Donner un accord avec limites", "Agree with limits"),
        ("preparation",),
        ("delegate",),
        _done(
            Text("Accord avec limites", "Agreement with limits"),
            None,
            "agreed_with_limits",
            NEGATIVE,
        ),
        track="site",
        track_from=("feasible", "declined"),
        delegated=True,
        reasoned=True,
        settles=("P-12",),
    ),
    Step(
        "decline",
        Text("Décliner", "Decline"),
        ("preparation",),
        ("delegate",),
        _done(
            Text("Établissement hors du projet", "Establishment declines"),
            None,
            "declined",
            NEGATIVE,
        ),
        track="site",
        track_from=("feasible",),
        delegated=True,
        reasoned=True,
        settles=("P-12",),
    ),
    Step(
        "continue_without",
        Text("Continuer sans cet établissement", "Continue without this establishment"),
        ("preparation",),
        (HOLDER,),
        _done(
            Text("Poursuivie sans l'établissement", "Continued without it"),
            None,
            "left",
        ),
        track="site",
        track_from=("feasible", "declined"),
        needs=(SITE_DECLINED_OR_LATE,),
        irreversible=True,
    ),
    Step(
        "file_formality",
        Text("Déposer la formalité", "File the formality"),
        ("preparation",),
        ("regulatory_officer", HOLDER),
        _done(Text("Formalité déposée", "Formality filed"), None, "filed"),
        track="formality",
        track_from=("due", "conditional", "unfavourable"),
    ),
    Step(
        "record_answer",
        Text("Enregistrer la réponse", "Record the answer"),
        ("preparation",),
        ("regulatory_officer", HOLDER),
        (
            Outcome(
                "favourable",
                Text("Réponse favorable", "Favourable answer"),
                None,
                "favourable",
                POSITIVE,
            ),
            Outcome(
                "conditional",
                Text("Réponse sous conditions", "Conditional answer"),
                None,
                "conditional",
            ),
            Outcome(
                "unfavourable",
                Text("Réponse défavorable", "Unfavourable answer"),
                None,
                "unfavourable",
            ),
        ),
        track="formality",
        track_from=("due", "filed", "conditional"),
    ),
    Step(
        "complete_evidence",
        Text("Constater que les pièces sont réunies", "State that the evidence is gathered"),
        ("preparation",),
        ("regulatory_officer", HOLDER),
        _done(Text("Pièces réunies", "Evidence gathered"), None, "favourable", POSITIVE),
        track="formality",
        track_from=("gathering",),
        needs=(EVIDENCE_GATHERED,),
    ),
    Step(
        "sign_convention",
        Text("Enregistrer la signature", "Record the signature"),
        ("preparation",),
        ("case_officer", "regulatory_officer"),
        _done(
            Text("Convention signée", "Agreement contract signed"),
            None,
            "signed",
            POSITIVE,
        ),
        track="convention",
        track_from=("due",),
    ),
    Step(
        "return_to_committee",
        Text("Revenir devant le comité", "Return to the committee"),
        ("preparation",),
        ("case_officer",),
        _done(
            Text("De nouveau devant le comité", "Back before the committee"),
            "committee",
            "awaited",
        ),
        track="opinion",
        track_from=("favourable", "reserved"),
        reasoned=True,
    ),
    Step(
        "authorise",
        Text("Autoriser", "Authorise"),
        ("preparation",),
        ("delegate",),
        _done(Text("Autorisée", "Authorised"), "authorised", tone=POSITIVE),
        needs=(OPINION_FAVOURABLE, SOME_SITE_AGREED, CONVENTIONS_SIGNED),
        delegated=True,
        apart=("give_opinion", "lift_reservations", "state_feasibility", "qualify"),
        irreversible=True,
    ),
    Step(
        "refuse",
        Text("Refuser", "Refuse"),
        REVIEWED,
        ("delegate",),
        _done(Text("Refusée", "Refused"), "refused", tone=NEGATIVE),
        delegated=True,
        remembers=True,
        reasoned=True,
        irreversible=True,
    ),
    Step(
        "drop",
        Text("Classer sans suite", "Drop"),
        ("completion", "preparation"),
        ("delegate",),
        _done(Text("Sans suite", "Dropped"), "dropped", tone=NEGATIVE),
        needs=(WARNED,),
        delegated=True,
        remembers=True,
        reasoned=True,
        irreversible=True,
    ),
    Step(
        "revive",
        Text("Reprendre la demande", "Revive the request"),
        ("dropped",),
        (HOLDER,),
        _done(Text("Reprise", "Revived"), ORIGIN),
        needs=(REVIVED_IN_TIME,),
    ),
    Step(
        "deliver",
        Text("Livrer les données", "Deliver the data"),
        ("authorised", "access"),
        ("data_engineer",),
        _done(Text("Données livrées", "Data delivered"), None, "delivered", POSITIVE),
        track="site",
        track_from=("agreed", "agreed_with_limits"),
        needs=(EXTRACTION_CHECKED,),
    ),
    Step(
        "report_undeliverable",
        Text("Signaler une livraison impossible", "Report that delivery is impossible"),
        ("authorised", "access"),
        ("data_engineer",),
        (
            Outcome(
                "some_site_left",
                Text("Livraison impossible", "Delivery impossible"),
                None,
                "undeliverable",
                NEGATIVE,
                needs=(SOME_SITE_LEFT,),
            ),
            Outcome(
                "no_site_left",
                Text(
                    "Plus aucun établissement ne peut livrer",
                    "No establishment can deliver",
                ),
                "dropped",
                "undeliverable",
                NEGATIVE,
                ("authorised",),
                (NO_SITE_LEFT,),
                back_to="preparation",
            ),
        ),
        track="site",
        track_from=("agreed", "agreed_with_limits"),
        reasoned=True,
    ),
    Step(
        "open_access",
        Text("Ouvrir l'accès", "Open access"),
        ("authorised", "access"),
        (SYSTEM,),
        _done(Text("Accès ouvert", "Access opened"), "access", "opened", POSITIVE),
        track="site",
        track_from=("delivered",),
        needs=(OPENING_CHOSEN,),
    ),
    Step(
        "join_by_amendment",
        Text(
            "Faire entrer l'établissement par avenant",
            "Bring the establishment in by amendment",
        ),
        ("authorised", "access"),
        (SYSTEM,),
        _done(
            Text("Établissement entré par avenant", "Establishment joined"),
            None,
            "agreed",
            POSITIVE,
        ),
        track="site",
        track_from=("left", "infeasible"),
        needs=(
            Need(
                "amendment_accepted",
                Fact("amendment_accepted"),
                Text(
                    "L'avenant est accepté, l'établissement d'accord",
                    "The amendment is accepted, the establishment agrees",
                ),
                "delegate",
            ),
        ),
    ),
    Step(
        "block",
        Text("Bloquer l'accès", "Block access"),
        ("authorised", "access"),
        (SYSTEM, "dpo", "case_officer"),
        _done(Text("Suspendue", "Suspended"), "suspended", tone=NEGATIVE),
        remembers=True,
        reasoned=True,
    ),
    Step(
        "confirm_suspension",
        Text("Confirmer la suspension", "Confirm the suspension"),
        ("suspended",),
        ("delegate",),
        _done(Text("Suspension confirmée", "Suspension confirmed"), None, tone=NEGATIVE),
        needs=(SUSPENSION_TO_CONFIRM,),
        delegated=True,
        apart=("block",),
        reasoned=True,
    ),
    Step(
        "resume",
        Text("Rétablir l'accès", "Restore access"),
        ("suspended",),
        ("delegate",),
        _done(Text("Accès rétabli", "Access restored"), ORIGIN, tone=POSITIVE),
        delegated=True,
        apart=("block",),
    ),
    Step(
        "end_access",
        Text("Mettre fin à l'accès", "End access"),
        ("access", "suspended"),
        (SYSTEM, HOLDER),
        _done(Text("Accès terminé", "Access ended"), "results"),
        irreversible=True,
    ),
    Step(
        "close",
        Text("Clôturer", "Close"),
        ("results",),
        ("case_officer",),
        _done(Text("Clôturée", "Closed"), "closed", tone=POSITIVE),
        irreversible=True,
    ),
    Step(
        "close_in_default",
        Text("Clôturer avec manquement", "Close in default"),
        ("results",),
        ("delegate",),
        _done(
            Text("Clôturée avec manquement", "Closed in default"),
            "closed_in_default",
            tone=NEGATIVE,
        ),
        needs=(RESULTS_OVERDUE, HEARD),
        delegated=True,
        reasoned=True,
        irreversible=True,
    ),
    Step(
        "mend",
        Text("Régulariser", "Mend"),
        ("closed_in_default",),
        ("case_officer",),
        _done(
            Text("Clôturée après régularisation", "Closed once mended"),
            "closed",
            tone=POSITIVE,
        ),
    ),
    Step(
        "revoke",
        Text("Retirer l'autorisation", "Revoke the authorisation"),
        ("access", "suspended"),
        ("delegate",),
        _done(
            Text("Autorisation retirée", "Authorisation revoked"),
            "revoked",
            tone=NEGATIVE,
        ),
        needs=(HEARD, DPO_GAVE_OPINION),
        delegated=True,
        remembers=True,
        reasoned=True,
        irreversible=True,
    ),
    Step(
        "appeal",
        Text("Former un recours", "Appeal"),
        APPEALABLE,
        (HOLDER,),
        _done(Text("Recours formé", "Appeal made"), None, "open"),
        track="appeal",
        track_from=(),
        needs=(APPEALED_IN_TIME, NO_OTHER_APPEAL),
        reasoned=True,
    ),
    Step(
        "uphold",
        Text("Confirmer la décision contestée", "Uphold the contested decision"),
        ANSWERABLE,
        ("delegate",),
        _done(Text("Décision confirmée", "Decision upheld"), None, "upheld", NEGATIVE),
        track="appeal",
        track_from=("open",),
        delegated=True,
        apart=APPEALED,
        pooled=True,
        reasoned=True,
    ),
    Step(
        "overturn",
        Text("Infirmer la décision contestée", "Overturn the contested decision"),
        ANSWERABLE,
        ("delegate",),
        (
            Outcome(
                "review_resumes",
                Text(
                    "Décision infirmée, l'examen reprend",
                    "Decision overturned, review resumes",
                ),
                ORIGIN,
                "overturned",
                POSITIVE,
                ("refused", "dropped"),
            ),
            Outcome(
                "suspended_instead",
                Text(
                    "Retrait infirmé, accès suspendu",
                    "Revocation overturned, access suspended",
                ),
                "suspended",
                "overturned",
                POSITIVE,
                ("revoked",),
            ),
            Outcome(
                "results_awaited",
                Text("Manquement infirmé", "Default overturned"),
                "results",
                "overturned",
                POSITIVE,
                ("closed_in_default",),
            ),
            Outcome(
                "to_be_decided_again",
                Text(
                    "Décision infirmée, à reprendre",
                    "Decision overturned, to be taken again",
                ),
                None,
                "overturned",
                POSITIVE,
                (
                    "suspended",
                    "preparation",
                    "admissibility",
                    "completion",
                    "instruction",
                    "committee",
                    "authorised",
                    "access",
                    "results",
                ),
            ),
        ),
        track="appeal",
        track_from=("open",),
        delegated=True,
        apart=APPEALED,
        pooled=True,
        reasoned=True,
    ),
    Step(
        "withdraw",
        Text("Retirer la demande", "Withdraw the request"),
        LIVE_BEFORE_ACCESS,
        (HOLDER,),
        _done(Text("Retirée", "Withdrawn"), "withdrawn"),
        irreversible=True,
    ),
)

REQUEST = Process(
    "request",
    "draft",
    STATES,
    (SITE, ROUTE, OPINION, FORMALITY, CONVENTION, APPEAL),
    STEPS,
)

ENDED = tuple(state.code for state in STATES if state.ended)
"""The states from which a request is not asked any more."""

MAIN_PATH = (
    "draft",
    "admissibility",
    "instruction",
    "committee",
    "preparation",
    "authorised",
    "access",
    "results",
    "closed",
)
"""The states of a request that nothing holds back, in their order."""
