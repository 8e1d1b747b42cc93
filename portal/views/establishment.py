"""Mon établissement: people and roles, delegations of signature, contacts, the audit of rights.

``reseau`` in the place of an establishment's slug is the whole network: people and roles only.
What a person does not administer is not found.
"""

from functools import wraps

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.charters.facts import today
from governance.domain.delegations import DELEGABLE_STEPS, record_delegation, revoke_delegation
from governance.domain.establishments import edit_contacts
from governance.domain.roles import change_period, grant_role, revoke_role
from governance.models.delegation import Delegation
from governance.models.establishment import Establishment
from governance.models.role import RoleGrant
from governance.pages.outcome import accepted, posted
from governance.paris import end_of, last_day_of, start_of
from governance.permissions import may
from governance.queries.people import audit_of, delegations_at, grants_at, own_establishments
from governance.roles import Permission
from portal.accounts.second_factor import has_totp, may_reset, reset_second_factor
from portal.forms.establishment import ContactsForm, DelegationForm, GrantForm, PeriodForm
from portal.words.audit import action_words

NETWORK = "reseau"


def administering(*permissions, network=False):
    """A view of a place where the person has one of ``permissions``; not found elsewhere.

    The view gets the Establishment, or None for the network when ``network`` allows it.
    """

    def decorate(view):
        @login_required
        @wraps(view)
        def guarded(request, slug, **kwargs):
            if slug == NETWORK:
                if not network:
                    raise Http404
                place = None
            else:
                place = get_object_or_404(Establishment, pk=slug)
            if not any(may(request.user, each, place) for each in permissions):
                raise Http404
            return view(request, place, **kwargs)

        return guarded

    return decorate


@login_required
def mine(request):
    """Choose among one's establishments, or go straight to the only one."""
    now = timezone.now()
    places = own_establishments(request.user, now)
    rows = [(place.name, link) for place in places if (link := _door(request.user, place, now))]
    if whole := _door(request.user, None, now):
        rows.insert(0, (_("Tout le réseau"), whole))
    if len(rows) == 1:
        return redirect(rows[0][1])
    return render(request, "establishment/mine.html", {"rows": rows, "places": places})


@administering(Permission.MANAGE_PEOPLE, network=True)
def people(request, place):
    """Who holds which role here."""
    now = timezone.now()
    context = frame(request, place, "people") | {"grants": grants_at(place, now), "now": now}
    return render(request, "establishment/people.html", context)


@administering(Permission.MANAGE_PEOPLE, network=True)
def grant(request, place):
    """Grant a role to a person."""
    now = timezone.now()
    form = GrantForm(posted(request), initial={"since": today(now)})
    if accepted(form, lambda: _grant(request.user, place, form.cleaned_data, now)):
        messages.success(request, _("Le rôle est attribué."))
        return redirect("establishment_people", _slug(place))
    context = frame(request, place, "people") | {"form": form}
    return render(request, "establishment/grant.html", context)


@administering(Permission.MANAGE_PEOPLE, network=True)
def grant_period(request, place, pk):
    """Change the end of a role."""
    found = _others_grant(request.user, place, pk)
    last = last_day_of(found.until) if found.until else None
    form = PeriodForm(posted(request), initial={"until": last})
    if accepted(form, lambda: _change(request.user, found, form.cleaned_data)):
        messages.success(request, _("La période est changée."))
        return redirect("establishment_people", _slug(place))
    context = frame(request, place, "people") | {"form": form, "grant": found}
    return render(request, "establishment/period.html", context)


@administering(Permission.MANAGE_PEOPLE, network=True)
def grant_revoke(request, place, pk):
    """Take a role away, after a question."""
    found = _others_grant(request.user, place, pk)
    back = reverse("establishment_people", args=[_slug(place)])
    if request.method == "POST":
        revoke_role(grant=found, by=request.user, at=timezone.now())
        messages.success(request, _("Le rôle est retiré."))
        return redirect(back)
    question = _("Retirer à %(person)s le rôle « %(role)s » ?")
    context = {
        "question": question % {"person": found.person, "role": found.definition.name},
        "consequences": [
            _("La personne ne pourra plus agir dans ce rôle, tout de suite."),
            _("Ce qu'elle a déjà décidé reste valable."),
        ],
        "label": _("Retirer le rôle"),
        "kind": "danger",
        "cancel": back,
    }
    return render(request, "components/confirm_page.html", context)


@administering(Permission.MANAGE_PEOPLE, network=True)
def person(request, place, ref):
    """One person here: roles, second factor."""
    now = timezone.now()
    found = _person_here(place, ref)
    context = frame(request, place, "people") | {
        "person": found,
        "grants": grants_at(place, now).filter(person=found),
        "totp": has_totp(found),
        "may_reset": may_reset(request.user, found, now),
    }
    return render(request, "establishment/person.html", context)


@administering(Permission.MANAGE_PEOPLE, network=True)
def second_factor_reset(request, place, ref):
    """Reset the second factor of a person who lost their telephone, after a question."""
    now, found = timezone.now(), _person_here(place, ref)
    if not may_reset(request.user, found, now):
        raise Http404
    back = reverse("establishment_person", args=[_slug(place), ref])
    if request.method == "POST":
        reset_second_factor(person=found, by=request.user, at=now)
        messages.success(
            request, _("Le second facteur est rétabli : la personne en installe un autre.")
        )
        return redirect(back)
    context = {
        "question": _("Rétablir ce second facteur (%(person)s) ?") % {"person": found},
        "consequences": [
            _("Assurez-vous de parler à la personne elle-même, de vive voix."),
            _("Ses sessions ouvertes se ferment, ses codes de récupération ne valent plus."),
            _("À sa prochaine connexion, elle installe un nouveau second facteur."),
            _("Cet acte est inscrit à l'historique avec votre nom."),
        ],
        "label": _("Rétablir"),
        "kind": "danger",
        "cancel": back,
    }
    return render(request, "components/confirm_page.html", context)


@administering(Permission.RECORD_DELEGATIONS)
def delegations(request, place):
    """The delegations of signature that run or will run."""
    now = timezone.now()
    language = get_language() or "fr"
    rows = [
        (each, [DELEGABLE_STEPS[s].say(language) for s in each.steps if s in DELEGABLE_STEPS])
        for each in delegations_at(place, now)
    ]
    context = frame(request, place, "delegations") | {"rows": rows, "now": now}
    return render(request, "establishment/delegations.html", context)


@administering(Permission.RECORD_DELEGATIONS)
def delegation_record(request, place):
    """Copy a delegation from the director's act."""
    now = timezone.now()
    form = DelegationForm(
        posted(request), initial={"since": today(now)}, language=get_language() or "fr"
    )
    if accepted(form, lambda: _record(request.user, place, form.cleaned_data, now)):
        messages.success(request, _("La délégation est enregistrée."))
        return redirect("establishment_delegations", place.pk)
    context = frame(request, place, "delegations") | {"form": form}
    return render(request, "establishment/delegation.html", context)


@administering(Permission.RECORD_DELEGATIONS)
def delegation_revoke(request, place, pk):
    """Take a delegation back, after a question."""
    found = get_object_or_404(Delegation, pk=pk, establishment=place)
    back = reverse("establishment_delegations", args=[place.pk])
    if request.method == "POST":
        revoke_delegation(delegation=found, by=request.user, at=timezone.now())
        messages.success(request, _("La délégation a pris fin."))
        return redirect(back)
    context = {
        "question": _("Mettre fin à cette délégation (%(person)s) ?") % {"person": found.person},
        "consequences": [
            _("Les décisions déjà signées restent valables."),
            _("Celles qui attendent sa signature iront à un autre délégataire."),
        ],
        "label": _("Mettre fin"),
        "kind": "danger",
        "cancel": back,
    }
    return render(request, "components/confirm_page.html", context)


@administering(Permission.EDIT_ESTABLISHMENT)
def contacts(request, place):
    """The contacts that public pages show."""
    form = ContactsForm(posted(request), instance=place)
    if accepted(form, lambda: _edit(request.user, place, form.cleaned_data)):
        messages.success(request, _("Les contacts sont enregistrés."))
        return redirect("establishment_contacts", place.pk)
    context = frame(request, place, "contacts") | {"form": form}
    return render(request, "establishment/contacts.html", context)


@administering(Permission.READ_AUDIT, network=True)
def history(request, place):
    """What was done to rights here, newest first."""
    page = Paginator(audit_of(place), 50).get_page(request.GET.get("page"))
    refs = {event.subject_ref for event in page if event.subject_type == "person"}
    names = {str(p.ref): p for p in get_user_model().objects.filter(ref__in=refs)}
    rows = [(event, action_words(event), names.get(event.subject_ref)) for event in page]
    context = frame(request, place, "history") | {"rows": rows, "page_obj": page}
    return render(request, "establishment/history.html", context)


TABS = (
    ("people", (Permission.MANAGE_PEOPLE,), True),
    ("delegations", (Permission.RECORD_DELEGATIONS,), False),
    ("warehouse", (Permission.KEEP_WAREHOUSE,), False),
    ("quality", (Permission.EDIT_CATALOGUE, Permission.STEER), True),
    ("contacts", (Permission.EDIT_ESTABLISHMENT,), False),
    ("history", (Permission.READ_AUDIT,), True),
)
"""Each tab, what opens it, and whether the whole network has one."""


def _tab_label(code: str) -> str:
    return {
        "people": _("Personnes et rôles"),
        "delegations": _("Délégations de signature"),
        "warehouse": _("Entrepôt"),
        "quality": _("Qualité"),
        "contacts": _("Contacts"),
        "history": _("Historique des droits"),
    }[code]


def frame(request, place, current: str) -> dict:
    """What every page of the place shows: its name and the tabs one may open."""
    tabs = [
        {
            "href": reverse(f"establishment_{code}", args=[_slug(place)]),
            "label": _tab_label(code),
            "current": code == current,
        }
        for code in _opened(request.user, place)
    ]
    return {"place": place, "slug": _slug(place), "tabs": tabs}


def _opened(person, place, at=None) -> list[str]:
    """The tabs of ``place`` (None for the network) that ``person`` may open."""
    return [
        code
        for code, permissions, network in TABS
        if (place or network) and any(may(person, each, place, at=at) for each in permissions)
    ]


def _door(person, place, at) -> str | None:
    """The first page of ``place`` that ``person`` may open; None when there is none."""
    opened = _opened(person, place, at)
    return reverse(f"establishment_{opened[0]}", args=[_slug(place)]) if opened else None


def _slug(place) -> str:
    return place.pk if place else NETWORK


def _person_here(place, ref):
    """A person who holds or held a role in ``place``; not found otherwise."""
    grants = RoleGrant.objects.filter(establishment=place).values("person")
    return get_object_or_404(get_user_model(), ref=ref, pk__in=grants)


def _others_grant(person, place, pk):
    """A role held in ``place`` by somebody else: one's own are another administrator's affair."""
    return get_object_or_404(RoleGrant.objects.exclude(person=person), pk=pk, establishment=place)


def _not_oneself(by, person):
    if by == person:
        raise ValidationError(
            {"person": _("Pas pour vous-même : demandez-le à un autre administrateur.")}
        )


def _grant(by, place, answers, at):
    _not_oneself(by, answers["person"])
    # From today means from now: nobody is given a right for the past.
    since = max(start_of(answers["since"]), at)
    until = end_of(answers["until"]) if answers["until"] else None
    grant_role(
        person=answers["person"],
        role=answers["role"],
        establishment=place,
        since=since,
        until=until,
        by=by,
        at=at,
    )


def _change(by, found, answers):
    until = end_of(answers["until"]) if answers["until"] else None
    change_period(grant=found, until=until, by=by, at=timezone.now())


def _edit(by, place, answers):
    edit_contacts(establishment=place, values=answers, by=by, at=timezone.now())


def _record(by, place, answers, at):
    _not_oneself(by, answers["person"])
    record_delegation(
        establishment=place,
        person=answers["person"],
        steps=answers["steps"],
        since=start_of(answers["since"]),
        until=end_of(answers["until"]),
        act_reference=answers["act_reference"],
        by=by,
        at=at,
    )
