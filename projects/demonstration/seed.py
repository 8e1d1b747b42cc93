"""The requests of the demonstration: drafted, walked through the real process, left where their
life says (`projects.toml`, `lives.py`)."""

import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from projects.demonstration import airlock, incident, minutes, network, nonconformity
from projects.demonstration.lives import LIVES
from projects.demonstration.timeline import Timeline
from projects.demonstration.walk import Walk, draft
from projects.domain import ideas

PROJECTS = Path(__file__).with_name("projects.toml")
BEGINNING = timedelta(days=1500)
"""How long before the present the network of the demonstration began."""

Counter = Callable[[str, dict], dict]
"""Counts a cohort at a site: (slug, definition) -> `{"persons": n or None, "masked": bool}`."""


def seed_requests(*, at: datetime, count: Counter) -> int:
    """Write the demonstration's requests as they stand at `at`; return how many."""
    committee = network.seat_committee(at=at - BEGINNING)
    found = tomllib.loads(PROJECTS.read_text(encoding="utf-8"))["project"]
    timeline = Timeline(present=at)
    lives = []
    for position, project in enumerate(found):
        # Minutes apart, so that no two requests begin at the same instant.
        begins = at - timedelta(days=30.4 * project["months_ago"], minutes=7 * position)
        lives.append((begins, partial(_live, project, begins, timeline, count)))
    found_at = at - incident.AGO
    lives.append((found_at, partial(incident.tell, found_at, timeline)))
    timeline.tell(lives)
    for slug, *_named in network.ESTABLISHMENTS:
        network.staff("dpo", slug, at=at)
    nonconformity.tell(at)
    airlock.tell(at)
    network.close_past_sessions(at=at)
    network.call_sessions(committee, at=at)
    network.seat_stand_in(committee, at=at)
    minutes.tell(at)
    _ideas(at)
    return len(found)


VARIABLES = ("condition.code", "condition.date", "death.date", "drug.code", "drug.start")
VARIABLES += ("visit.kind", "visit.start")
"""What each project asks for. Stays are among it: their pseudonyms bear the mark of a delivery."""


def _live(project: dict, begins: datetime, timeline: Timeline, count: Counter) -> None:
    holder = network.person(project["holder"], at=begins)
    cohort = {
        "period": {"from": "2019-01-01", "to": f"{begins.year - 1}-12-31"},
        "age": {"min": project["age_min"], "max": None},
        "all": [{"condition": project["conditions"]}],
    }
    request = draft(
        holder,
        project["sites"],
        at=begins,
        answers=_answers(project, cohort),
        counts={slug: count(slug, cohort) for slug in project["sites"]},
        variables=VARIABLES,
    )
    LIVES[project["life"]](Walk(request, at=begins, timeline=timeline))


def _answers(project: dict, cohort: dict) -> dict:
    project_section = {
        name: project[name] for name in ("acronym", "title", "plain_title", "plain_summary")
    }
    team = {
        name: project[name]
        for name in ("requester_kind", "holder_status", "in_network")
        if name in project
    }
    calendar = {"access_months": project.get("access_months", 24)}
    data = {"population": project["population"], "cohort": cohort}
    data["period_end"] = cohort["period"]["to"]
    if "linkage_reason" in project:
        data |= {"linkage": True, "linkage_reason": project["linkage_reason"]}
    return {"project": project_section, "team": team, "calendar": calendar, "data": data}


IDEAS = (
    (
        "Marion Le Gall",
        "chu-rennes",
        "Statines et douleurs musculaires",
        "Les douleurs musculaires sous statines sont-elles plus fréquentes quand un autre "
        "médicament est ajouté ? Combien de patients suivez-vous qui prennent les deux ?",
        3,
        "Environ deux cents patients par an prennent les deux. La question est faisable : "
        "parlons-en, je vous propose un rendez-vous.",
    ),
    (
        "Yann Kerbrat",
        "chu-rennes",
        "Télésurveillance après un infarctus",
        "Les patients suivis à distance après un infarctus reviennent-ils moins aux urgences ?",
        1,
        "",
    ),
)


def _ideas(at: datetime) -> None:
    for name, slug, title, question, days, answer in IDEAS:
        sent = at - timedelta(days=days)
        idea = ideas.send(
            network.Establishment.objects.get(pk=slug),
            title,
            question,
            by=network.person(name, at=sent),
            at=sent,
        )
        if answer:
            ideas.answer(
                idea,
                answer,
                meeting_at=at + timedelta(days=4),
                by=network.staff("case_officer", slug, at=sent),
                at=sent + timedelta(days=1),
            )
