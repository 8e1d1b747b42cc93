"""Addresses of incidents, for those who declare and follow them."""

from django.urls import path

from portal.views import incidents

_ONE = "travail/incidents/<slug:number>"
urlpatterns = [
    path("travail/incidents", incidents.index, name="incidents"),
    path("travail/incidents/nouveau", incidents.new, name="incident_new"),
    path(_ONE, incidents.show, name="incident"),
    path(f"{_ONE}/clore", incidents.close, name="incident_close"),
    path(f"{_ONE}/lettre", incidents.letter, name="incident_letter"),
    path(f"{_ONE}/<slug:code>", incidents.act, name="incident_act"),
    path(f"{_ONE}/<slug:slug>/notification", incidents.notification, name="incident_notification"),
    path(f"{_ONE}/<slug:slug>/<slug:code>", incidents.site_act, name="incident_site_act"),
]
