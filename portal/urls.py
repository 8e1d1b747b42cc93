"""The portal's addresses."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [
    path("health/live", lambda request: HttpResponse("ok", content_type="text/plain")),
]
