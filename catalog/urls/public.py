"""The catalogue, for everyone."""

from django.urls import path

from catalog.views import catalogue, descriptions, labels, neighbours

app_name = "catalogue"
urlpatterns = [
    path("catalogue", catalogue.index, name="index"),
    path("catalogue.<str:ending>", catalogue.index_in, name="index_in"),
    path("catalogue/variables/<str:code>", catalogue.variable, name="variable"),
    path("catalogue/voisins", neighbours.index, name="neighbours"),
    path("catalogue/voisins/<slug:slug>", neighbours.dataset, name="neighbour"),
    path("catalogue/<slug:slug>.<str:ending>", catalogue.dataset_in, name="dataset_in"),
    path("catalogue/<slug:slug>", catalogue.dataset, name="dataset"),
    path("catalogue/<slug:slug>/historique", descriptions.history, name="history"),
    path("catalogue/<slug:slug>/qualite", labels.shown, name="label"),
]
