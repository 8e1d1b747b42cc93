"""Reading requests: lists, one request, search. Queries do not grow in number with the data."""

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast, Replace

from projects.models import Request

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


def search_vector():
    """Stems of the accented text and of the accent-free text: folding before stemming alone would
    lose French forms. Weights A and B are what citizens read, C what the dossier alone says."""
    vector = None
    for name, weight in (
        ("plain_title", "A"),
        ("plain_summary", "B"),
        ("acronym", "C"),
        ("title", "C"),
    ):
        said = Cast(F(name), TextField())
        for text in (_plain(said), Unaccent(_plain(said))):
            part = SearchVector(text, weight=weight, config="french")
            vector = part if vector is None else vector + part
    return vector


def searched(requests: QuerySet[Request], words: str) -> QuerySet[Request]:
    """Those of `requests` that answer `words`, accents and case aside; all of them for none."""
    query = _query(words)
    return requests if query is None else requests.filter(search=query)


class PublicWords(Func):
    """Of the words of a request, those that citizens read (weights A and B)."""

    function = "ts_filter"
    template = "%(function)s(%(expressions)s, '{a,b}')"
    output_field = SearchVectorField()


def publicly_searched(requests: QuerySet[Request], words: str) -> QuerySet[Request]:
    """As `searched`, but what is not public is not found either: the index finds, the public words
    confirm."""
    query = _query(words)
    if query is None:
        return requests
    return requests.filter(search=query).alias(said=PublicWords("search")).filter(said=query)


def _query(words: str):
    words = words.replace("\x00", "").strip()[:200]
    if not words:
        return None
    for ligature, letters in LIGATURES:
        words = words.replace(ligature, letters)
    bare = words.translate(str.maketrans(Unaccent.ACCENTED, Unaccent.BARE))
    return SearchQuery(words, config="french", search_type="websearch") | SearchQuery(
        bare, config="french", search_type="websearch"
    )
