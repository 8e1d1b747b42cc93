"""The page of notifications: read, opened, marked; nothing is done by looking."""

import pytest
from django.urls import reverse

from portal.notices import delivery
from portal.notices.models import Notice
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(hand_on, holder):
    delivery.keep(hand_on(holder, address="/engagements"))
    return Notice.objects.get()


def test_the_menu_counts_what_is_to_be_read(client, holder, notice):
    client.force_login(holder)
    page = client.get(reverse("commitments")).content.decode()
    assert '<span class="count waiting">1<span class="sr">' in page


def test_looking_marks_nothing_as_read(client, holder, notice):
    client.force_login(holder)
    for address in (reverse("notices"), "/engagements"):
        assert client.get(address).status_code == 200
    assert client.get(reverse("notice_open", args=[notice.pk])).status_code == 405
    notice.refresh_from_db()
    assert notice.read_at is None


def test_opening_marks_as_read_and_leads_to_the_act(client, holder, notice):
    client.force_login(holder)
    assert client.post(reverse("notice_open", args=[notice.pk])).url == "/engagements"
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_marking_one_or_all(client, holder, hand_on):
    client.force_login(holder)
    for number in range(3):
        delivery.keep(hand_on(holder, cause=f"message:{number}"))
    client.post(reverse("notice_read", args=[Notice.objects.first().pk]))
    assert Notice.objects.unread().count() == 2
    client.post(reverse("notices_read"))
    assert Notice.objects.unread().count() == 0


def test_the_notice_of_another_does_not_exist(client, notice):
    client.force_login(person())
    for name in ("notice_open", "notice_read"):
        assert client.post(reverse(name, args=[notice.pk])).status_code == 404
    client.post(reverse("notices_read"))
    notice.refresh_from_db()
    assert notice.read_at is None


def test_the_list_costs_the_same_whatever_its_length(
    client, holder, hand_on, django_assert_max_num_queries
):
    client.force_login(holder)
    for number in range(15):
        delivery.keep(hand_on(holder, cause=f"message:{number}"))
    client.get(reverse("notices"))
    with django_assert_max_num_queries(13):
        client.get(reverse("notices"))


def test_an_empty_list_says_what_will_come(client, holder):
    client.force_login(holder)
    assert "Rien à lire" in client.get(reverse("notices")).content.decode()
    everything = client.get(reverse("notices"), {"voir": "toutes"}).content.decode()
    assert "Aucune notification" in everything


def test_a_mails_link_survives_the_sign_in(client, clean_cache):
    someone = person(password=PASSWORD, email="jeanne@chu.example")
    someone.emailaddress_set.create(email=someone.email, verified=True, primary=True)
    address = f"{reverse('notices')}?voir=toutes"
    door = client.get(address, follow=True)
    form = door.context["form"]
    assert form is not None
    answer = client.post(
        door.request["PATH_INFO"] + "?" + door.request["QUERY_STRING"],
        {"login": someone.email, "password": PASSWORD, "next": address},
    )
    assert answer.url == address
