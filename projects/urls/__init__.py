"""The addresses of requests, a module a part of their life."""

from projects.urls import committees, dossier, lifetime, requests, review, sessions

app_name = "projects"
urlpatterns = [
    *dossier.urlpatterns,
    *review.urlpatterns,
    *sessions.urlpatterns,
    *committees.urlpatterns,
    *lifetime.urlpatterns,
    *requests.urlpatterns,
]
