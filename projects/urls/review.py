"""Taking steps, my work, lists of requests."""

urlpatterns = []
