"""Where a case can go from here, for one person: what pages and the API show before the attempt."""

from dataclasses import dataclass
from datetime import datetime

from governance.charters import Verdict
from governance.models.case import Case, Track
from governance.process.judgement import judge_step, statuses_of
from governance.process.refusals import NotPermitted
from governance.process.registry import Asked, registered
from governance.process.shape import Outcome, Step
from governance.process.standing import Bench, Standing, standing


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
        self._statuses = statuses_of(self.tracks)

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


def _tracks_for(rule: Step, tracks: list[Track]) -> list[Track | None]:
    if rule.track is None or not rule.track_from:
        return [None]
    return [t for t in tracks if t.kind == rule.track and t.status in rule.track_from]
