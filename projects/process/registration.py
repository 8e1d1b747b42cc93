"""The request as the engine sees it: its table, its facts, what its forms say, what follows."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from governance.models.case import Case
from governance.process.registry import Registered, register
from governance.process.table import REQUEST
from projects.domain import accesses, reservations
from projects.domain.delays import ends
from projects.models import AskedSite
from projects.process.amendments import register_amendments
from projects.process.details import check_details
from projects.process.effects import apply_effects
from projects.process.facts import facts_of_deadlines, facts_of_many, request_facts
from projects.process.ties import ties


def register_processes() -> None:
    """Hand the processes of this application to the engine; called once, at start-up."""
    published = Q(case__request__public_since__isnull=False)
    register(
        Registered(
            REQUEST,
            request_facts,
            check_details,
            apply_effects,
            ends,
            led_by_each,
            ties,
            published,
            public_since="case__request__public_since",
            at_fault=accesses.at_fault,
            follow=accesses.bring_up_to_date,
            facts_of_many=facts_of_many,
            hands=reservations.hands,
            with_holder=reservations.with_holder,
            of_deadlines=facts_of_deadlines,
        )
    )
    register_amendments()


def led_by_each(cases: Iterable[Case]) -> dict[UUID, str]:
    """The slug of the establishment that each draft asks to lead, where it says."""
    asked = AskedSite.objects.filter(request__in=[case.pk for case in cases], leads=True)
    return dict(asked.values_list("request", "establishment"))
