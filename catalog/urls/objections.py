"""Objecting online, for everyone."""

from django.urls import path

from catalog.views import objections

app_name = "objections"
urlpatterns = [
    path("vos-droits/opposition/en-ligne", objections.online, name="online"),
    path("vos-droits/opposition/suivi", objections.follow, name="follow"),
    path("vos-droits/opposition/suivi/lever", objections.lift, name="lift"),
]
