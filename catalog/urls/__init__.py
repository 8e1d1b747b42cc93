"""Addresses of signed-in people: their counts, the deliveries that objections met since, the
anomalies found in data, descriptions written and read again, the catalogues of other nodes.

Pages for everyone are in `urls_public` and `urls_objections`.
"""

from django.urls import path

from catalog.views import counts, descriptions, findings, harvests, labels, objections

app_name = "catalog"
urlpatterns = [
    path("comptages", counts.mine, name="counts"),
    path("comptages/nouveau", counts.new, name="count_new"),
    path("comptages/<uuid:ref>", counts.count, name="count"),
    path("comptages/<uuid:ref>/chiffres", counts.figures_shown, name="count_figures"),
    path("comptages/<uuid:ref>/modifier", counts.edit, name="count_edit"),
    path("comptages/<uuid:ref>/compter", counts.again, name="count_again"),
    path("comptages/<uuid:ref>/archiver", counts.archive, name="count_archive"),
    path("comptages/<uuid:ref>/comparer", counts.compare, name="count_compare"),
    path("comptages/<uuid:ref>/circe.json", counts.circe, name="count_circe"),
    path("comptages/<uuid:ref>/ne-plus-partager", counts.unshare, name="count_unshare"),
    path("extractions/oppositions", objections.deliveries, name="objected_deliveries"),
    path("extractions/oppositions/<int:pk>", objections.keep, name="objected_delivery_keep"),
    path("descriptions/<slug:slug>/modifier", descriptions.edit, name="description_edit"),
    path("descriptions/<slug:slug>/relire", descriptions.review, name="description_review"),
    path("descriptions/<slug:slug>/label/<slug:element>", labels.declare, name="label_declare"),
    path("catalogues", harvests.index, name="sources"),
    path("catalogues/nouveau", harvests.new, name="source_new"),
    path("catalogues/<int:pk>", harvests.source, name="source"),
    path("catalogues/<int:pk>/lectures/<int:reading>", harvests.harvest, name="harvest"),
    path("catalogues/<int:pk>/retirer", harvests.retire, name="source_retire"),
    path("anomalies", findings.index, name="findings"),
    path("anomalies/nouvelle/<slug:slug>", findings.report, name="finding_report"),
    path("anomalies/<int:pk>", findings.finding, name="finding"),
    path("anomalies/<int:pk>/prendre", findings.take, name="finding_take"),
    path("anomalies/<int:pk>/repondre", findings.answer, name="finding_answer"),
    path("anomalies/<int:pk>/suite", findings.follow, name="finding_follow"),
]
