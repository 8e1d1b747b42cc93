"""The pages by which a citizen objects, follows, lifts; and where a delivery is decided of."""

import base64
import hashlib
import os
import re
import time
from datetime import timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import timezone
from nacl.public import PrivateKey, SealedBox

from catalog.domain.keys import register_sealing_key
from catalog.domain.orders import issue_order
from catalog.forms.objections import THEME_WORDS
from catalog.models import ObjectedDelivery, Objection, SiteOrder
from catalog.orders import sign_sealing_key
from catalog.sealed import STATEMENT_BYTES, THEMES, receipt_number
from catalog.views import objections
from governance.models import Case
from governance.pages import throttle
from tests.people import establishment, person, sign_in
from tests.projects.site_program import SiteProgram

pytestmark = pytest.mark.django_db
ONLINE, FOLLOW = "/vos-droits/opposition/en-ligne", "/vos-droits/opposition/suivi"


@pytest.fixture(autouse=True)
def _portal(order_key, broker, clean_cache):
    """A portal that signs, whose orders go nowhere and whose counts begin."""


@pytest.fixture
def rennes(db):
    establishment("chu-rennes")
    site = SiteProgram("chu-rennes", at=timezone.now() - timedelta(days=30))
    public = base64.b64encode(bytes(PrivateKey.generate().public_key)).decode()
    signature = sign_sealing_key(public, site.key, site=site.slug)
    register_sealing_key(site.slug, f"{public} {signature}", at=site.at)
    site.sealing = public
    return site


def box() -> str:
    sealed = SealedBox(PrivateKey.generate().public_key).encrypt(os.urandom(STATEMENT_BYTES))
    return base64.b64encode(sealed).decode()


def sent(client, **headers):
    return client.post(ONLINE, {"box-chu-rennes": box()}, headers=headers)


def number_on(page) -> str:
    found = re.search(r'name="number" value="([^"]+)"', page.content.decode())
    return receipt_number(found[1])


def test_no_field_of_the_statement_stands_in_a_form(client, rennes):
    """Whatever goes wrong in the browser, it has nothing to send but boxes."""
    page = client.get(ONLINE).content.decode()
    main = page.split("<main", 1)[1]
    forms = re.findall(r"<form.*?</form>", main, re.S)
    names = [name for form in forms for name in re.findall(r'name="([^"]+)"', form)]
    assert names == ["box-chu-rennes"]
    outside = re.sub(r"<form.*?</form>", "", main, flags=re.S)
    assert 'name="birth_name"' in outside and 'form="' not in outside
    assert f'data-key="{rennes.sealing}"' in page


def test_without_a_hospital_that_takes_them_the_page_leads_to_the_paper(client, db):
    page = client.get(ONLINE)
    assert page.status_code == 200
    assert "Aucun hôpital ne prend encore les oppositions en ligne" in page.content.decode()


def test_where_too_few_were_answered_to_say_in_how_long_the_page_says_so(client, rennes):
    shown = unescape(client.get(reverse("public:objection")).content.decode())
    assert "trop peu d’oppositions ont été reçues en ligne" in shown
    assert "la moitié des oppositions" not in shown


def test_a_box_sent_gives_a_receipt_that_nobody_keeps(client, rennes):
    page = sent(client)
    assert page.status_code == 200 and page["Cache-Control"] == "no-store"
    assert not page.cookies
    number = number_on(page)
    assert number not in str(list(Objection.objects.values()))
    assert "Votre opposition est reçue" in page.content.decode()


def test_the_follow_page_says_what_became_of_it_and_nothing_else(client, rennes):
    number = number_on(sent(client))
    page = client.post(FOLLOW, {"number": f" {number[:4].lower()} {number[4:]}-"})
    assert page.status_code == 200 and page["Cache-Control"] == "no-store"
    assert "En attente de l’hôpital" in page.content.decode()
    rennes.says(
        Objection.objects.get().order,
        "objection",
        at=timezone.now(),
        outcome="applied",
        deliveries=["2f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11"],
    )
    said = client.post(FOLLOW, {"number": number}).content.decode()
    assert "Appliquée le" in said and "Lever mon opposition" in said
    assert "2f1d0c52" not in said and "2026-" not in said.split("<main")[1]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("not_found", "Personne non trouvée"),
        ("ambiguous", "Personne non trouvée"),
        ("unreadable", "Illisible"),
        ("replayed", "Illisible"),
    ],
)
def test_what_to_do_is_said_when_it_could_not_be_applied(client, rennes, outcome, words):
    number = number_on(sent(client))
    rennes.says(Objection.objects.get().order, "objection", at=timezone.now(), outcome=outcome)
    said = client.post(FOLLOW, {"number": number}).content.decode()
    assert words in said and "/chu-rennes/formulaire" in said
    assert "Lever mon opposition" not in said


def test_who_has_the_number_lifts(client, rennes):
    number = number_on(sent(client))
    rennes.says(Objection.objects.get().order, "objection", at=timezone.now(), outcome="applied")
    page = client.post(reverse("objections:lift"), {"number": number}).content.decode()
    assert "Vous avez demandé à la lever" in page and "Lever mon opposition" not in page
    rennes.says(Objection.objects.get().order, "objection", at=timezone.now(), outcome="lifted")
    assert "Levée le" in client.post(FOLLOW, {"number": number}).content.decode()


@pytest.mark.parametrize("number", ["", "x", "é" * 16, "2" * 15, "0" * 16, "\0", "2" * 5000])
def test_a_number_that_is_none_is_told_in_the_page(client, rennes, number):
    page = client.post(FOLLOW, {"number": number})
    assert page.status_code == 400
    assert "error-summary" in page.content.decode()


def test_an_unknown_number_is_told_unknown(client, rennes):
    page = client.post(FOLLOW, {"number": "2345-6789-ACEF-HKLR"})
    assert page.status_code == 404
    assert "Aucune opposition n’est connue" in page.content.decode()


@pytest.mark.parametrize(
    "junk",
    [
        {},
        {"box-chu-rennes": "x"},
        {"box-chu-rennes": "\0" * 2796},
        {"box-chu-rennes": "é" * 2796},
        {"box-nowhere": "A" * 2796},
        {"box-": "A" * 2796},
        {"birth_name": "Le Goff", "first_names": "Anne"},
        {f"box-{number}": "A" for number in range(1500)},
    ],
)
def test_junk_is_answered_and_nothing_is_written(client, rennes, junk):
    page = client.post(ONLINE, junk)
    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()
    assert not Objection.objects.exists() and not SiteOrder.objects.exists()


def test_a_post_too_long_is_not_even_read(client, rennes):
    page = client.post(ONLINE, {"box-chu-rennes": "A" * 300_000})
    assert page.status_code == 413


def test_the_same_post_again_gives_the_same_receipt(client, rennes):
    said = {"box-chu-rennes": box()}
    first, second = client.post(ONLINE, said), client.post(ONLINE, said)
    assert number_on(first) == number_on(second)
    assert Objection.objects.count() == 1


@pytest.mark.parametrize("where", ["cross-site", "same-site", "junk"])
def test_what_another_sites_page_sends_is_refused(client, rennes, where):
    assert sent(client, sec_fetch_site=where).status_code == 403
    assert not Objection.objects.exists()
    assert sent(client, sec_fetch_site="same-origin").status_code == 200


@pytest.fixture
def within_one_hour(monkeypatch):
    """No hour begins while calls are counted."""
    middle = time.time() // objections.HOUR * objections.HOUR + objections.HOUR / 2
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: middle))


@pytest.mark.usefixtures("within_one_hour")
def test_a_flood_of_posts_from_one_network_is_stopped_and_others_are_not(client, rennes):
    most = objections.OBJECTIONS_AN_HOUR
    junk = {"box-chu-rennes": "junk"}
    statuses = [client.post(ONLINE, junk).status_code for _n in range(5 * most)]
    assert statuses == [400] * most + [429] * 4 * most
    refused = sent(client)
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 3600
    assert not Objection.objects.exists()
    other = client.post(ONLINE, {"box-chu-rennes": box()}, REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 200


@pytest.mark.usefixtures("within_one_hour")
def test_all_the_addresses_of_one_ipv6_subscriber_are_one(client, rennes):
    statuses = [
        client.post(ONLINE, {}, REMOTE_ADDR=f"2001:db8:1:2::{n:x}").status_code for n in range(25)
    ]
    assert statuses.count(429) == 25 - objections.OBJECTIONS_AN_HOUR
    assert client.post(ONLINE, {}, REMOTE_ADDR="2001:db8:1:3::1").status_code == 400


@pytest.mark.usefixtures("within_one_hour")
def test_a_flood_from_everywhere_leaves_the_paper(client, rennes, monkeypatch):
    monkeypatch.setattr(objections, "OBJECTIONS_AN_HOUR_IN_ALL", 30)
    statuses = [
        client.post(ONLINE, {}, REMOTE_ADDR=f"198.51.100.{n}").status_code for n in range(40)
    ]
    assert statuses.count(429) == 10


@pytest.mark.usefixtures("within_one_hour")
def test_guessing_numbers_is_stopped(client, rennes):
    tries = objections.LOOKS_AN_HOUR + 5
    statuses = [
        client.post(FOLLOW, {"number": "2345-6789-ACEF-HKLR"}).status_code for _n in range(tries)
    ]
    assert statuses.count(429) == 5


def test_a_cache_that_is_away_stops_nobody(client, rennes, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert sent(client).status_code == 200


def test_a_portal_that_cannot_sign_says_so(client, rennes, settings, tmp_path):
    settings.ORDER_KEY_FILE = str(tmp_path / "none.key")
    page = sent(client)
    assert page.status_code == 503
    assert not Objection.objects.exists()


def test_following_takes_a_constant_number_of_queries(
    client, rennes, django_assert_max_num_queries
):
    number = number_on(sent(client))
    with django_assert_max_num_queries(2):
        client.post(FOLLOW, {"number": number})


def test_each_theme_has_its_words():
    assert set(THEME_WORDS) == set(THEMES)


def test_vendored_libraries_are_those_that_were_published():
    folder = Path(django_settings.BASE_DIR) / "static/vendor"
    pinned = dict(
        re.findall(r"\| `([^`]+\.js)` .*`([0-9a-f]{64})` \|", (folder / "README.md").read_text())
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.js")
    }
    assert pinned == found


@pytest.fixture
def waiting(rennes) -> ObjectedDelivery:
    order = issue_order("extract", "chu-rennes", {"number": "2026-0042"}, by=None, at=rennes.at)
    SiteOrder.objects.filter(pk=order.pk).update(state="done", ended_at=rennes.at)
    return ObjectedDelivery.objects.create(
        delivery=order, found_at=timezone.now(), last_found_at=timezone.now()
    )


def test_the_data_engineer_writes_why_a_delivery_is_kept(client, waiting):
    sign_in(client, person(("data_engineer", "chu-rennes")))
    page = client.get("/extractions/oppositions").content.decode()
    assert "Demande 2026-0042" in page
    keep = reverse("catalog:objected_delivery_keep", args=[waiting.pk])
    short = client.post(keep, {"reason": "non"})
    assert "20 caractères" in short.content.decode()
    done = client.post(keep, {"reason": "Résultats publiés : les retirer les invaliderait."})
    assert done.status_code == 302
    after = client.get("/extractions/oppositions").content.decode()
    assert "Rien à décider" in after
    assert "Ce qui a été décidé" in after and "les retirer les invaliderait" in after
    sign_in(client, person(("data_engineer", "chu-brest")))
    elsewhere = client.get("/extractions/oppositions").content.decode()
    assert "les retirer les invaliderait" not in elsewhere


def test_a_dpo_reads_what_their_establishment_delivered_and_what_it_leads_and_decides_of_nothing(
    client, waiting, brest
):
    places = ("data_engineer", "chu-rennes"), ("dpo", "chu-rennes"), ("dpo", "chu-brest")
    engineer, dpo, of_the_lead = (person(each) for each in places)
    keep = reverse("catalog:objected_delivery_keep", args=[waiting.pk])
    reason = "Résultats publiés : les retirer les invaliderait."

    def read(who) -> str:
        sign_in(client, who)
        return " ".join(client.get("/extractions/oppositions").content.decode().split())

    page = read(dpo)
    assert "Demande 2026-0042" in page and "1 personne s’est opposée" in page
    assert keep not in page and client.post(keep, {"reason": reason}).status_code == 404
    assert "2026-0042" not in read(of_the_lead)
    at = timezone.now()
    Case.objects.create(
        process="request",
        state="draft",
        number="2026-0042",
        lead_id="chu-brest",
        opened_at=at,
        state_since=at,
    )
    page = read(of_the_lead)
    assert "Demande 2026-0042" in page and "1 personne" not in page
    sign_in(client, engineer)
    client.post(keep, {"reason": reason})
    assert "les retirer les invaliderait" in read(dpo)
    assert "Non dit" in read(of_the_lead)
    assert "2026-0042" in read(person("dpo"))
    assert "/extractions/oppositions" in client.get("/travail").content.decode()


def test_others_do_not_see_it(client, waiting):
    keep = reverse("catalog:objected_delivery_keep", args=[waiting.pk])
    sign_in(client, person(("data_engineer", "chu-brest")))
    assert "2026-0042" not in client.get("/extractions/oppositions").content.decode()
    assert client.post(keep, {"reason": "x" * 40}).status_code == 404
    sign_in(client, person("researcher"))
    assert client.get("/extractions/oppositions").status_code == 404
    assert client.post(keep, {"reason": "x" * 40}).status_code == 404
