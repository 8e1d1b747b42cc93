"""What tests of a site's program make in a line: a site in a folder, orders, what it answers."""

import json
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.orders import VERSION, canonical, instant, order_hash, sign_order, verify_report
from catalog.site import keys
from catalog.site.program import Program
from catalog.site.provision import provision
from catalog.site.reports import Answer
from catalog.site.settings import load

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NUMBER = "2026-0042"
PROJECT = "5f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11"
EVERYONE = {"age": {"min": 0, "max": None}}
HEART = {"all": [{"condition": ["I50.*"]}]}


def variable(name: str, *codes: str) -> dict:
    """The variable ``table.column``, of some codes only when they are named."""
    table, column = name.split(".")
    said = {"code": name, "table": table, "column": column}
    return said | ({"codes": list(codes)} if codes else {})


STUDY = [
    variable(name)
    for name in (
        "person.gender_source_value",
        "person.year_of_birth",
        "visit_occurrence.visit_start_date",
        "visit_occurrence.visit_end_date",
        "condition_occurrence.condition_source_value",
        "condition_occurrence.condition_start_date",
        "measurement.measurement_source_value",
        "measurement.measurement_date",
        "measurement.value_as_number",
    )
]


def damage(path: Path, column: str) -> None:
    """Spoil the middle of a column of a Parquet file."""
    group = pq.read_metadata(path).row_group(0)
    chunks = [group.column(number) for number in range(group.num_columns)]
    (chunk,) = (each for each in chunks if each.path_in_schema == column)
    middle = chunk.data_page_offset + chunk.total_compressed_size // 2
    content = bytearray(path.read_bytes())
    content[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(bytes(content))


class SiteHere:
    """A site in a folder of its own, with a portal's key it trusts. Its reports are kept in
    ``reports`` in the order the portal would get them."""

    def __init__(self, folder: Path, warehouse: Path, *, slug: str = "chu-rennes", portal=None):
        self.slug, self.folder = slug, folder
        self.portal = portal or Ed25519PrivateKey.generate()
        self.public = provision(slug, folder, portal_key=self.portal.public_key())
        shutil.rmtree(folder / "warehouse")
        shutil.copytree(warehouse, folder / "warehouse")
        self.settings = load(slug, folder=folder, environment={})
        self.reports: list[dict] = []
        self.answer = Answer.TAKEN
        self.at = NOW

    def program(self, **changed) -> Program:
        """A process of the program, as after a start."""
        options = {"clock": lambda: self.at, "post": self._post} | changed
        return Program(self.settings, **options)

    def _post(self, payload: bytes, signature: str) -> Answer:
        verify_report(payload, signature, keys.decode(self.public), site=self.slug)
        if self.answer is Answer.TAKEN:
            self.reports.append(json.loads(payload))
        return self.answer

    def body(self, kind: str = "extract", **changed) -> dict:
        """What an order says; ``extract`` is a small study unless `changed`."""
        said = {
            "version": VERSION,
            "kind": kind,
            "order": str(uuid.uuid4()),
            "site": self.slug,
            "issued": instant(self.at),
            "valid_until": instant(self.at + timedelta(days=7)),
        }
        if kind == "extract":
            said |= {
                "number": NUMBER,
                "project": PROJECT,
                "cohort": HEART,
                "delivery_kind": "pseudonymised",
                "variables": STUDY,
                "period": {"from": "2015-01-01", "to": "2024-12-31"},
                "true_dates": False,
                "objections_before": instant(self.at),
                "launched_by": "3d2c7bd5-3c4e-4a43-9d6a-3a8a5f1b2c3d",
            }
        if kind == "count":
            said |= {"cohort": HEART, "number": None}
        return said | changed

    def envelope(self, body: dict, key=None) -> dict:
        return sign_order(canonical(body), key or self.portal)

    def receives(self, body: dict, *, program: Program | None = None, key=None) -> list[dict]:
        """Hand an order to the program and give the reports it caused."""
        before = len(self.reports)
        program = program or self.program()
        program.receive(self.envelope(body, key))
        program.reports.send()
        return self.reports[before:]

    def last(self, body: dict, **options) -> dict:
        """The last word of the site on an order: what it says meanwhile of others leaves in any
        order."""
        said = self.receives(body, **options)
        own = [each for each in said if each["order"] == body.get("order")]
        return (own or said)[-1]

    def space(self, body: dict) -> Path:
        """Where the delivery of an order is, if it was made."""
        return self.settings.spaces / body["number"] / order_hash(canonical(body))[:16]

    def left_behind(self) -> list[Path]:
        """What stands half written."""
        return sorted(self.settings.partial.glob("*"))


def files(folder: Path, *, data_only: bool = True) -> dict[str, bytes]:
    """The content of each delivered file, the manifest aside."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if not data_only or path.suffix == ".parquet"
    }
