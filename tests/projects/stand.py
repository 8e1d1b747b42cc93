"""A request with two establishments, brought to any state by the real steps."""

from datetime import timedelta

from projects.demonstration import lives, network
from projects.domain import extractions, openings, team
from tests.once import once
from tests.projects.site_program import SiteProgram
from tests.projects.walks import Walk, draft

LEAD, OTHER = "chu-rennes", "chu-brest"
DAY = timedelta(days=1)


def stand_at(state: str, walk: Walk) -> None:
    """Bring a request with two establishments to `state`, by the real steps."""
    if state in ("draft", "admissibility", "instruction", "committee", "preparation", "authorised"):
        walk.until(state)
    elif state == "completion":
        lives.completion(walk)
    elif state == "refused":
        lives.refused_referent(walk)
    elif state == "dropped":
        lives.completion(walk)
        walk.let_the_delay_run_out()
        walk.take("drop", walk.staff("delegate"), articles=("U-03",), reason="Aucune réponse.")
    elif state == "withdrawn":
        lives.withdrawn(walk)
    else:
        walk.until("authorised")
        open_the_lead(walk)
        if state != "access":
            getattr(lives, state)(walk)
    walk.case.refresh_from_db()
    assert walk.case.state == state


@once
def open_the_lead(walk: Walk) -> None:
    """The lead establishment delivers and opens; the other one has not delivered yet."""
    walk.now += 31 * DAY
    track, engineer = walk.case.tracks.get(key=LEAD), walk.staff("data_engineer")
    order = extractions.launch(track, by=engineer, at=walk.now).order
    SiteProgram(LEAD, at=walk.now).delivers(order)
    walk.take("deliver", engineer, days=0, track=track)
    openings.choose_opening(walk.request, site_by_site=True, at=walk.now)
    assert openings.open_what_is_ready(walk.case, at=walk.now) == []
    walk.case.refresh_from_db()


@once
def opened_to_two(holder, at) -> Walk:
    """A request of two establishments drafted at `at`, of which the lead one is open to its team:
    its holder, and the walk's `colleague`."""
    walk = Walk(draft(holder, [LEAD, OTHER], at=at), at=at)
    walk.colleague = network.person("Louise Kermorgant", at=at)
    team.join(walk.request, walk.colleague, "member", at=at)
    network.commit(walk.colleague, at=at)
    stand_at("access", walk)
    return walk
