"""What a site does of an order: verify, carry out once, say what became of it.

An order is identified by its id and the hash of its bytes. Received again while it is under way, it
is left to whoever holds its lock; once its last word was said, the same word is said again. Nothing
of an order is read before its signature holds, and nothing is believed of one that is not for here.
"""

import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from catalog.linkage import LinkageRefused, verify_grant
from catalog.orders import Order, OrderRefused, canonical, mask, verify_order
from catalog.site import keys, spill
from catalog.site.files import private_folder, sync
from catalog.site.journal import Entry, Journal
from catalog.site.reports import Post, Reports
from catalog.site.settings import PARIS, SiteSettings
from catalog.site.spaces.keeping import Spaces
from catalog.site.witness import Witness

log = structlog.get_logger(__name__)

DESTROYED = "destroyed-"
"""Begins the name of a delivery that is being destroyed."""

ANYBODY = "anybody"
"""Who asks, for an order that does not say."""

Envelopes = Callable[[], Iterable[Any]]


class Cancelled(Exception):
    """The order under way was cancelled."""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Program:
    """The program of one site.

    `clock` gives the instant; `controls` the envelopes that came on the control queue since it was
    last asked; `post` sends a report, `ask` asks the trusted third party, both by HTTP unless
    another way is given.
    """

    settings: SiteSettings
    clock: Callable[[], datetime] = now
    controls: Envelopes = tuple
    post: Post | None = None
    ask: Callable[[str, str, dict, bytes], bytes] | None = None

    def __post_init__(self) -> None:
        self.key = keys.site_key(self.settings.keys)
        self.journal = Journal(self.settings.journal)
        self.reports = Reports(self.settings, self.key, self.post)
        self.spaces = Spaces(self.settings, self.key, self.journal, self.reports, self.clock)
        self._ear = threading.Lock()
        private_folder(self.settings.spaces)
        private_folder(self.settings.locks)
        self._forget_partial()
        spill.forget_dead(self.settings.spill)

    def witness(self) -> Witness:
        """This site as a witness of the public register."""
        return Witness(
            self.settings, self.key, reports=self.reports, journal=self.journal, clock=self.clock
        )

    def receive(self, envelope: Any) -> None:
        """Carry an order out, or say why not. Raises nothing that an order may cause."""
        try:
            order = verify_order(
                envelope,
                keys.portal_keys(self.settings.keys),
                site=self.settings.site,
                at=self.clock(),
            )
        except OrderRefused as refused:
            self._refuse_unread(refused)
            return
        if order.kind == "cancel":
            self._cancel(order)
            return
        if order.kind == "space":
            self._keep_space(order)
            return
        with self._lock(order.hash) as mine:
            if mine:
                self._carry_out(order)
            else:
                log.info("order_under_way", order=order.id)

    def _refuse_unread(self, refused: OrderRefused) -> None:
        """An order that does not hold, or is not for here, or is too late."""
        log.warning("order_refused", reason=refused.reason, order=refused.order)
        if refused.order is None or refused.reason == "site":
            self.journal.note(self.clock(), "refused", reason=refused.reason, order=refused.order)
            self.reports.say("refused", _refusal(refused), at=self.clock())
            return
        entry = self.journal.find(refused.order) or Entry(refused.order, hash="", kind="")
        if entry.final is not None:
            self.reports.keep(entry.final)
            return
        with self._lock(entry.hash or entry.order) as mine:
            if mine:
                self._end(entry, "refused", _refusal(refused))

    def _carry_out(self, order: Order) -> None:
        entry = self._begun(order)
        if entry is None:
            return
        self.journal.save(entry)
        self.journal.note(
            self.clock(),
            "received",
            order=order.id,
            kind=order.kind,
            number=order.body.get("number"),
            launched_by=order.body.get("launched_by"),
        )
        self._say(entry, "accepted", {"hash": order.hash})

        def do() -> tuple[str, dict]:
            with _Watch(self, entry) as watch:
                return self._do(order, entry, watch)

        self._end(entry, *_outcome(order, do))

    def _keep_space(self, order: Order) -> None:
        """Open, cut or destroy a working space. It may come while another order is under way, and
        listens to no cancellation: a later order overtakes it."""
        with self._lock(order.hash) as mine:
            if not mine:
                log.info("order_under_way", order=order.id)
                return
            entry = self._begun(order)
            if entry is not None:
                said = _outcome(order, lambda: ("space", self.spaces.carry_out(order, entry)))
                self._end(entry, *said)

    def _begun(self, order: Order) -> Entry | None:
        """What the journal says of an order that is begun, or taken up again; None once its last
        word was said: it is said again."""
        entry = self.journal.find(order.id)
        if entry is not None and entry.final is not None:
            self.reports.keep(entry.final)
            return None
        entry = entry or Entry(order=order.id, hash=order.hash, kind=order.kind)
        entry.hash, entry.kind = order.hash, order.kind
        entry.started = entry.started or self.clock().isoformat()
        return entry

    def _do(self, order: Order, entry: Entry, watch: "_Watch") -> tuple[str, dict]:
        if order.kind == "count":
            return "count", self._count(order)
        if order.kind == "extract":
            return "delivered", self._extract(order, entry, watch)
        if order.kind == "object":
            return "objection", self._object(order)
        if order.kind == "quality":
            return "quality", self._quality(order, entry, watch)
        return "destroyed", self._destroy(order)

    def _count(self, order: Order) -> dict:
        """The persons of a cohort who could be delivered, and who was left at each step, as what
        was told before allows, masked. Nothing is remembered of a count that fails half-way."""
        from catalog.site.answered import Answered, Spent
        from catalog.site.delivery import groups_of, masking_of, open_for

        masking = masking_of(order.body, self.settings)
        secret = keys.site_secret(self.settings.keys)
        memory = Answered(
            self.settings.answered, secret, site=self.settings.site, least=masking.threshold
        )
        seconds = self.settings.count_seconds
        with open_for(order, self.settings) as warehouse, warehouse.at_most(seconds):
            groups = groups_of(order, warehouse)
        try:
            said = memory.say_all(
                groups, askers=order.body.get("askers") or [ANYBODY], at=self.clock()
            )
        except Spent as spent:
            raise OrderRefused("spent", order.id) from spent
        figures = [
            mask(persons, threshold=masking.threshold, rounding=masking.rounding)
            for persons in said
        ]
        return figures[-1] | {"steps": figures}

    def _quality(self, order: Order, entry: Entry, watch: "_Watch") -> dict:
        """What each check of the warehouse found, masked as counts are. Never a row."""
        from catalog.site.delivery import masking_of, open_warehouse
        from catalog.warehouse.quality.figures import told
        from catalog.warehouse.quality.measuring import measure

        def progress(said: dict) -> None:
            self._say(entry, "progress", said)
            watch.stop_if_cancelled()

        masking = masking_of(order.body, self.settings)
        today = self.clock().astimezone(PARIS).date()
        with open_warehouse(self.settings) as warehouse:
            found = measure(warehouse, today=today, progress=progress)
        results = [
            told(each, threshold=masking.threshold, rounding=masking.rounding) for each in found
        ]
        return {"results": results}

    def _extract(self, order: Order, entry: Entry, watch: "_Watch") -> dict:
        from catalog.sealed import themes_of
        from catalog.site.delivery import Extraction
        from catalog.site.objections import Register

        waiting = Register(self.settings).unanswered(order.body.get("objections", []))
        if waiting:
            raise OrderRefused("objections", order.id, waiting=waiting)

        def progress(said: dict) -> None:
            self._say(entry, "progress", said)
            watch.stop_if_cancelled()

        extraction = Extraction(
            settings=self.settings,
            order=order,
            secret=keys.site_secret(self.settings.keys),
            key=self.key,
            clock=self.clock,
            progress=progress,
            linkage=self._linkage(order),
        )
        try:
            manifest = extraction.run()
        except LinkageRefused as refused:
            raise OrderRefused("linkage", order.id, why=refused.reason) from refused
        entry.space = str(extraction.space)
        entry.themes = sorted(themes_of(order.body["cohort"]))
        self.journal.save(entry)
        digest = hashlib.sha256(canonical(manifest)).hexdigest()
        return {"manifest": manifest, "manifest_sha256": digest}

    def _linkage(self, order: Order):
        """The right that an order gives to recognise a person at several sites, if it does.
        Raises OrderRefused (``linkage``) when it does not hold."""
        from catalog.site.linkage import Linkage, ask_by_http

        envelope = order.body.get("linkage")
        if envelope is None or order.body["delivery_kind"] != "pseudonymised":
            return None
        trusted = keys.portal_keys(self.settings.keys)
        try:
            grant = verify_grant(envelope, trusted, site=self.settings.site, at=self.clock())
            if grant.project != order.body["project"]:
                raise LinkageRefused("project")
        except LinkageRefused as refused:
            raise OrderRefused("linkage", order.id, why=refused.reason) from refused
        return Linkage(self.settings, grant, envelope, self.ask or ask_by_http)

    def _object(self, order: Order) -> dict:
        """Open what a citizen sealed and apply it, or lift it; say where they are already
        delivered. Or say it of the hospital's own list."""
        from catalog.site.objections import Register, holding

        if order.body["act"] == "compare":
            return self._compare(order)
        register = Register(self.settings)
        said = register.receive(order, keys.box_key(self.settings.keys), at=self.clock())
        kept = register.find(order.body["objection"])
        if said["outcome"] == "applied" and kept is not None:
            secret = partial(keys.site_secret, self.settings.keys)
            said["deliveries"] = holding(kept, self.journal, self.settings, secret)
        return said

    def _compare(self, order: Order) -> dict:
        """Compare the hospital's own list with what was delivered before it held who it holds."""
        from catalog.site.delivery import open_warehouse
        from catalog.site.letters import compare, listed

        with open_warehouse(self.settings) as warehouse:
            persons = listed(warehouse)
        secret = partial(keys.site_secret, self.settings.keys)
        found = compare(order, persons, self.journal, self.settings, secret)
        return {"outcome": "compared", "deliveries": found}

    def _destroy(self, order: Order) -> dict:
        """Remove what the order's target delivered, from its working space too; what it was stands
        in the certificate."""
        from catalog.site.objections import manifest_in

        target = self.journal.find(order.body["target"])
        manifest = {}
        if target is not None and target.space:
            self.spaces.drop(target)
            with self._lock(target.hash, patient=True):
                place = self.settings.spaces / target.space
                said = (target.final or {}).get("body", {})
                manifest = said.get("manifest") or manifest_in(place)
                gone = self.settings.partial / f"{DESTROYED}{order.hash}"
                if place.exists():
                    private_folder(gone.parent)
                    place.replace(gone)
                    sync(place.parent)
                if gone.exists():
                    shutil.rmtree(gone)
                (self.settings.links / f"{target.hash}.parquet").unlink(missing_ok=True)
                target.destroyed = True
                self.journal.save(target)
        certificate = self.spaces.certify(
            order,
            kind="dataset",
            target=target.hash if target else "",
            number=manifest.get("number", ""),
            files=_files_of(manifest),
        )
        digest = hashlib.sha256(canonical(certificate)).hexdigest()
        return {"certificate": digest, "says": certificate}

    def _cancel(self, order: Order) -> None:
        """Stop the order's target between two tables, or before it starts."""
        own = self.journal.find(order.id)
        if own is not None and own.final is not None:
            self.reports.keep(own.final)
            return
        own = own or Entry(order=order.id, hash=order.hash, kind=order.kind)
        name = order.body["target"]
        target = self.journal.find(name)
        if target is not None and target.final is not None:
            self._end(own, "refused", {"reason": "ended", "target": name})
            return
        target = target or Entry(order=name, hash="", kind="")
        with self._lock(target.hash or name) as mine:
            if mine:
                self._end(target, "cancelled", {})
            else:
                self._mark(name).touch(mode=0o600)
        self._end(own, "cancelled", {"target": name})

    def _mark(self, order: str) -> Path:
        """The file whose presence asks to stop `order`; seen by any process of the site."""
        return self.settings.locks / f"{order}.cancel"

    def is_cancelled(self, entry: Entry) -> bool:
        return self._mark(entry.order).exists()

    def heed(self) -> None:
        """Read the cancellations that came while the site is busy."""
        with self._ear:
            for envelope in self.controls():
                self.receive(envelope)

    def _say(self, entry: Entry, kind: str, body: dict) -> dict:
        return self.reports.say(kind, body, at=self.clock(), entry=entry, journal=self.journal)

    def _end(self, entry: Entry, kind: str, body: dict) -> None:
        """Say the last word of an order, once and for all."""
        entry.final = self._say(entry, kind, body)
        self.journal.save(entry)
        self._mark(entry.order).unlink(missing_ok=True)
        self.journal.note(
            self.clock(), kind, order=entry.order, reason=body.get("reason"), space=entry.space
        )
        log.info("order_ended", order=entry.order, outcome=kind, reason=body.get("reason"))

    def _forget_partial(self) -> None:
        """Remove what a crash left half written, unless another process is writing it."""
        for folder in self.settings.partial.glob("*"):
            if folder.name.startswith(DESTROYED):
                continue  # its order is not finished: it will come again
            with self._lock(folder.name) as mine:
                if mine:
                    shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _lock(self, name: str, *, patient: bool = False) -> Iterator[bool]:
        """Hold the lock of an order's hash; False when another process, or thread, holds it."""
        path = self.settings.locks / f"{name}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if patient else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            yield False
            return
        try:
            yield True
        finally:
            os.close(descriptor)


class _Watch:
    """While an order is under way: signs of life, and an ear for cancellations."""

    EAR = 0.5
    """Seconds between two looks at the control queue."""

    def __init__(self, program: Program, entry: Entry):
        self.program, self.entry = program, entry
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        waited = 0.0
        while not self._done.wait(self.EAR):
            waited += self.EAR
            try:
                self.program.heed()
                if waited >= self.program.settings.heartbeat:
                    waited = 0.0
                    self.program._say(self.entry, "heartbeat", {})
            except OSError as error:
                log.warning("watch_disturbed", why=str(error)[:200])

    def stop_if_cancelled(self) -> None:
        """Raises Cancelled when the order was cancelled."""
        self.program.heed()
        if self.program.is_cancelled(self.entry):
            raise Cancelled


def _files_of(manifest: dict) -> list[dict]:
    """What a delivery held, as its manifest says."""
    return [
        {name: table[name] for name in ("file", "bytes", "sha256")}
        for table in manifest.get("tables", [])
    ]


def _failure(error: Exception) -> dict:
    from catalog.site.failures import Failed, failure_of

    if isinstance(error, keys.KeyUnusable):
        return Failed("keys").body
    return failure_of(error).body


def _outcome(order: Order, do: Callable[[], tuple[str, dict]]) -> tuple[str, dict]:
    """The last word of an order: what `do` gives, or why it could not."""
    try:
        return do()
    except Cancelled:
        return "cancelled", {}
    except OrderRefused as refused:
        return "refused", _refusal(refused)
    except Exception as error:
        # Whatever it is, the portal is told, and the next order is served.
        log.exception("order_failed", order=order.id)
        return "failed", _failure(error)


def _refusal(refused: OrderRefused) -> dict:
    return {"reason": refused.reason, **refused.values}
