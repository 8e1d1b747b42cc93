"""What the Données tab says of each establishment."""

import pytest

from projects.queries.site_data import sites_of
from projects.reader import reader_of
from tests.projects.stand import LEAD

pytestmark = pytest.mark.django_db


def lead(walk):
    reader = reader_of(walk.request, walk.holder, walk.now)
    return next(s for s in sites_of(walk.request, reader, walk.now) if s.track.key == LEAD)


def test_an_access_that_ended_does_not_bear_the_day_it_was_opened(using):
    opened = lead(using)
    assert (opened.label, opened.since) == ("Accès ouvert", opened.track.status_since)
    using.take("end_access", using.holder)
    ended = lead(using)
    assert (ended.label, ended.since) == ("Accès terminé", None)
