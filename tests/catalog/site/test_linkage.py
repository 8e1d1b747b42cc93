"""One person recognised at several sites, where it was authorised; nowhere else.

The third party is its own program, in its own folder, spoken to by HTTP. What a linked delivery
must hold is worked out by hand from the three secrets, which nobody has together but this test.
"""

import base64
import json
import uuid
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.public import Box

from catalog.demo_warehouse.generate import generate
from catalog.demo_warehouse.identities import write_identities
from catalog.demo_warehouse.sites import SITES
from catalog.linkage import LinkageRefused, seal, unseal, verify_grant
from catalog.orders import canonical, instant, manifest_holds, order_hash
from catalog.site import keys
from catalog.site.failures import Failed
from catalog.site.linkage import ask_by_http, namer
from catalog.site.pseudonyms import derive
from catalog.site.whose import tell
from catalog.third_party import keys as third_party_keys
from catalog.third_party.program import ThirdParty
from tests.catalog.site.making import EVERYONE, NOW, PROJECT, SiteHere, files
from tests.catalog.site.network import DECISION, WHO, Network, persons, shared_between
from tests.catalog.site.oracle import rows

OTHER_PROJECT = "0f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11"


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Eight sites of 40 synthetic persons; the first ten of each but the last are known at the
    next too, and one person of the first has no identifier."""
    folder = tmp_path_factory.mktemp("network")
    found = Network(folder, SITES)
    former: list[str] = []
    for number, slug in enumerate(SITES):
        warehouse = folder / "made" / slug
        generate(warehouse, site=slug, persons=40, seed=3)
        site = found.add(slug, warehouse)
        place = site.folder / "identities"
        write_identities(place, warehouse=warehouse)
        table = pq.read_table(place / "identity.parquet")
        own = [f"SYNTH {slug} {n}" for n in range(table.num_rows)]
        own[10:20] = [f" {said.lower()}" for said in former] or own[10:20]
        if number == 0:
            own[39] = None
        column = table.column_names.index("identifier")
        pq.write_table(
            table.set_column(column, "identifier", pa.array(own)), place / "identity.parquet"
        )
        former = own[:10]
    found.start()
    yield found
    found.server.terminate()
    assert found.server.wait(10) == 0


def test_eight_sites_recognise_one_person_where_linking_is_authorised_and_nowhere_else(network):
    linked, alone, other, known = {}, {}, {}, {}
    for slug, site in network.sites.items():
        body, manifest, linked[slug] = network.delivery(slug, linked=True)
        assert manifest_holds(manifest, keys.decode(site.public))
        assert manifest["linkage"]["decision"] == DECISION
        assert manifest["linkage"]["sites"] == list(SITES)
        assert manifest["checks"]["keys_proper"] is True
        _body, plain, alone[slug] = network.delivery(slug, linked=False)
        assert "linkage" not in plain
        if slug in ("chu-rennes", "chu-brest"):
            again = network.delivery(slug, linked=True, project=OTHER_PROJECT)
            other[slug] = again[2]
        identity = pq.read_table(site.folder / "identities/identity.parquet").to_pylist()
        names = {row["person_id"]: row["identifier"] for row in identity}
        delivered = _delivered(site, body)
        known[slug] = {
            "".join(names[person].upper().split()) for person in delivered if names[person]
        }
        expected = {network.pseudonym(said) for said in known[slug]}
        without = {
            derive(keys.site_secret(site.settings.keys), site=slug, project=PROJECT).pseudonym(
                "person", person
            )
            for person in delivered
            if not names[person]
        }
        assert persons(linked[slug]) == expected | without
    slugs = list(SITES)
    both = set().union(*(known[a] & known[b] for n, a in enumerate(slugs) for b in slugs[n + 1 :]))
    assert len(both) > 50
    assert shared_between(linked) == {network.pseudonym(said) for said in both}
    assert shared_between(alone) == set()
    for slug in SITES:
        assert not persons(linked[slug]) & persons(alone[slug])
    of_two = known["chu-rennes"] & known["chu-brest"]
    assert len(shared_between(other)) == len(of_two) > 0
    assert not shared_between(other) & shared_between(linked)


def _delivered(site: SiteHere, body: dict) -> list[int]:
    kept = pq.read_table(site.settings.links / f"{order_hash(canonical(body))}.parquet")
    return kept["person_id"].to_pylist()


def test_dates_of_one_person_keep_their_intervals_from_one_site_to_the_next(network):
    one, two = list(SITES)[:2]
    truth: dict[str, dict[str, list[date]]] = {}
    moved: dict[str, dict[str, list[date]]] = {}
    period = {"from": "2012-01-01", "to": "2025-12-31"}
    for slug in (one, two):
        site = network.sites[slug]
        body, _manifest, folder = network.delivery(slug, linked=True, period=period)
        name = namer(
            site.settings,
            keys.site_secret(site.settings.keys),
            json.loads((folder / "manifest.json").read_bytes()),
        )
        for person in _delivered(site, body):
            days = [
                row["visit_start_date"]
                for row in rows(site.folder / "warehouse", "visit_occurrence")
                if row["person_id"] == person
            ]
            truth.setdefault(name(person), {})[slug] = sorted(days)
        for row in rows(folder, "visit_occurrence"):
            moved.setdefault(row["person_id"], {}).setdefault(slug, []).append(
                row["visit_start_date"]
            )
    both = [name for name, days in truth.items() if len(days) == 2]
    assert both
    for name in both:
        between = truth[name][two][0] - truth[name][one][0]
        assert min(moved[name][two]) - min(moved[name][one]) == between
        assert min(moved[name][one]) != truth[name][one][0]


def test_the_same_linked_order_gives_the_same_bytes_after_a_stop(network):
    import shutil

    site = network.sites["ico"]
    body, _manifest, folder = network.delivery("ico", linked=True)
    before = files(folder)
    shutil.rmtree(folder)
    (site.settings.journal / f"{body['order']}.json").unlink()
    assert site.last(body)["kind"] == "delivered"
    assert files(folder) == before


def test_what_passes_and_what_is_kept_say_nothing_of_anybody(network):
    """The third party's folder holds no value; its answer and the request are sealed."""
    site = network.sites["ico"]
    passed = []

    def ask(address, slug, envelope, sealed):
        answer = ask_by_http(address, slug, envelope, sealed)
        passed.extend([sealed, answer])
        return answer

    body = site.body(cohort=EVERYONE, variables=WHO, linkage=network.grant("ico"))
    assert site.last(body, program=site.program(ask=ask))["kind"] == "delivered"
    sealed, answer = passed
    table = pq.read_table(site.settings.links / f"{order_hash(canonical(body))}.parquet")
    links = {bytes.fromhex(each) for each in table["link"].to_pylist()}
    assert not [link for link in links if link in sealed or link in answer]
    box = Box(third_party_keys.box_key(network.place), keys.box_key(site.settings.keys).public_key)
    header, values = unseal(box, sealed)
    assert values == sorted(values) and not links & set(values)
    assert set(header) == {"version", "says", "project", "grant"}
    kept = b"".join(path.read_bytes() for path in network.place.rglob("*") if path.is_file())
    assert not [
        value for value in {*links, *values} if value in kept or value.hex().encode() in kept
    ]
    told = [json.loads(line) for line in (network.place / "journal.jsonl").open()]
    assert told[-1]["persons"] == len(values)
    # Neither end holds what the other has, and the portal's own order key makes nothing of it.
    folders = {"site": site.folder, "third party": network.place}
    secrets = {
        "site": third_party_keys.network_secret(network.place),
        "third party": keys.linkage_secret(site.settings.keys),
    }
    for where, folder in folders.items():
        for path in folder.rglob("*"):
            assert not path.is_file() or secrets[where] not in path.read_bytes()


@pytest.fixture
def third_party(network):
    return ThirdParty(network.place, clock=lambda: NOW)


REFUSALS = {
    "no_grant": lambda network: None,
    "malformed": lambda network: {"grant": 3},
    "unknown_key": lambda network: network.grant("ico", key=Ed25519PrivateKey.generate()),
    "signature": lambda network: (
        network.grant("ico") | {"signature": base64.b64encode(bytes(64)).decode()}
    ),
    "version": lambda network: network.grant("ico", version=2),
    "field": lambda network: network.grant("ico", number="42"),
    "expired": lambda network: network.grant("ico", valid_until=instant(NOW - timedelta(days=1))),
    "site": lambda network: network.grant("chu-brest"),
    "not_in_project": lambda network: network.grant("ico", sites=["chu-brest", "chu-nantes"]),
    "project": lambda network: network.grant("ico", project=OTHER_PROJECT),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_the_third_party_and_the_site_refuse_what_is_not_authorised(network, third_party, reason):
    envelope = REFUSALS[reason](network)
    site = network.sites["ico"]
    box = Box(keys.box_key(site.settings.keys), third_party_keys.box_key(network.place).public_key)
    said = {"version": 1, "says": "stage1", "project": PROJECT, "grant": "0" * 64}
    with pytest.raises(LinkageRefused) as refused:
        third_party.answer("ico", envelope, seal(box, said, [bytes(32)]))
    assert refused.value.reason == reason
    told = json.loads((network.place / "journal.jsonl").read_text().splitlines()[-1])
    assert (told["act"], told["reason"]) == ("refused", reason)
    # The site reads the grant too, before it asks: nothing is looked up, nothing delivered.
    if envelope is not None:
        body = site.body(cohort=EVERYONE, variables=WHO, linkage=envelope)
        last = site.last(body)
        assert last["kind"] == "refused"
        assert last["body"] == {"reason": "linkage", "why": reason}
        assert not site.space(body).exists() and not site.left_behind()


def test_a_grant_serves_for_one_set_of_persons(network, third_party):
    site = network.sites["ico"]
    envelope = network.grant("ico")
    trusted = keys.portal_keys(site.settings.keys)
    grant = verify_grant(envelope, trusted, site="ico", at=NOW)
    box = Box(keys.box_key(site.settings.keys), third_party_keys.box_key(network.place).public_key)
    said = {"version": 1, "says": "stage1", "project": PROJECT, "grant": grant.hash}
    ours = Box(keys.box_key(site.settings.keys), third_party_keys.box_key(network.place).public_key)
    first = third_party.answer("ico", envelope, seal(box, said, [bytes(32)]))
    again = third_party.answer("ico", envelope, seal(box, said, [bytes(32)]))
    assert unseal(ours, first) == unseal(ours, again)
    with pytest.raises(LinkageRefused, match="replayed"):
        third_party.answer("ico", envelope, seal(box, said, [bytes([1]) * 32]))
    # The box of another grant under this one, of another site, of a stranger.
    with pytest.raises(LinkageRefused, match="replayed"):
        third_party.answer("ico", network.grant("ico"), seal(box, said, [bytes(32)]))
    with pytest.raises(LinkageRefused, match="sealed"):
        third_party.answer("chu-brest", network.grant("chu-brest"), seal(box, said, [bytes(32)]))
    with pytest.raises(LinkageRefused, match="unknown_site"):
        third_party.answer("chu-paris", envelope, seal(box, said, [bytes(32)]))


def test_the_door_says_why_and_a_third_party_that_is_away_fails_the_order(network):
    site = network.sites["ico"]
    with pytest.raises(LinkageRefused, match="unknown_site"):
        ask_by_http(network.address, "chu-paris", network.grant("ico"), bytes(900_000))
    with pytest.raises(Failed):
        ask_by_http("http://127.0.0.1:9", "ico", network.grant("ico"), b"")
    own = site.settings
    site.settings = replace(own, third_party="http://127.0.0.1:9")
    body = site.body(cohort=EVERYONE, variables=WHO, linkage=network.grant("ico"))
    last = site.last(body)
    site.settings = own
    assert (last["kind"], last["body"]["reason"]) == ("failed", "third_party")
    assert not site.space(body).exists() and not site.left_behind()
    assert not (own.links / f"{order_hash(canonical(body))}.parquet").exists()


def test_who_objects_is_found_in_a_linked_delivery_until_it_is_destroyed(network):
    from catalog.site.journal import Journal
    from catalog.site.letters import compare

    site = network.sites["chr-orleans"]
    body, _manifest, folder = network.delivery("chr-orleans", linked=True)
    kept = site.settings.links / f"{order_hash(canonical(body))}.parquet"
    person = _delivered(site, body)[0]
    order = type("Asked", (), {"id": str(uuid.uuid4()), "body": {"after": None}})()

    def found():
        secret = lambda: keys.site_secret(site.settings.keys)  # noqa: E731
        return compare(order, [person], Journal(site.settings.journal), site.settings, secret)

    assert {"order": body["order"], "persons": 1} in found()
    named, said = tell(folder / "person.parquet", site.settings)
    assert named and "linked: or in that of another site, among chu-rennes, chu-brest" in said
    content = kept.read_bytes()
    kept.unlink()
    with pytest.raises(Failed, match="links"):
        found()
    kept.write_bytes(content)
    assert kept.stat().st_mode & 0o077 == 0 or kept.chmod(0o600) is None
    assert site.last(site.body("destroy", target=body["order"]))["kind"] == "destroyed"
    assert not kept.exists()
