"""The facts that clauses read: their whole schema, and how to read it without ever failing.

Facts are JSON values: flags, numbers, codes, ISO dates (``"2026-11-24"``) and lengths of texts in
characters; an ISO instant only where a delay counts hours. No free text, no name, no instant of
judging: that one is the decision's. They are stored as
canonical bytes under their hash (:mod:`governance.charters.canonical`) and can be judged again
from those bytes alone.

Everything is optional: an absent fact is an unsatisfied verdict with its name in ``missing``,
never an error. A fact of the wrong type counts as absent.

Shape::

    {"schema": 1,
     "request": RequestFacts, "sites": {slug: SiteFacts}, "members": {ref: MemberFacts},
     "results": {ref: ResultFacts}, "item": ItemFacts, "findings": {article: code},
     "whole": WholeFacts}
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal, TypedDict
from zoneinfo import ZoneInfo

SCHEMA: Final = 1
PARIS: Final = ZoneInfo("Europe/Paris")


class Holder(TypedDict, total=False):
    """U-01. Who carries the request."""

    #: senior professional · trainee (student, intern) · research_staff (ARC, TEC) · other
    status: Literal["senior", "trainee", "research_staff", "other"]
    #: belongs to an establishment of the network
    in_network: bool
    #: a local referent (senior, of the network) is named
    local_referent: bool
    #: ... and has co-signed
    local_referent_cosigned: bool
    #: a senior director of the network is named (trainees)
    senior_director: bool


class LegalPerson(TypedDict, total=False):
    """U-01. A legal person and its part."""

    part: Literal["controller", "joint_controller", "processor", "sponsor"]
    #: its data protection officer is named
    dpo_named: bool


class Purpose(TypedDict, total=False):
    """U-02."""

    #: one of the purposes of ``governance.qualification`` (research, care_evaluation…)
    code: str
    #: prohibited purposes that were ticked; absent when the question was not answered
    prohibited: list[str]


class Variable(TypedDict, total=False):
    """U-04. One variable asked."""

    code: str
    reason_length: int
    #: tied to one of the objectives of the protocol
    objective: bool


class Period(TypedDict, total=False):
    """U-04. The period of the data asked, ISO dates (both bounds)."""

    start: str
    end: str


class Delivery(TypedDict, total=False):
    """U-04. What is asked to be delivered."""

    kind: Literal["aggregates", "pseudonymised", "nominative_to_care_team", "correspondence"]
    #: length of the reason why the lesser kind does not serve
    reason_length: int


class Protocol(TypedDict, total=False):
    """U-05."""

    attached: bool
    version_stated: bool
    statistical_plan: bool


class Route(TypedDict, total=False):
    """U-07a. Qualification and formality: computed, seen by the DPO, set."""

    computed_qualification: str
    #: absent or None when nothing could be computed (A_TRANCHER)
    computed_formality: str | None
    set_qualification: str
    set_formality: str
    #: the DPO's written opinion on the route
    dpo_opinion: Literal["agrees", "disagrees"]
    #: what the DPO proposes instead, when they disagree
    dpo_qualification: str
    dpo_formality: str
    #: length of the reason given to differ from the computed route or the DPO's opinion
    differs_reason_length: int


class EvidencePiece(TypedDict, total=False):
    """U-07b. One piece required by the formality; see ``governance.qualification.evidence``."""

    code: str
    present: bool
    #: its fields pass their validators
    valid: bool


class Formality(TypedDict, total=False):
    """U-07b. A formality of the route and where it stands."""

    code: str
    answer: Literal[
        "pending",
        "not_required",
        "expressly_favourable",
        "with_recommendations",
        "reserved",
        "unfavourable",
        "tacit",
    ]
    #: every piece that the formality requires, present or not
    evidence: list[EvidencePiece]


class Destination(TypedDict, total=False):
    """U-09. A place where data go."""

    kind: Literal["site_space", "shared_platform", "national_hub", "partner"]
    authorised: bool
    controller_named: bool
    hosting_certificate_required: bool
    hosting_certificate: bool
    convention_signed: bool
    outside_eu: Literal["no", "adequate", "safeguards", "yes"]
    #: nothing leaves but by a checked output: somebody saw to it, and nothing left unchecked since
    outputs_checked: bool


class Access(TypedDict, total=False):
    """U-10, U-12. Months granted (asked, before the decision); ISO dates once known."""

    months: int
    starts_on: str
    ends_on: str
    #: the day access really ended
    ended_on: str


class Money(TypedDict, total=False):
    """C-11."""

    funder_stated: bool
    #: the industrial partner, or that there is none, is stated
    partner_stated: bool
    #: the fee, zero included, is stated
    fee_stated: bool
    #: what the fee pays
    fee_basis: Literal["none", "services", "access_costs", "persons", "rows"]
    #: funder, partner and fee are in the public record
    public: bool


class PublicRecord(TypedDict, total=False):
    """C-01, C-12."""

    #: fields of the public record still empty, as codes; [] when it is valid
    missing: list[str]
    #: the holder confirmed the preview …
    preview_confirmed: bool
    #: … and nothing it shows changed since
    preview_current: bool


class PlainResults(TypedDict, total=False):
    """U-11, C-06. The plain-language summary of the results."""

    length: int
    published: bool


class Reciprocity(TypedDict, total=False):
    """U-14. What the team offers back."""

    #: something is offered · nothing can be
    code: Literal["offered", "withheld"]
    #: of what is said of it: what is offered and where, or why nothing is
    length: int


class Clock(TypedDict, total=False):
    """C-07. A delay that runs."""

    code: str
    due_on: str
    #: it waits for the holder
    stopped: bool


class RequestFacts(TypedDict, total=False):
    """Subject *request*."""

    holder: Holder
    legal_persons: list[LegalPerson]
    purpose: Purpose
    public_interest_length: int
    variables: list[Variable]
    period: Period
    #: the population has a definition
    population_bounded: bool
    delivery: Delivery
    protocol: Protocol
    route: Route
    formalities: list[Formality]
    destinations: list[Destination]
    access: Access
    money: Money
    public_record: PublicRecord
    plain_results: PlainResults
    #: why there will be no result; a code of U-11's parameter
    results_excuse: str
    reciprocity: Reciprocity
    last_publication_on: str
    clocks: list[Clock]


class CatalogueRecord(TypedDict, total=False):
    """P-01. A dataset used at this site."""

    dataset: str
    #: the day the producer last checked its record
    checked_on: str


class Feasibility(TypedDict, total=False):
    """P-02. The count of this site."""

    counted: bool
    #: persons; None when the figure is masked
    count: int | None
    masked: bool


class WarehouseBasis(TypedDict, total=False):
    """P-13. The legal basis of the warehouse of this site."""

    kind: Literal["declaration", "authorisation"]
    number_stated: bool
    dated_on: str
    #: the last day on which it is good, where it has one
    until: str
    purposes_cover: bool
    recipients_cover: bool


class Agreement(TypedDict, total=False):
    """P-03, P-05, P-12. The establishment's answer."""

    answer: Literal["agreed", "agreed_with_limits", "declined", "pending"]
    #: taken under a delegation valid that day
    delegated: bool
    #: the ground of a decline or of limits, of P-12's closed list
    ground: str
    reason_length: int
    #: for the ground *capacity*: the day from which the site can deliver
    ready_on: str
    #: articles that the decline cites
    articles: list[str]
    due_on: str


class SiteDelivery(TypedDict, total=False):
    """P-06 to P-09. What was found on the delivered files themselves, and their manifest."""

    kind: str
    identifiers_absent: bool
    #: pseudonyms under keys proper to project and site
    keys_proper: bool
    dates_shifted: bool
    true_dates_granted: bool
    #: nominative: to professionals who care for those persons
    to_care_team: bool
    through_portal: bool
    logged: bool
    objectors_absent: bool
    not_informed_absent: bool
    #: persons not individually informed were kept after a documented exception was examined
    exception_examined: bool
    objection_list_on: str
    information_list_on: str
    #: deliveries to correct after an objection, without correction nor written reason
    corrections_pending: int
    #: fields that the manifest has, of P-08's parameter
    manifest_fields: list[str]
    manifest_signed: bool
    columns_exact: bool
    persons_exact: bool
    period_exact: bool


class Information(TypedDict, total=False):
    """C-02. How patients of this site were informed."""

    since: str
    #: admission_booklet, letter, digital, poster_and_website…
    channel: str
    #: share of the patients informed, percent
    coverage: int
    #: the day the project's notice went online
    notice_online_on: str


class Objection(TypedDict, total=False):
    """C-03. Objections at this site."""

    #: the ways to object are published for this site
    ways_published: bool
    #: objections identified and not applied within the delay; where a copy is open, those of
    #: persons whom it has ignored for more than a month are of them
    overdue: int
    #: before a copy opens: this site compared its own list, of letters, with what it delivered,
    #: since it was asked; absent when nothing waits for it
    list_compared: bool


class Ending(TypedDict, total=False):
    """U-12. What became of the data after access."""

    space_closed: bool
    copies_destroyed: bool
    dataset_sealed: bool
    sealed_on: str
    second_certificate: bool


class Recognition(TypedDict, total=False):
    """P-11. What was agreed with this site beyond being cited; absent when nothing was."""

    agreed: Literal["acknowledged", "associated"]
    #: length of how it was done, said since it was agreed
    given_length: int


class Findings(TypedDict, total=False):
    """P-10. Anomalies that users reported in this site's data, and that wait for an answer."""

    waiting: int
    #: the day by which the one that waits since longest is to be answered; absent when none waits
    oldest_due_on: str


class SiteFacts(TypedDict, total=False):
    """Subject *site*, one for each establishment asked."""

    #: False once the holder continued without it
    in_perimeter: bool
    records: list[CatalogueRecord]
    feasibility: Feasibility
    warehouse: WarehouseBasis
    agreement: Agreement
    #: data were delivered by this site
    delivered: bool
    delivery: SiteDelivery
    information: Information
    objection: Objection
    ending: Ending
    recognition: Recognition
    findings: Findings


class MemberFacts(TypedDict, total=False):
    """Subject *member*, under the person's random reference."""

    #: version of the Charte Utilisateur that they signed last
    charter_signed: str
    #: version in force, that they are asked to have signed
    charter_in_force: str
    training_obtained_on: str
    training_expires_on: str
    no_reidentification_signed: bool
    breach_open: bool


class ResultFacts(TypedDict, total=False):
    """Subject *result*, under its reference."""

    kind: Literal["publication", "patent", "software", "dataset", "communication", "thesis"]
    published_on: str
    deposited_on: str
    #: all its dates come before the first opening of the access
    before_access: bool
    deferred_until: str
    cites_establishments: bool
    cites_number: bool


class ItemFinding(TypedDict, total=False):
    """U-15, U-16. What the committee found, by its grid."""

    finding: Literal["satisfied", "not_satisfied"]
    reason_length: int
    #: recorded by a voting member (or the chair, by delegation) …
    by_voter: bool
    #: … who has a conflict of interest on this item
    conflict: bool


class ItemFacts(TypedDict, total=False):
    """Subject *item*: the request as an item of a session."""

    mode: Literal["session", "delegated"]
    present: int
    required: int
    patient_representative_present: bool
    #: seats, beside the patients', that the rules of the body ask for and that nobody holds; absent
    #: from the facts of the first opinions, when no rule asked for any
    seats_missing: int
    #: members present who have not declared anything yet, "none" included
    undeclared: int
    #: members in conflict who stayed for this item
    conflicted_present: int
    #: delegated opinion: the standing delegation of the committee is in force …
    standing_delegation: bool
    #: … and every article judged so far is satisfied
    every_article_satisfied: bool
    findings: dict[str, ItemFinding]


class IncidentFacts(TypedDict, total=False):
    """C-10. An incident, as one of the establishments that it concerns stands before it."""

    #: ISO instants with their offset
    found_at: str
    notified_at: str
    #: it wrote why it need not notify, and the risk for persons is not high
    excused: bool
    #: the risk for persons is high: they are told
    persons_to_tell: bool
    persons_told: bool


class WholeFacts(TypedDict, total=False):
    """Invariants, and incidents: figures over the whole register."""

    departures: int
    departures_unexplained: int
    #: decisions that depart from a precedent and do not name it
    departures_unnamed: int
    decisions: int
    decisions_without_article: int
    ledger_consistent: bool
    public_figures: int
    public_figures_under_threshold: int
    public_figures_deducible: int
    incidents: list[IncidentFacts]


class Facts(TypedDict, total=False):
    """All that a request's clauses may read."""

    schema: int
    request: RequestFacts
    sites: dict[str, SiteFacts]
    members: dict[str, MemberFacts]
    results: dict[str, ResultFacts]
    item: ItemFacts
    #: a person's finding on what was deposited under reserve: satisfied · not_satisfied
    findings: dict[str, str]
    whole: WholeFacts


# Reading. Each returns None where the fact is absent or has another type than the one asked.


def at_path(facts: Any, *path: str) -> Any:
    """The value at ``path``, None where any step of it is absent."""
    for step in path:
        if not isinstance(facts, Mapping):
            return None
        facts = facts.get(step)
    return facts


def flag(facts: Any, *path: str) -> bool | None:
    """A true or false."""
    value = at_path(facts, *path)
    return value if isinstance(value, bool) else None


def number(facts: Any, *path: str) -> int | None:
    """A whole number; true and false are none."""
    value = at_path(facts, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def code(facts: Any, *path: str) -> str | None:
    """A non-empty code."""
    value = at_path(facts, *path)
    return value if isinstance(value, str) and value else None


def day(facts: Any, *path: str) -> date | None:
    """An ISO date."""
    value = at_path(facts, *path)
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def instant(facts: Any, *path: str) -> datetime | None:
    """An ISO instant, which says its offset."""
    value = at_path(facts, *path)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def listed(facts: Any, *path: str) -> list[Any] | None:
    """A list."""
    value = at_path(facts, *path)
    return value if isinstance(value, list) else None


def codes(facts: Any, *path: str) -> list[str] | None:
    """A list of codes; other elements are left out."""
    value = listed(facts, *path)
    return None if value is None else [each for each in value if isinstance(each, str)]


def group(facts: Any, *path: str) -> Mapping[str, Any]:
    """A mapping, empty where absent."""
    value = at_path(facts, *path)
    return value if isinstance(value, Mapping) else {}


def today(at: datetime) -> date:
    """The day it is in Paris at the aware instant ``at``."""
    return at.astimezone(PARIS).date()


def months_later(start: date, months: int) -> date:
    """``start`` plus calendar months, clipped to the end of the month; the last day there is
    (31 December 9999) when beyond."""
    total = start.year * 12 + start.month - 1 + months
    year, month = divmod(total, 12)
    month += 1
    if year > 9999:
        return date.max
    if year < 1:
        return date.min
    for last in (start.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th day")
