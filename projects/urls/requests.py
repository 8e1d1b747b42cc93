"""A request's page: overview, exchanges, decisions; the lists of requests."""

from django.urls import path

from projects.views import requests

urlpatterns = [
    path("demandes/<str:ref>", requests.overview, name="request"),
]
