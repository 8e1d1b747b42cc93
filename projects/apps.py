from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Demandes et projets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from projects import process

        process.register_processes()
