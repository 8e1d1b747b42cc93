"""What cannot happen, whatever anybody does.

Facts are free: a claim that something cannot happen lets every fact be true.
"""

from governance.process.model import APPEAL
from governance.process.proofs.claim import SAFETY, Claim, Fault, family
from governance.process.proofs.ways import demands, entering, gates, site_gate, whenever
from governance.process.shape import HOLDER, NEGATIVE, SYSTEM, Text
from governance.process.table import IN_PERIMETER, OUT_OF_PERIMETER

CLAIMS: list[Claim] = []
claim = family(SAFETY, CLAIMS)

AGAINST = ("refused", "dropped", "revoked", "closed_in_default", "suspended")
"""The states in which a decision against the holder leaves a request."""


@claim(
    "admission",
    "Aucun chemin ne mène à l'accès sans une recevabilité prononcée, articles en main.",
    "No path leads to access without an admission, judged by its articles.",
)
def _admission(model):
    yield from gates(model, {"admit": "admit"}, ("authorised", "access"))
    yield from demands(model, "submit", ("U-01", "U-02", "U-03", "C-12"))
    yield from demands(model, "admit", ("U-01", "U-02", "U-03", "C-01"))


@claim(
    "complete_before_committee",
    "Le comité n'est saisi que d'une demande étudiée : voie fixée, faisabilités rendues, un "
    "établissement faisable au moins.",
    "The committee only receives a request that was studied: route set, every feasibility stated, "
    "one establishment feasible at least.",
)
def _complete_before_committee(model):
    yield from whenever(
        model, "to_committee", "route", "route_set", lambda found: found == ("set",)
    )
    yield from whenever(
        model,
        "to_committee",
        "site",
        "every_feasibility_stated",
        lambda found: "asked" not in found,
    )
    yield from whenever(
        model, "to_committee", "site", "some_site_feasible", lambda found: "feasible" in found
    )
    yield from demands(model, "state_feasibility", ("P-01", "P-02", "P-13"), ("feasible",))
    yield from demands(model, "qualify", ("U-07a",))
    yield from demands(model, "to_committee", ("U-04", "U-05"))


@claim(
    "opinion",
    "Aucun chemin ne mène à l'accès sans l'avis favorable du comité, réserves levées, rendu dans "
    "les règles.",
    "No path leads to access without the committee's favourable opinion, reservations lifted, "
    "given by its rules.",
)
def _opinion(model):
    positive = {"give_opinion:favourable": "give_opinion", "give_opinion:reserved": "give_opinion"}
    yield from gates(model, positive, ("authorised", "access"))
    yield from whenever(
        model, "authorise", "opinion", "opinion_favourable", lambda found: found == ("favourable",)
    )
    yield from demands(model, "give_opinion", ("C-05",))
    yield from demands(
        model, "lift_reservations", ("reservations_answered", "reservations_accepted")
    )
    yield from demands(
        model, "give_opinion", ("U-15", "U-16"), ("favourable", "reserved", "unfavourable")
    )


@claim(
    "every_agreement",
    "Aucun chemin ne mène à l'accès sans l'accord de chaque établissement du périmètre.",
    "No path leads to access without the agreement of every establishment of the perimeter.",
)
def _every_agreement(model):
    answered = {*IN_PERIMETER, *OUT_OF_PERIMETER}
    yield from whenever(model, "authorise", "site", "P-05", lambda found: answered >= set(found))
    yield from whenever(
        model,
        "authorise",
        "site",
        "some_site_agreed",
        lambda found: bool(set(found) & set(IN_PERIMETER)),
    )
    yield from demands(model, "authorise", ("P-05",))
    yield from demands(model, "join_by_amendment", ("amendment_accepted",))
    agreements = ("agree", "agree_with_limits", "join_by_amendment")
    yield from site_gate(model, "opened", agreements, "agree")


@claim(
    "every_formality",
    "Aucun chemin ne mène à l'accès sans chaque formalité de la voie, favorable, ni sans chaque "
    "convention signée.",
    "No path leads to access without every formality of the route, favourable, nor without every "
    "contract signed.",
)
def _every_formality(model):
    yield from whenever(
        model, "authorise", "formality", "U-07b", lambda found: set(found) == {"favourable"}
    )
    yield from whenever(
        model, "authorise", "convention", "conventions_signed", lambda found: found == ("signed",)
    )
    yield from demands(model, "complete_evidence", ("evidence_gathered",))
    yield from demands(model, "authorise", ("U-07b",))


@claim(
    "authorisation",
    "Aucun chemin ne mène à l'accès sans une autorisation prononcée sous délégation, avec une "
    "destination permise, une durée bornée, et sans vente.",
    "No path leads to access without an authorisation decided under delegation, to a permitted "
    "destination, for a bounded time, and with nothing sold.",
)
def _authorisation(model):
    yield from gates(model, {"authorise": "authorise"}, ("authorised", "access"))
    yield from demands(model, "authorise", ("U-09", "U-10", "C-11"))


@claim(
    "delivery",
    "Aucune donnée n'est ouverte sans extraction vérifiée, patients informés, opposition "
    "respectée et équipe en règle.",
    "No data are opened without a checked extraction, patients informed, objections respected and "
    "a team in order.",
)
def _delivery(model):
    yield from demands(model, "deliver", ("P-06", "P-07", "P-08", "P-09", "extraction_checked"))
    yield from demands(model, "open_access", ("C-02", "C-03", "U-06", "U-08", "opening_chosen"))
    yield from site_gate(model, "opened", ("deliver",), "deliver")


@claim(
    "results",
    "Aucune demande n'est clôturée sans résultats rendus, ou comme un article l'excuse ; qui n'a "
    "pas rendu les siens n'en dépose pas d'autre.",
    "No request is closed without results given back, or as an article excuses; whoever has not "
    "given theirs back deposits no other.",
)
def _results(model):
    for step in sorted({move.step.code for _, move, _ in entering(model, ("closed",))}):
        yield from demands(model, step, ("U-11", "U-12a", "U-13", "U-14", "P-11", "C-06"))
    yield from demands(model, "submit", ("no_default",))


@claim(
    "due_process",
    "Nul n'est classé sans avertissement, ni mis en défaut ou privé d'autorisation sans avoir été "
    "entendu ; aucun délai n'est enjambé.",
    "Nobody is dropped unwarned, nor put in default or deprived of an authorisation unheard; no "
    "delay is skipped.",
)
def _due_process(model):
    yield from demands(model, "resubmit", ("points_answered",))
    yield from demands(model, "continue_without", ("site_declined_or_late",))
    yield from demands(model, "drop", ("warned",))
    yield from demands(model, "revive", ("revived_in_time",))
    yield from demands(model, "close_in_default", ("results_overdue", "heard"))
    yield from demands(model, "revoke", ("heard", "dpo_gave_opinion"))
    yield from demands(model, "confirm_suspension", ("suspension_to_confirm",))
    yield from demands(model, "appeal", ("appealed_in_time",))
    yield from demands(model, "agree_with_limits", ("P-12",))
    yield from demands(model, "decline", ("P-12",))
    yield from whenever(
        model, "appeal", APPEAL, "no_other_appeal", lambda found: "open" not in found
    )


@claim(
    "left_over",
    "Une autorisation ne survit pas au dernier établissement, et n'est pas perdue tant qu'il en "
    "reste un.",
    "An authorisation does not outlive the last establishment, and is not lost while one is left.",
)
def _left_over(model):
    for number, move, target in model.made("report_undeliverable"):
        goal = model.situations[target]
        some_left = bool(set(model.statuses(goal, "site")) & set(IN_PERIMETER))
        if some_left == (goal.state == "dropped"):
            guard = "no_site_left" if some_left else "some_site_left"
            yield Fault(
                Text(
                    f"« {move.name} » mène à « {goal.state} » : « {guard} » ne l'empêche pas.",
                    f"“{move.name}” leads to “{goal.state}”: “{guard}” does not prevent it.",
                ),
                number,
                move.name,
            )


@claim(
    "delegation",
    "Ce qui accorde, refuse ou retire n'est décidé que sous une délégation de signature.",
    "What grants, refuses or takes away is only decided under a delegation of signature.",
)
def _delegation(model):
    deciding = ("authorised", "refused", "revoked", "closed_in_default")
    leading = {move.step.code for _, move, _ in entering(model, deciding)}
    for step in model.process.steps:
        decides = step.code in leading or "delegate" in step.actors
        if decides and not step.delegated and SYSTEM not in step.actors:
            yield Fault(
                Text(
                    f"« {step.code} » se décide sans délégation.",
                    f"“{step.code}” is decided without a delegation.",
                )
            )


@claim(
    "articles",
    "Toute décision qui ferme une demande, ou la suspend, est défavorable : elle cite un article.",
    "Every decision that ends a request against its holder, or suspends it, is negative: it cites "
    "an article.",
)
def _articles(model):
    for number, move, goal in entering(model, AGAINST):
        appealed = model.situations[number].state in model.ended
        if move.outcome.tone != NEGATIVE and not appealed:
            yield Fault(
                Text(
                    f"« {move.name} » mène à « {goal.state} » sans citer d'article.",
                    f"“{move.name}” leads to “{goal.state}” and cites no article.",
                ),
                number,
                move.name,
            )


@claim(
    "reasons",
    "Ce qui remet en cause une décision est motivé par écrit : le recours, sa réponse, le retour "
    "devant le comité.",
    "What calls a decision into question is reasoned in writing: the appeal, its answer, the "
    "return to the committee.",
)
def _reasons(model):
    for step in model.process.steps:
        # Of a negative answer the engine always asks a reason: see `_check_grounds` there.
        revisits = step.track == APPEAL or step.code == "return_to_committee"
        if revisits and not (step.reasoned or step.negative):
            yield Fault(
                Text(
                    f"« {step.code} » se prend sans motif écrit.",
                    f"“{step.code}” is taken without a written reason.",
                )
            )


@claim(
    "holder",
    "Aucune étape du porteur ne mène à une autorisation ni à un accès ; aucun recours non plus.",
    "No step of the holder leads to an authorisation or to access; no appeal does either.",
)
def _holder(model):
    for number, move, goal in entering(model, ("authorised", "access")):
        if move.by(HOLDER) or move.step.track == APPEAL:
            yield Fault(
                Text(
                    f"« {move.name} » mène à « {goal.state} ».",
                    f"“{move.name}” leads to “{goal.state}”.",
                ),
                number,
                move.name,
            )
