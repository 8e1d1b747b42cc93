"""The figures that are published, read as somebody reads who looks for a small one."""

from catalog.models import Dataset
from projects.queries.public_figures import published
from tests.people import NOW
from tests.projects.queries.test_alike import answered, demand, waited


def test_nothing_small_is_found_in_what_is_published_and_a_stricter_eye_finds_some(establishments):
    assert published(NOW, 11).figures == 0
    for kind in ("academic", "industry"):
        for days in range(4, 28):
            case = demand(kind)
            waited(case, days)
            answered(case, "negative" if days % 2 else "positive")
    few = demand("association", lead="chu-brest")
    answered(few, "negative")
    found = published(NOW, 11)
    assert found.figures > 20
    assert (found.small, found.deducible) == (0, 0)
    assert published(NOW, 20).small > 0


def test_the_volumes_of_datasets_are_read_too(establishments):
    Dataset.objects.filter(pk="chu-rennes-prescriptions").update(
        persons=10, rows=10, measured_on=NOW.date()
    )
    found = published(NOW, 11)
    assert (found.figures, found.small) == (1, 1)
