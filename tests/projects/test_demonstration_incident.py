"""The incident of the demonstration is lived through the real acts, in the order of time."""

from functools import partial

from governance.models import Incident, Leaf
from governance.queries.incidents import clocks, lacking
from projects.demonstration import incident
from projects.demonstration.timeline import Timeline
from tests.projects.conftest import NOW, make_network


def test_it_is_notified_in_time_published_and_closed(committed_db):
    make_network()
    timeline, found_at = Timeline(present=NOW), NOW - incident.AGO
    timeline.tell([(found_at, partial(incident.tell, found_at, timeline))])
    found = Incident.objects.get()
    assert found.closed_at is not None
    assert lacking(found) == []
    assert [(clock.settled, clock.late) for clock in clocks(found, NOW)] == [(True, False)]
    assert Leaf.objects.count() == 5
