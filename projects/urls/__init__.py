"""The addresses of requests, a module a part of their life."""

from projects.urls import dossier, lifetime, requests, review, sessions

app_name = "projects"
urlpatterns = [
    *dossier.urlpatterns,
    *review.urlpatterns,
    *sessions.urlpatterns,
    *lifetime.urlpatterns,
    *requests.urlpatterns,
]
