"""The public register of projects, for everyone."""

app_name = "register"
urlpatterns = []
