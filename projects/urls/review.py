"""Taking steps, writing what happened, my work, lists of requests."""

from django.urls import path

from projects.views import erasing, nonconformities, records, reservations, steps, work

urlpatterns = [
    path("travail", work.work, name="work"),
    path("travail/suivant", work.following, name="following"),
    path("demandes", work.requests, name="requests"),
    path("non-conformites", nonconformities.index, name="nonconformities"),
    path(
        "demandes/<str:ref>/non-conformites/<int:pk>",
        nonconformities.judge,
        name="judge_block",
    ),
    path(
        "demandes/<str:ref>/non-conformites/<int:pk>/<int:index>/effacer",
        erasing.erase_answer,
        name="erase_answer",
    ),
    path("demandes/<str:ref>/suivi", work.assign, name="assign"),
    path("demandes/<str:ref>/etape", steps.next_step, name="next_step"),
    path("demandes/<str:ref>/etape/<slug:code>", steps.step, name="step"),
    path("demandes/<str:ref>/etape/<slug:code>/<int:track>", steps.step, name="step"),
    path("demandes/<str:ref>/accord/<slug:slug>", steps.agreement, name="agreement"),
    path("demandes/<str:ref>/reserves", reservations.reservations, name="reservations"),
    path("demandes/<str:ref>/constats/<slug:code>", records.record, name="record"),
    path(
        "demandes/<str:ref>/attestations/<int:pk>",
        records.training_certificate,
        name="training_certificate",
    ),
    path(
        "demandes/<str:ref>/formalites/<int:track>/<slug:code>", records.evidence, name="evidence"
    ),
]
