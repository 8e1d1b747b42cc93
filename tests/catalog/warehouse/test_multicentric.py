"""A whole multicentric request on real data: eight sites, each its own folder, keys and hospitals,
each delivers its part, and nothing of one is at another."""

import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.demo_warehouse.sites import SITES
from catalog.orders import manifest_holds
from catalog.site import keys
from tests.catalog.site.making import SiteHere, variable
from tests.catalog.site.network import Network, persons, shared_between
from tests.catalog.site.oracle import Oracle, rows

HEART_FAILURE = {"all": [{"condition": ["I50.9"]}]}
VARIABLES = [
    variable("person.gender_source_value"),
    variable("person.year_of_birth"),
    variable("visit_occurrence.visit_start_date"),
    variable("visit_occurrence.visit_end_date"),
    variable("visit_occurrence.discharged_to_source_value"),
    variable("condition_occurrence.condition_source_value"),
    variable("condition_occurrence.condition_start_date"),
    variable("drug_exposure.drug_source_value"),
    variable("measurement.measurement_datetime"),
    variable("measurement.value_as_number", "2160-0", "8867-4"),
    variable("measurement.unit_source_value"),
    variable("death.death_date"),
]


def test_eight_sites_deliver_one_study_on_real_data(eicu_sites, tmp_path):
    portal = Ed25519PrivateKey.generate()
    persons, rows, warehouse_persons = {}, {}, {}
    for slug in SITES:
        warehouse = eicu_sites / slug / "warehouse"
        site = SiteHere(tmp_path / slug, warehouse, slug=slug, portal=portal)
        body = site.body(
            cohort=HEART_FAILURE,
            variables=VARIABLES,
            period={"from": "2013-01-01", "to": "2015-12-31"},
        )
        last = site.last(body)
        assert last["kind"] == "delivered", last
        manifest = last["body"]["manifest"]
        assert manifest_holds(manifest, keys.decode(site.public))
        folder = site.space(body)
        members = pq.read_table(warehouse / "condition_occurrence.parquet").to_pylist()
        found = {r["person_id"] for r in members if r["condition_source_value"] == "I50.9"}
        oracle = Oracle(warehouse, body, keys.site_secret(site.settings.keys), found)
        table = pq.read_table(folder / "measurement.parquet")
        delivered = sorted(tuple(map(str, row.values())) for row in table.to_pylist())
        expected = sorted(
            tuple(map(str, row)) for row in oracle.delivered("measurement").elements()
        )
        assert delivered == expected
        persons[slug] = set(pq.read_table(folder / "person.parquet")["person_id"].to_pylist())
        warehouse_persons[slug] = found
        rows[slug] = sum(each["rows"] for each in manifest["tables"])
    assert [len(persons[slug]) for slug in SITES] == [15, 18, 25, 21, 19, 15, 25, 17]
    # Who is known at two sites is not told apart by their pseudonyms: they are the site's own.
    known = set().union(*warehouse_persons.values())
    assert len(known) == 153
    assert len(set().union(*persons.values())) == 155
    assert min(rows.values()) > 500


def test_the_16_persons_of_eicu_seen_at_two_sites_are_found_by_linking_and_by_nothing_else(
    tmp_path, eicu_sites
):
    network = Network(tmp_path / "network", SITES)
    for slug in SITES:
        site = network.add(slug, eicu_sites / slug / "warehouse")
        (site.folder / "identities/identity.parquet").write_bytes(
            (eicu_sites / slug / "identities/identity.parquet").read_bytes()
        )
    network.start()
    period = {"from": "2013-01-01", "to": "2015-12-31"}
    asked = {"variables": [variable("person.gender_source_value")], "period": period}
    try:
        linked = {s: network.delivery(s, linked=True, **asked)[2] for s in SITES}
        alone = {s: network.delivery(s, linked=False, **asked)[2] for s in SITES}
    finally:
        network.server.terminate()
    places: dict[str, set[str]] = {}
    aged = 0
    for slug in SITES:
        for row in rows(eicu_sites / slug / "warehouse", "person"):
            aged += row["year_of_birth"] is not None
            places.setdefault(row["person_source_value"], set()).add(slug)
    seen_twice = {uniquepid for uniquepid, where in places.items() if len(where) > 1}
    assert len(seen_twice) == 16
    assert shared_between(linked) == {network.pseudonym(uniquepid) for uniquepid in seen_twice}
    assert shared_between(alone) == set()
    assert len(places) == 1_841
    # The cohort is of those whose age is known.
    assert sum(len(persons(folder)) for folder in linked.values()) == aged == 1_854
