"""The namespaces and the authorities' terms of which our documents are made."""

from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS, XSD, Graph, Namespace, URIRef

ADMS = Namespace("http://www.w3.org/ns/adms#")
CSVW = Namespace("http://www.w3.org/ns/csvw#")
CV = Namespace("http://data.europa.eu/m8g/")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DPV = Namespace("https://w3id.org/dpv#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
GEODCATAP = Namespace("http://data.europa.eu/930/")
HEALTH = Namespace("http://healthdataportal.eu/ns/health#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

EU = Namespace("http://publications.europa.eu/resource/authority/")
HDEU = Namespace("https://hdeu-dcat.data.health.europa.eu/resource/authority/")

EHDS = URIRef("http://data.europa.eu/eli/reg/2025/327/oj")
NON_PUBLIC = EU["access-right/NON_PUBLIC"]
HEALTH_THEME = EU["data-theme/HEAL"]
THEMES = EU["data-theme"]
FRANCE = EU["country/FRA"]
FRENCH = EU["language/FRA"]
PARQUET = EU["file-type/PARQUET"]
PERSONAL_DATA = EU["dataset-type/PERSONAL_DATA"]
SYNTHETIC_DATA = EU["dataset-type/SYNTHETIC_DATA"]
HOSPITAL = HDEU["publisher-type/inpatient-institute"]
AUTHORITY = HDEU["publisher-type/national-authority"]
LOINC = HDEU["coding-system/LOINC"]

FREQUENCIES = {"daily": "DAILY", "weekly": "WEEKLY", "monthly": "MONTHLY", "yearly": "ANNUAL"}
DATATYPES = {
    "code": "string",
    "number": "decimal",
    "date": "date",
    "text": "string",
    "boolean": "boolean",
}

PREFIXES = {
    "adms": ADMS,
    "csvw": CSVW,
    "cv": CV,
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dct": DCTERMS,
    "dpv": DPV,
    "eli": ELI,
    "foaf": FOAF,
    "geodcatap": GEODCATAP,
    "healthdcatap": HEALTH,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "vcard": VCARD,
    "xsd": XSD,
}


def empty_graph() -> Graph:
    """A graph that knows the prefixes of the profile and no other."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph
