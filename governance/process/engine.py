"""Taking a step: the only place in the house where a case changes state.

One transaction: lock the case, look who asks, judge the articles and the needs, write decision,
track and state, let the layer above write what follows, move the clocks, append the leaf. The lock
order is law: case, then the year's number, then the ledger, last. Triggers in the database hold the
same invariants against everything else: no state without its decision, no negative decision
without an article, no delegate without a valid delegation, no change to the past.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from governance import outbox
from governance.charters import (
    Verdict,
    blocking,
    canonical_bytes,
    digest,
    guards_of,
    judge,
    library,
    load_charter,
    versions_in_force,
)
from governance.charters.facts import today
from governance.ledger.commitments import commit_to
from governance.ledger.leaves import append_leaf
from governance.models.case import Case, Track
from governance.models.decision import Attestation, Decision, FactsBlob, Reason, StepKey
from governance.process import clocks
from governance.process.needs import judge_needs, moved
from governance.process.precedents import likeness_written, precedents
from governance.process.refusals import (
    ArticleNeeded,
    DifferenceNeeded,
    KeyReused,
    NotPermitted,
    ReasonNeeded,
    StaleCase,
    StepRefused,
    UnknownArticle,
    UnknownStep,
    WrongState,
)
from governance.process.registry import Asked, registered
from governance.process.shape import NEGATIVE, ORIGIN, Outcome, Step
from governance.process.shape import Track as TrackKind
from governance.process.standing import Bench, Standing, standing


@transaction.atomic
def take_step(
    case: Case,
    step: str,
    *,
    by,
    at: datetime,
    outcome: str | None = None,
    track: Track | None = None,
    articles: tuple[str, ...] = (),
    reason: str = "",
    details: dict | None = None,
    difference: str = "",
    key: str | None = None,
    expect_revision: int | None = None,
) -> Decision:
    """Take `step` of the case's process and return the decision.

    `by` is the person (None: the system), `at` the aware instant, `outcome` the answer when the
    step has several, `track` the line it moves, `articles` the codes a decision rests on, `reason`
    its words, `difference` what differs from the precedents that it departs from, where there are
    any. With `key` the same call gives the first decision again; with `expect_revision` it
    is refused when somebody decided in between. Raises a `Refusal`; then nothing was written.
    """
    details = details or {}
    if key is not None:
        fingerprint = _fingerprint(
            case, step, by, outcome, track, articles, reason, details, difference
        )
        earlier = _earlier(key, fingerprint, at)
        if earlier is not None:
            return earlier
    case = Case.objects.select_for_update().get(pk=case.pk)
    if expect_revision is not None and expect_revision != case.revision:
        raise StaleCase
    owner = registered(case.process)
    rule = owner.process.step(step)
    if rule is None:
        raise UnknownStep(step)
    if track is not None:
        track = Track.objects.select_for_update().filter(pk=track.pk, case=case).first()
    answer = _answer(rule, case, track, outcome)
    stand = standing(by, case, rule, track, at)
    asked = Asked(case, rule, answer, track, details, tuple(articles), reason)
    codes, words = owner.check_details(asked)
    _check_grounds(asked, at)
    facts_for = owner.facts(case, at)
    judgement = judge_step(
        facts_for, _statuses_of(case.tracks.all()), replace(asked, details=codes), at
    )
    if judgement.blocking:
        raise StepRefused(judgement.blocking)
    asked = replace(asked, details=codes)
    judged = (judgement.facts, judgement.charters, at)
    others = [] if by is None else precedents(asked, *judged)
    if others and not difference.strip():
        raise DifferenceNeeded(others)
    if others:
        words = words | {"difference": difference.strip()}

    if track is None and rule.track is not None:
        track = _begin(case, owner.process.track(rule.track), at)
    target = _target(case, answer)
    decision = Decision.objects.create(
        case=case,
        index=case.revision + 1,
        step=rule.code,
        outcome=answer.code,
        tone=answer.tone,
        from_state=case.state,
        to_state=target,
        track=track,
        track_from=track.status if track else "",
        track_to=answer.track_to or "",
        by=by,
        acting_as=stand.acting_as,
        delegation=stand.delegation,
        at=at,
        articles=sorted(set(articles)),
        charters=judgement.charters,
        verdicts=[v.as_data() for v in judgement.verdicts],
        facts=_store(canonical_bytes(judgement.facts)),
        details=codes,
        likeness=likeness_written(asked, *judged),
        departs_from=[other.attestation.leaf_index for other in others],
    )
    Reason.objects.create(decision=decision, text=reason.strip(), details=words)
    if track is not None and answer.track_to:
        track.status, track.status_since, track.decision = answer.track_to, at, decision
        track.save(update_fields=["status", "status_since", "decision"])
    _move(case, rule, answer, target, decision)
    owner.effects(decision, words)
    clocks.turn(case, owner, decision)
    outbox.enqueue("decision", {"decision": str(decision.pk)})
    if key is not None:
        StepKey.objects.filter(key=key).update(decision=decision)
    leaf = append_leaf(_leaf(case, decision), at=at)
    Attestation.objects.create(decision=decision, leaf_index=leaf.index)
    return decision


@dataclass(frozen=True)
class Judgement:
    """What was judged for a step: on which facts, under which charters, with which verdicts."""

    facts: Mapping
    charters: dict[str, str]
    verdicts: list[Verdict]
    blocking: list[Verdict]


def judge_step(facts_for, statuses: dict[str, list[str]], asked: Asked, at: datetime) -> Judgement:
    """Judge the articles and needs of what is asked, and write nothing.

    `facts_for` is what the process's `facts` returned, `statuses` the case's tracks' by kind.
    """
    rule, answer, track = asked.step, asked.outcome, asked.track
    facts = facts_for(asked)
    charters = charters_of(asked.case, at)
    clauses = guards_of(rule.code, _load(charters), answer.code)
    site = track.key if track is not None and track.kind == "site" else None
    verdicts = judge_articles(clauses, facts, at, site)
    needs = judge_needs(rule.needs, statuses, facts["process"])
    if answer.needs:
        after = moved(statuses, track.kind, track.status, answer.track_to)
        needs += judge_needs(answer.needs, after, facts["process"])
    return Judgement(
        facts,
        charters,
        verdicts + needs,
        blocking(clauses, verdicts, rule.code) + [n for n in needs if not n.holds],
    )


def charters_of(case: Case, at: datetime) -> dict[str, str]:
    """The versions that judge `case`: those of its deposit; before it, those in force that day, at
    the establishment that will lead it where one adopted its own."""
    if case.charters:
        return case.charters
    local = any(each.establishment for each in library.adopted())
    lead = registered(case.process).led_by(case) if local else None
    return versions_in_force(today(at), lead)


def judge_articles(clauses, facts, at: datetime, site: str | None) -> list[Verdict]:
    """The verdicts of `clauses`; those about sites are of `site` alone, when its track moves."""
    of_sites = [c for c in clauses if c.subject == "site" and not c.over]
    others = [c for c in clauses if c.subject != "site" or c.over]
    return judge(others, facts, at) + judge(of_sites, facts, at, [site] if site else None)


@dataclass(frozen=True)
class OpenStep:
    """A step that stands open from here, for one person: may they take it, in what quality
    (`standing`, None when not allowed), and what hinders it."""

    step: Step
    track: Track | None
    allowed: bool
    why_not: str
    answers: tuple[Outcome, ...]
    obstacles: tuple[Verdict, ...]
    standing: Standing | None = None


class Outlook:
    """Where a case can go from here: its facts read once, asked about any step.

    The same judgement as `take_step` makes, before the attempt; queries do not grow with steps.
    `facts_for` is what its process reads its facts with.
    """

    def __init__(self, case: Case, at: datetime):
        self.case, self.at = case, at
        self.owner = registered(case.process)
        self.facts_for = self.owner.facts(case, at)
        # The facts of a process may have read the tracks, with their establishments.
        read = getattr(self.facts_for, "tracks", None)
        tracks = case.tracks.select_related("establishment") if read is None else read
        self.tracks = list(tracks)
        self._statuses = _statuses_of(self.tracks)

    def obstacles(self, step: str, track: Track | None = None) -> tuple[Verdict, ...]:
        """What stands in the way of `step`, whoever would take it, but for what its form says."""
        settled = self.owner.process.step(step).settles
        return tuple(v for v in self._blocking(step, track) if v.clause not in settled)

    def to_settle(self, step: str, track: Track | None = None) -> tuple[Verdict, ...]:
        """The verdicts that stand in the way of `step` and that its own form answers."""
        settled = self.owner.process.step(step).settles
        return tuple(v for v in self._blocking(step, track) if v.clause in settled)

    def _blocking(self, step: str, track: Track | None) -> list[Verdict]:
        """What blocks the answer of `step` that is the least hindered."""
        rule = self.owner.process.step(step)
        asked = [Asked(self.case, rule, a, track) for a in rule.outcomes_from(self.case.state)]
        return min(
            (judge_step(self.facts_for, self._statuses, each, self.at).blocking for each in asked),
            key=len,
        )

    def open_steps(self, by, bench: Bench | None = None) -> list[OpenStep]:
        """Every step of the table open from the case's state, with what stands in its way when
        `by` (None: the system) may take it. `bench` is what is known of them already."""
        if by is not None and bench is None:
            bench = Bench(by, self.case, self.at)
        found = []
        for rule in self.owner.process.steps_from(self.case.state):
            for track in _tracks_for(rule, self.tracks):
                stand, why_not = None, ""
                try:
                    if bench is None:
                        stand = standing(None, self.case, rule, track, self.at)
                    else:
                        stand = bench.standing(rule, track)
                except NotPermitted as refusal:
                    why_not = refusal.why
                answers = rule.outcomes_from(self.case.state)
                hindered = self.obstacles(rule.code, track) if stand else ()
                found.append(
                    OpenStep(rule, track, stand is not None, why_not, answers, hindered, stand)
                )
        return found


def open_steps(case: Case, by, at: datetime) -> list[OpenStep]:
    """The steps open to `by` from the case's state: see `Outlook`."""
    return Outlook(case, at).open_steps(by)


def obstacles(
    case: Case, step: str, at: datetime, track: Track | None = None
) -> tuple[Verdict, ...]:
    """What stands in the way of `step`, whoever would take it: see `Outlook`."""
    return Outlook(case, at).obstacles(step, track)


def _tracks_for(rule: Step, tracks: list[Track]) -> list[Track | None]:
    if rule.track is None or not rule.track_from:
        return [None]
    return [t for t in tracks if t.kind == rule.track and t.status in rule.track_from]


def _answer(rule: Step, case: Case, track: Track | None, outcome: str | None) -> Outcome:
    if case.state not in rule.sources:
        raise WrongState(case.state)
    answer = rule.outcome(case.state, outcome)
    if answer is None:
        raise UnknownStep(f"{rule.code}:{outcome}")
    # A step that comes from no status begins its own track: an appeal.
    moved_kind = rule.track if rule.track_from else None
    if moved_kind != (track and track.kind):
        raise WrongState("track")
    if track is not None and track.status not in rule.track_from:
        raise WrongState(track.status)
    return answer


def _begin(case: Case, kind: TrackKind, at: datetime) -> Track:
    """The track that a step begins: those of its kind are numbered."""
    number = case.tracks.filter(kind=kind.kind).count() + 1
    return Track.objects.create(
        case=case, kind=kind.kind, key=str(number), status=kind.initial, status_since=at
    )


def _check_grounds(asked: Asked, at: datetime) -> None:
    known = {
        article.code
        for charter in _load(charters_of(asked.case, at))
        for article in charter.articles
    }
    if not set(asked.articles) <= known:
        raise UnknownArticle(", ".join(sorted(set(asked.articles) - known)))
    negative = asked.outcome.tone == NEGATIVE
    if negative and not asked.articles:
        raise ArticleNeeded
    if (asked.step.reasoned or negative) and not asked.reason.strip():
        raise ReasonNeeded


def _target(case: Case, answer: Outcome) -> str:
    if answer.target == ORIGIN:
        return case.origins[-1]
    return answer.target or case.state


def _move(case: Case, rule: Step, answer: Outcome, target: str, decision: Decision) -> None:
    if answer.target == ORIGIN:
        case.origins = case.origins[:-1]
    elif answer.back_to:
        case.origins = [*case.origins, answer.back_to]
    elif rule.remembers and case.state != "suspended":
        case.origins = [*case.origins, case.state]
    if target != case.state:
        case.state, case.state_since = target, decision.at
    case.revision += 1
    case.last_decision = decision
    case.save(update_fields=["state", "origins", "state_since", "revision", "last_decision"])


def _load(charters: dict[str, str]):
    return [load_charter(code, version) for code, version in sorted(charters.items())]


def _statuses_of(tracks) -> dict[str, list[str]]:
    statuses = defaultdict(list)
    for track in tracks:
        statuses[track.kind].append(track.status)
    return statuses


def _store(facts: bytes) -> FactsBlob:
    return FactsBlob.objects.get_or_create(sha256=digest(facts), defaults={"bytes": facts})[0]


def _leaf(case: Case, decision: Decision) -> dict:
    leaf = {
        "kind": "decision",
        "number": case.number,
        "case": hashlib.sha256(case.id.bytes).hexdigest(),
        "index": decision.index,
        "step": decision.step,
        "outcome": decision.outcome,
        "from": decision.from_state,
        "to": decision.to_state,
        "track": [decision.track.kind, decision.track.key] if decision.track else None,
        "articles": decision.articles,
        "verdicts": [[v["clause"], v["of"], v["holds"]] for v in decision.verdicts],
        "charters": decision.charters,
        "facts": bytes(decision.facts_id).hex(),
        "acting_as": decision.acting_as,
        "decider": commit_to(str(decision.by.ref).encode() if decision.by else b"system"),
    }
    if decision.departs_from:
        leaf["departs_from"] = decision.departs_from
    if "lifted" in decision.details:
        leaf["lifted"] = decision.details["lifted"]
    return leaf


def _fingerprint(case, step, by, outcome, track, articles, reason, details, difference) -> str:
    said = [
        str(case.pk),
        step,
        str(by and by.pk),
        outcome,
        str(track and track.pk),
        sorted(articles),
        reason,
        details,
        *([difference] if difference else []),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _earlier(key: str, fingerprint: str, at: datetime) -> Decision | None:
    """The decision this key already gave. Inserting first makes a concurrent twin wait here."""
    _, created = StepKey.objects.get_or_create(
        key=key, defaults={"fingerprint": fingerprint, "at": at}
    )
    if created:
        return None
    taken = StepKey.objects.select_related("decision").get(key=key)
    if taken.fingerprint != fingerprint:
        raise KeyReused
    return taken.decision
