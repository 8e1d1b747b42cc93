"""Before a session: who was called, who comes, which papers a reader is given."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.domain.convocations import CALLED_BEFORE, Forecast, forecast
from governance.domain.session_documents import standing
from governance.models import Convocation, Session, SessionDocument
from projects.queries.agenda import SEATS, Hand
from projects.queries.minutes import barred_from

ANSWERS: dict[str, Promise] = {
    Convocation.Answer.IN_PERSON: gettext_lazy("Je viens"),
    Convocation.Answer.REMOTE: gettext_lazy("Je participe à distance"),
    Convocation.Answer.EXCUSED: gettext_lazy("Je ne peux pas venir"),
}
"""What a member answers."""
ANSWERED: dict[str, tuple[str, Promise]] = {
    Convocation.Answer.IN_PERSON: ("done", gettext_lazy("Vient")),
    Convocation.Answer.REMOTE: ("done", gettext_lazy("À distance")),
    Convocation.Answer.EXCUSED: ("stop", gettext_lazy("Excusé")),
}
"""How an answer is shown beside a name."""


@dataclass(frozen=True)
class Called:
    """A member and their convocation: its chip."""

    kind: str
    label: str


@dataclass
class Calling:
    """What a reader of a session knows of its preparation."""

    called: dict[int, Called]
    mine: Convocation | None
    forecast: Forecast
    called_on: datetime
    at: datetime
    documents: list[SessionDocument] = field(default_factory=list)
    follows: bool = False
    """Whether the reader sits or composes: the others are not told who comes."""

    @property
    def uncalled(self) -> bool:
        """Whether somebody is not called yet."""
        return any(each.kind == "neutral" for each in self.called.values())

    @property
    def ahead(self) -> bool:
        """Whether the convocations are still to leave by themselves."""
        return self.at < self.called_on

    def lacking(self) -> list[str]:
        """What the answers say will lack, a sentence each."""
        said, ahead = [], self.forecast
        if ahead.short:
            said.append(
                ngettext(
                    "Il manque encore %(n)d membre au quorum.",
                    "Il manque encore %(n)d membres au quorum.",
                    ahead.short,
                )
                % {"n": ahead.short}
            )
        if ahead.seats_missing:
            seats = ", ".join(str(SEATS[seat]) for seat in ahead.seats_missing)
            said.append(_("Personne ne vient pour : %(seats)s.") % {"seats": seats})
        return said


def calling_of(session: Session, person, hand: Hand, members: list, *, at: datetime) -> Calling:
    """The preparation of `session` as `person` knows it at the aware instant `at`. Four queries."""
    rows = {each.mandate_id: each for each in session.convocations.all()}
    mine = rows.get(hand.mandate.pk) if hand.mandate else None
    return Calling(
        {m.pk: _chip(rows.get(m.pk), session) for m in members},
        mine,
        forecast(session, members),
        session.starts_at - CALLED_BEFORE,
        at,
        documents_for(session, person, hand),
        hand.sits or hand.composes,
    )


def _chip(convocation: Convocation | None, session: Session) -> Called:
    if convocation is None:
        return Called("neutral", _("Pas encore convoqué"))
    if convocation.answer:
        kind, label = ANSWERED[convocation.answer]
        return Called(kind, str(label))
    return Called("wait", _("Sans réponse"))


def documents_for(session: Session, person, hand: Hand) -> list[SessionDocument]:
    """The papers of `session` that `person` is given: those who sit and the secretary read them,
    but for the items that they leave. Two queries."""
    if not hand.sits and not hand.composes:
        return []
    barred = barred_from(session, person)
    found = standing(session).select_related("file", "item__case").order_by("item__position", "pk")
    return [each for each in found if each.item_id not in barred]
