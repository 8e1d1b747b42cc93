"""Addresses of signed-in people: their counts. The catalogue's own pages are in `urls_public`."""

app_name = "catalog"
urlpatterns = []
