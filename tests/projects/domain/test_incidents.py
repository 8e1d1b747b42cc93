"""Incidents that the portal sees by itself in a research: in what sites sign, in what it keeps.
Each is declared once while it lasts, at its hospital, with its request, and told to who
notifies."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from catalog.domain.keys import encode, register_site_key
from catalog.orders import sign_certificate
from governance.domain import incidents
from governance.models import Incident, Leaf
from portal.notices.models import Notice
from projects.domain import extractions, openings, spaces
from projects.models import Extraction, OutputFile
from tests import outbox
from tests.people import sign_in
from tests.projects.domain.test_outputs import SAFE, check, deposit
from tests.projects.site_program import SiteProgram
from tests.projects.stand import DAY, LEAD

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("order_key")


def found() -> list[Incident]:
    outbox.run()
    return list(Incident.objects.order_by("pk"))


def the_one(walk, kind: str) -> Incident:
    """The incident, of that kind, of the lead establishment and of the request, told as others
    are."""
    dpo = walk.staff("dpo")
    (incident,) = found()
    assert incident.declared_by is None
    assert incident.origin.startswith(f"{kind}:")
    assert [site.establishment_id for site in incident.sites.all()] == [LEAD]
    assert list(incident.cases.all()) == [walk.case]
    assert Notice.objects.filter(person=dpo, key="incident_due", asked=True).exists()
    leaves = [json.loads(bytes(leaf.bytes)) for leaf in Leaf.objects.order_by("index")]
    assert [leaf["act"] for leaf in leaves if leaf["kind"] == "incident"] == ["declared"]
    for someone in (walk.holder, getattr(walk, "colleague", walk.holder)):
        assert str(someone) not in incident.title + incident.what
    return incident


def close(incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(closed_at=timezone.now())


# --- What a site signs ----------------------------------------------------------------------------


@pytest.fixture
def authorised(walk):
    walk.until("authorised")
    walk.now += 31 * DAY
    return walk


@pytest.fixture
def site(authorised):
    return SiteProgram(LEAD, at=authorised.now)


@pytest.fixture
def launch(authorised, site):
    """Orders the extraction, the one before having failed."""
    track, engineer = authorised.case.tracks.get(kind="site"), authorised.staff("data_engineer")
    return lambda: extractions.launch(track, by=engineer, at=authorised.now).order


def test_a_manifest_changed_after_its_signature_is_refused_and_declared_once(
    authorised, site, launch
):
    order = launch()
    site.says(order, "delivered", manifest=site.manifest(order) | {"tables": []})
    incident = the_one(authorised, "statement_altered")
    assert "manifeste" in incident.title and "refusé" in incident.what
    again = launch()
    site.says(again, "delivered", manifest=site.manifest(again) | {"signature": "AAAA"})
    assert found() == [incident]
    close(incident)
    third = launch()
    site.says(third, "delivered", manifest=site.manifest(third) | {"tables": []})
    assert len(found()) == 2


def test_a_manifest_under_a_key_replaced_since_is_refused_and_is_no_forgery(
    authorised, site, launch
):
    order = launch()
    manifest = site.manifest(order)
    site.key, site.at = Ed25519PrivateKey.generate(), authorised.now + HOUR
    register_site_key(LEAD, encode(site.key.public_key()), at=site.at)
    site.says(order, "delivered", manifest=manifest)
    assert Extraction.objects.get(order=order).message == "manifest.signature"
    assert found() == []


@pytest.mark.parametrize("missing", [{"order": "f" * 64}, {"checks": {}}])
def test_a_manifest_that_is_wrong_and_signed_is_no_incident(site, launch, missing):
    order = launch()
    site.delivers(order, **missing)
    assert found() == []


def test_a_signed_linkage_that_nobody_authorised_is_a_major_incident(authorised, site, launch):
    site.delivers(launch(), linkage={"grant": "f" * 64})
    incident = the_one(authorised, "linked_ungranted")
    assert incident.severity == "major"


def test_a_certificate_of_destruction_signed_by_a_stranger_is_declared(using, rennes, track):
    rennes.keeps(spaces.follow_case(using.case, at=using.now)[0])
    using.take("end_access", using.holder)
    openings.seal({"case": str(using.case.pk)})
    order = spaces.destroy(track, by=using.staff("data_engineer", LEAD), at=using.now)
    whole = rennes.certificate(order)
    unsigned = {k: v for k, v in whole.items() if k not in ("key", "signature")}
    forged = sign_certificate(unsigned, Ed25519PrivateKey.generate())
    rennes.keeps(order, certificate=forged)
    assert "certificat" in the_one(using, "statement_altered").title


def test_a_certificate_that_is_only_missing_is_no_incident(using, rennes, track):
    rennes.keeps(spaces.follow_case(using.case, at=using.now)[0])
    using.take("end_access", using.holder)
    openings.seal({"case": str(using.case.pk)})
    order = spaces.destroy(track, by=using.staff("data_engineer", LEAD), at=using.now)
    rennes.keeps(order, certificate=None)
    assert found() == []


# --- Working spaces -------------------------------------------------------------------------------


def test_a_space_s_log_that_became_shorter_is_declared_once(using, rennes):
    order = spaces.follow_case(using.case, at=using.now)[0]
    rennes.keeps(order)
    for lines in (5, 7):
        rennes.tells(order, log={"lines": lines, "head": "a" * 64})
    assert found() == []
    for lines in (6, 3):
        rennes.tells(order, log={"lines": lines, "head": "b" * 64})
    assert "journal" in the_one(using, "space_log_rewritten").title


def came(walk, order, rennes, when) -> None:
    """The site tells that the colleague came in at `when`."""
    day = when.date().isoformat()
    visit = {"member": str(walk.colleague.ref), "day": day, "times": 1}
    rennes.tells(order, visits=[visit | {"last": when.strftime("%Y-%m-%dT%H:%M:%SZ")}], at=when)


@pytest.fixture
def put_out(using, rennes):
    """The colleague is put out of the space; its site confirms it an hour later."""
    rennes.keeps(spaces.follow_case(using.case, at=using.now)[0])
    using.now += DAY
    using.case.participations.filter(person=using.colleague).update(until=using.now)
    using.case.refresh_from_db()
    using.cut = spaces.follow_case(using.case, at=using.now)[0]
    return using


def test_an_entry_after_the_site_confirmed_the_closing_is_declared_once(put_out, rennes):
    put_out.now += HOUR
    rennes.keeps(put_out.cut, at=put_out.now)
    for hours in (1, 2):
        came(put_out, put_out.cut, rennes, put_out.now + hours * HOUR)
    incident = the_one(put_out, "space_entered_after")
    assert "après la fermeture" in incident.title


def test_an_entry_before_the_site_confirmed_it_is_none(put_out, rennes):
    came(put_out, put_out.cut, rennes, put_out.now + timedelta(minutes=30))
    put_out.now += HOUR
    rennes.keeps(put_out.cut, at=put_out.now)
    came(put_out, put_out.cut, rennes, put_out.now + timedelta(minutes=4))
    assert found() == []


def test_an_entry_once_let_in_again_is_none_though_the_site_says_so_later(put_out, rennes):
    rennes.keeps(put_out.cut, at=put_out.now)
    put_out.now += HOUR
    put_out.case.participations.filter(person=put_out.colleague).update(until=None)
    again = spaces.follow_case(put_out.case, at=put_out.now)[0]
    came(put_out, again, rennes, put_out.now + timedelta(minutes=10))
    assert found() == []


# --- What left the spaces -------------------------------------------------------------------------


def test_a_file_changed_where_it_is_kept_is_given_to_nobody_and_declared_once(
    using, client, clean_cache, settings
):
    output = check(using, deposit(using, SAFE, SAFE))
    assert output.state == "released"
    sign_in(client, using.holder)
    page = f"/demandes/{using.case.number}/sorties/{output.number}"
    first, second = f"{page}/1", f"{page}/2"
    assert client.get(first).content == SAFE
    kept = OutputFile.objects.get(output=output, position=1).file
    place = Path(settings.ATTACHMENTS_ROOT) / kept.path
    place.write_bytes(SAFE.replace(b"25", b"26"))
    for _twice in range(2):
        assert client.get(first).headers["Location"] == page
    assert "plus celui qui a été déposé" in client.get(page).content.decode()
    assert "n° 1" in the_one(using, "output_changed").what
    assert client.get(second).content == SAFE


def test_an_incident_seen_and_closed_is_not_declared_again_for_the_same_thing(using, rennes):
    order = spaces.follow_case(using.case, at=using.now)[0]
    for lines in (5, 3):
        rennes.tells(order, log={"lines": lines, "head": "a" * 64})
    incident = the_one(using, "space_log_rewritten")
    close(incident)
    again = incidents.declare_found(
        "space_log_rewritten",
        incident.origin.partition(":")[2],
        title=incident.title,
        what=incident.what,
        places=[incident.sites.get().establishment],
        case=using.case,
        found_at=incident.found_at,
    )
    assert again is None
    assert found() == [incident]
