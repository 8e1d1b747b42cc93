"""A session, item by item: who is there, who leaves, what is found, who votes, what comes out.

The agenda is made of what waits before the committee, and closes when the session opens; what was
not dealt with goes on the next one. A member declares before an item; with any interest they leave
for it and cannot vote. The opinion itself is a step (`give_opinion`), guarded by quorum (C-05) and
the findings (U-15, U-16); it is the one that the votes give.

*Voie rapide*: under a standing delegation of the committee its chair may give an opinion alone, on
an item marked so, which stands on the agenda of the next session to be reported there.

Reading order: ``bodies``, ``mandates``, ``agenda``, ``sessions``, ``presence``, ``interests``,
``findings``, ``votes``; ``standing`` says what fits where a session stands.
"""

from governance.domain.committees.agenda import (
    add_item,
    item_before,
    mark_delegated,
    move_item,
    name_rapporteur,
    put_on_next_agenda,
    remove_item,
    waiting_before,
)
from governance.domain.committees.bodies import (
    LEAST_MEMBERS,
    MOST_MEMBERS,
    body_of,
    chair_decides_alone,
    committee_of,
    delegate_to_chair,
    found_body,
    set_rules,
)
from governance.domain.committees.findings import record_finding
from governance.domain.committees.interests import (
    LEAST_EXPLANATION,
    declare_interest,
    must_leave,
    ties_with,
)
from governance.domain.committees.mandates import end_mandate, name_member
from governance.domain.committees.presence import (
    Presence,
    attend,
    leave_session,
    presence_at,
    who_came,
)
from governance.domain.committees.sessions import call_session, close_session, open_session
from governance.domain.committees.standing import SessionRefusal, in_conflict, mandate_of
from governance.domain.committees.votes import (
    DECIDED_ALONE,
    close_vote,
    counted,
    leading,
    make_secret,
    outcomes_open,
    people_who_voted,
    tally,
    vote,
    voters,
)

__all__ = [
    "DECIDED_ALONE",
    "LEAST_EXPLANATION",
    "LEAST_MEMBERS",
    "MOST_MEMBERS",
    "Presence",
    "SessionRefusal",
    "add_item",
    "attend",
    "body_of",
    "call_session",
    "chair_decides_alone",
    "close_session",
    "close_vote",
    "committee_of",
    "counted",
    "declare_interest",
    "delegate_to_chair",
    "end_mandate",
    "found_body",
    "in_conflict",
    "item_before",
    "leading",
    "leave_session",
    "make_secret",
    "mandate_of",
    "mark_delegated",
    "move_item",
    "name_member",
    "must_leave",
    "name_rapporteur",
    "open_session",
    "outcomes_open",
    "people_who_voted",
    "presence_at",
    "put_on_next_agenda",
    "record_finding",
    "remove_item",
    "set_rules",
    "tally",
    "ties_with",
    "vote",
    "voters",
    "waiting_before",
    "who_came",
]
