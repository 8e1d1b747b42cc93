"""What the catalogue's search finds: a row that keeps, in ``search``, the stems of what it says.

``save`` writes that column, so that a row is found as soon as it is stored; bulk writing calls
``index`` first.

A row of ``SpelledWord`` is a word that some description holds, as it is written, with what finds it
from a mistyped one (``catalog.words.cuts``). Written by ``catalog.domain.indexing``; made again
from the descriptions at any time.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.words import LONGEST_TOKEN, as_vector


class Searched(models.Model):
    search = SearchVectorField(editable=False, null=True)

    class Meta:
        abstract = True

    def save(self, *args, update_fields=None, **kwargs):
        """Store, and be found by what is now said."""
        self.index()
        if update_fields is not None:
            update_fields = {*update_fields, "search"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def says(self) -> list[tuple[str, str]]:
        """The texts it is found by, each with its weight, from A to D; the heaviest first."""
        raise NotImplementedError

    def index(self) -> None:
        """Write ``search`` from what it says, in memory."""
        self.search = as_vector(*self.says())


class SpelledWord(models.Model):
    word = models.CharField(max_length=LONGEST_TOKEN, primary_key=True)
    shown = models.CharField(max_length=LONGEST_TOKEN)
    uses = models.PositiveIntegerField(default=1)
    cuts = ArrayField(models.CharField(max_length=LONGEST_TOKEN))

    class Meta:
        verbose_name = _("mot du catalogue")
        verbose_name_plural = _("mots du catalogue")
        ordering = ["word"]
        indexes = [GinIndex(fields=["cuts"], name="spelled_words_by_cuts")]

    def __str__(self):
        return self.word
