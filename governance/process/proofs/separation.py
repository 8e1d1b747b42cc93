"""Who cannot do everything: two steps of two people, and no party among its judges."""

from governance.process.model import APPEAL
from governance.process.proofs.claim import SEPARATION, Claim, Fault, family
from governance.process.shape import HOLDER, NEGATIVE, Fact, Process, Step, Text

CLAIMS: list[Claim] = []
claim = family(SEPARATION, CLAIMS)

EXAMINES = ("give_opinion", "lift_reservations", "state_feasibility", "qualify")
JUDGED = (
    *EXAMINES,
    *("admit", "return", "to_committee", "return_to_committee", "authorise"),
    *("deliver", "report_undeliverable", "open_access", "block", "resume", "close", "mend"),
)
"""The steps of those who examine a request, delegated ones apart."""


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
            taken = model.process.step(first)
            if taken is None:
                continue
            # The engine refuses a step to whoever took one that it names in `apart`, or had part in
            # it, on whatever assignment of persons: the pair is free only when it is not named, or
            # when those who take the first make a need of it true by an act that does not count,
            # and when it can occur.
            acts = [first] if first not in rule.apart else _uncounted(taken)
            if not acts:
                continue
            after = {target for _, _, target in model.made(first)}
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
                for act in acts:
                    here = "" if act == first else f" ({first})"
                    yield Fault(
                        Text(
                            f"Une même personne peut prendre « {act} »{here} puis « {second} ».",
                            f"One person can take “{act}”{here} and then “{second}”.",
                        ),
                        occurs,
                        second,
                    )


def _uncounted(step: Step) -> list[str]:
    """The needs of `step` that those who take it fulfil by an act of theirs, and of which whoever
    did is not said to have part in it."""
    return [
        need.code
        for need in step.needs
        if isinstance(need.guard, Fact) and need.mender in step.actors and not need.part
    ]


@claim(
    "parties",
    "Le porteur n'est juge d'aucune étape de ceux qui examinent sa demande.",
    "The holder judges no step of those who review the request.",
)
def _parties(model):
    for step in model.process.steps:
        if HOLDER in step.actors and (step.delegated or step.code in JUDGED):
            yield Fault(
                Text(
                    f"Le porteur peut prendre « {step.code} ».",
                    f"The holder can take “{step.code}”.",
                )
            )
