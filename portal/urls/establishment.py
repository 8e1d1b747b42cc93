"""Addresses of *Mon établissement*; ``<slug>`` is an establishment's, or ``reseau``."""

from django.urls import path

from portal.views import establishment, quality, warehouse

urlpatterns = [
    path("etablissement", establishment.mine, name="my_establishment"),
    path("etablissement/<slug:slug>/personnes", establishment.people, name="establishment_people"),
    path(
        "etablissement/<slug:slug>/roles/attribuer",
        establishment.grant,
        name="establishment_grant",
    ),
    path(
        "etablissement/<slug:slug>/roles/<int:pk>/periode",
        establishment.grant_period,
        name="establishment_grant_period",
    ),
    path(
        "etablissement/<slug:slug>/roles/<int:pk>/retirer",
        establishment.grant_revoke,
        name="establishment_grant_revoke",
    ),
    path(
        "etablissement/<slug:slug>/personnes/<uuid:ref>",
        establishment.person,
        name="establishment_person",
    ),
    path(
        "etablissement/<slug:slug>/personnes/<uuid:ref>/second-facteur",
        establishment.second_factor_reset,
        name="establishment_second_factor",
    ),
    path(
        "etablissement/<slug:slug>/delegations",
        establishment.delegations,
        name="establishment_delegations",
    ),
    path(
        "etablissement/<slug:slug>/delegations/enregistrer",
        establishment.delegation_record,
        name="establishment_delegation_record",
    ),
    path(
        "etablissement/<slug:slug>/delegations/<int:pk>/terminer",
        establishment.delegation_revoke,
        name="establishment_delegation_revoke",
    ),
    path(
        "etablissement/<slug:slug>/contacts",
        establishment.contacts,
        name="establishment_contacts",
    ),
    path(
        "etablissement/<slug:slug>/entrepot",
        warehouse.shown,
        name="establishment_warehouse",
    ),
    path(
        "etablissement/<slug:slug>/entrepot/base-legale",
        warehouse.basis,
        name="establishment_warehouse_basis",
    ),
    path(
        "etablissement/<slug:slug>/entrepot/document",
        warehouse.document,
        name="establishment_warehouse_document",
    ),
    path(
        "etablissement/<slug:slug>/entrepot/note",
        warehouse.notice,
        name="establishment_warehouse_notice",
    ),
    path("etablissement/<slug:slug>/qualite", quality.shown, name="establishment_quality"),
    path(
        "etablissement/<slug:slug>/qualite/lancer",
        quality.launch,
        name="establishment_quality_launch",
    ),
    path(
        "etablissement/<slug:slug>/qualite/en-cours",
        quality.under_way,
        name="establishment_quality_run",
    ),
    path(
        "etablissement/<slug:slug>/qualite/controles/<str:code>",
        quality.check,
        name="establishment_quality_check",
    ),
    path(
        "etablissement/<slug:slug>/qualite/controles/<str:code>/anomalie",
        quality.open_anomaly,
        name="establishment_quality_anomaly",
    ),
    path(
        "etablissement/<slug:slug>/historique",
        establishment.history,
        name="establishment_history",
    ),
]
