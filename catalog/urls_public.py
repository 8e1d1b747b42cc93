"""The catalogue, for everyone."""

app_name = "catalogue"
urlpatterns = []
