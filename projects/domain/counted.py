"""A count made before the request exists, made its own: the cohort, and each site's figure."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.domain.cohorts import is_as_it_is, share_cohort
from catalog.models import CountRequest, SavedCohort, SiteCount
from projects.domain.drafts import NotEditable, create, lock, touch
from projects.models import Request


@transaction.atomic
def attach(request: Request, count: CountRequest, *, by, at: datetime) -> int:
    """Make a count of `by` that of the draft: its cohort, and each site's masked figure, which
    follows into the request at the deposit. The saved cohort, when it is theirs, is shared with the
    team. Return how many sites answered.

    Raises NotEditable once deposited, ValidationError when no site answered yet or when it is of a
    definition of OHDSI counted as it is, which an order to extract does not carry.
    """
    row = lock(request, "data")
    if request.case.state != "draft":
        raise NotEditable
    answered = list(count.sites.filter(state=SiteCount.State.ANSWERED))
    if count.by_id != by.pk or not answered:
        raise ValidationError(_("Ce comptage n'a pas encore de réponse à joindre."))
    if is_as_it_is(count.definition):
        raise ValidationError(
            _(
                "Ce comptage est celui d'une définition OHDSI comptée telle quelle : une demande "
                "et ses extractions ne savent porter que nos critères. Dites la cohorte par "
                "critères, comptez-la, puis joignez ce comptage."
            )
        )
    for site in answered:
        request.case.records.create(
            kind="draft_count",
            at=at,
            by=by,
            data={
                "site": site.establishment_id,
                "counted": True,
                "count": site.persons,
                "masked": site.masked,
            },
        )
    row.answers = row.answers | {"cohort": count.definition}
    touch(request, row, by=by, at=at)
    if count.version is not None and count.version.cohort.owner_id == by.pk:
        share_cohort(count.version.cohort, request.case, by=by, at=at)
    return len(answered)


def last_answered(cohort: SavedCohort, *, by) -> CountRequest | None:
    """The last count of a cohort that `by` asked and that a site answered."""
    asked = CountRequest.objects.filter(version__cohort=cohort, by=by)
    answered = asked.filter(sites__state=SiteCount.State.ANSWERED)
    return answered.order_by("-at", "-pk").first()


@transaction.atomic
def take_up(
    count: CountRequest, *, draft: Request | None, title: str = "", by, at: datetime
) -> Request:
    """Make a count of `by` that of a draft, of a new one under that title when none is given. Give
    the draft. Raises as :func:`attach`; then no draft is made."""
    request = draft or create(by=by, at=at, title=title)
    attach(request, count, by=by, at=at)
    return request
