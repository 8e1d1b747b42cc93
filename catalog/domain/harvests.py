"""The catalogue of another node, read and shown beside ours: nothing of it is public before a
person has seen what differs and accepted it.

A reading is asked by a person, or each week by nobody, and done by a worker. It proposes what
differs from what was last accepted: datasets that are new, changed, removed. What was refused is
not proposed again while it stays the same, unless asked; a reading that differs in nothing proposes
nothing. A later reading replaces the one that waits to be examined.

What is accepted is dated, names its reading, and is found by the search; what is removed keeps its
address, which says so. Our own datasets, read back from a node that shows them, are left out.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from catalog.domain.indexing import learn
from catalog.exchange import fetching, paging
from catalog.exchange.apart import read_apart
from catalog.exchange.formats import Format, named
from catalog.exchange.records import FIELDS, LARGEST, Page, Record, Refused, too_large
from catalog.models import CatalogueSource, Harvest, HarvestChange, HarvestedDataset
from governance import outbox
from governance.dates import say_day
from governance.domain import files
from governance.domain.audit import record
from governance.permissions import require
from governance.roles import Permission

ASKED, TOLD = "harvest", "harvest_told"
"""The kinds of message of the outbox: to be read, and to be told of."""
ATTEMPTS = 3
LEAST, MOST = 10, 1000
"""Characters of a reason."""

A_BATCH = 500
WRITTEN = (*FIELDS, "version", "removed_at", "accepted_at", "harvest", "search")
"""What accepting a difference writes of a dataset that was there."""

Fetch = Callable[[str], fetching.Fetched]
Parse = Callable[[bytes, Format], Page]
Found = tuple[str, dict | None, dict | None]
"""A difference: its kind, what was accepted, what is read."""


@transaction.atomic
def add_source(name: str, url: str, *, by, at: datetime) -> CatalogueSource:
    """Know another node, to be read at ``url``, or from files when it is empty.

    Raises PermissionDenied, ValidationError field by field.
    """
    _allow(by, at)
    source = CatalogueSource(
        name=" ".join(name.replace("\0", "").split()), url=url.strip(), added_by=by, added_at=at
    )
    if source.url.startswith(settings.SITE_URL + "/") or source.url == settings.SITE_URL:
        raise ValidationError({"url": _("Cette adresse est celle de ce catalogue-ci.")})
    if source.url and not source.url.startswith("https://"):
        raise ValidationError({"url": _("L'adresse doit commencer par https://.")})
    if CatalogueSource.objects.filter(name=source.name).exists():
        raise ValidationError({"name": _("Un réseau de ce nom est déjà dans la liste.")})
    source.full_clean(exclude=["added_by"])
    source.save()
    _say("catalogue_source.added", source, by, at)
    return source


@transaction.atomic
def ask(
    source: CatalogueSource,
    *,
    by,
    at: datetime,
    again: bool = False,
    content: bytes | None = None,
    format: Format | None = None,
    name: str = "",
) -> Harvest:
    """Have a worker read a source: at its address, or in ``content``, a file in ``format``.
    ``again``: what was refused is proposed too. A reading that waits is not doubled.

    Raises PermissionDenied, ValidationError.
    """
    if by is not None:
        _allow(by, at)
    source = CatalogueSource.objects.select_for_update().get(pk=source.pk)
    if source.retired_at is not None:
        raise ValidationError(_("Ce catalogue n'est plus lu."))
    if bool(source.url) == (content is not None):
        raise ValidationError(_("Ce catalogue se lit autrement."))
    waiting = source.harvests.filter(state=Harvest.State.WAITING).first()
    if waiting is not None:
        if content is None:
            return waiting
        raise ValidationError(_("Une lecture est en cours : attendez qu'elle finisse."))
    harvest = Harvest(source=source, asked_by=by, asked_at=at, again=again)
    if content is not None:
        if len(content) > LARGEST:
            raise ValidationError({"file": str(too_large())})
        harvest.document = _kept(content, format, name, by, at)
        harvest.format = format.ending
    harvest.save()
    outbox.enqueue(ASKED, {"harvest": harvest.pk})
    return harvest


def ask_all(*, at: datetime) -> int:
    """Have every source that has an address read; return how many."""
    sources = CatalogueSource.objects.current().exclude(url="")
    return len([ask(source, by=None, at=at) for source in sources])


def _given_up(payload: dict) -> None:
    """A reading that ended in an error of ours is said to have failed."""
    harvest = Harvest.objects.select_for_update().get(pk=payload["harvest"])
    if harvest.state == Harvest.State.WAITING:
        refusal = Refused(gettext_noop("La lecture n'a pas abouti. L'exploitant en est averti."))
        _fail(harvest, refusal, timezone.now())


@outbox.handler(ASKED, lane="harvests", attempts=ATTEMPTS, given_up=_given_up)
def _read_asked(payload: dict) -> None:
    read(Harvest.objects.get(pk=payload["harvest"]), at=timezone.now())


def read(
    harvest: Harvest, *, at: datetime, fetch: Fetch = fetching.fetch, parse: Parse = read_apart
) -> Harvest:
    """Read what a source says, and propose what differs; once. What cannot be read is said on the
    reading, and changes nothing."""
    if harvest.state != Harvest.State.WAITING:
        return harvest
    source, pages, records = harvest.source, [], None
    try:
        if harvest.document is not None:
            pages, format = [files.read(harvest.document)], named(harvest.format)
            records = paging.refuse_part(parse(pages[0], format))
        else:
            first = fetch(source.url)
            pages, format = [first.content], first.format
            pages, records = paging.read_whole(first, parse(first.content, format), fetch, parse)
    except Refused as refusal:
        failure = refusal
    with transaction.atomic():
        source = CatalogueSource.objects.select_for_update().get(pk=source.pk)
        harvest = Harvest.objects.select_for_update().get(pk=harvest.pk)
        if harvest.state != Harvest.State.WAITING:
            return harvest
        if source.retired_at is not None:
            return _fail(harvest, Refused(gettext_noop("Ce catalogue n'est plus lu.")), at)
        if pages:
            content = paging.joined(pages, format)
            harvest.sha256, harvest.size = hashlib.sha256(content).hexdigest(), len(content)
        if records is None:
            return _fail(harvest, failure, at)
        harvest.format = format.ending
        return _propose(harvest, pages, records, at)


def _fail(harvest: Harvest, refusal: Refused, at: datetime) -> Harvest:
    """Say why it could not be read; those who watch are told of the first of several."""
    before = harvest.source.harvests.exclude(pk=harvest.pk).first()
    harvest.state, harvest.read_at = Harvest.State.FAILED, at
    harvest.failure, harvest.failure_values = refusal.sentence, refusal.values
    harvest.save()
    if before is None or before.state != Harvest.State.FAILED:
        _tell(harvest)
    return harvest


def _propose(harvest: Harvest, pages: list[bytes], records: list[Record], at: datetime) -> Harvest:
    source = harvest.source
    theirs = [each for each in records if not each.uri.startswith(settings.SITE_URL + "/")]
    harvest.datasets, harvest.ours = len(theirs), len(records) - len(theirs)
    harvest.read_at = at
    found = _differences(source, theirs)
    if not harvest.again:
        refused = _refused(source)
        found = {uri: each for uri, each in found.items() if refused.get(uri) != _what(each)}
    waiting = source.harvests.proposed().first()
    if waiting is not None:
        standing = {
            each.uri: (each.kind, each.after)
            for each in waiting.changes.filter(state=HarvestChange.State.PROPOSED)
        }
        if standing == {uri: _what(each) for uri, each in found.items()}:
            found = {}
        else:
            _replace(waiting)
    harvest.state = Harvest.State.PROPOSED if found else Harvest.State.NOTHING
    if found and harvest.document is None:
        harvest.document = _kept_whole(pages, named(harvest.format), at)
    harvest.save()
    HarvestChange.objects.bulk_create(
        HarvestChange(harvest=harvest, uri=uri, kind=kind, before=before, after=after)
        for uri, (kind, before, after) in found.items()
    )
    if found:
        _tell(harvest)
    return harvest


def _differences(source: CatalogueSource, records: Iterable[Record]) -> dict[str, Found]:
    """What is read against what is shown, by address."""
    shown = {each.uri: each.record() for each in source.datasets.filter(removed_at__isnull=True)}
    found: dict[str, Found] = {}
    for each in records:
        after = each.as_json()
        uri = after.pop("uri")
        before = shown.pop(uri, None)
        if before is None:
            found[uri] = (HarvestChange.Kind.ADDED, None, after)
        elif before != after:
            found[uri] = (HarvestChange.Kind.CHANGED, before, after)
    for uri, before in shown.items():
        found[uri] = (HarvestChange.Kind.REMOVED, before, None)
    return found


def _what(found: Found) -> tuple[str, dict | None]:
    kind, _before, after = found
    return kind, after


def _refused(source: CatalogueSource) -> dict[str, tuple[str, dict | None]]:
    """By address, the last difference that was decided, when it was refused."""
    decided = HarvestChange.objects.filter(
        harvest__source=source,
        state__in=(HarvestChange.State.ACCEPTED, HarvestChange.State.REFUSED),
    )
    last = {each.uri: each for each in decided.order_by("decided_at", "pk")}
    return {
        uri: (each.kind, each.after)
        for uri, each in last.items()
        if each.state == HarvestChange.State.REFUSED
    }


def _replace(harvest: Harvest) -> None:
    """End a reading that a later one replaces: what was not decided of it never will be."""
    harvest.changes.filter(state=HarvestChange.State.PROPOSED).update(
        state=HarvestChange.State.REPLACED
    )
    harvest.state = Harvest.State.REPLACED
    harvest.save(update_fields=["state"])


@transaction.atomic
def accept(
    harvest: Harvest, chosen: Iterable[int] | None = None, *, by, at: datetime
) -> list[HarvestChange]:
    """Make the differences ``chosen`` (None: all that wait) public; return them.

    Raises PermissionDenied, ValidationError when another person decided of one of them before.
    """
    harvest, changes = _to_decide(harvest, chosen, by, at)
    known = {each.uri: each for each in harvest.source.datasets.all()}
    rows = [_applied(harvest, change, known.get(change.uri), at) for change in changes]
    new = [each for each in rows if each.uri not in known]
    HarvestedDataset.objects.bulk_create(new, batch_size=A_BATCH)
    HarvestedDataset.objects.bulk_update(
        [each for each in rows if each.uri in known], WRITTEN, batch_size=A_BATCH
    )
    learn(change.after["title"] for change in changes if change.after)
    return _decided(harvest, changes, HarvestChange.State.ACCEPTED, "", by, at)


@transaction.atomic
def refuse(
    harvest: Harvest, chosen: Iterable[int] | None, reason: str, *, by, at: datetime
) -> list[HarvestChange]:
    """Refuse the differences ``chosen`` (None: all that wait), saying why. Raises as ``accept``."""
    reason = _reason(reason)
    harvest, changes = _to_decide(harvest, chosen, by, at)
    return _decided(harvest, changes, HarvestChange.State.REFUSED, reason, by, at)


@transaction.atomic
def retire(source: CatalogueSource, reason: str, *, by, at: datetime) -> CatalogueSource:
    """Read a source no more, and remove from the catalogue what came from it; twice is once.

    Raises PermissionDenied, ValidationError.
    """
    _allow(by, at)
    reason = _reason(reason)
    source = CatalogueSource.objects.select_for_update().get(pk=source.pk)
    if source.retired_at is not None:
        return source
    source.retired_by, source.retired_at, source.retired_why = by, at, reason
    source.save()
    for harvest in source.harvests.proposed():
        _replace(harvest)
    removed = source.datasets.filter(removed_at__isnull=True).update(removed_at=at)
    _say("catalogue_source.retired", source, by, at, datasets=removed)
    return source


def _to_decide(harvest: Harvest, chosen: Iterable[int] | None, by, at: datetime):
    """The reading and those of its differences that ``chosen`` names, locked, all still waiting."""
    _allow(by, at)
    CatalogueSource.objects.select_for_update().get(pk=harvest.source_id)
    harvest = Harvest.objects.select_related("source").get(pk=harvest.pk)
    if harvest.state == Harvest.State.REPLACED:
        raise ValidationError(
            _("Une lecture plus récente remplace celle-ci : examinez ce qu'elle propose.")
        )
    changes = harvest.changes.select_related("decided_by")
    if chosen is None:
        changes = list(changes.filter(state=HarvestChange.State.PROPOSED))
    else:
        changes = list(changes.filter(pk__in=list(chosen)))
        for each in changes:
            if each.state != HarvestChange.State.PROPOSED:
                raise _already(each)
    if not changes:
        last = harvest.changes.select_related("decided_by").filter(decided_at__isnull=False).last()
        raise (
            _already(last)
            if chosen is None and last
            else ValidationError(_("Cochez au moins une différence."))
        )
    return harvest, changes


def _already(change: HarvestChange) -> ValidationError:
    return ValidationError(
        _(
            "%(name)s a déjà examiné « %(title)s », le %(day)s. Rien de ce que vous demandiez "
            "n'est fait : relisez ce qui reste."
        )
        % {"name": change.decided_by, "title": change.title, "day": say_day(change.decided_at)}
    )


def _decided(harvest: Harvest, changes, state: str, reason: str, by, at: datetime):
    for each in changes:
        each.state, each.decided_by, each.decided_at, each.reason = state, by, at, reason
    HarvestChange.objects.bulk_update(
        changes, ["state", "decided_by", "decided_at", "reason"], batch_size=A_BATCH
    )
    if not harvest.changes.filter(state=HarvestChange.State.PROPOSED).exists():
        harvest.state = Harvest.State.DECIDED
        harvest.save(update_fields=["state"])
    _say(f"harvest.{state}", harvest.source, by, at, harvest=harvest.pk, changes=len(changes))
    return changes


def _applied(harvest: Harvest, change: HarvestChange, found, at: datetime) -> HarvestedDataset:
    """The dataset as an accepted difference makes it, in memory: shown, or no longer there."""
    if change.kind == HarvestChange.Kind.REMOVED:
        found.removed_at = at
    elif found is None:
        found = HarvestedDataset(
            slug=_slug(harvest.source, change), source=harvest.source, uri=change.uri, first_at=at
        )
    else:
        found.version, found.removed_at = found.version + 1, None
    for name, value in (change.after or {}).items():
        setattr(found, name, value)
    found.accepted_at, found.harvest = at, harvest
    found.index()
    return found


def _slug(source: CatalogueSource, change: HarvestChange) -> str:
    """Its address here: its first title, and what tells it from any other."""
    mark = hashlib.sha256(f"{source.pk} {change.uri}".encode()).hexdigest()[:10]
    return f"{slugify(change.title)[:70]}-{mark}".strip("-")


def _kept(content: bytes, format: Format, name: str, by, at: datetime):
    return files.keep(content, name=name, media_type=format.media_type, by=by, at=at)


def _kept_whole(pages: list[bytes], format: Format, at: datetime):
    """What an address gave: its document, or the archive of its pages."""
    content = paging.joined(pages, format)
    if len(pages) > 1:
        return files.keep(content, name="catalogue.zip", media_type=paging.ZIP, by=None, at=at)
    return _kept(content, format, f"catalogue.{format.ending}", None, at)


def _reason(text: str) -> str:
    text = text.replace("\0", "").strip()
    if not LEAST <= len(text) <= MOST:
        raise ValidationError(
            {
                "reason": _("Dites pourquoi, en %(least)d à %(most)d caractères.")
                % {"least": LEAST, "most": MOST}
            }
        )
    return text


def _allow(by, at: datetime) -> None:
    require(by, Permission.READ_NEIGHBOURS, at=at)


def _tell(harvest: Harvest) -> None:
    """Have those who watch told of a reading that nobody asked: who asked reads its page."""
    if harvest.asked_by_id is None:
        outbox.enqueue(TOLD, {"harvest": harvest.pk})


def _say(action: str, source: CatalogueSource, by, at: datetime, **details) -> None:
    record(
        action,
        by=by,
        at=at,
        subject_type="catalogue_source",
        subject_ref=source.pk,
        details=details,
    )
