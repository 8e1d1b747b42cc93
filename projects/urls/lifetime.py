"""Extractions, access, amendments, results."""

urlpatterns = []
