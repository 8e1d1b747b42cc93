"""The table said as plain data: what `manage.py process` prints and the API serves.

Codes are those of the table; labels are in the reader's language. Guards come from the articles,
as the engine reads them.
"""

from collections.abc import Iterable
from typing import Any

from governance.charters import Charter, guards_of
from governance.process.proofs import Proof
from governance.process.shape import ORIGIN, Delay, Outcome, Process, State, Step, Track


def describe(process: Process, charters: Iterable[Charter], language: str) -> dict[str, Any]:
    """The states, tracks and steps of `process`, guarded by `charters`, in `language`."""
    charters = tuple(charters)
    return {
        "states": [_state(state, language) for state in process.states],
        "tracks": [_track(track, language) for track in process.tracks],
        "steps": [_step(step, charters, language) for step in process.steps],
    }


def describe_proof(proof: Proof, language: str) -> dict[str, Any]:
    """One proof: what is claimed, whether it holds, because of what."""
    return {
        "code": proof.claim.code,
        "family": proof.claim.family,
        "claim": proof.claim.sentence.say(language),
        "holds": proof.holds,
        "because": proof.because.say(language),
    }


def _state(state: State, language: str) -> dict[str, Any]:
    return {
        "code": state.code,
        "label": state.label.say(language),
        "public_label": state.public.say(language) if state.public else None,
        "acts_next": state.acts_next or None,
        "delay": _delay(state.delay),
        "ended": state.ended,
    }


def _track(track: Track, language: str) -> dict[str, Any]:
    return {
        "kind": track.kind,
        "label": track.label.say(language),
        "per": track.per,
        "statuses": {code: label.say(language) for code, label in track.statuses.items()},
        "ends": list(track.ends),
        "delay": _delay(track.delay),
        "delay_after": track.after.code if track.after else None,
    }


def _step(step: Step, charters: tuple[Charter, ...], language: str) -> dict[str, Any]:
    clauses = guards_of(step.code, charters)
    return {
        "code": step.code,
        "label": step.label.say(language),
        "from": list(step.sources),
        "who": list(step.actors),
        "track": step.track,
        "track_from": list(step.track_from),
        "outcomes": [_outcome(outcome, language) for outcome in step.outcomes],
        "guards": [clause.code for clause in clauses],
        "needs": [{"code": n.code, "label": n.label.say(language)} for n in step.needs],
        "parts": list(step.parts),
        "delegated": step.delegated,
        "apart_from": list(step.apart),
        "pooled": step.pooled,
        "under_reserve": step.under_reserve,
        "reasoned": step.reasoned or step.negative,
        "irreversible": step.irreversible,
    }


def _outcome(outcome: Outcome, language: str) -> dict[str, Any]:
    back = outcome.target == ORIGIN
    return {
        "code": outcome.code,
        "label": outcome.label.say(language),
        "to": None if back else outcome.target,
        "back": back,
        "track_to": outcome.track_to,
        "tone": outcome.tone,
        "only_from": list(outcome.sources),
        "needs": [{"code": n.code, "label": n.label.say(language)} for n in outcome.needs],
    }


def _delay(delay: Delay | None) -> dict[str, Any] | None:
    if delay is None:
        return None
    return {
        "number": delay.number,
        "unit": delay.unit,
        "kind": delay.kind,
        "warned_before": list(delay.warn),
        "source": delay.source or None,
    }
