"""What data exist: datasets, variables, cohorts, warehouses."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Register what the outbox sends and what is done of the sites' reports."""
        from catalog.domain import counts, harvests, orders  # noqa: F401
