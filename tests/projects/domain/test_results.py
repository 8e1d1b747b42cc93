"""Results: declared by kind, imported, corrected until the closure; the excuse for having none."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from governance.process.registry import Asked
from governance.process.table import REQUEST
from projects.domain import bibliography, results
from projects.models import AccessPeriod, Result
from projects.process.facts import request_facts
from tests.projects.conftest import NOW

BIBTEX = rb"""
@article{legall2026, title={Interactions {m{\'e}dicamenteuses} et r\'eadmissions},
  author={Le Gall, Marion and Kerbrat, Yann}, doi={10.1000/abc.1}, year={2026}, month=mar }
@phdthesis{kerbrat2026, title={Une th\`ese}, author={Kerbrat, Yann}, year=2026, school={Rennes}}
"""
RIS = """TY  - JOUR
TI  - Réadmissions évitables
AU  - Le Gall, Marion
DO  - 10.1000/xyz.2
PY  - 2026
ER  -
"""


@pytest.fixture
def open_request(walk):
    """A request whose state lets results be declared, without walking there."""
    walk.request.case.state = "results"
    return walk.request


def declare(request, kind="publication", title="Un résultat", **fields):
    holder = request.case.participations.get(part="holder").person
    return results.declare(request, kind, title, by=holder, at=NOW, **fields)


@pytest.mark.parametrize(
    "doi", ["10.1000/xyz123", "https://doi.org/10.1000/xyz123", "doi: 10.1000/xyz123"]
)
def test_a_doi_is_understood_as_people_paste_it(open_request, doi):
    assert declare(open_request, doi=doi).doi == "10.1000/xyz123"


def test_a_doi_is_declared_once_whatever_its_case(open_request):
    declare(open_request, doi="10.1000/ABC")
    with pytest.raises(ValidationError) as refused:
        declare(open_request, doi="10.1000/abc")
    assert list(refused.value.error_dict) == ["doi"]


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        ("publication", {}, "doi"),
        ("publication", {"doi": "not a doi"}, "doi"),
        ("publication", {"url": "javascript:alert(1)"}, "url"),
        ("publication", {"doi": "10.1000/a", "published_on": date(2030, 1, 1)}, "published_on"),
        ("patent", {}, "deferred_until"),
        ("software", {"url": "https://example.org/code"}, "licence"),
        ("software", {"licence": "MIT"}, "swhid"),
        ("software", {"licence": "MIT", "swhid": "swh:1:rev:xyz"}, "swhid"),
    ],
)
def test_what_lacks_or_is_wrong_is_said_beside_its_field(open_request, kind, fields, wrong):
    with pytest.raises(ValidationError) as refused:
        declare(open_request, kind, **fields)
    assert list(refused.value.error_dict) == [wrong]
    assert not Result.objects.exists()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("patent", {"deferred_until": date(2027, 1, 1)}),
        ("software", {"licence": "MIT", "swhid": f"swh:1:rev:{'a' * 40}"}),
        ("dataset", {"doi": "10.5281/zenodo.1"}),
        ("communication", {"published_on": date(2026, 1, 12)}),
        ("thesis", {"published_on": date(2026, 1, 12)}),
    ],
)
def test_each_kind_is_declared(open_request, kind, fields):
    assert declare(open_request, kind, **fields).kind == kind


def test_before_the_access_there_is_nothing_to_declare(walk):
    with pytest.raises(ValidationError, match="ouverture de l'accès"):
        declare(walk.request, doi="10.1000/a")


def test_a_result_is_corrected_and_taken_back_until_the_closure(open_request):
    found = declare(open_request, doi="10.1000/a")
    found.request.case.state = "results"
    results.correct(found, "Un meilleur titre", at=NOW, doi="10.1000/a", cites_number=True)
    found.refresh_from_db()
    found.request.case.state = "closed"
    assert (found.title, found.cites_number) == ("Un meilleur titre", True)
    with pytest.raises(ValidationError, match="ne change plus"):
        results.correct(found, "Encore", at=NOW, doi="10.1000/a")
    with pytest.raises(ValidationError, match="ne change plus"):
        results.remove(found)
    found.request.case.state = "results"
    results.remove(found)
    assert not Result.objects.exists()


def test_bibtex_is_read_as_text_with_its_kinds():
    first, second = bibliography.read(BIBTEX)
    assert first["kind"] == "publication"
    assert first["title"] == "Interactions médicamenteuses et réadmissions"
    assert first["doi"] == "10.1000/abc.1"
    assert first["authors"] == "Le Gall, Marion, Kerbrat, Yann"
    assert first["published_on"] == date(2026, 3, 1)
    assert second["kind"] == "thesis"


def test_ris_is_read():
    (found,) = bibliography.read(RIS.encode())
    assert found["title"] == "Réadmissions évitables"
    assert found["doi"] == "10.1000/xyz.2"
    assert found["published_on"] == date(2026, 1, 1)


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"bonjour",
        b"\x00\x01\x02\xff\xfe",
        b"@article{",
        b"@article{a, title=}" * 3,
        b"TY  - JOUR",
        b"{" * 10_000,
        b"<html><script>alert(1)</script></html>",
        b"x" * (bibliography.MAXIMUM_BYTES + 1),
    ],
)
def test_what_is_no_bibliography_is_refused_in_words(junk):
    with pytest.raises(ValidationError):
        bibliography.read(junk)


def test_too_many_references_are_refused():
    many = "".join(f"@misc{{k{n}, title={{T{n}}}}}\n" for n in range(51))
    with pytest.raises(ValidationError, match="51 références"):
        bibliography.read(many.encode())


def test_one_bad_reference_does_not_stop_the_others(open_request):
    holder = open_request.case.participations.get(part="holder").person
    declare(open_request, doi="10.1000/abc.1")
    n, refused = results.declare_all(
        open_request, bibliography.read(BIBTEX), by=holder, at=NOW.replace(month=6)
    )
    assert n == 1
    assert len(refused) == 1
    assert "déjà déclaré" in refused[0]


def test_an_excuse_is_one_of_the_articles_said_in_words_and_taken_back(open_request):
    holder = open_request.case.participations.get(part="holder").person
    with pytest.raises(ValidationError):
        results.excuse(open_request, "no_time", "Pas le temps.", by=holder, at=NOW)
    with pytest.raises(ValidationError):
        results.excuse(open_request, "no_data_delivered", " ", by=holder, at=NOW)
    results.excuse(open_request, "no_data_delivered", "Rien reçu.", by=holder, at=NOW)
    assert excuse_read(open_request) == "no_data_delivered"
    results.excuse(open_request, "", "", by=holder, at=NOW)
    assert excuse_read(open_request) is None


def test_what_was_published_before_the_access_opened_is_no_result_of_it(open_request):
    period = AccessPeriod(request=open_request, months=24, starts_on=NOW.date())
    period.save()
    eve = NOW.date() - timedelta(days=1)
    found = declare(open_request, doi="10.1000/a", published_on=eve)
    assert procedure_read(open_request)[str(found.pk)]["before_access"] is True
    results.correct(found, "Un résultat", at=NOW, doi="10.1000/a", published_on=NOW.date())
    assert "before_access" not in procedure_read(open_request)[str(found.pk)]


def procedure_read(request):
    rule = REQUEST.step("close")
    return request_facts(request.case, NOW)(Asked(request.case, rule, rule.outcomes[0]))["results"]


def excuse_read(request):
    rule = REQUEST.step("close")
    facts = request_facts(request.case, NOW)(Asked(request.case, rule, rule.outcomes[0]))
    return facts["request"].get("results_excuse")
