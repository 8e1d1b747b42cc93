"""Members' accesses: closed to who is no longer in order, opened again as soon as they are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.domain.commitments import add_training
from projects.domain import accesses
from projects.models import MemberAccess
from tests import outbox
from tests.projects.conftest import NOW
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft


@pytest.fixture
def opened(holder, order_key):
    """A request whose access is open, its holder's too."""
    walk = Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)
    stand_at("access", walk)
    assert has_access(holder)
    return walk


def has_access(someone) -> bool:
    return MemberAccess.objects.filter(participation__person=someone, cut_at__isnull=True).exists()


def test_a_training_renewed_in_the_day_opens_the_access_again_at_once(opened):
    holder, now = opened.holder, timezone.now()
    lapsed = now.date() - timedelta(days=1)
    holder.trainings.update(obtained_on=lapsed - timedelta(days=1000), expires_on=lapsed)
    accesses.bring_up_to_date(opened.case, at=now)
    assert not has_access(holder)
    add_training(person=holder, title="Protection", obtained_on=now.date(), by=holder, at=now)
    outbox.run()
    assert has_access(holder)
    outbox.run()
    assert MemberAccess.objects.filter(cut_at__isnull=True).count() == 1
