"""The votes of a session's items."""

from django.urls import path

from projects.views import items

ITEM = "seances/<int:pk>/points/<int:item>"

urlpatterns = [
    path(f"{ITEM}/vote/clore", items.close_vote, name="vote_close"),
    path(f"{ITEM}/vote/secret", items.secret, name="vote_secret"),
]
