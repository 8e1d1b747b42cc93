"""The voices of a session on a version of a charter: cast by its members, counted by the portal.

Each member who is there casts one, from the room or from afar where the rules of the body count it,
once the session is open and until the result is recorded. An open voice may be changed until then.
Where the rules make votes secret it may not, and nothing links it to who cast it: the ballots are
written anew, shuffled, each time one is added, as those of an item are
(`governance.domain.committees.votes`).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from governance.domain.committees.standing import SessionRefusal, seated
from governance.domain.committees.votes import add_ballot
from governance.domain.proposals import lock
from governance.models.charter_proposal import CharterBallot, CharterProposal, CharterVoice
from governance.models.committee import Attendance, Mandate

Choice = CharterVoice.Choice


@dataclass(frozen=True)
class Votes:
    """The voices counted."""

    votes_for: int
    votes_against: int
    abstentions: int

    @property
    def total(self) -> int:
        return self.votes_for + self.votes_against + self.abstentions

    @property
    def adopts(self) -> bool:
        """More for than against: a tie adopts nothing."""
        return self.votes_for > self.votes_against


@transaction.atomic
def cast(proposal: CharterProposal, mandate: Mandate | None, choice: str, *, at: datetime) -> None:
    """Cast one voice. Raises SessionRefusal before the session opens, once it is closed or the
    result recorded, and for who has no seat, is not there, follows from afar where that does not
    count, whose seat has voted, or who put a ballot in the box already."""
    proposal = lock(proposal)
    session = proposal.session
    if proposal.state != CharterProposal.State.TABLED:
        raise SessionRefusal("vote_closed")
    if session.opened_at is None or session.opened_at > at:
        raise SessionRefusal("not_open")
    if session.closed_at is not None:
        raise SessionRefusal("closed")
    mandate = seated(session, mandate)
    if choice not in Choice.values:
        raise SessionRefusal("unknown_answer")
    _may_be_heard(proposal, mandate)
    if session.body.secret_votes:
        _put_in_the_box(proposal, mandate, choice)
    else:
        CharterVoice.objects.update_or_create(
            proposal=proposal, mandate=mandate, defaults={"choice": choice}
        )


def _may_be_heard(proposal: CharterProposal, mandate: Mandate) -> None:
    session = proposal.session
    counts = session.body.remote_counts
    here = {
        each.mandate_id: each for each in Attendance.objects.filter(session=session, left_at=None)
    }
    if mandate.pk not in here:
        raise SessionRefusal("absent")
    if here[mandate.pk].remote and not counts:
        raise SessionRefusal("remote_not_counted")
    titular = here.get(mandate.stands_in_for_id)
    if titular is not None and (counts or not titular.remote):
        raise SessionRefusal("titular_sits")
    same_seat = Q(mandate=mandate.stands_in_for_id) | Q(mandate__stands_in_for=mandate)
    if proposal.voices.filter(same_seat).exists():
        raise SessionRefusal("seat_voted")


def _put_in_the_box(proposal: CharterProposal, mandate: Mandate, choice: str) -> None:
    _voice, created = CharterVoice.objects.get_or_create(proposal=proposal, mandate=mandate)
    if not created:
        raise SessionRefusal("ballot_cast")
    add_ballot(CharterBallot.objects.filter(proposal=proposal), choice, proposal=proposal)


def counted(proposal: CharterProposal) -> Votes:
    """The voices cast so far, whatever the rules became since: read by nobody before the result is
    recorded."""
    said = [*proposal.ballots.values_list("choice", flat=True)]
    said += proposal.voices.exclude(choice="").values_list("choice", flat=True)
    found = Counter(said)
    return Votes(found[Choice.FOR], found[Choice.AGAINST], found[Choice.ABSTAIN])
