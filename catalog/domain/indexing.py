"""The words of the catalogue, kept so that a mistyped one is recognised."""

from collections import Counter
from collections.abc import Iterable

from django.db import transaction

from catalog.models import Category, Concept, Dataset, HarvestedDataset, SpelledWord, Variable
from catalog.words import cuts, fold, spelled
from governance.models import Establishment

_SAID = (
    (Category, ("label_fr", "label_en")),
    (Concept, ("label_fr", "label_en")),
    (Dataset, ("description_fr", "population_fr")),
    (Establishment, ("name", "short_name")),
    (HarvestedDataset, ("title",)),
    (Variable, ("label_fr", "label_en", "description_fr")),
)
_OF = {
    Dataset: ("establishment", "category"),
    HarvestedDataset: ("source",),
    Variable: ("category",),
}
A_BATCH = 2000


@transaction.atomic
def index_again() -> int:
    """Write again what every row is found by, then learn the words; return how many words."""
    for model in (Concept, Dataset, HarvestedDataset, Variable):
        found = model.objects.order_by().select_related(*_OF.get(model, ()))
        batch = []
        for row in found.iterator(chunk_size=A_BATCH):
            row.index()
            batch.append(row)
            if len(batch) == A_BATCH:
                model.objects.bulk_update(batch, ["search"])
                batch = []
        model.objects.bulk_update(batch, ["search"])
    return learn_again()


@transaction.atomic
def learn_again() -> int:
    """Make the list of words again from all that the catalogue says; return how many."""
    SpelledWord.objects.all().delete()
    return learn(
        text
        for model, fields in _SAID
        for row in model.objects.order_by().values_list(*fields).iterator(chunk_size=A_BATCH)
        for text in row
    )


def learn(texts: Iterable[str]) -> int:
    """Add the words of ``texts`` that were not known; return how many there were."""
    shown: dict[str, str] = {}
    uses: Counter[str] = Counter()
    for text in texts:
        for word, written in spelled((text,)).items():
            uses[word] += 1
            kept = shown.setdefault(word, written)
            # A word written here without its accents is shown with those it has elsewhere.
            if kept == fold(kept):
                shown[word] = written
    rows = [
        SpelledWord(word=word, shown=shown[word], uses=uses[word], cuts=sorted(cuts(word)))
        for word in sorted(shown)
    ]
    SpelledWord.objects.bulk_create(rows, batch_size=A_BATCH, ignore_conflicts=True)
    return len(rows)
