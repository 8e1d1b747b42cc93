"""The portal: settings, addresses, accounts, pages and API above the rest of the house."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Bind shared tasks to our Celery application; grant what the application role may do."""
        from portal import celery, grants

        celery.app.set_default()
        # Sent once all tables are there, for each application that has some: one is enough.
        post_migrate.connect(grants.grant, sender=apps.get_app_config("accounts"))
