"""What a draft chooses rather than types: establishments, variables, organisations.

Each function replaces the whole choice, but `tick_sites`, which changes what somebody changed on a
page that a colleague may have open too. Raises NotEditable when the section is not to be written
now, ValidationError, by field, for what does not exist or is named twice.
"""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from catalog.models import Variable
from governance.models import Establishment, Organisation
from projects.domain.drafts import NotEditable, editable_sections
from projects.models import AskedSite, AskedVariable, LegalPerson, Request, Section

OBJECTIVES = ("primary", "secondary")
"""The objectives that a variable may serve."""


@transaction.atomic
def choose_sites(
    request: Request, slugs: Iterable[str] | None, *, lead: str | None, by, at: datetime
) -> None:
    """Ask these establishments (codes), and no other. `lead` conducts the examination; when it is
    not one of them any more, the first one does."""
    _open_sites(request, by)
    _ask_sites(request, list(slugs or ()), lead)


@transaction.atomic
def tick_sites(
    request: Request,
    ticked: Iterable[str],
    *,
    lead: str | None,
    seen: Iterable[str],
    seen_lead: str | None,
    by,
    at: datetime,
) -> bool:
    """Ask what is `ticked` on a page that showed `seen` as asked, and `seen_lead` as who conducts:
    what was changed there and nothing else, so that what a colleague ticked meanwhile stays.

    False when both changed who conducts, differently: the colleague's choice stays, to be read
    before it is replaced.
    """
    _open_sites(request, by)
    ticked, seen = set(ticked), set(seen)
    here = dict(request.asked_sites.values_list("establishment", "leads"))
    wanted = (set(here) - (seen - ticked)) | (ticked - seen)
    places = Establishment.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    ordered = [*places, *sorted(wanted - set(places))]
    theirs = next((slug for slug, leads in here.items() if leads), None)
    changed = lead is not None and lead != seen_lead
    both = changed and theirs not in (seen_lead, lead, None)
    _ask_sites(request, ordered, lead if changed and not both else theirs)
    return not both


def _open_sites(request: Request, by) -> None:
    _open(request, "sites", by)
    if request.case.state != "draft":
        # Tracks began at the deposit: from then on the perimeter moves by steps and amendments.
        raise NotEditable


def _ask_sites(request: Request, wanted: list[str], lead: str | None) -> None:
    known = set(Establishment.objects.active().filter(pk__in=wanted).values_list("pk", flat=True))
    _all_known("establishments", wanted, known)
    if lead is not None and lead not in wanted:
        if lead not in request.asked_sites.values_list("establishment", flat=True):
            raise ValidationError({"lead": _("Celui qui conduit est l'un des établissements.")})
        lead = None
    lead = lead or next(iter(wanted), None)
    request.asked_sites.all().delete()
    AskedSite.objects.bulk_create(
        AskedSite(request=request, establishment_id=slug, leads=slug == lead) for slug in wanted
    )


@transaction.atomic
def choose_variables(request: Request, rows: Iterable[dict] | None, *, by, at: datetime) -> None:
    """Ask these variables, each `{"variable": code, "reason": …, "objective": …}`."""
    _open(request, "data", by)
    rows = list(rows or ())
    codes = [row["variable"] for row in rows]
    known = Variable.objects.in_bulk(codes)
    _all_known("variables", codes, set(known))
    try:
        refuse_free_text(known.values())
    except ValidationError as refusal:
        raise ValidationError({"variables": refusal.messages}) from None
    if any(row.get("objective", "primary") not in OBJECTIVES for row in rows):
        raise ValidationError({"variables": _("Un objectif est principal ou secondaire.")})
    request.asked_variables.all().delete()
    AskedVariable.objects.bulk_create(
        AskedVariable(
            request=request,
            variable_id=row["variable"],
            reason=row.get("reason", "")[:500],
            objective=row.get("objective", "primary"),
        )
        for row in rows
    )


def refuse_free_text(variables: Iterable[Variable]) -> None:
    """Raise ValidationError when one of them is a text: it serves to count, no site delivers it."""
    texts = [v.label for v in variables if v.type == Variable.Type.TEXT]
    if texts:
        raise ValidationError(
            _("Le texte libre sert à compter, il n'est jamais livré : %(names)s.")
            % {"names": ", ".join(texts)}
        )


@transaction.atomic
def name_organisation(request: Request, name: str | None, *, by, at: datetime) -> None:
    """Say for which organisation one asks, by its name; None for none yet."""
    _open(request, "team", by)
    found = _organisations("organisation", [name] if name else [])
    request.organisation = found[name.lower()] if name else None
    request.save(update_fields=["organisation", "updated_at"])


@transaction.atomic
def name_legal_persons(request: Request, rows: Iterable[dict] | None, *, by, at: datetime) -> None:
    """Name the legal persons, each `{"organisation": its name, "part": …}`."""
    _open(request, "team", by)
    rows = list(rows or ())
    found = _organisations("legal_persons", [row["organisation"] for row in rows])
    pairs = [(found[row["organisation"].lower()], row["part"]) for row in rows]
    if len(set(pairs)) != len(pairs):
        raise ValidationError({"legal_persons": _("Une personne morale est nommée deux fois.")})
    request.legal_persons.all().delete()
    LegalPerson.objects.bulk_create(
        LegalPerson(request=request, organisation=organisation, part=part)
        for organisation, part in pairs
    )


def _open(request: Request, section: str, by) -> None:
    """Lock the request, and write that somebody changed the section."""
    Request.objects.select_for_update().get(pk=request.pk)
    request.case.refresh_from_db()
    if section not in editable_sections(request):
        raise NotEditable
    row, _created = Section.objects.select_for_update().get_or_create(request=request, code=section)
    row.revision += 1
    row.updated_by = by
    row.save(update_fields=["revision", "updated_by", "updated_at"])


def _all_known(field: str, wanted: list[str], known: set[str]) -> None:
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise ValidationError({field: _("Inconnu : %(names)s.") % {"names": ", ".join(unknown)}})
    if len(wanted) != len(known):
        raise ValidationError({field: _("Le même choix est fait deux fois.")})


def _organisations(field: str, names: list[str]) -> dict[str, Organisation]:
    """The organisations of these names, by their name in lower case."""
    wanted = {name.lower() for name in names}
    rows = Organisation.objects.alias(said=Lower("name")).filter(said__in=wanted)
    found = {row.name.lower(): row for row in rows}
    missing = [name for name in names if name.lower() not in found]
    if missing:
        said = _("Organisme inconnu : %(names)s.") % {"names": ", ".join(missing)}
        raise ValidationError({field: said})
    return found
