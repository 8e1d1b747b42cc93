"""The committee's sessions."""

urlpatterns = []
