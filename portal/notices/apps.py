"""Notices kept for people, and the mails that carry them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "portal.notices"
    label = "notices"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Register what the outbox hands us."""
        from portal.notices import delivery, digests, invitations, refused  # noqa: F401
