"""The dossier: ideas, drafts, team, papers, deposit."""

urlpatterns = []
