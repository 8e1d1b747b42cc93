"""What comes out of a project: results declared, the plain summary citizens read."""

import re
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from governance.charters import load_charter, versions_in_force
from governance.charters.facts import today
from governance.charters.judging import find_clause
from projects.models import PlainResults, Request, Result

DOI = re.compile(r"^10\.\d{4,9}/\S+$")
SWHID = re.compile(r"^swh:1:(cnt|dir|rel|rev|snp):[0-9a-f]{40}(;\S+)?$")
OPEN_IN = ("access", "suspended", "results", "closed_in_default", "closed")
CHANGED_IN = ("access", "suspended", "results", "closed_in_default")
"""Before the closure what was declared may still be corrected; after it, only added to."""
LONGEST_PLAIN = 6000
MOST_AT_ONCE = 50


@transaction.atomic
def declare(request: Request, kind: str, title: str, *, by, at: datetime, **fields) -> Result:
    """Declare a result. Raises ValidationError, field by field, for an identifier that is not one,
    a patent without its date of publication or deferral, a DOI declared twice."""
    _open(request, OPEN_IN)
    fields = _checked(request, kind, title, fields, at)
    return Result.objects.create(
        request=request, kind=kind, title=title.strip(), added_at=at, added_by=by, **fields
    )


@transaction.atomic
def correct(result: Result, title: str, *, at: datetime, **fields) -> Result:
    """Correct a result before the closure. Raises ValidationError as `declare` does."""
    _open(result.request, CHANGED_IN)
    fields = _checked(result.request, result.kind, title, fields, at, but=result)
    for name, value in (fields | {"title": title.strip()}).items():
        setattr(result, name, value)
    result.save()
    return result


@transaction.atomic
def remove(result: Result) -> None:
    """Take back a result before the closure. Raises ValidationError after it."""
    _open(result.request, CHANGED_IN)
    result.delete()


@transaction.atomic
def declare_all(request: Request, found: list[dict], *, by, at: datetime) -> tuple[int, list[str]]:
    """Declare what a bibliography holds; how many were, and why the others were not.

    One bad entry does not stop the others: each is said with its title.
    """
    _open(request, OPEN_IN)
    declared, refused = 0, []
    for entry in found[:MOST_AT_ONCE]:
        said = dict(entry)
        kind, title = said.pop("kind"), said.pop("title")
        try:
            with transaction.atomic():
                declare(request, kind, title, by=by, at=at, **said)
            declared += 1
        except ValidationError as refusal:
            refused.append(f"{title[:80]} : {' '.join(refusal.messages)}")
    return declared, refused


@transaction.atomic
def write_plain_results(request: Request, text: str) -> PlainResults:
    """Write the plain-language summary; citizens read it from the closure on."""
    plain, _created = PlainResults.objects.update_or_create(
        request=request, defaults={"text": text.strip()[:LONGEST_PLAIN]}
    )
    return plain


@transaction.atomic
def excuse(request: Request, code: str, text: str, *, by, at: datetime) -> None:
    """Say why there will be no result (a code of `excuses_of`), or take it back (an empty one)."""
    _open(request, CHANGED_IN)
    if code and code not in excuses_of(request, at):
        raise ValidationError({"code": _("Choisissez une réponse de la liste.")})
    if code and not text.strip():
        raise ValidationError({"text": _("Dites ce qui s'est passé.")})
    request.case.records.create(
        kind="results_excuse", at=at, by=by, data={"code": code}, text=text.strip()[:4000]
    )


def excuses_of(request: Request, at: datetime) -> tuple[str, ...]:
    """Why a project may have no result: the codes that U-11 accepts, in its charter."""
    return tuple(_closing_clause(request, at).values["excuses"])


def least_summary(request: Request, at: datetime) -> int:
    """How many characters the closure asks of the plain summary, in its charter."""
    return _closing_clause(request, at).values["least"]


def _closing_clause(request: Request, at: datetime):
    versions = request.case.charters or versions_in_force(today(at))
    return find_clause("U-11", [load_charter("utilisateur", versions["utilisateur"])])


def _open(request: Request, states: tuple[str, ...]) -> None:
    if request.case.state not in OPEN_IN:
        raise ValidationError(_("Les résultats se déclarent à partir de l'ouverture de l'accès."))
    if request.case.state not in states:
        raise ValidationError(_("La demande est clôturée : ce qui est déclaré ne change plus."))


def _checked(
    request: Request, kind: str, title: str, fields: dict, at: datetime, but: Result | None = None
) -> dict:
    fields = fields | {"doi": doi_of(fields.get("doi", ""))}
    errors = {}
    if not title.strip():
        errors["title"] = _("Donnez le titre.")
    errors |= _identifiers(request, fields, but)
    errors |= _by_kind(kind, fields)
    for name in ("published_on", "deposited_on"):
        if fields.get(name) and fields[name] > today(at):
            errors[name] = _("Cette date est à venir.")
    if errors:
        raise ValidationError(errors)
    return fields


def doi_of(text: str) -> str:
    """The DOI in what a person pasted: its address is accepted too."""
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text.strip(), flags=re.IGNORECASE)


def _identifiers(request: Request, fields: dict, but: Result | None) -> dict:
    errors, doi = {}, fields["doi"]
    others = request.results.exclude(pk=but.pk) if but else request.results
    if doi and not DOI.match(doi):
        errors["doi"] = _("Un DOI commence par 10. et contient une barre, comme 10.1000/xyz123.")
    elif doi and others.filter(doi__iexact=doi).exists():
        errors["doi"] = _("Ce DOI est déjà déclaré.")
    if fields.get("swhid") and not SWHID.match(fields["swhid"]):
        errors["swhid"] = _("Un SWHID ressemble à swh:1:rev: suivi de 40 chiffres hexadécimaux.")
    if fields.get("url"):
        try:
            URLValidator(schemes=["http", "https"])(fields["url"])
        except ValidationError:
            errors["url"] = _("Donnez une adresse qui commence par https://.")
    return errors


def _by_kind(kind: str, fields: dict) -> dict:
    """What a result of each kind cannot do without."""
    if kind == Result.Kind.PUBLICATION and not (fields["doi"] or fields.get("url")):
        return {"doi": _("Donnez le DOI ou l'adresse de la publication.")}
    if kind == Result.Kind.PATENT and not (
        fields.get("published_on") or fields.get("deferred_until")
    ):
        return {"deferred_until": _("Donnez la date de publication, ou jusqu'à quand la différer.")}
    if kind == Result.Kind.SOFTWARE and not (fields.get("swhid") or fields.get("url")):
        return {"swhid": _("Donnez le SWHID, ou l'adresse du dépôt.")}
    if kind == Result.Kind.SOFTWARE and not fields.get("licence"):
        return {"licence": _("Donnez la licence, comme MIT ou CeCILL-2.1.")}
    return {}
