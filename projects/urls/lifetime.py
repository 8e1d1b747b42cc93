"""Extractions, access, amendments, results."""

from django.urls import path

from projects.views import data, extractions

urlpatterns = [
    path("extractions", extractions.index, name="extractions"),
    path("extractions/lancer/<int:pk>", extractions.launch, name="extraction_launch"),
    path("extractions/<uuid:pk>", extractions.extraction, name="extraction"),
    path("extractions/<uuid:pk>/arreter", extractions.cancel, name="extraction_cancel"),
    path("demandes/<str:ref>/donnees", data.index, name="data"),
    path("demandes/<str:ref>/donnees/ouverture", data.opening, name="opening"),
    path("demandes/<str:ref>/donnees/fin", data.end, name="end_access"),
    path("demandes/<str:ref>/donnees/copies/<int:pk>", data.copies, name="copies"),
    path("demandes/<str:ref>/donnees/destruction/<int:pk>", data.destroy, name="destruction"),
    path("demandes/<str:ref>/observations", data.hearing, name="hearing"),
]
