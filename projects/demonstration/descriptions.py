"""A description of the demonstration that changed: written by one person, read again by another,
once accepted and once waiting."""

from datetime import datetime, timedelta

from catalog.domain import descriptions
from catalog.models import Dataset
from projects.demonstration import network

DESCRIBED = "chu-rennes-laboratoire"
CHANGED, WRITTEN = timedelta(days=20), timedelta(days=2)


def describe(*, at: datetime) -> None:
    """Give a dataset its history. What has one is left as it is."""
    dataset = Dataset.objects.filter(pk=DESCRIBED, versions__isnull=True).first()
    if dataset is None:
        return
    place = dataset.establishment_id
    engineer = network.staff("data_engineer", place, at=at - CHANGED)
    producer = network.staff("producer", place, at=at - CHANGED, but=[engineer.pk])
    text = dataset.description_fr
    version = descriptions.propose(
        dataset,
        {
            "description_fr": f"{text} Les résultats de microbiologie n'y sont pas encore.",
            "conditions_fr": "Les unités ont changé en 2019 : les deux sont livrées.",
        },
        "La microbiologie n'est pas reprise, et les unités de 2019 étaient demandées sans cesse.",
        by=producer,
        at=at - CHANGED,
    )
    descriptions.accept(version, by=engineer, at=at - CHANGED + timedelta(days=1))
    descriptions.propose(
        dataset,
        {"description_fr": f"{text} Les résultats de microbiologie y sont depuis 2023."},
        "La microbiologie est reprise depuis 2023.",
        by=producer,
        at=at - WRITTEN,
    )
