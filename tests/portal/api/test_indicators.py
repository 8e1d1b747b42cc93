"""The indicators of the API are those of the pages, figure by figure, hidden where they hide."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.core.cache import cache
from django.urls import reverse

from governance.disclosure import LEAST
from portal.figures.kept import alike_figures
from projects.queries.alike import appeals_table
from tests.caches import forget_cache
from tests.portal.api.calls import Caller
from tests.projects.queries.test_alike import answered, demand, waited

INDEX, MOMENT = reverse("public:indicators"), reverse("public:indicator", args=["admissibility"])
KINDS = {"academic": "Académique", "startup": "Start-up", "industry": "Industrie"}


@pytest.fixture
def figures(establishments):
    """Three kinds of requesters, one of them with few requests, at two hospitals."""
    for kind, number in (("academic", 48), ("industry", 24), ("startup", 3)):
        for n in range(number):
            case = demand(kind, "chu-rennes" if n % 2 else "chu-brest")
            waited(case, 4 + n // 2)
            answered(case, "negative" if n % 2 else "positive")
    judged = [("academic", "chu-rennes", "overturn", "positive", 12)]
    judged += [("academic", "chu-rennes", "uphold", "negative", 12)]
    appeals = {axis: appeals_table(judged, axis) for axis in ("kind", "establishment", "step")}
    forget_cache()
    cache.set("alike-figures", replace(alike_figures(), appeals=appeals))


def said() -> dict:
    answer = Caller().get("/public/indicators")
    assert "public" in answer["Cache-Control"] and not answer.cookies
    return answer.json()


def rows(page: str, caption: str) -> dict[str, list[str]]:
    """A table of a page: the words of each line, by its head."""
    table = page.split(f"<caption>{caption}</caption>", 1)[1].split("</table>", 1)[0]
    found = {}
    for line in re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>", 1)[1], re.S):
        cells = [
            re.sub(r"<[^>]+>|\s+", " ", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", unescape(line), re.S)
        ]
        found[cells[0]] = cells[1:]
    return found


def in_words(share: dict | None) -> str:
    return f"{share['percent']} % (de {share['low']} à {share['high']})" if share else "masqué"


def test_answers_and_appeals_are_those_of_the_page(client, figures):
    page, told = client.get(INDEX).content.decode(), said()
    shown = rows(page, "Selon qui demande")
    for row in told["outcomes"]["by_kind"]["groups"]:
        number = "masqué" if row["number"] is None else str(row["number"])
        assert shown[KINDS[row["group"]]] == [number, in_words(row["part"])]
    everyone = told["outcomes"]["by_kind"]["everyone"]
    assert shown["En tout"] == [str(everyone["number"]), in_words(everyone["part"])]
    step = {row["group"]: row["number"] for row in told["outcomes"]["by_step"]["groups"]}
    assert step == {"give_opinion": 75}
    assert rows(page, "Selon l’étape")["Rendre l'avis du comité"][0] == "75"
    changed = told["appeals"]["by_kind"]["everyone"]["part"]
    assert (changed["part"], changed["whole"]) == (12, 24)
    assert rows(page.split("Les recours", 1)[1], "Selon qui demande")["En tout"][1] == in_words(
        changed
    )
    assert [(a["code"], a["number"]) for a in told["articles"]] == [("U-15", 37)]
    assert told["articles"][0]["title"] in unescape(page)
    hospitals = {row["group"]: row["number"] for row in told["articles"][0]["by_establishment"]}
    assert hospitals == {"chu-rennes": 37} and told["articles"][0]["by_kind"] == []
    listed = page.split("Les règles citées", 1)[1]
    title = told["articles"][0]["title"]
    assert rows(listed, "Selon l’hôpital")[title] == ["CHU Rennes", "37"]
    assert rows(listed, "Selon qui demande")[title] == ["masqué", "masqué"]
    assert rows(listed, "Selon l’étape contestée")["En tout"][1] == in_words(changed)


def test_the_delays_of_each_group_and_the_curve_are_those_of_the_page(client, figures):
    page, told = client.get(MOMENT).content.decode(), said()
    clock = next(d for d in told["delays"] if d["clock"] == "state:admissibility")
    assert (clock["ended"], clock["promised"]["number"]) == (75, 15)
    assert clock["half"] == clock["everyone"]["half"]["days"]
    shown = rows(page, "Selon qui demande")
    for row in clock["by_kind"]:
        half = row["half"]
        words = "masqué"
        if half:
            words = f"{half['days']} jours (de {half['low']} à {half['high']})"
        assert shown[KINDS[row["group"]]][0] == words
        assert shown[KINDS[row["group"]]][2] == in_words(row["in_time"])
    assert {row["group"] for row in clock["by_establishment"]} == {"chu-brest", "chu-rennes"}
    curve = rows(page, "Les chiffres de la courbe")
    assert [f"{p['waiting']} %" for p in clock["curve"]] == [cells[0] for cells in curve.values()]
    assert [f"{p['low']} à {p['high']} %" for p in clock["curve"]] == [
        cells[1] for cells in curve.values()
    ]


def test_a_small_group_is_hidden_and_another_with_it(figures):
    table = said()["outcomes"]["by_kind"]
    numbers = {row["group"]: row["number"] for row in table["groups"]}
    assert numbers["startup"] is None and numbers["industry"] is None
    hidden = table["everyone"]["number"] - sum(n for n in numbers.values() if n is not None)
    assert hidden >= LEAST


def test_nothing_is_said_of_what_never_happened(establishments):
    forget_cache()
    told = said()
    assert told["articles"] == [] and told["outcomes"]["by_step"]["groups"] == []
    for delay in told["delays"]:
        assert (delay["everyone"], delay["by_kind"], delay["curve"]) == (None, [], [])


def test_figures_cost_a_constant_number_of_queries_then_none(
    figures, django_assert_max_num_queries
):
    with django_assert_max_num_queries(8):
        said()
    with django_assert_max_num_queries(3):
        said()
