"""Finding requests by words: what is found of each, by whom, and how words are folded."""

from datetime import datetime, timedelta
from functools import cached_property

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db.models import Case, F, Func, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Replace

from governance.charters.facts import today
from projects.dossier.public_record import deferral
from projects.models import Request
from projects.models.request import Section

LIGATURES = (("œ", "oe"), ("æ", "ae"), ("Œ", "Oe"), ("Æ", "Ae"))


def _text(value: str) -> Value:
    return Value(value, output_field=TextField())


def _plain(expression):
    for ligature, letters in LIGATURES:
        expression = Replace(expression, _text(ligature), _text(letters))
    return expression


class Unaccent(Func):
    """Text without its accents, by translation: the database needs no extension for it."""

    ACCENTED = "àâäáãåçéèêëíìîïñóòôöõúùûüýÿÀÂÄÁÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜÝ"
    BARE = "aaaaaaceeeeiiiinooooouuuuyyAAAAAACEEEEIIIINOOOOOUUUUY"
    function = "translate"
    output_field = TextField()

    def __init__(self, expression):
        super().__init__(expression, _text(self.ACCENTED), _text(self.BARE))


PUBLIC = ("plain_title", "plain_summary")
WHOLE = (*PUBLIC, "acronym", "title")
"""What of a request is found by citizens once it is admitted, and by its team and the staff."""


def public_columns(request_id, at: datetime) -> tuple[str, ...]:
    """What of the request citizens read at `at`, and so find it by: not what is still deferred."""
    rows = Section.objects.filter(request=request_id, code="project")
    held = deferral({row.code: row.answers for row in rows}, today(at))
    return tuple(name for name in PUBLIC if held is None or name not in held.parts)


def search_vector(columns: tuple[str, ...]):
    """Stems of the accented text and of the accent-free text of `columns`: folding before stemming
    alone would lose French forms."""
    vector = None
    for name in columns:
        said = Cast(F(name), TextField())
        for text in (_plain(said), Unaccent(_plain(said))):
            part = SearchVector(text, config="french")
            vector = part if vector is None else vector + part
    return vector


def make_findable(request: Request, *, at: datetime) -> None:
    """Write the words by which `request` is found, from its title and summary as they now are."""
    public = public_columns(request.pk, at)
    Request.objects.filter(pk=request.pk).update(
        search=search_vector(WHOLE),
        public_search=Case(
            When(public_search__isnull=False, then=search_vector(public)),
            output_field=SearchVectorField(),
        ),
    )


def make_publicly_findable(request_id, *, at: datetime) -> None:
    """From now on citizens find that request by the words that they read of it."""
    words = search_vector(public_columns(request_id, at))
    Request.objects.filter(pk=request_id).update(public_search=words)


def find_what_was_deferred(*, at: datetime) -> int:
    """Have citizens find the requests whose confidential part is public since; of how many words
    changed. Harmless twice: what is found already is not written again."""
    over = Section.objects.filter(
        code="project",
        answers__has_key="deferred_until",
        request__public_search__isnull=False,
    )
    day, found = today(at), 0
    for row in over.iterator():
        held = deferral({row.code: row.answers})
        if held and held.until <= day:
            found += _write_what_changed(row.request_id, at=at)
    return found


def _write_what_changed(request_id, *, at: datetime) -> int:
    words = search_vector(public_columns(request_id, at))
    said = {"found_by": Cast("public_search", TextField()), "reads": Cast(words, TextField())}
    changed = Request.objects.filter(pk=request_id).alias(**said).exclude(found_by=F("reads"))
    return changed.update(public_search=words)


def searched(requests: QuerySet[Request], words: str) -> QuerySet[Request]:
    """Those of `requests` that answer `words`, accents and case aside; all of them for none."""
    query = _query(words)
    return requests if query is None else requests.filter(search=query)


def publicly_searched(requests: QuerySet[Request], words: str) -> QuerySet[Request]:
    """As `searched`, by public words alone: what is not public is not found either, nor is a
    request never admitted."""
    query = _query(words)
    return requests if query is None else requests.filter(public_search=query)


class Gathered:
    """Rows of `found`, requests that words match: the `most` last made public, the latest first.
    Which they are is asked once; what `found` reads of each, of those shown.

    In one query PostgreSQL would walk the register by date as soon as it believes a word common,
    and read most of it where the word is not; a sum of dates is a sort that no index gives it.
    """

    LATEST = (F("public_since") + timedelta()).desc(), F("pk").desc()

    def __init__(self, found: QuerySet[Request], *, most: int):
        self.found, self.most = found, most

    @cached_property
    def keys(self) -> list:
        return list(self.found.order_by(*self.LATEST).values_list("pk", flat=True)[: self.most])

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, place: slice) -> list[Request]:
        rows = {each.pk: each for each in self.found.filter(pk__in=self.keys[place]).order_by()}
        return [rows[key] for key in self.keys[place] if key in rows]


def _query(words: str):
    words = words.replace("\x00", "").strip()[:200]
    if not words:
        return None
    for ligature, letters in LIGATURES:
        words = words.replace(ligature, letters)
    bare = words.translate(str.maketrans(Unaccent.ACCENTED, Unaccent.BARE))
    asked = SearchQuery(words, config="french", search_type="websearch")
    # Twice the same word would be believed twice as common.
    if bare == words:
        return asked
    return asked | SearchQuery(bare, config="french", search_type="websearch")
