"""Addresses of the versions of the charters on their way."""

from django.urls import path

from portal.views import charters

_ONE = "chartes/propositions/<int:pk>"
urlpatterns = [
    path("chartes", charters.index, name="charter_proposals"),
    path("chartes/nouvelle", charters.new, name="charter_proposal_new"),
    path(_ONE, charters.show, name="charter_proposal"),
    path(f"{_ONE}/fichier", charters.file, name="charter_file"),
    path(f"{_ONE}/texte", charters.text, name="charter_text"),
    path(f"{_ONE}/articles/<str:code>", charters.article, name="charter_article"),
    path(f"{_ONE}/etude", charters.study, name="charter_study"),
    path(f"{_ONE}/seance", charters.table, name="charter_table"),
    path(f"{_ONE}/voix", charters.voice, name="charter_voice"),
    path(f"{_ONE}/vote", charters.vote, name="charter_vote"),
    path(f"{_ONE}/retirer", charters.give_up, name="charter_give_up"),
]
