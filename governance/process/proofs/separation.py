"""Who cannot do everything: two steps of two people, and no party among its judges."""

from governance.process.model import APPEAL
from governance.process.proofs.claim import SEPARATION, Claim, Fault, family
from governance.process.shape import HOLDER, NEGATIVE, Process, Text

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
            # The engine refuses a step to whoever took one that it names in `apart`, on whatever
            # assignment of persons: the pair is free only when it is not named and can occur.
            if first in rule.apart or model.process.step(first) is None:
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
