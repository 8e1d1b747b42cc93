"""Addresses under one's name, but sign-in. Flat names: they are linked from everywhere."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import path

from portal.accounts import federation
from portal.views import account, demonstration, notices, papers

# The admin of reference data has no door of its own: same sign-in, same second factor.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("compte", account.settings_page, name="account_settings"),
    path("compte/notifications", notices.index, name="notices"),
    path("compte/notifications/choix", notices.choices, name="notice_choices"),
    path("compte/notifications/lues", notices.read_all, name="notices_read"),
    path("compte/notifications/<int:pk>/ouvrir", notices.open_one, name="notice_open"),
    path("compte/notifications/<int:pk>/lue", notices.read_one, name="notice_read"),
    path("compte/services", account.services, name="services"),
    path("compte/services/<int:pk>/quitter", account.service_leave, name="service_leave"),
    path("compte/jetons", account.tokens, name="tokens"),
    path("compte/jetons/<int:pk>/revoquer", account.token_revoke, name="token_revoke"),
    path("engagements", account.commitments, name="commitments"),
    path("engagements/signer/<slug:charter>", account.sign, name="sign"),
    path("engagements/signer/<slug:charter>/<slug:establishment>", account.sign, name="sign_local"),
    path("engagements/formation", account.training_add, name="training_add"),
    path("engagements/formation/<int:pk>/attestation", account.certificate, name="certificate"),
    path("engagements/agenda", account.calendar_renew, name="calendar_renew"),
    path("agenda/<uuid:key>.ics", account.calendar, name="calendar"),
    path("demandes/<str:ref>/modeles/<slug:code>.docx", papers.template, name="paper_filled"),
    path("absence", account.absences, name="absences"),
    path("absence/<int:pk>/annuler", account.absence_cancel, name="absence_cancel"),
    path("roles", account.roles, name="roles"),
    path("demonstration", demonstration.choose, name="demonstration"),
    path("demonstration/<uuid:ref>", demonstration.enter, name="demonstration_enter"),
    path(
        "connexion/oidc/<slug:provider_id>/login/",
        federation.login,
        name="openid_connect_login",
    ),
    path(
        "connexion/oidc/<slug:provider_id>/login/callback/",
        federation.callback,
        name="openid_connect_callback",
    ),
    path("admin/", admin.site.urls),
]
