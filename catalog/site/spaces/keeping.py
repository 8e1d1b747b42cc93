"""Carrying out what the portal orders of working spaces, and keeping them between two orders.

An order says the whole of what a space must be, and its `turn`: the highest one wins, whatever
order they come in, and one that is not higher than the last is refused. What was last ordered is
written before it is done, so that neither a crash nor a late message opens what was cut. A space
closes by itself when its period is over, the portal being silent or not.
"""

import fcntl
import json
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.orders import Order, OrderRefused, instant, read_instant, sign_certificate
from catalog.site import RELEASE
from catalog.site.failures import Failed
from catalog.site.files import private_folder, write
from catalog.site.journal import Entry, Journal
from catalog.site.reports import Reports
from catalog.site.settings import PARIS, SiteSettings
from catalog.site.spaces.embedded import Embedded
from catalog.site.spaces.provider import EMBEDDED, Provider, ProviderFailed, Space, chosen

log = structlog.get_logger(__name__)

OVER = "over"
"""Why a space closed by itself."""
MOST_FILES = 3_000
"""Files that a certificate names one by one; the others are counted."""
COMING_BACK = timedelta(days=2)
"""How far back the log is read again, so that a day is told whole."""
LONGEST_SILENCE = timedelta(days=365)
"""How far back it is read when nothing of it was told: the portal keeps visits no longer."""


@dataclass
class Kept:
    """What was last ordered of one space. `let_in` is who may be in, were it done half; `done`
    whether it is; `closed` since when it closed by itself; `said` who came, by day and member, as
    the portal was told; `certificate` what was certified destroyed."""

    project: str
    number: str
    turn: int = 0
    order: str = ""
    state: str = ""
    because: str = ""
    until: str | None = None
    members: dict[str, str] = field(default_factory=dict)
    deliveries: list[str] = field(default_factory=list)
    let_in: list[str] = field(default_factory=list)
    done: bool = False
    closed: str = ""
    said: dict[str, dict[str, list]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    certificate: dict | None = None


@dataclass
class Spaces:
    """The working spaces of one site; `key` signs what is certified destroyed."""

    settings: SiteSettings
    key: Ed25519PrivateKey
    journal: Journal
    reports: Reports
    clock: Callable[[], datetime]

    def __post_init__(self) -> None:
        self.folder = self.settings.kept_spaces
        self._provider: Provider | None = None

    @property
    def provider(self) -> Provider:
        """Who makes the spaces, as the settings say. Raises SettingsError."""
        if self._provider is None:
            self._provider = chosen(self.settings)
        return self._provider

    def find(self, project: str) -> Kept | None:
        """What was last ordered of the space of a project, if anything."""
        try:
            return Kept(**json.loads((self.folder / f"{project}.json").read_bytes()))
        except FileNotFoundError:
            return None

    def all(self) -> list[Kept]:
        """What was last ordered of each space."""
        names = sorted(path.stem for path in self.folder.glob("*.json"))
        return [kept for name in names if (kept := self.find(name)) is not None]

    def save(self, kept: Kept) -> None:
        content = json.dumps(asdict(kept), ensure_ascii=False, sort_keys=True)
        write(self.folder / f"{kept.project}.json", content.encode())

    # --- Orders ---------------------------------------------------------------------------------

    def carry_out(self, order: Order, entry: Entry) -> dict:
        """Make a space what an order says, and give the body of the report that says it is.
        `entry` is the order's own in the journal.

        Raises OrderRefused (``overtaken`` with the last `turn`, ``number``, ``delivery`` with the
        one that is not here), Failed (``space_provider``, ``space_timeout``), OSError. A space that
        is to be closed is then closed, unless its provider could not.
        """
        said = order.body
        with self._held(said["project"]):
            kept = self._known(order)
            if kept.number != said["number"]:
                raise OrderRefused("number", order.id, number=said["number"])
            if (said["turn"], order.id) != (kept.turn, kept.order) and said["turn"] <= kept.turn:
                raise OrderRefused("overtaken", order.id, turn=kept.turn)
            deliveries = self._deliveries(order)
            self._take_note(kept, order)
            try:
                if said["state"] == "open":
                    self._open(kept, deliveries)
                elif said["state"] == "cut":
                    self.provider.cut(self._space(kept))
                else:
                    self._destroy(kept, order, entry)
            except ProviderFailed as failed:
                log.error("space_failed", space=kept.number, why=failed.message)
                raise Failed(failed.reason) from failed
            kept.done, kept.told = True, [kept.state, kept.because]
            self.save(kept)
            return self._report(kept)

    def _known(self, order: Order) -> Kept:
        """What is known of the space of an order. What cannot be read stops an opening, never a
        closing."""
        said = order.body
        try:
            known = self.find(said["project"])
        except (ValueError, TypeError):
            if said["state"] == "open":
                raise
            log.exception("space_unreadable", space=said["number"])
            known = None
        return known or Kept(said["project"], said["number"])

    def _deliveries(self, order: Order) -> list[Entry]:
        """The deliveries that the space must hold; only an opening needs them to be here."""
        found = []
        for name in order.body["deliveries"]:
            entry = self.journal.find(name)
            here = entry is not None and entry.space and not entry.destroyed
            if here:
                found.append(entry)
            elif order.body["state"] == "open":
                raise OrderRefused("delivery", order.id, delivery=name)
        return found

    def _take_note(self, kept: Kept, order: Order) -> None:
        said = order.body
        kept.turn, kept.order, kept.done = said["turn"], order.id, False
        kept.state, kept.because, kept.until = said["state"], said["because"], said["until"]
        kept.members = {each["member"]: each["until"] for each in said["members"]}
        kept.deliveries, kept.closed = said["deliveries"], ""
        if said["state"] == "open":
            kept.let_in = sorted({*kept.let_in, *kept.members})
            kept.certificate = None
        try:
            self.save(kept)
        except OSError:
            # A full disk keeps nobody in; what is closed or destroyed first makes room.
            if said["state"] == "open":
                raise
            with suppress(ProviderFailed):
                self.provider.cut(self._space(kept))

    def _open(self, kept: Kept, deliveries: list[Entry]) -> None:
        space = self._space(kept, deliveries)
        self.provider.open(space)
        for member in [each for each in kept.let_in if each not in kept.members]:
            self.provider.withdraw(space, member)
        kept.let_in = sorted(kept.members)
        for member, until in kept.members.items():
            self.provider.grant(space, member, read_instant(until))
        self.provider.reopen(space)

    def _destroy(self, kept: Kept, order: Order, entry: Entry) -> None:
        space = self._space(kept)
        with suppress(ProviderFailed, OSError):
            self._tell(kept, entry)  # nobody comes any more: the last who did
        if kept.certificate is None or kept.certificate["order"] != order.hash:
            destroyed = self.provider.destroy(space)
            kept.certificate = self.certify(
                order,
                kind="space",
                project=kept.project,
                number=kept.number,
                files=list(destroyed.files),
                handed=destroyed.handed,
                provider=self.settings.space_provider or EMBEDDED,
                log=self._head(kept),
            )
        kept.let_in = []

    def certify(self, order: Order, **said) -> dict:
        """A signed certificate that what is `said` is destroyed, under `order`."""
        files = said.pop("files")
        return sign_certificate(
            {
                "version": 1,
                "site": self.settings.site,
                "order": order.hash,
                "files": files[:MOST_FILES],
                "unlisted": len(files[MOST_FILES:]),
                "bytes": sum(each["bytes"] for each in files),
                "destroyed": instant(self.clock()),
                "program": RELEASE,
                **said,
            },
            self.key,
        )

    def drop(self, delivery: Entry) -> None:
        """Take out of its space a delivery that is about to be destroyed. Raises Failed."""
        for kept in self.all():
            if delivery.order not in kept.deliveries:
                continue
            with self._held(kept.project):
                kept = self.find(kept.project)
                kept.deliveries = [each for each in kept.deliveries if each != delivery.order]
                if kept.state != "destroyed":
                    left = [self.journal.find(each) for each in kept.deliveries]
                    try:
                        self.provider.open(self._space(kept, [each for each in left if each]))
                    except ProviderFailed as failed:
                        log.error("space_failed", space=kept.number, why=failed.message)
                        raise Failed(failed.reason) from failed
                self.save(kept)

    def _space(self, kept: Kept, deliveries: Sequence[Entry] = ()) -> Space:
        return Space(
            kept.number,
            kept.project,
            tuple(self.settings.spaces / each.space for each in deliveries),
            read_instant(kept.until) if kept.until else None,
        )

    def _report(self, kept: Kept) -> dict:
        said = {
            "turn": kept.turn,
            "state": kept.state,
            "because": kept.because,
            "provider": self.settings.space_provider or EMBEDDED,
        }
        return said | ({"certificate": kept.certificate} if kept.certificate else {})

    # --- Between two orders ---------------------------------------------------------------------

    def look(self) -> None:
        """Close what is over or could not be closed, put out whose time is, tell who came. One
        space that fails leaves the others their turn, and is looked at again."""
        for kept in self.all():
            if kept.state == "destroyed":
                continue
            try:
                with self._held(kept.project):
                    self._look(self.find(kept.project))
            except (ProviderFailed, OSError, ValueError) as error:
                log.error("space_not_looked_at", space=kept.number, why=str(error)[:400])

    def _look(self, kept: Kept) -> None:
        now = self.clock()
        if kept.state == "cut" and not kept.done:
            self.provider.cut(self._space(kept))
            kept.done = True
            self.save(kept)
        elif kept.state == "open" and not kept.closed:
            if kept.until and now >= read_instant(kept.until):
                self.provider.cut(self._space(kept))
                kept.closed = instant(now)
                self.save(kept)
            else:
                self._put_out(kept, now)
        if kept.done:
            self._tell(kept)

    def _put_out(self, kept: Kept, now: datetime) -> None:
        ends = {member: read_instant(until) for member, until in kept.members.items()}
        for member in [each for each in kept.let_in if each in ends and now >= ends[each]]:
            self.provider.withdraw(self._space(kept), member)
            kept.let_in = [each for each in kept.let_in if each != member]
            self.save(kept)

    def _tell(self, kept: Kept, entry: Entry | None = None) -> None:
        """Tell the portal, under the space's last order, that it closed and who came, of the days
        where more came than was told. Under an order that has not ended yet, `entry` is its own;
        otherwise it is told at the next look."""
        state, because = ("cut", OVER) if kept.closed else (kept.state, kept.because)
        news = entry is None and kept.told != [state, because]
        if entry is None:
            entry = self.journal.find(kept.order)
            if entry is None or entry.final is None:
                return
        found = self._presence(kept)
        visits = [
            {"member": member, "day": day, "times": came[0], "last": came[1]}
            for day in sorted(found)
            for member, came in sorted(found[day].items())
            if kept.said.get(day, {}).get(member) != came
        ]
        if visits or news:
            body = {"turn": kept.turn, "state": state, "because": because, "visits": visits}
            body["log"] = self._head(kept)
            self.reports.say("presence", body, at=self.clock(), entry=entry, journal=self.journal)
            kept.said, kept.told = found, [state, because]
            self.save(kept)

    def _presence(self, kept: Kept) -> dict[str, dict[str, list]]:
        """Day -> member -> how many times they came and when last, since the day told last."""
        now = self.clock()
        first = (now - (COMING_BACK if kept.said else LONGEST_SILENCE)).astimezone(PARIS).date()
        if kept.said:
            first = min(first, date.fromisoformat(max(kept.said)))
        found: dict[str, dict[str, list]] = defaultdict(dict)
        for visit in self.provider.log(self._space(kept), datetime.combine(first, time(), PARIS)):
            day = visit.at.astimezone(PARIS).date().isoformat()
            times, last = found[day].get(visit.member, (0, ""))
            found[day][visit.member] = [times + 1, max(last, instant(visit.at))]
        return dict(found)

    def _head(self, kept: Kept) -> dict | None:
        """How the embedded log ends, that nobody may write it again; other logs are not ours."""
        if not isinstance(self.provider, Embedded):
            return None
        head = self.provider.head(self._space(kept))
        return {"lines": head.lines, "head": head.hash}

    @contextmanager
    def _held(self, project: str) -> Iterator[None]:
        """Hold a space: orders, threads and processes come one after the other."""
        private_folder(self.folder)
        private_folder(self.settings.locks)
        path = self.settings.locks / f"space-{project}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class Keeper(threading.Thread):
    """Looks at the spaces for as long as the program runs."""

    def __init__(self, spaces: Spaces):
        super().__init__(name="keeper", daemon=True)
        self.spaces = spaces
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(self.spaces.settings.space_every):
            try:
                self.spaces.look()
            except Exception:
                # A site that looks no more would let its spaces open for ever.
                log.exception("spaces_not_looked_at")
