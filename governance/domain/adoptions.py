"""The result of the vote on a proposed version, recorded: adopted, it is in the register.

The voices are those that the members cast (`governance.domain.charter_votes`). Who records is not
who proposed. The date of effect is the one written in the text: it is not past.
Those whom the version binds (`governance.domain.bound`) sign it by a day that U-06 sets; until then
their signature of the version before still counts.
"""

from datetime import date, datetime, timedelta

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters import Charter, load_charter, versions, versions_in_force
from governance.charters.facts import today
from governance.charters.versions import is_local
from governance.domain.charter_votes import Votes, counted
from governance.domain.committees import who_came
from governance.domain.proposals import FaultyText, lock, note, readable, studied, warn_of_ended
from governance.ledger.leaves import append_leaf
from governance.models.adoption import Adoption
from governance.models.charter_proposal import CharterProposal
from governance.models.committee import Mandate, Seat, Session
from governance.permissions import may
from governance.queries.charters import forget
from governance.queries.committees import SEATS
from governance.roles import Permission

FURTHEST = timedelta(days=730)
"""How far ahead a date of effect can be."""
SIGNED_BY_PEOPLE = ("utilisateur", "producteur")
"""The charters that people sign; the citizens' binds the portal itself."""
DAYS_TO_SIGN = "sign_again"
"""The parameter of U-06 that says how long the version before still counts."""


@transaction.atomic
def record_vote(proposal: CharterProposal, *, minutes: str, by, at: datetime) -> CharterProposal:
    """Close the vote of the session and record its result; adopted, the version gets its leaf and
    its date of effect. No voice is added nor changed afterwards.

    Raises ValidationError, field by field, and PermissionDenied for who proposed it.
    """
    proposal = lock(proposal)
    if not may_record(proposal, by, at):
        raise PermissionDenied("vote")
    if proposal.state != CharterProposal.State.TABLED:
        raise ValidationError(_("Cette version n'est pas devant une séance."))
    votes = counted(proposal)
    _check_vote(proposal.session, votes, minutes, at)
    if votes.adopts:
        charter = _still_sound(proposal, today(at))
        _adopt(proposal, charter, votes, minutes.strip(), by=by, at=at)
    else:
        proposal.state, proposal.decided_at = CharterProposal.State.REJECTED, at
        proposal.save(update_fields=["state", "decided_at"])
        note("charter.rejected", proposal, by=by, at=at, **_counted(votes))
    return proposal


def may_record(proposal: CharterProposal, person, at: datetime) -> bool:
    """Whether `person` records its vote: who keeps the minutes of its committee, or who proposes
    versions there; never who proposed this one."""
    if proposal.by_id == person.pk:
        return False
    place = proposal.session.body.establishment_id if proposal.session else None
    keeps = may(person, Permission.COMPOSE_SESSIONS, place, at=at)
    return keeps or may(person, Permission.PROPOSE_CHARTERS, proposal.establishment_id, at=at)


def _check_vote(session: Session, votes: Votes, minutes: str, at: datetime) -> None:
    errors = {}
    if session.opened_at is None or session.opened_at > at:
        raise ValidationError(_("Cette séance ne s'est pas encore tenue."))
    came = who_came(session)
    _check_held(session, came)
    if votes.total < session.body.quorum:
        errors[NON_FIELD_ERRORS] = _(
            "Le quorum est de %(quorum)d voix : %(cast)d membres ont voté. Les autres votent "
            "d'abord, sur la page de cette version."
        ) % {"quorum": session.body.quorum, "cast": votes.total}
    if not minutes.strip():
        errors["minutes"] = _("Indiquez la référence du procès-verbal.")
    if errors:
        raise ValidationError(errors)


def _check_held(session: Session, came: list[Mandate]) -> None:
    """A version is voted as an opinion is (C-05): by a quorum of members who came, with a
    representative of patients and the seats that the rules of the committee ask for."""
    if len(came) < session.body.quorum:
        raise ValidationError(
            _(
                "Cette séance n'a pas eu son quorum : %(came)d présents, il en faut %(quorum)d. "
                "Notez qui est venu, ou portez la version à une autre séance."
            )
            % {"came": len(came), "quorum": session.body.quorum}
        )
    missing = {Seat.PATIENTS, *session.body.required_seats} - {each.seat for each in came}
    if missing:
        raise ValidationError(
            _("Personne n'a tenu à cette séance ce siège, sans lequel rien n'est voté : %(seats)s.")
            % {"seats": ", ".join(str(name) for seat, name in SEATS.items() if seat in missing)}
        )


def _still_sound(proposal: CharterProposal, day: date) -> Charter:
    if not proposal.sound or not studied(proposal):
        raise ValidationError(_("Le texte doit d'abord passer les preuves et l'étude d'impact."))
    try:
        charter = readable(
            proposal.text,
            charter=proposal.charter,
            establishment=proposal.establishment_id,
            on=day,
        )
    except FaultyText as faulty:
        raise ValidationError(
            _("Une autre version a été adoptée depuis : ce texte est à reprendre.")
        ) from faulty
    if charter.in_force_from < day:
        raise ValidationError(
            _(
                "La date d'effet, %(day)s, est passée : une version ne prend pas effet avant "
                "son adoption. Retirez-la de l'ordre du jour et changez sa date."
            )
            % {"day": charter.in_force_from.strftime("%d/%m/%Y")}
        )
    if charter.in_force_from > day + FURTHEST:
        raise ValidationError(_("La date d'effet est à plus de deux ans."))
    last = _last_in_line(proposal)
    if last is not None and charter.in_force_from < last:
        raise ValidationError(_("Une version plus ancienne prend effet après cette date."))
    return charter


def _last_in_line(proposal: CharterProposal) -> date | None:
    """The date of effect of the last version that this one comes after."""
    if is_local(proposal.version):
        before = Adoption.objects.filter(
            charter=proposal.charter, establishment=proposal.establishment_id
        )
        return max(before.values_list("in_force_from", flat=True), default=None)
    return max(
        load_charter(proposal.charter, each).in_force_from
        for each in versions(proposal.charter)
        if not is_local(each)
    )


def _adopt(proposal, charter: Charter, votes: Votes, minutes: str, *, by, at: datetime) -> None:
    sign_by = last_day_to_sign(charter, proposal.establishment_id)
    # What is proposed beside it was proved with the version before: it is proved again.
    others = CharterProposal.objects.filter(state__in=CharterProposal.OPEN)
    others.exclude(pk=proposal.pk).update(examined_sha256="", faults=[])
    note("charter.adopted", proposal, by=by, at=at, **_counted(votes))
    outbox.enqueue("charter_adopted", {"charter": charter.code, "version": charter.version})
    warn_of_ended(charter, "adopted")
    leaf = append_leaf(
        {
            "kind": "adoption",
            "charter": charter.code,
            "version": charter.version,
            "establishment": proposal.establishment_id,
            "in_force_from": charter.in_force_from.isoformat(),
            "sign_by": sign_by and sign_by.isoformat(),
            "text": proposal.sha256,
            "session": today(proposal.session.starts_at).isoformat(),
            "votes": {
                "for": votes.votes_for,
                "against": votes.votes_against,
                "abstentions": votes.abstentions,
            },
        },
        at=at,
    )
    proposal.adoption = Adoption.objects.create(
        charter=charter.code,
        version=charter.version,
        establishment_id=proposal.establishment_id,
        text=proposal.text,
        text_sha256=proposal.sha256,
        adopted_on=today(at),
        in_force_from=charter.in_force_from,
        sign_by=sign_by,
        session=proposal.session,
        votes_for=votes.votes_for,
        votes_against=votes.votes_against,
        abstentions=votes.abstentions,
        minutes=minutes,
        leaf_index=leaf.index,
    )
    proposal.state, proposal.decided_at = CharterProposal.State.ADOPTED, at
    proposal.save(update_fields=["state", "decided_at", "adoption"])
    forget()
    transaction.on_commit(forget, robust=True)


def last_day_to_sign(charter: Charter, establishment: str | None = None) -> date | None:
    """By when those whom it binds sign again, as U-06 says in the network, or at the
    ``establishment`` (its slug) whose version it is; None for a charter that nobody signs."""
    if charter.code not in SIGNED_BY_PEOPLE:
        return None
    user = charter
    if charter.code != "utilisateur":
        on = versions_in_force(charter.in_force_from, establishment)
        user = load_charter("utilisateur", on["utilisateur"])
    values = user.article("U-06").clauses[0].values
    return charter.in_force_from + timedelta(days=values.get(DAYS_TO_SIGN, 0))


def _counted(votes: Votes) -> dict[str, int]:
    return {
        "for": votes.votes_for,
        "against": votes.votes_against,
        "abstentions": votes.abstentions,
    }
