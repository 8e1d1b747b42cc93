"""Filters of *Mon travail* and of the list of requests; who takes a request over."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.models import Establishment
from governance.process.table import REQUEST
from governance.queries.people import people_with_role
from governance.roles import ROLES

ACTS = (
    ("", _("Tout")),
    ("decider", _("À décider")),
    ("lire", _("Réponses à lire")),
    ("relances", _("Relances parties seules")),
    ("attente", _("J'attends")),
)


class Filter(forms.Form):
    """What narrows a list: a value that is not one of ours narrows nothing."""

    def chosen(self) -> dict:
        """The filters set, the valid ones alone."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return self.cleaned_data


def site_choices() -> list[tuple[str, str]]:
    """The establishments to choose from, all of them first."""
    named = Establishment.objects.active().values_list("slug", "short_name")
    return [("", _("Tous les hôpitaux")), *named]


class WorkFilter(Filter):
    acte = forms.ChoiceField(label=_("Montrer"), required=False, choices=ACTS)
    role = forms.ChoiceField(label=_("En tant que"), required=False)
    site = forms.ChoiceField(label=_("Hôpital"), required=False)
    tous = forms.BooleanField(label=_("Aussi ce que suivent mes collègues"), required=False)

    def visible_filters(self) -> list:
        """What narrows the rows; the kind of act is chosen by tabs."""
        return [self[name] for name in ("role", "site", "tous")]

    def __init__(self, *args, roles: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = site_choices()
        self.fields["role"].choices = [
            ("", _("Tous mes rôles")),
            *((code, ROLES[code].name) for code in roles),
        ]


class RequestsFilter(Filter):
    q = forms.CharField(label=_("Rechercher"), required=False, max_length=200)
    etat = forms.ChoiceField(label=_("État"), required=False)
    site = forms.ChoiceField(label=_("Hôpital"), required=False)
    suivi = forms.ChoiceField(
        label=_("Suivi"),
        required=False,
        choices=[
            ("", _("Par tous")),
            ("moi", _("Par moi")),
            ("personne", _("Par personne")),
        ],
    )
    retard = forms.BooleanField(label=_("En retard seulement"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        language = get_language() or "fr"
        self.fields["site"].choices = site_choices()
        self.fields["etat"].choices = [
            ("", _("Tous les états")),
            *((s.code, s.label.say(language)) for s in REQUEST.states if s.code != "draft"),
        ]


class HandOverForm(forms.Form):
    """Who holds the request from now on: oneself first, then one's colleagues."""

    to = forms.ChoiceField(
        label=_("Suivie par"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez qui suit la demande.")},
    )

    def __init__(self, *args, demand, by, at, **kwargs):
        super().__init__(*args, **kwargs)
        people = people_with_role("case_officer", demand.case.lead_id, at)
        team = demand.case.participations.values("person_id")
        self._people = {str(p.ref): p for p in people.exclude(pk__in=team)}
        first = sorted(self._people.values(), key=lambda p: p != by)
        self.fields["to"].choices = [(str(p.ref), _("Moi") if p == by else str(p)) for p in first]

    def clean_to(self):
        """The person chosen."""
        return self._people[self.cleaned_data["to"]]
