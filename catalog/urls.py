"""Addresses of signed-in people: their counts. The catalogue's own pages are in `urls_public`."""

from django.urls import path

from catalog.views import counts

app_name = "catalog"
urlpatterns = [
    path("comptages", counts.mine, name="counts"),
    path("comptages/nouveau", counts.new, name="count_new"),
    path("comptages/<uuid:ref>", counts.count, name="count"),
    path("comptages/<uuid:ref>/chiffres", counts.figures_shown, name="count_figures"),
    path("comptages/<uuid:ref>/modifier", counts.edit, name="count_edit"),
    path("comptages/<uuid:ref>/compter", counts.again, name="count_again"),
    path("comptages/<uuid:ref>/archiver", counts.archive, name="count_archive"),
]
