"""Sign-in, second factor, other ways to sign in: in the language of their address.

An identity provider's own addresses are registered with it: they stand apart, in one language
(`portal.urls.account`).
"""

from django.urls import include, path

urlpatterns = [
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("3rdparty/", include("allauth.socialaccount.urls")),
]
