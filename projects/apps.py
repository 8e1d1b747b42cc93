from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Demandes et projets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Hand the processes to the engine; register what the outbox and the sites call."""
        import projects.documents.decisions
        import projects.documents.minutes
        import projects.notices.charters
        import projects.notices.convocations
        import projects.notices.decisions
        import projects.notices.delays
        import projects.notices.descriptions
        import projects.notices.exchanges
        import projects.notices.findings
        import projects.notices.harvests
        import projects.notices.ideas
        import projects.notices.incidents
        import projects.notices.minutes
        import projects.notices.nights
        import projects.notices.nonconformities
        import projects.notices.outputs
        import projects.notices.quality
        import projects.notices.ready
        import projects.notices.register
        import projects.notices.reservations
        import projects.notices.rights
        import projects.notices.spaces
        import projects.notices.warehouses
        import projects.queries.uses  # noqa: F401
        from governance.domain import blocks, nonconformities  # noqa: F401
        from governance.queries.whole import publishes
        from projects.domain import extractions, openings, outputs, spaces  # noqa: F401
        from projects.process.registration import register_processes
        from projects.queries.public_figures import published

        register_processes()
        publishes(published)
