"""What happened in a session, drawn from its rows: the facts of its minutes, which nobody edits.

Codes, names, numbers and instants only: the words that people wrote (motives, reservations,
findings) are read where they stand, so that what is erased there is told nowhere. An open vote is
told voice by voice; of a secret one there is nothing but the count.
"""

from collections import Counter
from datetime import datetime

from governance.domain.committees import counted
from governance.models import Session
from governance.models.committee import Attendance, Declaration, Item
from governance.queries.committees import members_at


def account_of(session: Session) -> dict:
    """The account of `session`, as JSON. A constant number of queries."""
    came = list(
        session.attendances.select_related(
            "mandate__person", "mandate__stands_in_for__person"
        ).order_by("arrived_at", "pk")
    )
    counting = [a for a in came if session.body.remote_counts or not a.remote]
    seated = {m.pk: m for m in members_at(session)}
    seated |= {a.mandate_id: a.mandate for a in came}
    answers = dict(session.convocations.values_list("mandate", "answer"))
    there = {a.mandate_id for a in came}
    # A stand-in who was neither called nor there was not awaited.
    seated = {
        pk: m
        for pk, m in seated.items()
        if m.stands_in_for_id is None or pk in answers or pk in there
    }
    items = (
        session.items.select_related("case__request", "rapporteur", "decision__by")
        .prefetch_related("declarations", "grids__by", "votes", "secret_ballots")
        .order_by("position", "pk")
    )
    return {
        "body": session.body.name,
        "quorum": session.body.quorum,
        "seats": session.body.required_seats,
        "act": session.body.chair_alone_act,
        "starts_at": session.starts_at.isoformat(),
        "opened_at": _iso(session.opened_at),
        "closed_at": _iso(session.closed_at),
        "place": session.place,
        "members": [
            {
                "mandate": pk,
                "name": str(mandate.person),
                "seat": mandate.seat,
                "chair": mandate.chair,
                **(
                    {"stands_in_for": str(mandate.stands_in_for.person)}
                    if mandate.stands_in_for_id
                    else {}
                ),
                "answer": answers.get(pk, ""),
                "remote": any(a.remote for a in came if a.mandate_id == pk),
                "came": [[_iso(a.arrived_at), _iso(a.left_at)] for a in came if a.mandate_id == pk],
            }
            for pk, mandate in seated.items()
        ],
        "items": [_item(item, counting) for item in items],
        "adoptions": list(
            session.adoptions.values(
                "charter", "version", "votes_for", "votes_against", "abstentions"
            )
        ),
    }


def _item(item: Item, came: list) -> dict:
    decision = item.decision
    told = {
        "item": item.pk,
        "number": item.case.number,
        "title": item.case.request.plain_title or str(item.case.request),
        "rapporteur": str(item.rapporteur or ""),
        "delegated": item.delegated,
        "state": item.case.state,
        "outcome": decision.outcome if decision else "",
        "articles": list(decision.articles) if decision else [],
        "decided_at": _iso(decision.at) if decision else None,
        "decided_by": str(decision.by or "") if decision else "",
        "findings": [
            {"clause": g.clause, "finding": g.finding, "by": str(g.by)}
            for g in sorted(item.grids.all(), key=lambda g: g.clause)
        ],
    }
    if item.delegated:
        return told
    grounds = {d.mandate_id: d.ground for d in item.declarations.all()}
    here = [
        a.mandate_id
        for a in _here(came, item.vote_closed_at or (decision.at if decision else None))
        if a.mandate_id in grounds
    ]
    none = Declaration.Ground.NONE
    kept = {pk for pk in here if grounds[pk] == none}
    waiting = {a.mandate_id for a in came if a.mandate.stands_in_for_id in kept}
    here = [pk for pk in here if pk not in waiting]
    ballots = item.secret_ballots.all() if item.secret else item.votes.all()
    read = ballots if counted(item) else ()
    told |= {
        "counted": [pk for pk in here if grounds[pk] == none],
        "out": [{"mandate": pk, "ground": grounds[pk]} for pk in here if grounds[pk] != none],
        "secret": item.secret,
        "tally": dict(Counter(each.choice for each in read)),
    }
    if not item.secret:
        told["voices"] = [{"mandate": v.mandate_id, "choice": v.choice} for v in read]
    return told


def _here(came: list, at: datetime | None) -> list[Attendance]:
    """Who was there at an instant; all those who came, without one."""
    return [
        a
        for a in came
        if at is None or (a.arrived_at <= at and (a.left_at is None or a.left_at > at))
    ]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
