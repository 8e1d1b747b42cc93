"""Extractions, access, amendments, results."""

from django.urls import path

from projects.views import (
    amendments,
    data,
    documents,
    extractions,
    findings,
    outputs,
    results,
)

urlpatterns = [
    path("extractions", extractions.index, name="extractions"),
    path("extractions/lancer/<int:pk>", extractions.launch, name="extraction_launch"),
    path("extractions/<uuid:pk>", extractions.extraction, name="extraction"),
    path("extractions/<uuid:pk>/arreter", extractions.cancel, name="extraction_cancel"),
    path("demandes/<str:ref>/donnees", data.index, name="data"),
    path("demandes/<str:ref>/donnees/ouverture", data.opening, name="opening"),
    path("demandes/<str:ref>/donnees/fin", data.end, name="end_access"),
    path("demandes/<str:ref>/donnees/copies/<int:pk>", data.copies, name="copies"),
    path("demandes/<str:ref>/donnees/espace/<int:pk>", data.destroy_space, name="space_destroy"),
    path(
        "demandes/<str:ref>/donnees/espace/<int:pk>/reessayer",
        data.retry_space,
        name="space_retry",
    ),
    path("demandes/<str:ref>/donnees/certificats/<int:pk>", data.certificate, name="certificate"),
    path("demandes/<str:ref>/donnees/destruction/<int:pk>", data.destroy, name="destruction"),
    path("demandes/<str:ref>/donnees/anomalie", findings.report, name="finding_report"),
    path("demandes/<str:ref>/sorties", outputs.index, name="outputs"),
    path("demandes/<str:ref>/sorties/nouvelle", outputs.new, name="output_new"),
    path("demandes/<str:ref>/sorties/<int:number>", outputs.output, name="output"),
    path("demandes/<str:ref>/sorties/<int:corrects>/corriger", outputs.new, name="output_correct"),
    path(
        "demandes/<str:ref>/sorties/<int:number>/<int:position>", outputs.file, name="output_file"
    ),
    path("demandes/<str:ref>/observations", data.hearing, name="hearing"),
    path("demandes/<str:ref>/resultats", results.index, name="results"),
    path("demandes/<str:ref>/resultats/nouveau", results.choose, name="result_choose"),
    path("demandes/<str:ref>/resultats/nouveau/<slug:kind>", results.new, name="result_new"),
    path("demandes/<str:ref>/resultats/importer", results.import_, name="result_import"),
    path("demandes/<str:ref>/resultats/resume", results.plain, name="plain_results"),
    path("demandes/<str:ref>/resultats/aucun", results.excuse, name="results_excuse"),
    path("demandes/<str:ref>/resultats/reciprocite", results.offer_back, name="reciprocity"),
    path(
        "demandes/<str:ref>/resultats/reconnaissance/<int:pk>",
        results.recognise,
        name="recognition",
    ),
    path("demandes/<str:ref>/resultats/<int:pk>", results.edit, name="result_edit"),
    path("demandes/<str:ref>/resultats/<int:pk>/retirer", results.remove, name="result_remove"),
    path("demandes/<str:ref>/avenants", amendments.index, name="amendments"),
    path("demandes/<str:ref>/avenants/nouveau", amendments.choose, name="amendment_choose"),
    path("demandes/<str:ref>/avenants/nouveau/<slug:kind>", amendments.new, name="amendment_new"),
    path("demandes/<str:ref>/avenants/<uuid:pk>", amendments.amendment, name="amendment"),
    path(
        "demandes/<str:ref>/avenants/<uuid:pk>/decisions/<int:index>.pdf",
        documents.amendment_pdf,
        name="amendment_pdf",
    ),
    path(
        "demandes/<str:ref>/avenants/<uuid:pk>/<slug:step>",
        amendments.decide,
        name="amendment_decide",
    ),
]
