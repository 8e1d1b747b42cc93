"""A request's page: overview, exchanges, decisions."""

from django.urls import path

from projects.views import documents, erasing, requests

urlpatterns = [
    path("demandes/<str:ref>/echanges", requests.exchanges, name="exchanges"),
    path("demandes/<str:ref>/echanges/notes", requests.notes, name="notes"),
    path("demandes/<str:ref>/decisions", requests.decisions, name="decisions"),
    path(
        "demandes/<str:ref>/decisions/<int:index>.pdf", documents.decision_pdf, name="decision_pdf"
    ),
    path(
        "demandes/<str:ref>/decisions/<int:index>/effacer",
        erasing.erase_words,
        name="erase_words",
    ),
    path("demandes/<str:ref>/recepisse.pdf", documents.receipt_pdf, name="receipt_pdf"),
    path("demandes/<str:ref>", requests.overview, name="request"),
]
