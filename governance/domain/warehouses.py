"""On what the warehouse of an establishment rests, and how its patients are told of it.

Articles P-13 and C-02 read it for every request that asks this establishment, some of them in use.
What a change would stop is counted before it is written, by the same judgement: whoever changes it
is told, and says again that they mean it. A declaration or an authorisation may have an end: those
who keep the warehouse are told before it comes, and once it has.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters.facts import today
from governance.domain import files
from governance.domain.audit import record
from governance.domain.watching import facts_changed
from governance.models import Case, Establishment, StoredFile, WarehouseStanding
from governance.paris import start_of
from governance.permissions import require
from governance.process.compliance import IN_USE, failing_at
from governance.process.table import REQUEST
from governance.roles import Permission

BASIS, NOTICE = "P-13", "C-02"
GUARDED = {BASIS: REQUEST.step("state_feasibility"), NOTICE: REQUEST.step("open_access")}
"""The step that each of the two articles guards, on the track of the establishment."""


WARNINGS = (90, 30, 7, -1)
"""Days before the end of what the warehouse rests on, when its keepers are told; the last one, once
it is over."""


class WouldStop(Exception):
    """The change would stop requests that nothing stops today: `in_use`, those whose data are used,
    `waiting`, those that wait for the step that the article guards."""

    def __init__(self, in_use: int, waiting: int):
        super().__init__(in_use, waiting)
        self.in_use, self.waiting = in_use, waiting


@transaction.atomic
def state_basis(
    *,
    establishment: Establishment,
    kind: str,
    number: str,
    dated_on: date,
    legal_basis: str,
    purposes: Iterable[str],
    recipients: Iterable[str],
    until: date | None = None,
    document=None,
    by,
    at: datetime,
    knowing: bool = False,
) -> list[str]:
    """Write the declaration or authorisation of the warehouse, until when it is good (None: it has
    no end) and, uploaded, its document; return the fields that changed. Without a new document the
    former stays, unless it is of another act.

    Raises PermissionDenied when ``by`` does not keep that warehouse; ValidationError on a value
    that cannot be; WouldStop, nothing being written, when requests would be stopped and ``by`` does
    not say it is ``knowing``. Audited by field names as ``warehouse.basis_stated``.
    """
    place, standing = _locked(establishment, by, at)
    if not number.strip():
        raise ValidationError({"number": _("Donnez le numéro de la déclaration.")})
    if dated_on > today(at):
        raise ValidationError({"dated_on": _("Cette date est à venir.")})
    if until is not None and until <= dated_on:
        raise ValidationError({"until": _("La fin doit être après la date.")})
    same_act = (place.warehouse_declaration, place.warehouse_declared_on) == (
        number.strip(),
        dated_on,
    )
    kept = standing.document if same_act else None
    paper = kept if document is None else _stored(document, by, at)

    def write() -> list[str]:
        changed = _write(
            place,
            warehouse_legal_basis=legal_basis.strip(),
            warehouse_declaration=number.strip(),
            warehouse_declared_on=dated_on,
        )
        changed += _write(
            standing,
            kind=kind,
            purposes=sorted(purposes),
            recipients=sorted(recipients),
            until=until,
            document=paper,
        )
        if "until" in changed:
            _write(standing, warned=None)
        return changed

    changed = _unless_it_stops(place, BASIS, write, knowing, at)
    _say(place, "warehouse.basis_stated", changed, by, at)
    return changed


def _stored(document, by, at: datetime) -> StoredFile:
    try:
        return files.store(document, by=by, at=at)
    except ValidationError as refusal:
        raise ValidationError({"document": refusal.messages}) from refusal


def warn_of_ends(*, at: datetime) -> int:
    """Have those who keep a warehouse told that its declaration or authorisation ends, or has
    ended; return how many warehouses. Once for each of `WARNINGS`; after a missed night, only for
    the nearest."""
    day = today(at)
    ending = WarehouseStanding.objects.filter(until__lte=day + timedelta(days=max(WARNINGS)))
    return sum(_warn(standing, (standing.until - day).days) for standing in ending)


@transaction.atomic
def _warn(standing: WarehouseStanding, left: int) -> bool:
    nearest = min(number for number in WARNINGS if left <= number)
    same = WarehouseStanding.objects.filter(pk=standing.pk, until=standing.until)
    untold = same.filter(Q(warned=None) | Q(warned__gt=nearest))
    if not untold.update(warned=nearest):
        return False
    until = standing.until.isoformat()
    outbox.enqueue("warehouse_ends", {"establishment": standing.pk, "until": until})
    return True


@transaction.atomic
def publish_notice(
    *,
    establishment: Establishment,
    effective_on: date,
    channel: str,
    coverage: int,
    address: str = "",
    text: str = "",
    by,
    at: datetime,
    knowing: bool = False,
) -> list[str]:
    """Publish the notice that tells patients of the warehouse, in the place of the former: its
    ``address`` or its ``text``, and from when, how and how many are told one by one.

    Returns the fields that changed; raises and audits as ``state_basis`` does
    (``warehouse.notice_published``). With effect on a day to come, what it holds back is judged
    again as that day begins.
    """
    place, standing = _locked(establishment, by, at)
    if not (address.strip() or text.strip()):
        raise ValidationError({"address": _("Donnez l'adresse de la note, ou son texte.")})

    def write() -> list[str]:
        return _write(
            standing,
            informed_since=effective_on,
            information_channel=channel,
            information_coverage=coverage,
            notice_address=address.strip(),
            notice_text=text.strip(),
        )

    changed = _unless_it_stops(place, NOTICE, write, knowing, at)
    _say(place, "warehouse.notice_published", changed, by, at)
    if changed and effective_on > today(at):
        begins = start_of(effective_on)
        facts_changed(establishment=place.pk, due_at=begins)
    return changed


def _locked(establishment: Establishment, by, at: datetime):
    require(by, Permission.KEEP_WAREHOUSE, establishment, at=at)
    place = Establishment.objects.select_for_update().get(pk=establishment.pk)
    return place, WarehouseStanding.objects.get_or_create(establishment=place)[0]


def _write(row, **values) -> list[str]:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.full_clean(exclude={each.name for each in row._meta.fields} - set(changed))
        row.save(update_fields=changed)
    return changed


def _unless_it_stops(
    place: Establishment, clause: str, write: Callable[[], list[str]], knowing: bool, at: datetime
) -> list[str]:
    """Write, and refuse what would stop requests unless it is known: the transaction undoes it."""
    if knowing:
        return write()
    cases = list(_guarded(place, clause))
    held = failing_at(place.pk, cases, {clause}, at)
    changed = write()
    stopped = failing_at(place.pk, cases, {clause}, at) - held if changed else set()
    if stopped:
        in_use = sum(each.in_use for each in cases if each.pk in stopped)
        raise WouldStop(in_use, len(stopped) - in_use)
    return changed


def _guarded(place: Establishment, clause: str):
    """The requests that the article would stop there: those that wait for the step that it guards
    and, continuous, those whose data are used; `in_use` tells them apart."""
    step = GUARDED[clause]
    waits = Q(state__in=step.sources, tracks__status__in=step.track_from)
    uses = Q(state__in=IN_USE, tracks__status="opened") if clause == NOTICE else Q(pk__in=[])
    of_site = Q(process="request", tracks__kind="site", tracks__establishment=place)
    cases = Case.objects.filter(of_site & (waits | uses)).prefetch_related("tracks").distinct()
    for case in cases:
        here = {t.status for t in case.tracks.all() if t.establishment_id == place.pk}
        case.in_use = "opened" in here
        yield case


def _say(place: Establishment, action: str, changed: list[str], by, at: datetime) -> None:
    if not changed:
        return
    record(
        action,
        by=by,
        at=at,
        subject_type="establishment",
        subject_ref=place.pk,
        establishment=place,
        details={"fields": changed},
    )
    facts_changed(establishment=place.pk)
