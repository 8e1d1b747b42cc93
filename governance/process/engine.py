"""Taking a step: the only place in the house where a case changes state.

One transaction: lock the case, look who asks, judge the articles and the needs, write decision,
track and state, let the layer above write what follows, move the clocks, append the leaf. The lock
order is law: case, then the year's number, then the ledger, last. Triggers in the database hold the
same invariants against everything else: no state without its decision, no negative decision
without an article, no delegate without a valid delegation, no change to the past.
"""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from governance import outbox
from governance.charters import canonical_bytes, digest
from governance.ledger.commitments import commit_to
from governance.ledger.leaves import append_leaf
from governance.models.case import Case, Track
from governance.models.decision import Attestation, Decision, FactsBlob, Reason, StepKey
from governance.process import clocks, repeated
from governance.process.judgement import charters_named, charters_of, judge_step, statuses_of
from governance.process.precedents import likeness_written, precedents
from governance.process.refusals import (
    ArticleNeeded,
    DifferenceNeeded,
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
from governance.process.standing import standing


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
        call = repeated.fingerprint(
            case, step, by, outcome, track, articles, reason, details, difference
        )
        if (decided := repeated.earlier(key, call, at)) is not None:
            return decided
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
    asked = Asked(case, rule, answer, track, details, tuple(articles), reason, at)
    codes, words = owner.check_details(asked)
    _check_grounds(asked, at)
    facts_for = owner.facts(case, at)
    judgement = judge_step(
        facts_for, statuses_of(case.tracks.all()), replace(asked, details=codes), at
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
        for charter in charters_named(charters_of(asked.case, at))
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


def _store(facts: bytes) -> FactsBlob:
    return FactsBlob.objects.get_or_create(sha256=digest(facts), defaults={"bytes": facts})[0]


def _leaf(case: Case, decision: Decision) -> dict:
    leaf = {
        "kind": "decision",
        "number": case.number,
        "case": case.digest,
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
