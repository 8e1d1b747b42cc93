"""Our catalogue in RDF: one dataset as HealthDCAT-AP Release 8 has it (a dataset that is not
public), the whole catalogue as DCAT-AP 3.0.1 has it.

A resource is named by the address of its page (``SITE_URL/catalogue/…``), which never changes. What
pages mask is masked here: no number of records or of persons under the threshold.
"""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef

from catalog.exchange import code_lists
from catalog.exchange.formats import Format
from catalog.exchange.vocabulary import (
    AUTHORITY,
    CSVW,
    CV,
    DATATYPES,
    DCATAP,
    DPV,
    EHDS,
    ELI,
    EU,
    FRANCE,
    FRENCH,
    FREQUENCIES,
    GEODCATAP,
    HEALTH,
    HEALTH_THEME,
    HOSPITAL,
    LOINC,
    NON_PUBLIC,
    PARQUET,
    PERSONAL_DATA,
    SYNTHETIC_DATA,
    THEMES,
    VCARD,
    empty_graph,
)
from catalog.models import Dataset, Variable
from catalog.orders import THRESHOLD

PERSONAL = {"person.birth_year": "Age", "person.sex": "Gender"}
"""The variables that the Data Privacy Vocabulary has a term for."""


def dataset_document(dataset: Dataset, variables: Sequence[Variable]) -> Graph:
    """The description of one dataset and of its ``variables``."""
    graph = empty_graph()
    node = _dataset(graph, dataset)
    _health(graph, node, dataset)
    _distribution(graph, node)
    _variables(graph, node, dataset, variables)
    return graph


def catalogue_document(datasets: Iterable[Dataset]) -> Graph:
    """The catalogue, naming every dataset of ``datasets``."""
    graph = empty_graph()
    catalogue = URIRef(_address("/catalogue"))
    graph.add((catalogue, RDF.type, DCAT.Catalog))
    _say(graph, catalogue, DCTERMS.title, _("Données de santé du Grand Ouest"))
    _say(
        graph,
        catalogue,
        DCTERMS.description,
        _("Quel hôpital du réseau détient quelles données, et depuis quand."),
    )
    network = URIRef(_address("/#reseau"))
    graph.add((network, RDF.type, FOAF.Agent))
    _say(graph, network, FOAF.name, _("Réseau des centres de données cliniques du Grand Ouest"))
    _law(graph, catalogue)
    _typed(graph, catalogue, DCTERMS.publisher, network, FOAF.Agent)
    _typed(graph, catalogue, DCTERMS.language, FRENCH, DCTERMS.LinguisticSystem)
    _typed(graph, catalogue, DCTERMS.spatial, FRANCE, DCTERMS.Location)
    _typed(graph, catalogue, FOAF.homepage, URIRef(_address("/catalogue#contenu")), FOAF.Document)
    _typed(graph, catalogue, DCAT.themeTaxonomy, THEMES, SKOS.ConceptScheme)
    graph.add((THEMES, DCTERMS.title, Literal("Data theme", lang="en")))
    last = None
    for each in datasets:
        graph.add((catalogue, DCAT.dataset, _dataset(graph, each)))
        last = max(filter(None, (last, each.reviewed_on)), default=None)
    if last:
        graph.add((catalogue, DCTERMS.modified, Literal(last)))
    return graph


def written(graph: Graph, format: Format) -> bytes:
    """The document in ``format``. A JSON-LD context stands in the document itself."""
    options = {"auto_compact": True} if format.name == "json-ld" else {}
    return graph.serialize(format=format.name, encoding="utf-8", **options)


def _dataset(graph: Graph, dataset: Dataset) -> URIRef:
    """What both documents say of a dataset."""
    node = URIRef(_address(dataset.get_absolute_url()))
    place, category = dataset.establishment, dataset.category
    graph.add((node, RDF.type, DCAT.Dataset))
    _bilingual(
        graph,
        node,
        DCTERMS.title,
        f"{category.label_fr}, {place.name}",
        f"{category.label_en}, {place.name}",
    )
    _bilingual(graph, node, DCTERMS.description, dataset.description_fr, dataset.description_en)
    graph.add((node, DCTERMS.identifier, Literal(str(node))))
    _typed(graph, node, DCTERMS.accessRights, NON_PUBLIC, DCTERMS.RightsStatement)
    kind = SYNTHETIC_DATA if dataset.synthetic else PERSONAL_DATA
    _concept(graph, node, DCTERMS.type, kind)
    _concept(graph, node, DCAT.theme, HEALTH_THEME)
    for code in code_lists.categories_of(dataset.category_id):
        uri = URIRef(code.uri)
        _typed(graph, node, HEALTH.healthCategory, uri, SKOS.Concept)
        graph.add((uri, SKOS.inScheme, URIRef(code_lists.CATEGORY_SCHEME)))
        _bilingual(graph, uri, SKOS.prefLabel, code.label_fr, code.label_en)
    _bilingual(graph, node, DCAT.keyword, category.label_fr, category.label_en)
    _law(graph, node)
    holder = _hospital(graph, place)
    graph.add((node, DCTERMS.publisher, holder))
    graph.add((node, GEODCATAP.custodian, holder))
    _contact(graph, node, dataset)
    _typed(graph, node, DCAT.landingPage, URIRef(f"{node}#contenu"), FOAF.Document)
    _typed(graph, node, DCTERMS.language, FRENCH, DCTERMS.LinguisticSystem)
    _typed(graph, node, DCTERMS.spatial, FRANCE, DCTERMS.Location)
    often = EU[f"frequency/{FREQUENCIES[dataset.frequency]}"]
    _typed(graph, node, DCTERMS.accrualPeriodicity, often, DCTERMS.Frequency)
    period = URIRef(f"{node}#periode")
    _typed(graph, node, DCTERMS.temporal, period, DCTERMS.PeriodOfTime)
    _day(graph, period, DCAT.startDate, f"{dataset.since_year}-01-01")
    if dataset.until_year:
        _day(graph, period, DCAT.endDate, f"{dataset.until_year}-12-31")
    if dataset.reviewed_on:
        graph.add((node, DCTERMS.modified, Literal(dataset.reviewed_on)))
    return node


def _health(graph: Graph, node: URIRef, dataset: Dataset) -> None:
    """What HealthDCAT-AP adds: who gives access, to what end, whom the data are about."""
    _typed(graph, node, HEALTH.hdab, _access_body(graph), FOAF.Agent)
    origin = URIRef(f"{node}#origine")
    _typed(graph, node, DCTERMS.provenance, origin, DCTERMS.ProvenanceStatement)
    if dataset.synthetic:
        said = _(
            "Données synthétiques d'un entrepôt de démonstration : elles ne décrivent personne."
        )
    else:
        said = _("Données recueillies au cours des soins, réunies dans l'entrepôt de l'hôpital.")
    _say(graph, origin, RDFS.label, said)
    _bilingual(graph, node, HEALTH.populationCoverage, dataset.population_fr, dataset.population_en)
    for purpose in code_lists.purposes_here():
        uri = URIRef(purpose.uri)
        _typed(graph, node, DPV.hasPurpose, uri, DPV.Purpose)
        _bilingual(graph, uri, DCTERMS.description, purpose.label_fr, purpose.definition_en)
    if basis := dataset.establishment.warehouse_legal_basis:
        legal = URIRef(f"{node}#base-legale")
        _typed(graph, node, DPV.hasLegalBasis, legal, DPV.LegalBasis)
        graph.add((legal, DCTERMS.description, Literal(basis, lang="fr")))
    for term, figure in (
        (HEALTH.numberOfRecords, dataset.rows),
        (HEALTH.numberOfUniqueIndividuals, dataset.persons),
    ):
        if figure is not None and figure >= THRESHOLD:
            graph.add((node, term, Literal(str(figure), datatype=XSD.nonNegativeInteger)))


def _distribution(graph: Graph, node: URIRef) -> None:
    """The extract that one may ask for: there is no other way to the data."""
    extract = URIRef(f"{node}#extrait")
    _typed(graph, node, DCAT.distribution, extract, DCAT.Distribution)
    _say(graph, extract, DCTERMS.title, _("Extrait sur mesure"))
    _say(
        graph,
        extract,
        DCTERMS.description,
        _("Les seules variables et personnes d'un projet autorisé, dans un espace sécurisé."),
    )
    _law(graph, extract)
    graph.add((extract, DCAT.accessURL, URIRef(_address("/demander"))))
    _typed(graph, extract, DCTERMS["format"], PARQUET, DCTERMS.MediaTypeOrExtent)
    rights = URIRef(f"{node}#droits")
    _typed(graph, extract, DCTERMS.rights, rights, DCTERMS.RightsStatement)
    _say(graph, rights, RDFS.label, _("L'accès est donné projet par projet, après examen."))


def _variables(graph: Graph, node: URIRef, dataset: Dataset, variables: Sequence[Variable]) -> None:
    """The dictionary of variables, as CSV on the Web describes tables."""
    structured = Literal(bool(variables))
    graph.add((node, HEALTH.hasStructuredData, structured))
    if not variables:
        return
    group, table = URIRef(f"{node}#variables"), URIRef(f"{node}#table")
    _typed(graph, node, HEALTH.hasVariables, group, CSVW.TableGroup)
    _typed(graph, group, CSVW.table, table, CSVW.Table)
    for each in (group, table):
        _say(graph, each, DCTERMS.title, _("Variables de ce jeu de données"))
    for terminology in sorted({each.terminology for each in variables} - {""}):
        graph.add((table, DCAT.keyword, Literal(terminology)))
    if any(each.terminology == "LOINC" for each in variables):
        _typed(graph, node, HEALTH.hasCodingSystem, LOINC, DCTERMS.Standard)
    for each in variables:
        if term := PERSONAL.get(each.code):
            personal = URIRef(f"https://w3id.org/dpv/dpv-pd#{term}")
            _typed(graph, node, DPV.hasPersonalData, personal, DPV.PersonalData)
        column = URIRef(_address(each.get_absolute_url()))
        _typed(graph, table, CSVW.column, column, CSVW.Column)
        graph.add((column, CSVW.name, Literal(each.code)))
        graph.add((column, CSVW.datatype, Literal(DATATYPES[each.type])))
        _bilingual(graph, column, CSVW.title, each.label_fr, each.label_en)
        _bilingual(
            graph,
            column,
            DCTERMS.description,
            each.description_fr or each.label_fr,
            each.description_en or (each.label_en if not each.description_fr else ""),
        )


def _hospital(graph: Graph, place) -> URIRef:
    node = URIRef(_address(place.get_absolute_url()))
    if (node, RDF.type, FOAF.Agent) not in graph:
        graph.add((node, RDF.type, FOAF.Agent))
        graph.add((node, FOAF.name, Literal(place.name, lang="fr")))
        _concept(graph, node, DCTERMS.type, HOSPITAL)
        _contact_point(graph, node, page=str(node), email=place.email)
    return node


def _access_body(graph: Graph) -> URIRef:
    """The health data access body, of which the profile wants one. Where the operator names none,
    it says so, and gives our own page of contact: nothing is claimed of anybody."""
    node = URIRef(_address("/catalogue#organisme-d-acces"))
    if settings.HDAB_NAME:
        graph.add((node, FOAF.name, Literal(settings.HDAB_NAME, lang="fr")))
        _concept(graph, node, DCTERMS.type, AUTHORITY)
    else:
        _say(graph, node, FOAF.name, _("Organisme d'accès non précisé par ce catalogue"))
    _contact_point(graph, node, page=settings.HDAB_PAGE or _address("/contact"))
    return node


def _contact_point(graph: Graph, agent: URIRef, *, page: str, email: str = "") -> None:
    point = URIRef(f"{agent}-contact" if "#" in agent else f"{agent}#contact")
    _typed(graph, agent, CV.contactPoint, point, CV.ContactPoint)
    graph.add((point, CV.contactPage, URIRef(page)))
    if email:
        graph.add((point, CV.email, Literal(email)))


def _contact(graph: Graph, node: URIRef, dataset: Dataset) -> None:
    """Whom to write to; the hospital's page where there is no mail."""
    contact = URIRef(f"{node}#contact")
    _typed(graph, node, DCAT.contactPoint, contact, VCARD.Kind)
    page = _address(dataset.establishment.get_absolute_url())
    graph.add((contact, VCARD.hasURL, URIRef(page)))
    graph.add((contact, VCARD.fn, Literal(dataset.establishment.name, lang="fr")))
    if email := dataset.contact or dataset.establishment.email:
        graph.add((contact, VCARD.hasEmail, URIRef(f"mailto:{email}")))


def _law(graph: Graph, node: URIRef) -> None:
    _typed(graph, node, DCATAP.applicableLegislation, EHDS, ELI.LegalResource)


def _concept(graph: Graph, node: URIRef, term: URIRef, code: URIRef) -> None:
    """``code``, of one of the European lists. Its label is its own last word: the
    list itself has the words of each language."""
    _typed(graph, node, term, code, SKOS.Concept)
    prefix, _slash, name = code.rpartition("/")
    graph.add((code, SKOS.inScheme, URIRef(prefix)))
    graph.add((code, SKOS.prefLabel, Literal(name)))


def _typed(graph: Graph, node: URIRef, term: URIRef, value: URIRef, kind: URIRef) -> None:
    graph.add((node, term, value))
    graph.add((value, RDF.type, kind))


def _bilingual(graph: Graph, node: URIRef, term: URIRef, french: str, english: str) -> None:
    for text, language in ((french, "fr"), (english, "en")):
        if text:
            graph.add((node, term, Literal(text, lang=language)))


def _say(graph: Graph, node: URIRef, term: URIRef, sentence) -> None:
    """A sentence of ours, in both languages."""
    for language in ("fr", "en"):
        with translation.override(language):
            graph.add((node, term, Literal(str(sentence), lang=language)))


def _day(graph: Graph, node: URIRef, term: URIRef, day: str) -> None:
    graph.add((node, term, Literal(day, datatype=XSD.date)))


def _address(path: str) -> str:
    return settings.SITE_URL + path
