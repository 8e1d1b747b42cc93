"""The pages of indicators: figures by group, a curve without script, the same for every reader."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from governance.estimates import Quantile, curve, share
from portal.figures.waiting_curve import draw
from portal.words.indicators import quantile_words, share_words
from tests.projects.conftest import establishments  # noqa: F401  (fixture)
from tests.projects.queries.test_alike import answered, demand, waited

INDEX, MOMENT = reverse("public:indicators"), reverse("public:indicator", args=["admissibility"])


@pytest.fixture
def figures(establishments):  # noqa: F811
    cache.delete("alike-figures")
    for kind in ("academic", "industry"):
        for days in range(4, 28):
            case = demand(kind)
            waited(case, days)
            answered(case, "negative" if days % 2 else "positive")
    yield
    cache.delete("alike-figures")


def test_the_list_says_delays_answers_and_articles(client, figures):
    page = client.get(INDEX).content.decode()
    assert "Académique" in page and "Rennes" in page
    assert "50 % (de 36 à 64)" in page
    assert f'href="{MOMENT}"' in page


def test_a_moment_is_told_by_group_and_drawn_without_script(client, figures):
    answer = client.get(MOMENT)
    page = answer.content.decode()
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    assert "<svg" in main and "<script" not in main and "style=" not in main
    assert "Selon l’hôpital" in main and "15 jours (de 12 à" in main


def test_the_pages_are_public_kept_and_without_cookie(client, figures):
    for address in (INDEX, MOMENT):
        answer = client.get(address)
        assert "public" in answer["Cache-Control"] and not answer.cookies


def test_queries_do_not_grow_and_kept_figures_cost_none(
    client, figures, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        client.get(INDEX)
    with django_assert_max_num_queries(2):
        client.get(MOMENT)


def test_nothing_counted_yet_is_said(client, establishments):  # noqa: F811
    cache.delete("alike-figures")
    page = client.get(MOMENT).content.decode()
    assert "Aucune demande n’en est encore passée par là." in page
    assert "Aucun recours n’a encore été jugé." in client.get(INDEX).content.decode()
    assert client.get(reverse("public:indicator", args=["inconnu"])).status_code == 404
    cache.delete("alike-figures")


def test_figures_in_words():
    assert quantile_words(None) == share_words(None) == ""
    assert quantile_words(Quantile(1, 1, None)) == "1 jour (au moins 1)"
    assert quantile_words(Quantile(None, None, None)) == "pas encore connu"
    assert share_words(share(8, 10)) == "80 % (de 49 à 94)"


def test_a_drawing_goes_down_by_steps_inside_its_frame():
    drawing = draw(curve({5: (11, 0), 20: (11, 3)}))
    assert drawing.line.count("L") == 4
    assert drawing.days[0].at == drawing.left and drawing.days[-1].at <= drawing.right
    assert [row.days for row in drawing.rows] == [5, 20]
    assert draw(()) is None
