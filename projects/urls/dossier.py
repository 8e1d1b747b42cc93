"""The dossier: ideas, drafts, team, papers, deposit."""

from django.urls import path

from projects.views import (
    deposit,
    dossier,
    ideas,
    invitation,
    mine,
    papers,
    section,
    team,
    variables,
)

_DOSSIER = "demandes/<str:ref>/dossier"

urlpatterns = [
    path("mes-demandes", mine.index, name="my_requests"),
    path("demandes/nouvelle", mine.new, name="request_new"),
    path("demandes/<str:ref>/copier", mine.copy, name="copy"),
    path("demandes/<str:ref>/effacer", mine.erase, name="erase"),
    # Ideas
    path("idees", ideas.index, name="ideas"),
    path("comptages/<uuid:ref>/demande", variables.take_up, name="take_up"),
    path("idees/nouvelle", ideas.new, name="idea_new"),
    path("idees/<int:pk>", ideas.idea, name="idea"),
    path("idees/<int:pk>/demande", ideas.make_request, name="idea_request"),
    # The dossier and what its sections lead to
    path(_DOSSIER, dossier.dossier, name="dossier"),
    path(f"{_DOSSIER}/prolonger", dossier.extend, name="extend"),
    path(f"{_DOSSIER}/team/inviter", team.invite, name="invite"),
    path(
        f"{_DOSSIER}/team/invitations/<int:pk>/reprendre",
        team.invitation_cancel,
        name="invitation_cancel",
    ),
    path(f"{_DOSSIER}/team/membres/<int:pk>/retirer", team.member_remove, name="member_remove"),
    path(f"{_DOSSIER}/team/organismes", team.organisation_add, name="organisation_add"),
    path(
        f"{_DOSSIER}/team/organismes/<int:pk>/retirer",
        team.organisation_remove,
        name="organisation_remove",
    ),
    path(f"{_DOSSIER}/documents/<slug:slot>/ajouter", papers.add, name="paper_add"),
    path(f"{_DOSSIER}/documents/<int:pk>", papers.read, name="paper"),
    path(f"{_DOSSIER}/documents/<int:pk>/retirer", papers.remove, name="paper_remove"),
    path(f"{_DOSSIER}/data/variables", variables.choose, name="variables"),
    path(f"{_DOSSIER}/data/variables/ajouter", variables.add, name="variables_add"),
    path(f"{_DOSSIER}/data/variables/<str:code>/retirer", variables.drop, name="variable_drop"),
    path(f"{_DOSSIER}/data/comptages", variables.counts, name="draft_counts"),
    path(f"{_DOSSIER}/<slug:code>", section.page, name="section"),
    # The deposit
    path("demandes/<str:ref>/verifier", deposit.check, name="check"),
    path("demandes/<str:ref>/recepisse", deposit.receipt, name="receipt"),
    # Joining a team
    path("invitations/<str:secret>", invitation.invitation, name="invitation"),
]
