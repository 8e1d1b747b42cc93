"""The public register of projects, for everyone."""

from django.urls import path, register_converter

from projects.views import public


class NumberConverter:
    """A request's number, `2026-0042`."""

    regex = "[0-9]{4}-[0-9]{4,6}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NumberConverter, "number")

app_name = "register"
urlpatterns = [
    path("projets", public.projects, name="projects"),
    path("projets/titres.json", public.titles, name="titles"),
    path("projets/<number:number>", public.project, name="project"),
    path("regles/decisions", public.decisions, name="decisions"),
]
