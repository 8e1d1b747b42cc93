"""What is told of a check of a warehouse that gave nothing: to who asked it, or, of the week's, to
who answers for the data."""

from django.urls import reverse
from django.utils import timezone

from catalog.domain.quality import TOLD
from catalog.models import QualityRun
from governance import outbox
from governance.queries.people import people_with_role
from governance.roles import Permission, roles_with
from projects.notices.people import with_stand_ins
from projects.notices.told import Told, tell


@outbox.handler(TOLD)
def tell_of_run(payload: dict) -> None:
    """Tell that a run failed, or was left without an answer; nothing once it was answered after
    all."""
    run = QualityRun.objects.select_related("asked_by").get(pk=payload["run"])
    if run.state not in (QualityRun.State.FAILED, QualityRun.State.SILENT):
        return
    now, place = timezone.now(), run.establishment_id
    if run.asked_by is not None:
        people = [run.asked_by]
    else:
        answering = roles_with(Permission.EDIT_CATALOGUE)
        people = with_stand_ins(list(people_with_role(answering, place, now)), now)
    address = reverse("establishment_quality", args=[place])
    told = [Told(each, "staff", "quality_failed", address, {"site": place}) for each in people]
    tell(f"quality:{run.pk}", told, at=now)
