"""A committee's session as its readers know it: agenda, items, what each may do of them."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from governance.charters import load_charter, versions_in_force
from governance.charters.facts import today
from governance.charters.judging import find_clause
from governance.domain import committees
from governance.models import Body, Item, Mandate, Session
from governance.models.committee import Declaration, Grid, Vote
from governance.permissions import may
from governance.process.registry import Tie
from governance.process.table import REQUEST
from governance.queries.committees import SEATS, bodies_read_by, members_at
from governance.queries.people import people_with_role
from governance.roles import Permission
from projects.models import Request
from projects.permissions import visible_to
from projects.queries.overview import article_titles

GROUNDS = {
    Declaration.Ground.NONE: gettext_lazy("Aucun lien d'intérêts"),
    Declaration.Ground.TEAM: gettext_lazy("Je suis de l'équipe"),
    Declaration.Ground.SERVICE: gettext_lazy("C'est mon service"),
    Declaration.Ground.CO_SIGNATORY: gettext_lazy("Je publie avec le porteur"),
    Declaration.Ground.FUNDING: gettext_lazy("Un lien de financement"),
    Declaration.Ground.OTHER: gettext_lazy("Un autre lien"),
}
CHOICES = {
    Vote.Choice.FAVOURABLE: gettext_lazy("Favorable"),
    Vote.Choice.RESERVED: gettext_lazy("Favorable avec réserves"),
    Vote.Choice.DEFERRED: gettext_lazy("À revoir à une autre séance"),
    Vote.Choice.UNFAVOURABLE: gettext_lazy("Défavorable"),
    Vote.Choice.ABSTAIN: gettext_lazy("Abstention"),
}
TIES = {
    Tie.TEAM: gettext_lazy("Est de l'équipe de ce dossier"),
    Tie.FORMER_TEAM: gettext_lazy("A été d'une même équipe : demande %(about)s"),
    Tie.CO_SIGNATORY: gettext_lazy("Signe avec l'équipe, sous ce nom : « %(about)s »"),
    Tie.SERVICE: gettext_lazy("Exerce dans le même service que le porteur : %(about)s"),
}
"""What is said of the ties that the portal finds."""
FINDINGS = {
    Grid.Finding.SOUND: gettext_lazy("Satisfaisant"),
    Grid.Finding.WITH_RESERVATIONS: gettext_lazy("Satisfaisant avec réserves"),
    Grid.Finding.UNSOUND: gettext_lazy("Non satisfaisant"),
}
JUDGED = ("U-15", "U-16")
"""The articles on which the committee writes a finding."""

REFUSALS = {
    "vote_closed": gettext_lazy("Le vote est clos : aucune voix ne s'ajoute ni ne change."),
    "ballot_cast": gettext_lazy(
        "Vous avez déjà voté : un bulletin secret ne se retrouve pas, il ne se change donc pas."
    ),
    "vote_begun": gettext_lazy("Le vote a commencé : il reste comme il est."),
    "secret_by_rule": gettext_lazy("Les règles de ce comité veulent que tous ses votes le soient."),
    "no_vote": gettext_lazy("Personne n'a voté : il n'y a rien à clore."),
    "no_quorum": gettext_lazy("Le point n'a pas son quorum : son vote ne peut pas être clos."),
    "remote_not_counted": gettext_lazy(
        "Les règles de ce comité ne comptent que les présents dans la salle : vous suivez ce point "
        "à distance, sans y voter."
    ),
    "unknown_answer": gettext_lazy("Choisissez une réponse parmi celles proposées."),
    "of_the_team": gettext_lazy("Vous êtes de l'équipe de ce dossier : vous sortez pour ce point."),
    "tie_to_explain": gettext_lazy(
        "Le portail a trouvé un lien : déclarez-le, ou expliquez en une phrase pourquoi il ne vous "
        "engage pas."
    ),
    "titular_sits": gettext_lazy(
        "Vous êtes suppléant, et le titulaire siège pour ce point : c'est lui qui vote."
    ),
    "seat_voted": gettext_lazy("Une voix est déjà donnée pour ce siège : titulaire ou suppléant."),
    "undeclared": gettext_lazy("Dites d'abord si vous avez un lien d'intérêts avec ce dossier."),
    "conflict": gettext_lazy("Un lien d'intérêts est déclaré : cette personne sort pour ce point."),
    "absent": gettext_lazy("Vous n'êtes pas noté présent à cette séance."),
    "decided": gettext_lazy("L'avis est rendu : ce point est terminé."),
    "closed": gettext_lazy("La séance est close."),
    "not_open": gettext_lazy("La séance n'est pas ouverte."),
    "too_early": gettext_lazy("La séance s'ouvre le jour venu."),
    "opened": gettext_lazy("La séance est ouverte : son ordre du jour ne change plus."),
    "no_mandate": gettext_lazy("Cette personne ne siège pas à ce comité ce jour-là."),
    "not_waiting": gettext_lazy(
        "Ce dossier n'attend plus d'avis, ou il est déjà inscrit ailleurs."
    ),
    "no_standing_delegation": gettext_lazy(
        "Le comité n'a pas délégué à son président les avis qu'il peut rendre seul."
    ),
}
"""What is said of each refusal of `governance.domain.committees`."""


def seat_words(mandate: Mandate) -> str:
    """The seat of a member, and whom they stand in for."""
    titular = mandate.stands_in_for and str(mandate.stands_in_for.person)
    return seat_said(str(SEATS[mandate.seat]), titular)


def seat_said(seat: str, titular: str | None) -> str:
    """A seat in words; with a `titular`, of who stands in for them."""
    if not titular:
        return seat
    return _("%(seat)s, suppléant de %(titular)s") % {"seat": seat, "titular": titular}


def counted_in(seats: list, body: Body) -> list:
    """The seats of a session whose member is there and counts: a stand-in does when the titular is
    not there."""
    here = [s for s in seats if s.here and (body.remote_counts or not s.remote)]
    kept = {seat.mandate.pk for seat in here}
    return [seat for seat in here if seat.mandate.stands_in_for_id not in kept]


def status_of(session: Session, at: datetime) -> dict:
    """The chip of a session."""
    if session.closed_at is not None:
        return {"kind": "done", "label": _("Tenue")}
    if session.opened_at is not None:
        return {"kind": "here", "label": _("En séance")}
    if session.starts_at <= at:
        return {"kind": "wait", "label": _("À ouvrir")}
    return {"kind": "neutral", "label": _("À venir")}


def rules_of(body: Body) -> str:
    """What the rules of a body add to its quorum, in sentences."""
    said = [
        _("Il faut aussi, pour chaque point, le siège : %(seat)s.") % {"seat": SEATS[seat]}
        for seat in body.required_seats
        if seat != Mandate.Seat.PATIENTS
    ]
    if not body.remote_counts:
        said.append(_("Les membres à distance suivent la séance : ils ne comptent ni ne votent."))
    if body.secret_votes:
        said.append(_("Tous les votes sont secrets."))
    return " ".join(said)


@dataclass(frozen=True)
class Hand:
    """What a person may do of the sessions of a committee."""

    composes: bool
    chairs: bool
    mandate: Mandate | None

    @property
    def sits(self) -> bool:
        return self.mandate is not None


def hand_of(session: Session, person, at: datetime) -> Hand:
    """What `person` may do of `session`."""
    place = session.body.establishment_id
    mandate = committees.mandate_of(session, person)
    return Hand(
        may(person, Permission.COMPOSE_SESSIONS, place, at=at),
        mandate is not None
        and mandate.chair
        and may(person, Permission.CHAIR_SESSIONS, place, at=at),
        mandate,
    )


@dataclass
class Row:
    """One item of an agenda."""

    item: Item
    request: Request
    outcome: str = ""
    kind: str = "neutral"
    readable: bool = False
    mine: bool = False
    live: bool = True
    conflicted: bool = False


@dataclass
class Agenda:
    """The items of a session, in order; the dossiers that wait for one."""

    rows: list[Row] = field(default_factory=list)
    waiting: list[Request] = field(default_factory=list)

    @property
    def undecided(self) -> list[Row]:
        return [row for row in self.rows if row.item.decision_id is None and row.live]

    @property
    def next(self) -> Row | None:
        """The first item that awaits its opinion and that the reader may open."""
        return next((row for row in self.undecided if row.readable), None)


OUTCOME_KINDS = {
    "favourable": "done",
    "reserved": "done",
    "deferred": "wait",
    "unfavourable": "stop",
}


def agenda_of(session: Session, person, hand: Hand, at: datetime) -> Agenda:
    """The agenda of `session` for `person`."""
    items = list(
        session.items.select_related("case__request", "rapporteur", "decision").order_by(
            "position", "pk"
        )
    )
    readable = set(
        visible_to(person, at)
        .filter(pk__in=[item.case_id for item in items])
        .values_list("pk", flat=True)
    )
    conflicted = set(
        person.conflicts.filter(case__in=[i.case_id for i in items]).values_list("case", flat=True)
    )
    language = get_language() or "fr"
    agenda = Agenda()
    for item in items:
        row = Row(
            item,
            item.case.request,
            readable=item.case_id in readable,
            mine=item.rapporteur_id == person.pk,
            live=item.case.state == "committee",
            conflicted=item.case_id in conflicted,
        )
        if item.decision is not None:
            row.kind = OUTCOME_KINDS[item.decision.outcome]
            answer = REQUEST.step("give_opinion").outcome("committee", item.decision.outcome)
            row.outcome = answer.label.say(language)
        elif not row.live:
            row.outcome = REQUEST.state(item.case.state).label.say(language)
        elif session.closed_at is not None:
            row.kind, row.outcome = "wait", _("Reporté à la séance suivante")
        agenda.rows.append(row)
    if hand.composes and session.opened_at is None:
        waiting = committees.waiting_before(session.body).select_related("request")
        agenda.waiting = [case.request for case in waiting]
    return agenda


@dataclass(frozen=True)
class Seat:
    """A member at a session: there, gone, or not come; `called`, what became of the convocation."""

    mandate: Mandate
    attendance: object | None
    called: object | None = None

    @property
    def name(self) -> str:
        return str(self.mandate.person)

    @property
    def label(self) -> str:
        return seat_words(self.mandate)

    @property
    def here(self) -> bool:
        return self.attendance is not None and self.attendance.left_at is None

    @property
    def remote(self) -> bool:
        return self.here and self.attendance.remote


def seats_of(session: Session) -> list[Seat]:
    """The members of the committee on the session's day, with their last stay. Two queries."""
    came = {a.mandate_id: a for a in session.attendances.order_by("arrived_at", "pk")}
    return [Seat(mandate, came.get(mandate.pk)) for mandate in members_at(session)]


def possible_rapporteurs(session: Session, at: datetime) -> list[tuple]:
    """Who may be named rapporteur: the rapporteurs of the place and those who sit."""
    place = session.body.establishment_id
    found = {p.pk: p for p in people_with_role("rapporteur", place, at)}
    found |= {m.person_id: m.person for m in members_at(session)}
    return sorted(((pk, str(p)) for pk, p in found.items()), key=lambda each: each[1])


def person_of(pk: int | None):
    """The person of that key; None for none."""
    return get_user_model().objects.filter(pk=pk).first() if pk else None


def item_read_by(person, session_pk: int, pk: int, at: datetime) -> Item | None:
    """The item when `person` reads its committee's sessions and its dossier, or reports it."""
    return (
        Item.objects.filter(pk=pk, session=session_pk, case__request__in=visible_to(person, at))
        .filter(Q(session__body__in=bodies_read_by(person, at)) | Q(rapporteur=person))
        .select_related("session__body", "case__request", "rapporteur", "decision")
        .first()
    )


def _tie_words(tie: Tie) -> str:
    return str(TIES[tie.kind]) % {"about": tie.about}


class Point:
    """One item for one reader: what they see of it, what they may do, what an opinion lacks."""

    def __init__(self, item: Item, person, at: datetime):
        self.item, self.person, self.at = item, person, at
        self.session = item.session
        self.hand = hand_of(item.session, person, at)
        self.presence = committees.presence_at(item)
        self.conflicted = committees.in_conflict(item, person)
        self.open = (
            item.decision_id is None
            and self.session.closed_at is None
            and item.case.state == "committee"
        )
        self.grids = {grid.clause: grid for grid in item.grids.select_related("by")}
        self.secret = item.secret or self.session.body.secret_votes
        self.voted = committees.voters(item)
        self.voices = committees.tally(item)
        self.declared = None
        if self.hand.sits:
            self.declared = item.declarations.filter(mandate=self.hand.mandate).first()

    @property
    def sees_votes(self) -> bool:
        """Those who read the session see who voted, and the votes that are not secret; a member in
        conflict never does, nor a rapporteur who does not sit."""
        if self.conflicted:
            return False
        if self.hand.sits or self.hand.composes:
            return True
        return bodies_read_by(self.person, self.at).filter(pk=self.session.body_id).exists()

    @property
    def present(self) -> bool:
        return any(m.pk == self.hand.mandate.pk for m in self.presence.staying)

    @property
    def may_declare(self) -> bool:
        return self.open and self.hand.sits

    @property
    def may_find(self) -> bool:
        reports = self.item.rapporteur_id == self.person.pk
        return self.open and not self.conflicted and (reports or self.hand.sits)

    @property
    def may_vote(self) -> bool:
        return (
            self.open
            and self.session.opened_at is not None
            and self.item.vote_closed_at is None
            and not self.item.delegated
            and self.hand.sits
            and not (self.secret and self.has_voted)
            and self.declared is not None
            and not self.conflicted
            and self.present
        )

    @property
    def leads(self) -> bool:
        """Whether they chair the session or keep its record, and stay for the item."""
        return (self.hand.composes or self.hand.chairs) and not self.conflicted

    @property
    def may_close_vote(self) -> bool:
        return (
            self.leads
            and self.open
            and not self.item.delegated
            and self.item.vote_closed_at is None
            and bool(self.voted)
            and self.presence.holds
        )

    @property
    def declares_first(self) -> bool:
        """Whether the first thing asked of them is their interests."""
        return self.may_declare and self.declared is None

    @property
    def closes_next(self) -> bool:
        """Whether closing the vote is what is expected of them."""
        waits = self.declares_first or self.may_vote
        return self.may_close_vote and self.secret and not waits

    @property
    def signs_next(self) -> bool:
        """Whether signing the opinion is what is expected of them."""
        done = self.has_voted or self.item.delegated or self.item.vote_closed_at is not None
        ready = bool(self.outcomes) and not self.lacking()
        return self.may_sign and ready and done and not self.declares_first

    @property
    def may_choose_secret(self) -> bool:
        return (
            self.leads
            and self.open
            and not self.item.delegated
            and not self.session.body.secret_votes
            and not self.voted
        )

    @property
    def may_sign(self) -> bool:
        return self.open and self.hand.chairs and not self.conflicted

    @property
    def may_go_alone(self) -> bool:
        """Whether the chair may take the voie rapide, or give the item back to its session."""
        if not self.may_sign or self.session.opened_at is not None:
            return False
        if self.item.delegated:
            return True
        route = getattr(self.item.case.request, "qualification", None)
        charters = self.item.case.charters or versions_in_force(today(self.at))
        clause = find_clause("C-05", [load_charter("citoyen", charters["citoyen"])])
        return (
            route is not None
            and route.set_qualification in clause.values["delegated_routes"]
            and committees.chair_decides_alone(self.session.body, today(self.at))
        )

    @property
    def has_voted(self) -> bool:
        return self.person.pk in self.voted

    @cached_property
    def votes(self) -> list[Vote]:
        """Each voice, member by member: none in a secret vote."""
        if self.item.secret:
            return []
        return list(
            self.item.votes.select_related("mandate__person").order_by(
                "mandate__person__last_name", "mandate"
            )
        )

    @property
    def my_vote(self) -> Vote | None:
        mine = self.hand.mandate
        return next((v for v in self.votes if mine and v.mandate_id == mine.pk), None)

    def voices_by_member(self) -> list[dict]:
        """Who votes on the item, and what each said where the vote is not secret. In a secret vote,
        whether they voted; nobody is told what."""
        said = {vote.mandate_id: str(CHOICES[vote.choice]) for vote in self.votes}
        here = {m.pk: m for m in self.presence.staying} | {
            v.mandate_id: v.mandate for v in self.votes
        }
        rows = []
        for pk, mandate in here.items():
            voted = mandate.person_id in self.voted
            waiting = "" if self.item.vote_closed_at else _("n'a pas encore voté")
            rows.append(
                {
                    "person": mandate.person,
                    "remote": pk in self.presence.remote,
                    "said": said.get(pk)
                    or (_("a voté") if voted else waiting or _("n'a pas voté")),
                }
            )
        return rows

    @cached_property
    def ties(self) -> dict[int, list[Tie]]:
        """What the portal found, by mandate: of all the members for those who lead, of oneself for
        a member."""
        if not self.open:
            return {}
        looked = list(self.session_members) if self.leads else [self.hand.mandate]
        return committees.ties_with(self.item, [m for m in looked if m], at=self.at)

    @cached_property
    def session_members(self) -> list[Mandate]:
        return list(members_at(self.session))

    def my_ties(self) -> list[str]:
        """What the portal found between the reader and the dossier, a sentence each."""
        mine = self.hand.mandate
        return [_tie_words(tie) for tie in self.ties.get(mine.pk, [])] if mine else []

    def found_ties(self) -> list[dict]:
        """For those who lead: each member tied to the dossier, and what they answered."""
        if not self.leads or not self.open:
            return []
        said = {d.mandate_id: d for d in self.item.declarations.all()}
        rows = []
        for mandate in self.session_members:
            ties = self.ties.get(mandate.pk, [])
            if not ties:
                continue
            answer = said.get(mandate.pk)
            rows.append(
                {
                    "person": mandate.person,
                    "ties": [_tie_words(tie) for tie in ties],
                    "leaves": committees.must_leave(ties)
                    or (answer is not None and answer.ground != Declaration.Ground.NONE),
                    "answered": answer is not None,
                    "explanation": answer.explanation if answer else "",
                }
            )
        return rows

    @property
    def outcomes(self) -> tuple[str, ...]:
        return committees.outcomes_open(self.item) if self.open else ()

    def tally(self) -> list[tuple[str, int]]:
        """Voices by choice, the choices nobody made left out."""
        return [
            (str(label), self.voices[choice])
            for choice, label in CHOICES.items()
            if self.voices[choice]
        ]

    def lacking(self) -> list[str]:
        """What an opinion on this item still lacks, a sentence each."""
        if not self.open:
            return []
        said = []
        if not self.item.delegated:
            said += self._session_lacks()
        absent = [code for code in JUDGED if code not in self.grids]
        said += [_("Il manque le constat sur %(article)s.") % {"article": c} for c in absent]
        return said

    def _session_lacks(self) -> list[str]:
        """Of the session: who is missing is told once it is open, not days before."""
        if self.session.opened_at is None:
            return [_("La séance n'est pas ouverte.")]
        said = self._quorum()
        if not self.voted:
            said.append(_("Personne n'a voté."))
        elif not committees.counted(self.item):
            said.append(_("Le vote est secret : il se compte une fois clos."))
        elif committees.leading(self.voices) is None:
            said.append(
                _("Les voix se partagent : l'avis ne peut qu'être différé.")
                if self.item.vote_closed_at
                else _("Les voix se partagent : le vote est à reprendre, ou l'avis à différer.")
            )
        return said

    def _quorum(self) -> list[str]:
        said, room = [], self.presence
        if room.short:
            said.append(
                ngettext(
                    "Il manque %(n)d membre pour le quorum de ce point (%(here)d sur %(need)d).",
                    "Il manque %(n)d membres pour le quorum de ce point (%(here)d sur %(need)d).",
                    room.short,
                )
                % {"n": room.short, "here": room.present, "need": room.required}
            )
        if not room.patients:
            said.append(_("Aucun représentant des patients ne siège sur ce point."))
        for seat in room.missing_seats:
            said.append(_("Personne ne tient ici le siège : %(seat)s.") % {"seat": SEATS[seat]})
        if room.undeclared:
            names = ", ".join(str(m.person) for m in room.undeclared)
            said.append(_("N'ont pas encore déclaré leurs liens : %(names)s.") % {"names": names})
        return said

    def apart(self) -> list[str]:
        """Who follows from afar without counting."""
        return [str(mandate.person) for mandate in self.presence.apart]

    def findings(self) -> list[dict]:
        """Each article judged, with the finding written on it."""
        titles = article_titles(self.item.case, self.at)
        return [
            {
                "code": code,
                "title": titles.get(code, code),
                "grid": self.grids.get(code),
                "label": str(FINDINGS[self.grids[code].finding]) if code in self.grids else "",
            }
            for code in JUDGED
        ]
