"""Committees and juries; the votes of a session's items."""

from django.urls import path

from projects.views import bodies, items

ITEM = "seances/<int:pk>/points/<int:item>"
BODY = "seances/comites/<slug:slug>"

urlpatterns = [
    path("seances/comites", bodies.index, name="bodies"),
    path("seances/comites/nouveau", bodies.new, name="body_new"),
    path(BODY, bodies.body, name="body"),
    path(f"{BODY}/regles", bodies.rules, name="body_rules"),
    path(f"{BODY}/membres/nouveau", bodies.name_member, name="mandate_new"),
    path(f"{BODY}/membres/<int:pk>/fin", bodies.end_mandate, name="mandate_end"),
    path(f"{ITEM}/vote/clore", items.close_vote, name="vote_close"),
    path(f"{ITEM}/vote/secret", items.secret, name="vote_secret"),
]
