"""Counting patients on screen: built by buttons alone, read back, answered by each hospital."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from catalog.domain.cohorts import NotTheirs, share_cohort
from catalog.domain.counts import COHORTS_A_DAY
from catalog.domain.orders import sweep_orders
from catalog.domain.reports import receive_report
from catalog.models import Concept, CountedCohort, CountRequest, SavedCohort, SiteCount, SiteOrder
from governance.models import Case
from tests.catalog.atlas import exported
from tests.people import person

pytestmark = pytest.mark.django_db
NEW = "/comptages/nouveau"
SITES = ["chu-rennes", "chu-brest"]


def words(response) -> str:
    main = response.content.decode().split("<main", 1)[-1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def chosen(response) -> list:
    return response.context["built"].chosen


def press(client, do, *, address=NEW, **typed):
    return client.post(address, {"do": do, "sites": SITES, **typed})


def counted(client, **typed) -> SavedCohort:
    """A cohort of women counted everywhere."""
    press(client, "count", **({"title": "Femmes", "sex": "F"} | typed))
    return SavedCohort.objects.latest("created_at")


def answer(site, persons, *, masked=False, steps=()):
    order = SiteOrder.objects.filter(establishment=site.slug).latest("issued_at")
    now = timezone.now()
    said = {"persons": persons, "masked": masked}
    told = [{"persons": n, "masked": n is None} for n in steps]
    receive_report(**site.report(order, "count", at=now, **said, steps=told))


def test_no_count_yet_says_what_will_come(client, ines):
    said = words(client.get("/comptages"))
    assert "Vos comptages seront ici" in said
    assert str(COHORTS_A_DAY) in said


def test_nobody_counts_without_an_account(client, rennes):
    response = client.get(NEW)
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_a_criterion_is_found_by_words_and_added_without_javascript(client, ines):
    panel = press(client, "kind:condition")
    assert "Mots ou code à chercher" in words(panel)
    found = press(client, "search", kind="condition", words="INFARCTUS aigu", group="all")
    assert "I21 · Infarctus aigu du myocarde" in words(found)
    added = press(
        client, "add", kind="condition", words="infarctus", codes=["I21"], below="on", group="all"
    )
    assert chosen(added) == [("all", {"condition": ["I21.*"]})]
    assert "Infarctus aigu du myocarde (I21) et tout ce qui en dépend" in words(added)


def test_a_diagnosis_typed_without_its_dot_is_given_it(client, ines):
    typed = {"kind": "condition", "typed": "I214 E11.9, I21.*", "group": "any"}
    response = press(client, "add", **typed)
    assert chosen(response) == [("any", {"condition": ["I21.4", "E11.9", "I21.*"]})]


def test_the_codes_under_a_code_are_shown_and_picked_without_javascript(client, ines):
    for code, label in (("I21.00", "Paroi antérieure, prise initiale"), ("I22", "À répétition")):
        Concept.objects.create(terminology="CIM-10", code=code, label_fr=label)
    found = press(client, "search", kind="condition", words="infarctus aigu", group="all")
    assert [(c.code, n) for c, n in found.context["built"].adding.branches] == [("I21", 2)]
    under = press(client, "under:I21", kind="condition", words="infarctus aigu", group="all")
    codes = [code for code, _label in under.context["built"].adding.fields["codes"].choices]
    assert codes == ["I21", "I21.0"], "itself, then what is just under it"
    deeper = press(client, "under:I21.0", kind="condition", codes=["I21"], group="all")
    field = deeper.context["built"].adding.fields["codes"]
    assert [code for code, _label in field.choices] == ["I21", "I21.0", "I21.00"]
    added = press(client, "add", kind="condition", codes=["I21.00"], group="all")
    assert chosen(added) == [("all", {"condition": ["I21.00"]})]


def test_groups_are_kept_apart_and_a_criterion_can_be_taken_away(client, ines):
    both = json.dumps([["all", {"condition": ["I21.*"]}], ["none", {"drug": ["B01AF01"]}]])
    shown = press(client, "read", chosen=both)
    assert "Il le faut" in words(shown)
    assert "Il ne le faut pas" in words(shown)
    fewer = press(client, "remove:0", chosen=both)
    assert chosen(fewer) == [("none", {"drug": ["B01AF01"]})]


def test_a_measure_has_its_value_and_unit(client, ines):
    added = press(
        client,
        "add",
        kind="measurement",
        codes=["718-7"],
        words="hémoglobine",
        op="<",
        value="80",
        unit="g/L",
        group="any",
    )
    assert chosen(added) == [
        ("any", {"measurement": {"code": "718-7", "op": "<", "value": 80.0, "unit": "g/L"}})
    ]
    assert "Hémoglobine (718-7) < 80 g/L" in words(added)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"do": "add", "kind": "condition", "typed": "ZZZZ", "group": "all"}, "Code inconnu"),
        ({"do": "add", "kind": "condition", "group": "all"}, "Choisissez un code"),
        ({"do": "count"}, "La définition est vide"),
        (
            {"do": "count", "start": "2025-01-01", "end": "2020-01-01", "sex": "F"},
            "à l&#x27;envers",
        ),
        ({"do": "count", "age_min": "90", "age_max": "10"}, "dépasse"),
        ({"do": "count", "age_min": "abc", "sex": "F"}, "nombre entier"),
        ({"do": "json", "json": "{"}, "pas du JSON"),
        ({"do": "json", "json": '{"tout": []}'}, "clé inconnue"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client, ines, typed, wrong):
    response = client.post(NEW, {"sites": SITES, **typed})
    assert response.status_code == 200
    assert wrong in response.content.decode()
    assert not SavedCohort.objects.exists()


@pytest.mark.parametrize(
    "junk",
    [
        {"chosen": "["},
        {"chosen": "[" * 5000},
        {"chosen": '[["all", {"condition": "x"}]]'},
        {"chosen": '[["partout", {"condition": ["I21"]}]]'},
        {"chosen": "null"},
        {"kind": "rien"},
        {"do": "remove:zz"},
        {"do": "kind:rien"},
        {"kind": "condition", "words": "\x00", "do": "search", "group": "all"},
        {"kind": "condition", "codes": ["nope"], "do": "add", "group": "all"},
        {"title": "x" * 5000, "sex": "F", "do": "count"},
        {"json": "\x00", "do": "json"},
    ],
)
def test_junk_never_breaks_the_page(client, ines, junk):
    assert client.post(NEW, {"do": "read", **junk}).status_code == 200


def test_the_same_cohort_can_be_written_as_json(client, ines):
    text = '{"sex": ["F"], "age": {"min": 75}, "all": [{"condition": ["I21.*"]}]}'
    read = press(client, "json", json=text)
    assert chosen(read) == [("all", {"condition": ["I21.*"]})]
    form = read.context["built"].form
    assert (form["age_min"].value(), form["sex"].value()) == ("75", "F")


def as_it_is(client, **typed) -> SavedCohort:
    """A definition over SNOMED, counted from its text."""
    said = {"title": "Saignements", "as_it_is": "1", "json": json.dumps(WINDOW)}
    press(client, "count", **(said | typed))
    return SavedCohort.objects.latest("created_at")


WINDOW = exported(bleeding_within=30)
WINDOW["ConceptSets"][0]["name"] = "Saignement digestif"
WINDOW["InclusionRules"][0]["name"] = "saigne dans le mois"


@pytest.mark.parametrize("way", ["text", "file"])
def test_what_our_criteria_cannot_say_of_ohdsi_is_shown_by_its_own_names(client, ines, way):
    text = json.dumps(WINDOW)
    given = (
        {"json": text} if way == "text" else {"file": SimpleUploadedFile("a.json", text.encode())}
    )
    page = press(client, "json", title="Saignements", **given)
    said = words(page)
    assert "Une définition OHDSI, comptée telle quelle" in said
    assert "Elle ne se joint pas à une demande" in said, "said before, not once it fails"
    assert "saigne dans le mois" in said and "Saignement digestif :" in said
    assert "une fenêtre de temps autour" in said, "what our criteria cannot say of it"
    assert json.loads(page.context["built"].json) == WINDOW
    assert "Mots ou code à chercher" not in said
    back = press(client, "criteria", title="Saignements", as_it_is="1", json=text)
    assert "Aucun critère pour l’instant" in words(back)


def test_a_definition_of_ohdsi_is_counted_kept_changed_and_given_back_as_it_is(
    client, ines, rennes, brest
):
    cohort = as_it_is(client)
    (order, _other) = SiteOrder.objects.filter(kind="count").order_by("establishment")
    assert order.body["cohort"] == WINDOW
    answer(rennes, 355, steps=(1800, 355))
    order = SiteOrder.objects.filter(establishment="chu-brest").latest("issued_at")
    receive_report(
        **brest.report(order, "failed", at=timezone.now(), reason="no_vocabulary", message="")
    )
    said = words(client.get(cohort.get_absolute_url()))
    assert "Environ 355 personnes, dans 1 hôpital" in said
    assert "Il ne tient pas le vocabulaire d’OHDSI" in said
    assert re.search(
        r"Qui entre par un médicament .* 1 800 personnes saigne dans le mois 355", said
    )
    assert "Le reprendre dans une demande" not in said
    given = client.get(f"{cohort.get_absolute_url()}/circe.json")
    assert json.loads(given.content) == WINDOW

    edit = f"{cohort.get_absolute_url()}/modifier"
    assert client.get(edit).context["built"].as_it_is == WINDOW
    later = exported(bleeding_within=90)
    as_it_is(client, address=edit, json=json.dumps(later))
    compared = words(client.get(f"{cohort.get_absolute_url()}/comparer"))
    assert "saigne dans le mois" in compared and cohort.versions.count() == 2


@pytest.mark.parametrize(
    ("definition", "wrong"),
    [
        ("[", "pas du JSON"),
        ("\ufeff{}", "La définition est vide"),
        ("[" * 3_000, "pas du JSON"),
        ("x" * 200_001, "Trop long"),
        ({"PrimaryCriteria": 3}, "on attend {…}"),
        (WINDOW | {"Fever": 1}, "/Fever : « Fever »"),
        (WINDOW | {"ConceptSets": []}, "n’est pas dans la définition"),
    ],
)
def test_a_file_that_cannot_be_counted_is_refused_in_words(client, ines, definition, wrong):
    text = definition if isinstance(definition, str) else json.dumps(definition)
    file = SimpleUploadedFile("atlas.json", text.encode())
    page = press(client, "json", file=file)
    assert page.status_code == 200
    assert wrong in words(page).replace("'", "’"), words(page)[:600]
    assert not SavedCohort.objects.exists()


def test_counting_asks_each_hospital_and_reads_the_cohort_back(client, ines):
    cohort = counted(client, age_min="75", start="2019-01-01", end="2023-12-31")
    said = words(client.get(f"/comptages/{cohort.pk}"))
    assert "Les femmes de 75 ans et plus soignées du 1er janvier 2019 au 31 décembre 2023" in said
    assert "2 hôpitaux comptent encore" in said
    assert SiteOrder.objects.count() == 2


def test_figures_arrive_masked_and_the_total_is_made_of_what_is_shown(client, ines, rennes, brest):
    cohort = counted(client)
    assert 'hx-trigger="every 2s"' in client.get(f"/comptages/{cohort.pk}").content.decode()
    answer(rennes, 125)
    answer(brest, None, masked=True)
    fragment = client.get(f"/comptages/{cohort.pk}/chiffres")
    said = words(fragment)
    assert "hx-get" not in fragment.content.decode(), "nothing is waited for any more"
    assert "125 personnes" in said
    assert "moins de 11" in said
    assert "trop peu pour l’afficher, pas forcément trop peu pour l’étude" in said
    assert "Environ 125 personnes, dans 1 hôpital" in said


def test_each_step_says_how_many_are_left_at_each_hospital_and_in_all(client, ines, rennes, brest):
    chosen = json.dumps([["all", {"condition": ["I21.*"]}], ["none", {"drug": ["B01AF01"]}]])
    cohort = counted(client, chosen=chosen)
    answer(rennes, 125, steps=(900, 150, 125))
    answer(brest, 30, steps=(300, 40, 30))
    network = client.get(f"/comptages/{cohort.pk}").context["attrition"][0]
    assert [persons for _words, persons in network.steps] == [1200, 190, 155]


def test_a_hospital_with_a_masked_step_is_in_no_sum_of_steps(client, ines, rennes, brest):
    """It would be in the first steps and not in the last."""
    chosen = json.dumps([["all", {"condition": ["I21.*"]}], ["none", {"drug": ["B01AF01"]}]])
    cohort = counted(client, chosen=chosen)
    answer(rennes, 125, steps=(900, 150, 125))
    answer(brest, None, masked=True, steps=(300, 40, None))
    page = client.get(f"/comptages/{cohort.pk}")
    first, second = page.context["attrition"]
    assert [words for words, _persons in first.steps] == [
        "Les femmes que l’hôpital connaît",
        "avec un diagnostic : Infarctus aigu du myocarde (I21) et tout ce qui en dépend",
        "sans un médicament : B01AF01",
    ]
    assert [persons for _words, persons in first.steps] == [900, 150, 125]
    assert [persons for _words, persons in second.steps] == [300, 40, None]
    assert first.name == "CHU Rennes"
    assert "Étape par étape" in words(page)


def test_a_step_that_no_site_may_say_is_not_kept(client, ines, rennes):
    counted(client)
    answer(rennes, 125, steps=(7, 125))
    assert SiteCount.objects.get(establishment="chu-rennes").steps == []


def test_the_accounts_of_a_team_are_one_for_the_site_and_no_name_is_told(client, ines, rennes):
    mate = teammate(ines)
    counted(client)
    client.force_login(mate)
    counted(client, title="La même", sex="M")
    first, second = SiteOrder.objects.filter(establishment="chu-rennes").order_by("issued_at")
    asked = [each.body["askers"] for each in (first, second)]
    assert asked[0] == asked[1][::-1] and len(set(asked[0])) == 2


def test_a_shared_cohort_is_read_changed_and_compared_by_the_team_and_by_nobody_else(
    client, ines, rennes, brest
):
    cohort = counted(client)
    answer(rennes, 125)
    mate = teammate(ines)
    case = mate.participations.get().case
    client.force_login(mate)
    assert client.get(f"/comptages/{cohort.pk}").status_code == 404
    share_cohort(cohort, case, by=ines, at=timezone.now())
    assert "partagé par" in words(client.get("/comptages"))
    assert "partagé avec l’équipe" in words(client.get(f"/comptages/{cohort.pk}"))
    address = f"/comptages/{cohort.pk}/modifier"
    press(client, "count", address=address, title="Femmes âgées", sex="F", age_min="75")
    answer(rennes, 40)
    page = client.get(f"/comptages/{cohort.pk}/comparer")
    assert page.context["gone"] == ["Les femmes"]
    assert page.context["come"] == ["Les femmes de 75 ans et plus"]
    [(place, before, after)] = page.context["figures"]
    assert (place.slug, before.persons, after.persons) == ("chu-rennes", 125, 40)
    assert "125 personnes" in words(page)
    assert client.post(f"/comptages/{cohort.pk}/archiver").status_code == 404, "not theirs"
    with pytest.raises(NotTheirs):
        share_cohort(cohort, None, by=mate, at=timezone.now())
    client.force_login(person())
    assert client.get(f"/comptages/{cohort.pk}/comparer").status_code == 404
    client.force_login(ines)
    client.post(f"/comptages/{cohort.pk}/ne-plus-partager")
    client.force_login(mate)
    assert client.get(f"/comptages/{cohort.pk}").status_code == 404


def teammate(of):
    """A person who is, with ``of``, of the team of a request."""
    found = person()
    at = timezone.now() - timedelta(days=1)
    case = Case.objects.create(process="request", state="draft", opened_at=at, state_since=at)
    for each, part in ((of, "holder"), (found, "member")):
        case.participations.create(person=each, part=part, since=at)
    return found


def test_a_silent_hospital_shows_its_last_figure_with_its_date_and_blocks_nothing(
    client, ines, rennes, brest
):
    cohort = counted(client)
    answer(rennes, 125)
    answer(brest, 80)
    SiteCount.objects.update(answered_at=timezone.now() - timedelta(days=3))
    client.post(f"/comptages/{cohort.pk}/compter")
    answer(rennes, 130)
    sweep_orders(at=timezone.now() + timedelta(hours=2))
    said = words(client.get(f"/comptages/{cohort.pk}"))
    assert "130 personnes" in said
    assert "sans réponse" in said
    assert "80 personnes" in said
    assert "dernier chiffre connu, du" in said
    assert "Environ 210 personnes, dans 2 hôpitaux" in said


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("too_long", "resserrez la période ou les critères"),
        ("unreachable", "ne répond pas pour l’instant"),
        ("no_table", "retirez ce critère"),
        ("spent", "qui protègent les petits groupes"),
        ("internal", "l’a noté pour le centre de données"),
    ],
)
def test_a_hospital_that_could_not_count_says_why_and_what_to_do(
    client, ines, rennes, brest, reason, told
):
    cohort = counted(client)
    answer(brest, 80)
    order = SiteOrder.objects.filter(establishment=rennes.slug).latest("issued_at")
    receive_report(**rennes.report(order, "failed", at=timezone.now(), reason=reason))
    said = words(client.get(f"/comptages/{cohort.pk}"))
    assert told in said
    assert "Environ 80 personnes, dans 1 hôpital" in said


def test_a_changed_cohort_says_that_its_figures_are_of_the_former_one(client, ines):
    cohort = counted(client)
    address = f"/comptages/{cohort.pk}/modifier"
    press(client, "keep", address=address, title="Hommes", sex="M")
    said = words(client.get(f"/comptages/{cohort.pk}"))
    assert "La définition a changé depuis ces chiffres" in said
    assert cohort.versions.count() == 2


def test_a_cohort_can_be_kept_without_counting(client, ines):
    press(client, "keep", title="Plus tard", sex="F")
    assert SavedCohort.objects.get().title == "Plus tard"
    assert not CountRequest.objects.exists()
    assert "Plus tard" in words(client.get("/comptages"))


def test_the_daily_budget_is_said_and_holds(client, ines):
    today = timezone.localdate()
    for n in range(COHORTS_A_DAY):
        CountedCohort.objects.create(person=ines, day=today, digest=f"{n:064x}")
    response = client.post(NEW, {"do": "count", "sites": SITES, "sex": "F"}, follow=True)
    assert "La cohorte est gardée. Vous avez déjà compté" in response.content.decode()
    assert not CountRequest.objects.exists()


def test_no_hospital_chosen_is_said(client, ines):
    response = client.post(NEW, {"do": "count", "sex": "F"}, follow=True)
    assert "Choisissez un hôpital au moins" in response.content.decode()


def test_somebody_else_s_cohort_does_not_exist(client, ines):
    cohort = counted(client)
    client.force_login(person())
    for address in ("", "/chiffres", "/modifier"):
        assert client.get(f"/comptages/{cohort.pk}{address}").status_code == 404
    for address in ("/compter", "/archiver"):
        assert client.post(f"/comptages/{cohort.pk}{address}").status_code == 404


def test_an_archived_cohort_leaves_the_list(client, ines):
    cohort = counted(client)
    client.post(f"/comptages/{cohort.pk}/archiver")
    assert "Femmes" not in words(client.get("/comptages"))


def test_a_get_never_counts(client, ines):
    cohort = counted(client)
    assert client.get(f"/comptages/{cohort.pk}/compter").status_code == 405


def test_pages_take_a_bounded_number_of_queries(client, ines, django_assert_max_num_queries):
    for n in range(5):
        counted(client, title=f"Cohorte {n}", age_min=str(n + 1))
    cohort = SavedCohort.objects.first()
    with django_assert_max_num_queries(14):
        client.get("/comptages")
    with django_assert_max_num_queries(16):
        client.get(f"/comptages/{cohort.pk}")


def test_what_was_typed_when_the_session_had_ended_is_there_after_signing_in(client, ines):
    client.logout()
    typed = {"title": "Infarctus après 75 ans", "age_min": "75", "do": "keep", "sites": "chu-brest"}
    door = client.post(NEW, typed)
    assert door.status_code == 302 and "next=/comptages/nouveau" in door.url
    client.force_login(ines)
    page = client.get(NEW).content.decode()
    assert "Votre session s’était terminée" in page
    assert 'value="Infarctus après 75 ans"' in page and 'value="75"' in page
    assert not SavedCohort.objects.exists(), "nothing is done before the person does it"
    client.post(NEW, typed | {"do": "read"})
    again = client.get(NEW).content.decode()
    assert 'value="Infarctus après 75 ans"' not in again
