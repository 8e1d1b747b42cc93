"""Addresses of signed-in people: their counts, the deliveries that objections met since.

Pages for everyone are in `urls_public` and `urls_objections`.
"""

from django.urls import path

from catalog.views import counts, objections

app_name = "catalog"
urlpatterns = [
    path("comptages", counts.mine, name="counts"),
    path("comptages/nouveau", counts.new, name="count_new"),
    path("comptages/<uuid:ref>", counts.count, name="count"),
    path("comptages/<uuid:ref>/chiffres", counts.figures_shown, name="count_figures"),
    path("comptages/<uuid:ref>/modifier", counts.edit, name="count_edit"),
    path("comptages/<uuid:ref>/compter", counts.again, name="count_again"),
    path("comptages/<uuid:ref>/archiver", counts.archive, name="count_archive"),
    path("extractions/oppositions", objections.deliveries, name="objected_deliveries"),
    path("extractions/oppositions/<int:pk>", objections.keep, name="objected_delivery_keep"),
]
