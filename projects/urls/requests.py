"""A request's page: overview, exchanges, decisions."""

from django.urls import path

from projects.views import requests

urlpatterns = [
    path("demandes/<str:ref>/echanges", requests.exchanges, name="exchanges"),
    path("demandes/<str:ref>/echanges/notes", requests.notes, name="notes"),
    path("demandes/<str:ref>/decisions", requests.decisions, name="decisions"),
    path("demandes/<str:ref>", requests.overview, name="request"),
]
