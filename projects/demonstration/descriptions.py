"""A description of the demonstration that changed: written by one person, read again by another,
once accepted and once waiting; and its quality label, declared."""

from datetime import datetime, timedelta

from catalog.domain import descriptions, labels
from catalog.models import Dataset
from governance.charters.facts import months_later, today
from projects.demonstration import network

DESCRIBED = "chu-rennes-laboratoire"
DECLARED = {
    "management": "Chaque mois, deux ingénieurs comparent l'entrepôt au logiciel du laboratoire "
    "sur cent résultats tirés au sort. Les écarts sont corrigés, le compte rendu est publié.",
    "access": "Un résultat entre dans l'entrepôt le lendemain. Une fois l'accès autorisé, les "
    "données sont prêtes en quinze jours ouvrés en moyenne.",
    "modifications": "Les résultats de l'ancien logiciel (avant 2016) ont été ajoutés en 2019. "
    "Aucun lien avec des données d'un autre hôpital n'est fait dans ce jeu.",
}
PROOF = "https://demo.example/qualite/laboratoire"
CHANGED, WRITTEN = timedelta(days=20), timedelta(days=2)


def describe(*, at: datetime) -> None:
    """Give a dataset its history. What has one is left as it is."""
    dataset = Dataset.objects.filter(pk=DESCRIBED, versions__isnull=True).first()
    if dataset is None:
        return
    place = dataset.establishment_id
    engineer = network.staff("data_engineer", place, at=at - CHANGED)
    producer = network.staff("producer", place, at=at - CHANGED, but=[engineer.pk])
    text, english = dataset.description_fr, dataset.description_en
    version = descriptions.propose(
        dataset,
        {
            "description_fr": f"{text} Les résultats de microbiologie n'y sont pas encore.",
            "description_en": f"{english} Microbiology results are not there yet.",
            "conditions_fr": "Les unités ont changé en 2019 : les deux sont livrées.",
            "conditions_en": "Units changed in 2019: both are delivered.",
        },
        "La microbiologie n'est pas reprise, et les unités de 2019 étaient demandées sans cesse.",
        by=producer,
        at=at - CHANGED,
    )
    descriptions.accept(version, by=engineer, at=at - CHANGED + timedelta(days=1))
    descriptions.propose(
        dataset,
        {
            "description_fr": f"{text} Les résultats de microbiologie y sont depuis 2023.",
            "description_en": f"{english} Microbiology results are there since 2023.",
        },
        "La microbiologie est reprise depuis 2023.",
        by=producer,
        at=at - WRITTEN,
    )
    for element, said in DECLARED.items():
        until = months_later(today(at), 18)
        labels.declare(dataset, element, said, PROOF, until, by=producer, at=at - WRITTEN)
