"""A request's page: overview, exchanges, decisions."""

urlpatterns = []
