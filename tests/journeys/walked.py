"""Requests that a journey finds already far along, walked there by the demonstration's own steps.

They begin in the past: their life comes to `state` before the day on which the journey begins.
"""

import json

from tests.journeys.portal import Portal

WALK = """
import json
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from governance.models import Training
from projects.demonstration import network
from projects.demonstration.walk import Walk, draft
from projects.domain import team

asked = json.loads({asked!r})
at = timezone.now() - timedelta(days=asked["days_ago"])
for email, days in asked["trained"].items():
    ends = (timezone.now() + timedelta(days=days)).date()
    Training.objects.create(
        person=get_user_model().objects.get(email=email),
        title="Protection des données en recherche",
        obtained_on=ends - timedelta(days=1095),
        expires_on=ends,
    )
holder = network.person(asked["holder"], at=at)
request = draft(holder, asked["sites"], at=at, answers=asked["answers"], counts=asked["counts"])
for name in asked["members"]:
    team.join(request, network.person(name, at=at), "member", at=at)
walk = Walk(request, at=at)
if asked["formality"]:
    walk.until("instruction")
    walk.state_feasibility()
    walk.qualify(formality=asked["formality"])
    walk.to_committee()
walk.until(asked["state"])
assert walk.now <= timezone.now(), walk.now
print(walk.case.number or request.pk)
"""


def walk(
    portal: Portal,
    state: str,
    *,
    holder: str = "Marion Le Gall",
    members: tuple[str, ...] = (),
    sites: tuple[str, ...] = ("chu-rennes",),
    answers: dict | None = None,
    counts: dict | None = None,
    trained: dict[str, int] | None = None,
    formality: str = "",
    days_ago: int,
) -> str:
    """Bring a request of `holder` to `state`, begun `days_ago`; return its number (a draft has its
    identifier).

    `trained` are the days for which the training of a named person still holds, by address;
    `formality` is the one that the answers call for, when it is not MR-004.
    """
    asked = json.dumps(
        {
            "state": state,
            "holder": holder,
            "members": members,
            "sites": sites,
            "answers": answers or {},
            "counts": counts,
            "trained": trained or {},
            "formality": formality,
            "days_ago": days_ago,
        }
    )
    told = portal.manage("shell", "-v", "0", "-c", WALK.format(asked=asked))
    return told.split()[-1]
