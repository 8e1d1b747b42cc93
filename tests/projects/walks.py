"""Requests drafted and walked as the demonstration's are, what begins many tests done once."""

from projects.demonstration import walk
from tests.once import once

draft = once(walk.draft)


class Walk(walk.Walk):
    """A walk whose steps on the main path, taken again from the same draft, are those kept."""

    submit = once(walk.Walk.submit)
    admit = once(walk.Walk.admit)
    state_feasibility = once(walk.Walk.state_feasibility)
    _instruct = once(walk.Walk._instruct)
    give_opinion = once(walk.Walk.give_opinion)
    _prepare = once(walk.Walk._prepare)
    open_access = once(walk.Walk.open_access)
    use_and_end = once(walk.Walk.use_and_end)
    _give_back = once(walk.Walk._give_back)
