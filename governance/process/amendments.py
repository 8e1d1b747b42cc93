"""The life of an amendment, as law: a change asked of a request that is already authorised.

A small table beside that of a request. An amendment is a case of its own, child of the request's;
what it says is applied to its parent when it is accepted, and not before. The establishment that
decides is the case's lead: the request's, or the one that would join; one that was never found
feasible states its feasibility first, on a track of its own. Whether the change respects
the articles it touches, and no other, is read under the charters in force that day. A refusal can
be appealed as that of a request, before the same judges; overturned, the examination resumes.
"""

from dataclasses import replace

from governance.process.shape import (
    HOLDER,
    NEGATIVE,
    ORIGIN,
    POSITIVE,
    WORKING_DAYS,
    Delay,
    Every,
    Fact,
    Need,
    Outcome,
    Process,
    State,
    Step,
    Text,
)
from governance.process.table import APPEAL, REQUEST, SITE

STATES = (
    State(
        "proposed",
        Text("Avenant proposé", "Amendment proposed"),
        None,
        "case_officer",
        Delay(15, WORKING_DAYS, warn=(5, 1)),
    ),
    State(
        "committee",
        Text("Avenant devant le comité", "Amendment before the committee"),
        None,
        "committee_chair",
        Delay(30, WORKING_DAYS, warn=(10, 2)),
    ),
    State(
        "examined",
        Text("Avenant examiné", "Amendment examined"),
        None,
        "delegate",
        Delay(15, WORKING_DAYS, warn=(5, 1)),
    ),
    State("accepted", Text("Avenant accepté", "Amendment accepted"), None, "", ended=True),
    State("refused", Text("Avenant refusé", "Amendment refused"), None, "", ended=True),
    State("withdrawn", Text("Avenant retiré", "Amendment withdrawn"), None, "", ended=True),
)

CHANGE_IN_ORDER = Need(
    "change_in_order",
    Fact("change_in_order"),
    Text(
        "Le changement respecte les articles qu'il touche",
        "The change respects the articles it touches",
    ),
    HOLDER,
)
SITE_FEASIBLE = Need(
    "site_feasible",
    Every("site", ("feasible",)),
    Text(
        "L'établissement qui entrerait a rendu sa faisabilité",
        "The establishment that would join has stated its feasibility",
    ),
    "methodologist",
)
JUDGED_AT = "accept"
"""The step that needs the change in order."""
LIVE = ("proposed", "committee", "examined")
PUBLISHED = ("accept", "reject", "uphold", "overturn")
"""The steps that answer the holder, appeal included: everybody reads those, once the request is
public."""
APPEALED = ("reject",)

STEPS = (
    Step(
        "examine",
        Text("Examiner l'avenant", "Examine the amendment"),
        ("proposed",),
        ("case_officer",),
        (
            Outcome("examined", Text("Prêt à être décidé", "Ready to be decided"), "examined"),
            Outcome("to_committee", Text("Transmis au comité", "Sent to committee"), "committee"),
        ),
        reasoned=True,
    ),
    replace(REQUEST.step("state_feasibility"), sources=LIVE, settles=("P-02",)),
    Step(
        "advise",
        Text("Donner l'avis du comité sur l'avenant", "Advise on the amendment"),
        ("committee",),
        ("committee_chair",),
        (
            Outcome(
                "favourable",
                Text("Avis favorable", "Favourable opinion"),
                "examined",
                tone=POSITIVE,
            ),
            Outcome(
                "unfavourable",
                Text("Avis défavorable", "Unfavourable opinion"),
                "examined",
                tone=NEGATIVE,
            ),
        ),
        reasoned=True,
    ),
    Step(
        "accept",
        Text("Accepter l'avenant", "Accept the amendment"),
        ("examined",),
        ("delegate",),
        (
            Outcome(
                "done", Text("Avenant accepté", "Amendment accepted"), "accepted", tone=POSITIVE
            ),
        ),
        needs=(SITE_FEASIBLE, CHANGE_IN_ORDER),
        delegated=True,
        apart=("examine", "advise"),
    ),
    Step(
        "reject",
        Text("Refuser l'avenant", "Refuse the amendment"),
        LIVE,
        ("delegate",),
        (Outcome("done", Text("Avenant refusé", "Amendment refused"), "refused", tone=NEGATIVE),),
        delegated=True,
        remembers=True,
        reasoned=True,
    ),
    replace(REQUEST.step("appeal"), sources=("refused",)),
    replace(REQUEST.step("uphold"), sources=("refused",), apart=APPEALED),
    replace(
        REQUEST.step("overturn"),
        sources=("refused",),
        outcomes=(
            Outcome(
                "review_resumes",
                Text(
                    "Décision infirmée, l'examen reprend",
                    "Decision overturned, review resumes",
                ),
                ORIGIN,
                "overturned",
                POSITIVE,
            ),
        ),
        apart=APPEALED,
    ),
    Step(
        "withdraw",
        Text("Retirer l'avenant", "Withdraw the amendment"),
        LIVE,
        (HOLDER,),
        (Outcome("done", Text("Avenant retiré", "Amendment withdrawn"), "withdrawn"),),
    ),
)

AMENDMENT = Process("amendment", "proposed", STATES, (SITE, APPEAL), STEPS)
