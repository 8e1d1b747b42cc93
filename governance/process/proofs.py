"""The claims that hold for every request, whatever anybody does; each is proved by exploration.

A claim is a sentence for citizens and a check on the model: every situation that the table, the
needs and the articles leave reachable is visited. What a check finds wrong it names: the step, the
answer, the need, the article that should have been there, and the shortest way to the fault.

A statement about "every path" (no access without admission) is one about dominators: the gate is
on every path from the first situation. A statement about what is true when a step is taken (every
establishment agreed) is checked on every occurrence of that step. A statement that something can
always be done (an end, an appeal) is checked from every situation. Facts are free both ways: a
claim that something cannot happen lets every fact be true, one that the office alone can end a
request grants no article and no act of the holder.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import networkx

from governance.charters import Charter
from governance.process.model import APPEAL, Model, Move, Situation, name_of
from governance.process.shape import HOLDER, NEGATIVE, SYSTEM, Process, Text
from governance.process.table import (
    ANSWERABLE,
    IN_PERIMETER,
    LIVE_BEFORE_ACCESS,
    OUT_OF_PERIMETER,
    REVIEWED,
)

SAFETY, LIVENESS, SEPARATION = "safety", "liveness", "separation"
MOST_FAULTS = 5


@dataclass(frozen=True)
class Fault:
    """What contradicts a claim: in words, and the situation in which it shows (None: the table)."""

    words: Text
    at: int | None = None
    then: str = ""


@dataclass(frozen=True)
class Claim:
    """One thing that is always true; `check` yields what contradicts it in a model."""

    code: str
    family: str
    sentence: Text
    check: Callable[[Model], Iterator[Fault]]


@dataclass(frozen=True)
class Proof:
    """A claim confronted with a model."""

    claim: Claim
    holds: bool
    because: Text


CLAIMS: list[Claim] = []


def claim(code: str, family: str, fr: str, en: str):
    """Enter a check as the claim `code`, said in both languages."""

    def enter(check):
        CLAIMS.append(Claim(code, family, Text(fr, en), check))
        return check

    return enter


def prove(process: Process, charters: Iterable[Charter]) -> list[Proof]:
    """Every claim, proved or contradicted, for `process` under `charters`."""
    return prove_on(Model(process, charters))


def prove_on(model: Model) -> list[Proof]:
    """Every claim, proved or contradicted, on a model already explored."""
    proofs = []
    for each in CLAIMS:
        faults = list(islice(each.check(model), MOST_FAULTS))
        because = _contradicted(model, faults) if faults else _explored(model)
        proofs.append(Proof(each, not faults, because))
    return proofs


def _explored(model: Model) -> Text:
    born = {kind: count for kinds in model.births.values() for kind, count in kinds.items()}
    visited, moves = len(model.situations), model.size
    return Text(
        f"Exploration complète : {visited} situations, {moves} passages, aucun contre-exemple. "
        f"{born['site']} établissements, {born['formality']} formalités et "
        f"{born['convention']} convention, interchangeables : les gardes ne disent que "
        "« chaque » ou « au moins un », si bien qu'une situation ne dépend pas de leur ordre ; "
        "les autres faits sont laissés libres.",
        f"Complete exploration: {visited} situations, {moves} moves, no counterexample. "
        f"{born['site']} establishments, {born['formality']} formalities and "
        f"{born['convention']} contract, interchangeable: guards say only “every” or “some”, so "
        "that a situation does not depend on their order; other facts are left free.",
    )


def _contradicted(model: Model, faults: list[Fault]) -> Text:
    fr, en = [], []
    for fault in faults:
        way = model.path(fault.at) if fault.at is not None else []
        steps = " → ".join(way + [fault.then] * bool(fault.then))
        fr.append(fault.words.fr + (f" Chemin : {steps}." if steps else ""))
        en.append(fault.words.en + (f" Path: {steps}." if steps else ""))
    return Text(" ".join(fr), " ".join(en))


# What the checks are made of.


def demands(model: Model, step: str, codes: Iterable[str], outcomes=()) -> Iterator[Fault]:
    """`step` (with one of `outcomes`, or any) is never taken but under every need or clause."""
    for move, (number, _) in model.first_made.items():
        if move.step.code == step and (not outcomes or move.outcome.code in outcomes):
            for code in codes:
                if code not in move.demands:
                    yield Fault(
                        Text(
                            f"Rien n'exige « {code} » pour « {move.name} ».",
                            f"Nothing requires “{code}” for “{move.name}”.",
                        ),
                        number,
                        move.name,
                    )


def whenever(
    model: Model, step: str, kind: str, guard: str, true: Callable[[tuple[str, ...]], bool]
) -> Iterator[Fault]:
    """Each time `step` is taken, the statuses of `kind` are as `true` says; `guard` should see."""
    for number, move, _ in model.edges():
        if move.step.code == step:
            statuses = model.statuses(model.situations[number], kind)
            if not true(statuses):
                found = ", ".join(statuses) or "–"
                yield Fault(
                    Text(
                        f"« {step} » est possible quand {kind} vaut ({found}) : "
                        f"« {guard} » ne l'empêche pas.",
                        f"“{step}” is possible while {kind} is ({found}): "
                        f"“{guard}” does not prevent it.",
                    ),
                    number,
                    move.name,
                )
                return


def gates(model: Model, gate: dict[str, str], states: Iterable[str]) -> Iterator[Fault]:
    """Every path to one of `states` passes each gate; `gate` maps moves' names to the gate's.

    The graph keeps state, memory and the committee's opinion: it has every path of the model and
    perhaps more, so that a gate that dominates there dominates in the model.
    """
    graph = networkx.DiGraph()
    first = model.overview(model.situations[0])
    for source, move, target in model.overviews:
        if move.name in gate:
            graph.add_edge(source, gate[move.name])
            graph.add_edge(gate[move.name], target)
        else:
            graph.add_edge(source, target)
    graph.add_node(first)
    above = networkx.immediate_dominators(graph, first)
    for node in above:
        if not isinstance(node, tuple) or node[0] not in states:
            continue
        passed, at = set(), node
        while at != first:
            at = above[at]
            passed.add(at)
        for name in dict.fromkeys(gate.values()):
            if name not in passed:
                number = next(
                    n for n, each in enumerate(model.situations) if model.overview(each) == node
                )
                yield Fault(
                    Text(
                        f"Un chemin mène à « {node[0]} » sans « {name} ».",
                        f"A path leads to “{node[0]}” without “{name}”.",
                    ),
                    number,
                )


@dataclass(frozen=True)
class Door:
    """In each of `states`, `step` can be taken with each of `outcomes` (with one, if `any_of`).

    With `kind`, for each track of that kind that is in one of `statuses`.
    """

    states: tuple[str, ...]
    step: str
    outcomes: tuple[str, ...] = ("done",)
    kind: str | None = None
    statuses: tuple[str, ...] = ()
    any_of: bool = False


def open_doors(model: Model, doors: Iterable[Door]) -> Iterator[Fault]:
    """Each door is open in every situation where it should be."""
    for door in doors:
        yield from islice(_closed(model, door), 1)


def _closed(model: Model, door: Door) -> Iterator[Fault]:
    for number, situation in model.standing(door.states):
        waiting = (None,)
        if door.kind is not None:
            waiting = set(model.statuses(situation, door.kind)) & set(door.statuses)
        if not waiting:
            continue
        offered = {
            (move.outcome.code, move.came_from if door.kind else None)
            for move, _ in model.moves[number]
            if move.step.code == door.step
        }
        for status in waiting:
            lacking = [code for code in door.outcomes if (code, status) not in offered]
            if len(lacking) == len(door.outcomes) if door.any_of else lacking:
                names = ", ".join(name_of(door.step, code) for code in lacking)
                where = situation.state + (f", {door.kind} {status}" if status else "")
                yield Fault(
                    Text(
                        f"« {names} » n'est pas possible en « {where} ».",
                        f"“{names}” is not possible in “{where}”.",
                    ),
                    number,
                )


def leads(model: Model, starts: Iterable[int], targets: set[int], words: Text, allowed=None):
    """From each of `starts`, allowed moves lead to `targets`."""
    found = model.reaching(targets, allowed) if allowed else model.reaching(targets)
    lost = next((number for number in sorted(starts) if number not in found), None)
    if lost is not None:
        state = model.situations[lost].state
        yield Fault(Text(f"{words.fr} depuis « {state} ».", f"{words.en} from “{state}”."), lost)


def _entering(model: Model, states: Iterable[str]) -> Iterator[tuple[int, Move, Situation]]:
    """The first occurrence of each move that changes the state into one of `states`."""
    for move, (number, target) in model.first_made.items():
        goal = model.situations[target]
        if goal.state in states and model.situations[number].state != goal.state:
            yield number, move, goal


# Safety.


@claim(
    "admission",
    SAFETY,
    "Aucun chemin ne mène à l'accès sans une recevabilité prononcée, articles en main.",
    "No path leads to access without an admission, judged by its articles.",
)
def _admission(model):
    yield from gates(model, {"admit": "admit"}, ("authorised", "access"))
    yield from demands(model, "submit", ("U-01", "U-02", "U-03", "C-12"))
    yield from demands(model, "admit", ("U-01", "U-02", "U-03", "C-01"))


@claim(
    "complete_before_committee",
    SAFETY,
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
    SAFETY,
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
        model, "give_opinion", ("U-15", "U-16"), ("favourable", "reserved", "unfavourable")
    )


@claim(
    "every_agreement",
    SAFETY,
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
    yield from _site_gate(model, "opened", agreements, "agree")


@claim(
    "every_formality",
    SAFETY,
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
    yield from demands(model, "authorise", ("U-07b",))


@claim(
    "authorisation",
    SAFETY,
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
    SAFETY,
    "Aucune donnée n'est ouverte sans extraction vérifiée, patients informés, opposition "
    "respectée et équipe en règle.",
    "No data are opened without a checked extraction, patients informed, objections respected and "
    "a team in order.",
)
def _delivery(model):
    yield from demands(model, "deliver", ("P-06", "P-07", "P-08", "P-09", "extraction_checked"))
    yield from demands(model, "open_access", ("C-02", "C-03", "U-06", "U-08", "opening_chosen"))
    yield from _site_gate(model, "opened", ("deliver",), "deliver")


@claim(
    "results",
    SAFETY,
    "Aucune demande n'est clôturée sans résultats rendus, ou comme un article l'excuse.",
    "No request is closed without results given back, or as an article excuses.",
)
def _results(model):
    for step in sorted({move.step.code for _, move, _ in _entering(model, ("closed",))}):
        yield from demands(model, step, ("U-11", "U-12a", "U-13", "C-06"))


@claim(
    "due_process",
    SAFETY,
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
    yield from demands(model, "appeal", ("appealed_in_time",))
    yield from demands(model, "agree_with_limits", ("P-12",))
    yield from demands(model, "decline", ("P-12",))
    yield from whenever(
        model, "appeal", APPEAL, "no_other_appeal", lambda found: "open" not in found
    )


@claim(
    "left_over",
    SAFETY,
    "Une autorisation ne survit pas au dernier établissement, et n'est pas perdue tant qu'il en "
    "reste un.",
    "An authorisation does not outlive the last establishment, and is not lost while one is left.",
)
def _left_over(model):
    for number, move, target in model.edges():
        if move.step.code != "report_undeliverable":
            continue
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
    SAFETY,
    "Ce qui accorde, refuse ou retire n'est décidé que sous une délégation de signature.",
    "What grants, refuses or takes away is only decided under a delegation of signature.",
)
def _delegation(model):
    deciding = ("authorised", "refused", "revoked", "closed_in_default")
    entering = {
        move.step.code for _, move, goal in _entering(model, deciding) if goal.state in deciding
    }
    for step in model.process.steps:
        decides = step.code in entering or "delegate" in step.actors
        if decides and not step.delegated and SYSTEM not in step.actors:
            yield Fault(
                Text(
                    f"« {step.code} » se décide sans délégation.",
                    f"“{step.code}” is decided without a delegation.",
                )
            )


@claim(
    "articles",
    SAFETY,
    "Toute décision qui ferme une demande, ou la suspend, est défavorable : elle cite un article.",
    "Every decision that ends a request against its holder, or suspends it, is negative: it cites "
    "an article.",
)
def _articles(model):
    against = ("refused", "dropped", "revoked", "closed_in_default", "suspended")
    for number, move, goal in _entering(model, against):
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
    "holder",
    SAFETY,
    "Aucune étape du porteur ne mène à une autorisation ni à un accès ; aucun recours non plus.",
    "No step of the holder leads to an authorisation or to access; no appeal does either.",
)
def _holder(model):
    for number, move, goal in _entering(model, ("authorised", "access")):
        if move.by(HOLDER) or move.step.track == APPEAL:
            yield Fault(
                Text(
                    f"« {move.name} » mène à « {goal.state} ».",
                    f"“{move.name}” leads to “{goal.state}”.",
                ),
                number,
                move.name,
            )


def _site_gate(model: Model, status: str, steps: tuple[str, ...], name: str) -> Iterator[Fault]:
    """A site only comes to `status` through one of `steps`."""
    graph = networkx.DiGraph()
    first = model.process.track("site").initial
    for move in model.first_made:
        if move.step.track == "site" and move.outcome.track_to:
            way = [move.came_from, move.outcome.track_to]
            if move.step.code in steps:
                way.insert(1, "@gate")
            networkx.add_path(graph, way)
    if first not in graph or status not in graph:
        return
    above = networkx.immediate_dominators(graph, first)
    at = status if status in above else first
    while at not in (first, "@gate"):
        at = above[at]
    if at == first and status in above:
        yield Fault(
            Text(
                f"Un établissement devient « {status} » sans « {name} ».",
                f"An establishment becomes “{status}” without “{name}”.",
            )
        )


# Liveness.


@claim(
    "nothing_dead",
    LIVENESS,
    "Chaque état et chaque statut de la table peut arriver.",
    "Every state and every status of the table can happen.",
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


@claim(
    "an_end",
    LIVENESS,
    "De toute situation, une fin peut être atteinte.",
    "From every situation an end can be reached.",
)
def _an_end(model):
    ended = {n for n, each in enumerate(model.situations) if each.state in model.ended}
    words = Text("Aucune fin n'est atteinte", "No end is reached")
    yield from leads(model, range(len(model.situations)), ended, words)


@claim(
    "an_end_by_the_office",
    LIVENESS,
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
    LIVENESS,
    "Le porteur qu'on attend, ou qui attend, peut toujours autre chose que se retirer ; et se "
    "retirer lui reste ouvert jusqu'à l'accès.",
    "The holder, awaited or waiting, can always do something else than withdraw; and can withdraw "
    "until access.",
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
            Door(("access", "suspended"), "end_access"),
            Door(LIVE_BEFORE_ACCESS, "withdraw"),
        ),
    )


@claim(
    "someone_acts",
    LIVENESS,
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
    LIVENESS,
    "Qui est interrogé a toutes ses réponses : ni le oui, ni le non, ni le renvoi n'est empêché.",
    "Whoever is asked has every answer: neither yes, nor no, nor a return is prevented.",
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


@claim(
    "no_trap",
    LIVENESS,
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
        taken = {number for number, move, _ in model.edges() if move.step.code == step}
        words = Text(f"« {step} » n'est plus possible", f"“{step}” is no longer possible")
        yield from leads(model, starts, taken, words)


@claim(
    "again",
    LIVENESS,
    "Rien n'est perdu : ce qui a changé repasse devant le comité, une demande sans suite reprend "
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
    for number, move, target in model.edges():
        if move.step.code == "revive" and model.situations[target].state in late:
            yield Fault(
                Text("« revive » dépasse la préparation.", "“revive” goes beyond preparation."),
                number,
                move.name,
            )
            return


@claim(
    "appeal",
    LIVENESS,
    "Toute décision défavorable, et tout blocage, peut faire l'objet d'un recours, qui peut être "
    "confirmé ou infirmé où qu'en soit la demande.",
    "Every negative decision, and every block, can be appealed, and the appeal upheld or "
    "overturned wherever the request stands.",
)
def _appeal(model):
    closed = set()
    for number, move, target in model.edges():
        if move.outcome.tone != NEGATIVE or move.step.track == APPEAL or move.name in closed:
            continue
        moves_case = model.situations[target].state != model.situations[number].state
        if not (move.step.delegated or moves_case):
            continue
        pending = bool(model.statuses(model.situations[target], APPEAL))
        if not pending and all(each.step.code != "appeal" for each, _ in model.moves[target]):
            closed.add(move.name)
            yield Fault(
                Text(
                    f"« {move.name} » n'est pas susceptible d'« appeal ».",
                    f"“{move.name}” is not open to “appeal”.",
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
    standing = tuple(state for state in ANSWERABLE if state not in overturned)
    yield from open_doors(
        model, [Door(standing, "overturn", ("to_be_decided_again",), APPEAL, ("open",))]
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
    LIVENESS,
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


# Separation of persons.

EXAMINES = ("give_opinion", "lift_reservations", "state_feasibility", "qualify")


def two_persons(process: Process) -> dict[str, tuple[str, ...]]:
    """The steps whose taker must be another person than that of the steps named with each.

    Who examined does not authorise; who blocked does not judge the block; who took a decision that
    can be appealed does not judge its appeal.
    """
    appealed = tuple(
        step.code
        for step in process.steps
        if step.track != APPEAL
        and any(o.tone == NEGATIVE and (step.delegated or o.target) for o in step.outcomes)
    )
    return {
        "authorise": EXAMINES,
        "confirm_suspension": ("block",),
        "resume": ("block",),
        "uphold": appealed,
        "overturn": appealed,
    }


@claim(
    "two_persons",
    SEPARATION,
    "Nul ne prend deux étapes qui doivent être de deux personnes : examiner et autoriser, bloquer "
    "et en juger, décider et juger du recours.",
    "Nobody takes two steps that must be two people's: to examine and to authorise, to block and "
    "to judge the block, to decide and to judge the appeal.",
)
def _two_persons(model):
    for second, firsts in two_persons(model.process).items():
        rule = model.process.step(second)
        if rule is None:
            continue
        for first in firsts:
            # The engine refuses a step to whoever took one that it names in `apart`, on whatever
            # assignment of persons: the pair is free only when it is not named and can occur.
            if first in rule.apart or model.process.step(first) is None:
                continue
            after = {target for _, move, target in model.edges() if move.step.code == first}
            later = model.reached_from(after)
            occurs = next(
                (
                    number
                    for number in sorted(later)
                    if any(move.step.code == second for move, _ in model.moves[number])
                ),
                None,
            )
            if occurs is not None:
                yield Fault(
                    Text(
                        f"Une même personne peut prendre « {first} » puis « {second} ».",
                        f"One person can take “{first}” and then “{second}”.",
                    ),
                    occurs,
                    second,
                )


@claim(
    "parties",
    SEPARATION,
    "Le porteur n'est juge d'aucune étape de ceux qui examinent sa demande.",
    "The holder judges no step of those who review the request.",
)
def _parties(model):
    deciding = ("admit", "give_opinion", "authorise", "open_access", "resume", "close", "mend")
    for step in model.process.steps:
        if HOLDER in step.actors and (step.delegated or step.code in deciding):
            yield Fault(
                Text(
                    f"Le porteur peut prendre « {step.code} ».",
                    f"The holder can take “{step.code}”.",
                )
            )
