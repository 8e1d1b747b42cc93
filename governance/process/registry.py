"""The processes the engine runs: a table, and what the layer above hands in.

``governance`` knows no project. Whoever owns a process registers its functions beside its table:

- ``facts(case, at) -> (asked -> dict)``: reads once, then answers for any step asked, that step's
  own details included: what the clauses read and, under ``"process"``, the flags that the needs of
  procedure read (``Fact`` guards), each by name;
- ``facts_of_many(cases, at) -> {case's key: what facts gives}``: the same of many cases, in the
  queries of one; read one by one where a process has no need of it;
- ``check_details(asked) -> (codes, words)``: what the step's form says, split in codes (kept in the
  decision) and words (kept apart); raises ``BadDetails``;
- ``effects(decision, words)``: what else is written in the same transaction, never a state;
- ``led_by_each(cases) -> {case's key: slug}``: which establishment will lead each case that has no
  lead yet, where it says, whose own stricter versions of the charters then apply;
- ``about_each(cases) -> {case's key: About}``: the one site or member that each case is about, the
  nature of the change that it asks and the clauses that it touches, when it is not a request;
- ``published``: which decisions (a ``Q``) everybody may read, and may be precedents; None when
  those of the process are compared with nothing; ``public_since`` is the path, from a decision, of
  the instant from which they could;
- ``ties(case, people, at) -> [Tie]``: what ties each of those people (primary keys) to the case, as
  far as the portal knows;
- ``at_fault(case, verdicts, at) -> [Verdict]``: of the continuous articles that do not hold, those
  that are a fault; the others are only awaited, nothing being in anybody's hands yet;
- ``follow(case, at)``: closes and opens what the non-conformities of the case command;
- ``hands(need) -> QuerySet``: who made true a need that is ``part`` of its step: rows that say
  ``in_case`` and ``who`` (primary keys);
- ``with_holder(track) -> bool``: whether the need that the clock of a track runs after
  (``Track.after``) does not hold yet: the holder is waited for;
- ``of_deadlines(facts_for, facts)``: those facts, which ``facts_for`` gave, as the deadlines read
  them: where what guards a step counts sooner than the delay that is promised;
- ``ends(case, state) -> datetime | None``: when a state ends by what was granted (an access), where
  that is not the table's delay.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from governance.models.case import Case, Track
from governance.process.shape import Outcome, Process, Step


@dataclass(frozen=True)
class Asked:
    """A step as it is asked: ``details`` are what its form says (codes once checked), ``at`` when,
    once it is taken."""

    case: Case
    step: Step
    outcome: Outcome
    track: Track | None = None
    details: Mapping = field(default_factory=dict)
    articles: tuple[str, ...] = ()
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Tie:
    """What the portal found between a person and a case. ``about`` says of what, for those who may
    read it: the number of another case, a publication's title, a service and its
    establishment."""

    TEAM = "team"
    FORMER_TEAM = "former_team"
    CO_SIGNATORY = "co_signatory"
    SERVICE = "service"

    person: int
    kind: str
    about: str = ""


@dataclass(frozen=True)
class About:
    """What a case asks: a change of which nature, and of which site or member (their key in the
    facts), as its precedents compare it; and the clauses that it touches, which judge it besides
    those that guard its steps."""

    change: str = ""
    site: str | None = None
    member: str | None = None
    clauses: tuple[str, ...] = ()

    def keys(self, subject: str) -> list[str] | None:
        """Of whom a clause about that subject is judged: of whom the case names, alone. None when
        it is judged of all."""
        return {"site": [self.site], "member": [self.member]}.get(subject)


@dataclass(frozen=True)
class Registered:
    process: Process
    facts: Callable
    check_details: Callable
    effects: Callable
    ends: Callable = lambda case, state: None
    led_by_each: Callable = lambda cases: {}
    ties: Callable = lambda case, people, at: []
    published: Q | None = None
    public_since: str = ""
    at_fault: Callable = lambda case, verdicts, at: verdicts
    follow: Callable = lambda case, at: None
    about_each: Callable = lambda cases: {}
    hands: Callable | None = None
    with_holder: Callable = lambda track: False
    facts_of_many: Callable | None = None
    of_deadlines: Callable = lambda facts_for, facts: facts

    def facts_each(self, cases: Collection[Case], at: datetime) -> dict[UUID, Callable]:
        """What ``facts`` gives of each of the cases, by its key, read together where it can be."""
        if self.facts_of_many is None:
            return {case.pk: self.facts(case, at) for case in cases}
        return self.facts_of_many(cases, at)

    def led_by(self, case: Case) -> str | None:
        """Which establishment will lead a case that has no lead yet, where it says."""
        return self.led_by_each([case]).get(case.pk)

    def about(self, case: Case) -> About:
        """What a case asks; nothing of its own when it is a request."""
        return self.about_each([case]).get(case.pk, About())


_REGISTERED: dict[str, Registered] = {}


def register(registered: Registered) -> None:
    _REGISTERED[registered.process.code] = registered


def every_process() -> list[Registered]:
    """The processes that applications registered."""
    return list(_REGISTERED.values())


def registered(code: str) -> Registered:
    """The process called ``code``. Raises KeyError when no application registered it."""
    return _REGISTERED[code]
