"""What always stays possible: an end, a move, an answer, an appeal.

Facts are free, but where the claim is that somebody alone can do something: the office that ends
a request is granted no article and no act of the holder.
"""

from governance.process.model import APPEAL
from governance.process.proofs.claim import LIVENESS, Claim, Fault, family
from governance.process.proofs.ways import Door, leads, open_doors, unhindered
from governance.process.shape import HOLDER, NEGATIVE, SYSTEM, Text
from governance.process.table import ANSWERABLE, LIVE_BEFORE_ACCESS, REVIEWED

CLAIMS: list[Claim] = []
claim = family(LIVENESS, CLAIMS)


@claim(
    "nothing_dead",
    "Rien n'est lettre morte : chaque état, chaque statut et chaque réponse de la table peut "
    "arriver.",
    "Nothing is dead letter: every state, every status and every answer of the table can happen.",
)
def _nothing_dead(model):
    reached = {situation.state for situation in model.situations}
    for state in model.process.states:
        if state.code not in reached:
            yield Fault(
                Text(
                    f"Rien ne mène à « {state.code} ».",
                    f"Nothing leads to “{state.code}”.",
                )
            )
    for track in model.process.tracks:
        seen = {status for each in model.situations for status in model.statuses(each, track.kind)}
        seen |= {
            move.outcome.track_to for move in model.first_made if move.step.track == track.kind
        }
        for status in track.statuses:
            # An appeal is made by the person, before the step that opens it.
            if status not in seen and (track.kind, status) != (APPEAL, track.initial):
                yield Fault(
                    Text(
                        f"Rien ne mène {track.kind} à « {status} ».",
                        f"Nothing leads {track.kind} to “{status}”.",
                    )
                )
    for move in model.planned:
        if move not in model.first_made:
            yield Fault(
                Text(
                    f"« {move.name} » n'arrive jamais sur {move.step.track} {move.came_from}.",
                    f"“{move.name}” never happens on {move.step.track} {move.came_from}.",
                )
            )


@claim(
    "an_end",
    "De toute situation, une fin peut être atteinte.",
    "From every situation an end can be reached.",
)
def _an_end(model):
    ended = {n for n, each in enumerate(model.situations) if each.state in model.ended}
    words = Text("Aucune fin n'est atteinte", "No end is reached")
    yield from leads(model, range(len(model.situations)), ended, words)


@claim(
    "an_end_by_the_office",
    "Dès le dépôt, le guichet peut mener toute demande à une fin sans le porteur et sans qu'aucun "
    "article ne soit satisfait.",
    "From the deposit on, the office can bring every request to an end without its holder and with "
    "no article satisfied.",
)
def _an_end_by_the_office(model):
    ended = {n for n, each in enumerate(model.situations) if each.state in model.ended}
    live = {
        n
        for n, each in enumerate(model.situations)
        if n not in ended and each.state != model.process.initial
    }
    clauses = {clause.code for charter in model.charters for clause in charter.clauses}
    words = Text("Le guichet seul n'atteint aucune fin", "The office alone reaches no end")
    yield from leads(
        model,
        live,
        ended,
        words,
        lambda move: move.step.actors != (HOLDER,) and not move.demands & clauses,
    )


@claim(
    "a_move",
    "Le porteur qu'on attend, ou qui attend, peut toujours autre chose que se retirer ; et se "
    "retirer lui reste ouvert jusqu'à l'accès, sans qu'aucun article l'en empêche.",
    "The holder, awaited or waiting, can always do something else than withdraw; and can withdraw "
    "until access, which no article prevents.",
)
def _a_move(model):
    refused = ("due", "conditional", "unfavourable")
    yield from open_doors(
        model,
        (
            Door(("draft",), "submit"),
            Door(("completion",), "resubmit"),
            Door(("preparation",), "continue_without", ("done",), "site", ("feasible", "declined")),
            Door(("preparation",), "file_formality", ("done",), "formality", refused),
            Door(("preparation",), "complete_evidence", ("done",), "formality", ("gathering",)),
            Door(("access", "suspended"), "end_access"),
            Door(LIVE_BEFORE_ACCESS, "withdraw"),
        ),
    )
    yield from unhindered(model, ("withdraw",))


@claim(
    "someone_acts",
    "Dans tout état vivant, quelqu'un d'autre que le porteur peut faire avancer la demande, ou le "
    "porteur attendu le peut ; et un délai court, avec ses relances.",
    "In every live state somebody other than the holder can move the request on, or the awaited "
    "holder can; and a delay runs, with its reminders.",
)
def _someone_acts(model):
    backwards = {"withdraw", "return", "refuse", "drop", "appeal", "uphold", "overturn", "block"}
    for state in model.process.states:
        if not state.ended and not (state.delay and state.delay.warn):
            yield Fault(
                Text(
                    f"Aucun délai ne court en « {state.code} ».",
                    f"No delay runs in “{state.code}”.",
                )
            )
    stuck = set()
    for number, situation in enumerate(model.situations):
        if situation.state in model.ended or situation.state in stuck:
            continue
        awaited = model.process.state(situation.state).acts_next
        if not any(
            move.step.actors != (HOLDER,) or awaited == HOLDER
            for move, _ in model.moves[number]
            if move.step.code not in backwards
        ):
            stuck.add(situation.state)
            yield Fault(
                Text(
                    f"Personne ne peut faire avancer « {situation.state} ».",
                    f"Nobody can move “{situation.state}” on.",
                ),
                number,
            )


@claim(
    "every_answer",
    "Qui est interrogé a toutes ses réponses : ni le oui, ni le non, ni le renvoi n'est empêché ; "
    "refuser, renvoyer ou retirer ne demande qu'aucun article soit satisfait.",
    "Whoever is asked has every answer: neither yes, nor no, nor a return is prevented; to refuse, "
    "to return or to revoke asks for no article to be satisfied.",
)
def _every_answer(model):
    opinions = ("favourable", "reserved", "deferred", "unfavourable")
    granted = ("agreed", "agreed_with_limits")
    yield from open_doors(
        model,
        (
            Door(("admissibility",), "admit"),
            Door(REVIEWED, "return"),
            Door(REVIEWED, "refuse"),
            Door(
                ("instruction",),
                "state_feasibility",
                ("feasible", "infeasible"),
                "site",
                ("asked", "infeasible"),
            ),
            Door(("instruction",), "qualify", ("done",), "route", ("unset", "set")),
            Door(("committee",), "give_opinion", opinions, "opinion", ("awaited", "unfavourable")),
            Door(("preparation",), "lift_reservations", ("done",), "opinion", ("reserved",)),
            Door(
                ("preparation",),
                "agree",
                ("done",),
                "site",
                ("feasible", "declined", "agreed_with_limits", "undeliverable"),
            ),
            Door(
                ("preparation",), "agree_with_limits", ("done",), "site", ("feasible", "declined")
            ),
            Door(("preparation",), "decline", ("done",), "site", ("feasible",)),
            Door(
                ("preparation",),
                "record_answer",
                ("favourable", "conditional", "unfavourable"),
                "formality",
                ("due", "filed", "conditional"),
            ),
            Door(("preparation",), "sign_convention", ("done",), "convention", ("due",)),
            Door(("completion", "preparation"), "drop"),
            Door(("authorised", "access"), "deliver", ("done",), "site", granted),
            Door(
                ("authorised", "access"),
                "report_undeliverable",
                ("some_site_left", "no_site_left"),
                "site",
                granted,
                any_of=True,
            ),
            Door(("authorised", "access"), "open_access", ("done",), "site", ("delivered",)),
            Door(("suspended",), "confirm_suspension"),
            Door(("suspended",), "resume"),
            Door(("access", "suspended"), "revoke"),
            Door(("results",), "close"),
            Door(("results",), "close_in_default"),
        ),
    )
    yield from unhindered(model, ("return", "refuse", "confirm_suspension", "revoke"))


@claim(
    "no_trap",
    "Aucune demande n'est prise au piège : tant qu'un établissement peut y prendre part, le comité "
    "puis l'autorisation restent possibles.",
    "No request is trapped: while an establishment can take part, the committee and then the "
    "authorisation stay possible.",
)
def _no_trap(model):
    for state, step in (("instruction", "to_committee"), ("preparation", "authorise")):
        starts = {
            number
            for number, situation in model.standing((state,))
            if state == "instruction"
            or not set(model.statuses(situation, "site")) <= {"infeasible", "left"}
        }
        taken = {number for number, _, _ in model.made(step)}
        words = Text(f"« {step} » n'est plus possible", f"“{step}” is no longer possible")
        yield from leads(model, starts, taken, words)


@claim(
    "again",
    "Rien n'est perdu : ce qui a changé repasse devant le comité, une demande abandonnée reprend "
    "où elle était, un établissement écarté peut revenir, un manquement se répare.",
    "Nothing is lost: what changed is judged again by the committee, a dropped request resumes "
    "where it was, an establishment left out can come back, a default can be mended.",
)
def _again(model):
    outside = ("left", "infeasible")
    yield from open_doors(
        model,
        (
            Door(
                ("preparation",),
                "return_to_committee",
                ("done",),
                "opinion",
                ("favourable", "reserved"),
            ),
            Door(("dropped",), "revive"),
            Door(("authorised", "access"), "join_by_amendment", ("done",), "site", outside),
            Door(("closed_in_default",), "mend"),
        ),
    )
    late = ("authorised", "access", "suspended", "results")
    for number, move, target in model.made("revive"):
        if model.situations[target].state in late:
            yield Fault(
                Text("« revive » dépasse la préparation.", "“revive” goes beyond preparation."),
                number,
                move.name,
            )
            return


@claim(
    "appeal",
    "Toute décision défavorable, et tout blocage, peut faire l'objet d'un recours, qui peut être "
    "confirmé ou infirmé où qu'en soit la demande, et qui trouve un juge dans le réseau quand "
    "l'établissement n'en a pas ; aucun article n'empêche ni le recours ni sa réponse.",
    "Every negative decision, and every block, can be appealed, and the appeal upheld or "
    "overturned wherever the request stands; it finds a judge in the network when the "
    "establishment has none; no article prevents the appeal nor its answer.",
)
def _appeal(model):
    closed = set()
    for number, move, target in model.edges():
        if move.outcome.tone != NEGATIVE or move.step.track == APPEAL or move.name in closed:
            continue
        goal = model.situations[target]
        if not (move.step.delegated or goal.state != model.situations[number].state):
            continue
        pending = bool(model.statuses(goal, APPEAL))
        if not pending and all(each.step.code != "appeal" for each, _ in model.moves[target]):
            closed.add(move.name)
            yield Fault(
                Text(
                    f"« {move.name} » n'est pas susceptible d'« appeal » en « {goal.state} ».",
                    f"“{move.name}” is not open to “appeal” in “{goal.state}”.",
                ),
                number,
                move.name,
            )
    overturned = {
        "refused": "review_resumes",
        "dropped": "review_resumes",
        "revoked": "suspended_instead",
        "closed_in_default": "results_awaited",
    }
    yield from open_doors(model, [Door(ANSWERABLE, "uphold", ("done",), APPEAL, ("open",))])
    for outcome in ("review_resumes", "suspended_instead", "results_awaited"):
        states = tuple(state for state in overturned if overturned[state] == outcome)
        yield from open_doors(model, [Door(states, "overturn", (outcome,), APPEAL, ("open",))])
    yield from unhindered(model, ("appeal", "uphold", "overturn"))
    standing = tuple(state for state in ANSWERABLE if state not in overturned)
    yield from open_doors(
        model, [Door(standing, "overturn", ("to_be_decided_again",), APPEAL, ("open",))]
    )
    for step in model.process.steps:
        # Whoever took the decision has no part in the appeal: a house of one delegate has no judge.
        if step.track == APPEAL and step.apart and not step.pooled:
            yield Fault(
                Text(
                    f"« {step.code} » ne trouve personne là où un seul délégataire décide.",
                    f"“{step.code}” finds nobody in an establishment with a single delegate.",
                )
            )
    for number, situation in enumerate(model.situations):
        waits = "open" in model.statuses(situation, APPEAL)
        if waits and situation.state not in (*ANSWERABLE, "closed", "withdrawn"):
            yield Fault(
                Text(
                    f"Un recours ouvert reste sans réponse en « {situation.state} ».",
                    f"An open appeal stays unanswered in “{situation.state}”.",
                ),
                number,
            )
            return


@claim(
    "cut",
    "Un accès peut toujours être coupé sur-le-champ ; y mettre fin ne peut jamais être empêché.",
    "Access can always be cut at once; ending it can never be prevented.",
)
def _cut(model):
    yield from open_doors(
        model,
        (Door(("authorised", "access"), "block"), Door(("access", "suspended"), "end_access")),
    )
    for move, (number, _) in model.first_made.items():
        if move.step.code in ("block", "end_access"):
            hindered = bool(move.demands) or not move.by(SYSTEM)
            if hindered or (move.step.code == "end_access" and not move.by(HOLDER)):
                yield Fault(
                    Text(
                        f"« {move.name} » peut être empêché.",
                        f"“{move.name}” can be prevented.",
                    ),
                    number,
                    move.name,
                )
