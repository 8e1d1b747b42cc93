"""What one site's program needs to know: one TOML file in its folder, and the environment over it.

The folder holds ``settings.toml``, ``warehouse/``, ``identities/``, ``keys/``, ``spaces/``,
``deliveries/``, ``objections/``. Paths in the file are relative to it. Environment, when set, wins:
``SITE_FOLDER``, ``SITE_PORTAL_URL``, ``SITE_BROKER_URL`` (else ``BROKER_URL``, else the database 0
of ``REDIS_URL``), ``SITE_BROKER_PREFIX`` (else ``REDIS_PREFIX``), ``SITE_WAREHOUSE``,
``SITE_MEMORY``, ``SITE_THREADS``, ``SITE_NICE``, ``SITE_THIRD_PARTY``.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from catalog.orders import ROUNDING, THRESHOLD

PARIS = ZoneInfo("Europe/Paris")
"""Where a day begins, of the warehouse and of whoever comes."""
CHECKOUT = Path(__file__).resolve().parents[2]
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REFERENCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SettingsError(Exception):
    """Settings that cannot be used; the text says which and what to do."""


@dataclass(frozen=True)
class SiteSettings:
    """The settings of one site.

    `memory` is what the engine may hold ("1GB"); `threads` how many it runs; `nice` how far the
    program gives way to others of its machine, from 0 to 19; `count_seconds` how long a count may
    last where the engine is DuckDB; `heartbeat` seconds between two signs of life during an order;
    `timeout` seconds to wait for the portal; `witness` seconds between two looks at the public
    register; `third_party` the address of the trusted third party, for linked projects.

    Of working spaces: `space_provider` is the dotted path of who makes them (the embedded one when
    empty), `space_command` what the command provider runs, `space_timeout` the seconds one act may
    last, `space_every` those between two looks at their period and log, `accounts` the member (a
    reference of the portal's) that each account of this machine is.
    """

    site: str
    folder: Path
    portal_url: str = "http://127.0.0.1:8000"
    broker_url: str = "redis://127.0.0.1:6379/0"
    broker_prefix: str = ""
    warehouse: str = "parquet:warehouse"
    identities: str = "parquet:identities"
    memory: str = "1GB"
    threads: int = 1
    nice: int = 10
    count_seconds: float = 3600.0
    threshold: int = THRESHOLD
    rounding: int = ROUNDING
    heartbeat: float = 30.0
    timeout: float = 10.0
    witness: float = 60.0
    third_party: str = "http://127.0.0.1:8090"
    space_provider: str = ""
    space_command: list[str] = field(default_factory=list)
    space_timeout: float = 60.0
    space_every: float = 300.0
    accounts: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def spaces(self) -> Path:
        """Where deliveries are, ``spaces/<number>/<first digits of the order's hash>/``."""
        return self.folder / "spaces"

    @property
    def workspaces(self) -> Path:
        """Where the embedded working spaces are, ``workspaces/<number>/``: same file system."""
        return self.folder / "workspaces"

    @property
    def kept_spaces(self) -> Path:
        """What the portal last ordered of each working space, and what was done."""
        return self.folder / "deliveries" / "spaces"

    @property
    def partial(self) -> Path:
        """Where a delivery is written before it is moved to its space: same file system."""
        return self.folder / "spaces" / ".partial"

    @property
    def journal(self) -> Path:
        """What became of each order, and the certificates of destruction."""
        return self.folder / "deliveries"

    @property
    def answered(self) -> Path:
        """What was told of groups of patients, so that no difference tells of a few of them."""
        return self.folder / "deliveries" / "answered.db"

    @property
    def spool(self) -> Path:
        """Reports that the portal has not acknowledged yet."""
        return self.folder / "reports"

    @property
    def locks(self) -> Path:
        return self.folder / "locks"

    @property
    def spill(self) -> Path:
        """Where the engine puts what does not fit in memory."""
        return self.folder / "spill"

    @property
    def links(self) -> Path:
        """Who has which link in each linked delivery that is still here."""
        return self.folder / "links"

    @property
    def objections(self) -> Path:
        """Who objected through the portal, and to what."""
        return self.folder / "objections"

    @property
    def warehouse_address(self) -> str:
        """`warehouse`, its path made absolute."""
        return self._absolute(self.warehouse)

    @property
    def identities_address(self) -> str:
        """`identities`, its path made absolute."""
        return self._absolute(self.identities)

    def _absolute(self, address: str) -> str:
        scheme, _, rest = address.partition(":")
        return f"parquet:{self.folder / rest}" if scheme == "parquet" else address


_FILE = {
    ("portal", "url"): ("portal_url", str),
    ("broker", "url"): ("broker_url", str),
    ("broker", "prefix"): ("broker_prefix", str),
    ("warehouse", "address"): ("warehouse", str),
    ("identities", "address"): ("identities", str),
    ("warehouse", "memory"): ("memory", str),
    ("warehouse", "threads"): ("threads", int),
    ("warehouse", "nice"): ("nice", int),
    ("counts", "seconds"): ("count_seconds", (int, float)),
    ("counts", "threshold"): ("threshold", int),
    ("counts", "rounding"): ("rounding", int),
    ("reports", "heartbeat"): ("heartbeat", (int, float)),
    ("reports", "timeout"): ("timeout", (int, float)),
    ("witness", "every"): ("witness", (int, float)),
    ("linkage", "third_party"): ("third_party", str),
    ("spaces", "provider"): ("space_provider", str),
    ("spaces", "command"): ("space_command", list),
    ("spaces", "timeout"): ("space_timeout", (int, float)),
    ("spaces", "every"): ("space_every", (int, float)),
    ("spaces", "accounts"): ("accounts", dict),
}


def site_folder(site: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of `site` in the data folder: ``GUICHET_DATA/sites/<site>``."""
    data = environment.get("GUICHET_DATA") or CHECKOUT / ".guichet"
    return Path(data).resolve() / "sites" / check_slug(site)


def check_slug(site: str) -> str:
    """`site`, when it is a plain name (a-z, 0-9, -); raises SettingsError otherwise."""
    if not _SLUG.fullmatch(site) or len(site) > 60:
        raise SettingsError(f"{site!r} is not the name of a site: letters a-z, digits and dashes.")
    return site


def load(
    site: str, *, folder: Path | None = None, environment: Mapping[str, str] = os.environ
) -> SiteSettings:
    """The settings of `site`; raises SettingsError naming the file and the setting at fault."""
    check_slug(site)
    if folder is None:
        given = environment.get("SITE_FOLDER")
        folder = Path(given).resolve() if given else site_folder(site, environment)
    values = _read(folder / "settings.toml")
    named = values.pop("site", site)
    if named != site:
        raise SettingsError(f"{folder / 'settings.toml'} is that of {named}, not of {site}.")
    broker = _broker(environment)
    over = {
        "portal_url": environment.get("SITE_PORTAL_URL"),
        "broker_url": environment.get("SITE_BROKER_URL") or values.get("broker_url") or broker,
        "broker_prefix": environment.get("SITE_BROKER_PREFIX")
        or values.get("broker_prefix")
        or environment.get("REDIS_PREFIX"),
        "warehouse": environment.get("SITE_WAREHOUSE"),
        "memory": environment.get("SITE_MEMORY"),
        "third_party": environment.get("SITE_THIRD_PARTY"),
    }
    values |= {name: value for name, value in over.items() if value}
    for variable, name in (("SITE_THREADS", "threads"), ("SITE_NICE", "nice")):
        if environment.get(variable):
            try:
                values[name] = int(environment[variable])
            except ValueError as error:
                raise SettingsError(f"{variable} is not a whole number.") from error
    settings = SiteSettings(site=site, folder=folder, **values)
    _check(settings)
    return settings


def _read(path: Path) -> dict:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error
    values = {}
    for section, inner in content.items():
        if section == "site":
            values["site"] = inner
            continue
        if not isinstance(inner, dict):
            raise SettingsError(f"{path}: unknown setting {section}.")
        for name, value in inner.items():
            field, kind = _FILE.get((section, name), (None, None))
            if field is None:
                raise SettingsError(f"{path}: unknown setting {section}.{name}.")
            if not isinstance(value, kind) or isinstance(value, bool):
                raise SettingsError(f"{path}: {section}.{name} is not of its type.")
            if value != "":
                values[field] = value
    return values


_UNITS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def bytes_of(memory: str) -> float:
    """A size as DuckDB writes it (``4GB``, ``512MiB``), in bytes; 0 where it is not one."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b\s*", memory.lower())
    if found is None:
        return 0.0
    number, unit, binary = found.groups()
    return float(number) * (1024 if binary else 1000) ** _UNITS[unit or "b"]


def _broker(environment: Mapping[str, str]) -> str | None:
    if environment.get("BROKER_URL"):
        return environment["BROKER_URL"]
    url = environment.get("REDIS_URL")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme in ("unix", "redis+socket"):
        return f"redis+socket://{parts.path}?virtual_host=0"
    return f"{parts.scheme}://{parts.netloc}/0"


def _check(settings: SiteSettings) -> None:
    if settings.threshold < THRESHOLD:
        raise SettingsError(f"counts.threshold is under {THRESHOLD}, the least the charters allow.")
    if settings.rounding < ROUNDING:
        raise SettingsError(f"counts.rounding is under {ROUNDING}.")
    for name, said in (
        ("portal.url", settings.portal_url),
        ("linkage.third_party", settings.third_party),
    ):
        if urlsplit(said).scheme not in ("http", "https"):
            raise SettingsError(f"{name} is not an http or https address.")
    if settings.threads < 1:
        raise SettingsError("warehouse.threads is under 1.")
    if not 0 <= settings.nice <= 19:
        raise SettingsError("warehouse.nice is not from 0 to 19.")
    if settings.count_seconds < 1:
        raise SettingsError("counts.seconds is under 1.")
    if not bytes_of(settings.memory):
        raise SettingsError("warehouse.memory is not a size as 1GB or 512MiB.")
    if settings.witness < 1:
        raise SettingsError("witness.every is under 1 second.")
    if settings.space_timeout < 1 or settings.space_every < 1:
        raise SettingsError("spaces.timeout or spaces.every is under 1 second.")
    if not all(isinstance(word, str) for word in settings.space_command):
        raise SettingsError("spaces.command is not a list of words.")
    for account, member in settings.accounts.items():
        if not (isinstance(member, str) and _REFERENCE.fullmatch(member)):
            raise SettingsError(f"spaces.accounts.{account} is not the reference of a member.")
