"""What ties a person to a request, as far as the portal knows: for the members of a committee.

Of the request's own team; of the team of another request with one of its members; an author, with
one of them, of a publication declared at the portal; of the same service of the same establishment
as its holder, as both declared it. The portal does not know who pays whom: that tie is for the
person to declare. A name found among authors may be another person's, and a service may bear two
names: what is found is proposed to the member, never applied.
"""

import re
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import Q

from catalog.words import fold
from governance.models import Affiliation, Case, Participation
from governance.process.registry import Tie
from projects.models import Result

TEAM = Participation.TEAM
PLAIN = {
    "service",
    "services",
    "unite",
    "departement",
    "de",
    "des",
    "du",
    "d",
    "la",
    "le",
    "les",
    "l",
    "et",
}
"""Words that do not tell one service from another."""


def ties(case: Case, people: list[int], at: datetime) -> list[Tie]:
    """What ties each of `people` to `case`. At most six queries, whatever their number."""
    team = dict(case.participations.filter(part__in=TEAM).valid(at).values_list("person", "part"))
    found = [Tie(pk, Tie.TEAM) for pk in people if pk in team]
    others = [pk for pk in people if pk not in team]
    if not others or not team:
        return found
    return (
        found
        + _former_teams(case, others, list(team))
        + _co_signatories(others, list(team))
        + _services(others, [pk for pk, part in team.items() if part == "holder"], at)
    )


def _former_teams(case: Case, people: list[int], team: list[int]) -> list[Tie]:
    shared = Participation.objects.filter(
        person__in=team, part__in=TEAM, case__process="request"
    ).exclude(case=case)
    mine = Participation.objects.filter(
        person__in=people, part__in=TEAM, case__in=shared.values("case")
    )
    pairs = mine.order_by("person", "case__number").values_list("person", "case__number")
    return [Tie(pk, Tie.FORMER_TEAM, number or "") for pk, number in pairs.distinct()]


def _co_signatories(people: list[int], team: list[int]) -> list[Tie]:
    named = {p.pk: p for p in get_user_model().objects.filter(pk__in=[*people, *team])}
    by_a_member = Q()
    for pk in team:
        for written in {named[pk].last_name, fold(named[pk].last_name)} - {""}:
            by_a_member |= Q(authors__icontains=written)
    if not by_a_member:
        return []
    papers = [
        (fold(authors), title)
        for authors, title in Result.objects.filter(by_a_member)
        .order_by("pk")
        .values_list("authors", "title")
    ]
    return [
        Tie(pk, Tie.CO_SIGNATORY, title)
        for pk in people
        for authors, title in papers
        if _signs(named[pk], authors) and any(_signs(named[mate], authors) for mate in team)
    ]


def _signs(person, authors: str) -> bool:
    """Whether the person's last name stands there beside their initial, on either side."""
    last, first = fold(person.last_name).strip(), fold(person.first_name).strip()
    if not last or not first:
        return False
    last, initial = re.escape(last), re.escape(first[0])
    return bool(re.search(rf"\b{last}\W+{initial}|\b{initial}[\w-]*\W+{last}\b", authors))


def _services(people: list[int], holders: list[int], at: datetime) -> list[Tie]:
    """Members who declare the service that the holder declares, of the same establishment."""
    running = Q(until__isnull=True) | Q(until__gt=at)
    rows = list(
        Affiliation.objects.filter(running, person__in=[*people, *holders], since__lte=at)
        .order_by("establishment__position", "service", "pk")
        .values_list("person", "establishment", "service", "establishment__short_name")
    )
    held = {(place, _named(service)) for pk, place, service, _name in rows if pk in holders}
    found = {
        (pk, place, _named(service)): Tie(pk, Tie.SERVICE, f"{service}, {name}")
        for pk, place, service, name in rows
        if pk in people and (place, _named(service)) in held
    }
    return list(found.values())


def _named(service: str) -> str:
    """A service however it is written: « Service de Cardiologie » is « cardiologie »."""
    words = re.findall(r"\w+", fold(service))
    return " ".join(word for word in words if word not in PLAIN)
