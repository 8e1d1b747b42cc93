from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = "Gouvernance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from governance.charters import library
        from governance.queries.charters import AdoptedTexts

        library.use(AdoptedTexts())
