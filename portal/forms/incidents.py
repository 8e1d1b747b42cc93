"""Forms about incidents: what is sent to ``governance.domain.incidents``, which judges it."""

import re
from uuid import uuid4

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.models.case import Case
from governance.models.establishment import Establishment
from governance.models.incident import Incident
from governance.pages.conditional import conditional
from projects.models import Request
from projects.permissions import seen_by

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
RISKS = {"yes": True, "no": False, "": None}


class MomentField(forms.DateTimeField):
    """A day and an hour in Paris, to the minute."""

    widget = MOMENT
    default_error_messages = {"invalid": _("Écrivez un jour et une heure.")}


class NumbersField(forms.CharField):
    """Numbers of requests, apart by commas or spaces; cleans to a list."""

    def clean(self, value):
        """Each number once, in the order given."""
        return list(dict.fromkeys(re.findall(r"[^\s,;]+", super().clean(value))))


class PlacesField(forms.ModelMultipleChoiceField):
    """Establishments to tick."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"required": _("Choisissez au moins un établissement concerné.")}

    def label_from_instance(self, establishment):
        return establishment.name


def nameable(by, incident: Incident | None = None) -> QuerySet[Case]:
    """The cases that `by` may name: of requests that are public or that they see, and those named
    already. A form about incidents tells nobody that another one exists."""
    readable = Request.objects.filter(
        Q(public_since__isnull=False) | seen_by(by, timezone.now())
    ).values("case")
    named = Q(pk__in=readable)
    return Case.objects.filter(named | Q(incidents=incident) if incident else named)


def _requests() -> NumbersField:
    return NumbersField(
        label=_("Demandes touchées"),
        required=False,
        max_length=600,
        help_text=_("Leurs numéros, séparés par des virgules : 2026-0042, 2026-0051."),
    )


class DeclareForm(forms.Form):
    """An incident to declare. ``key`` makes that a form sent twice declares once."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label=_("En quelques mots"), max_length=120)
    what = forms.CharField(
        label=_("Ce qui s'est passé"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=20_000,
        help_text=_("Ce que vous savez déjà. N'écrivez le nom d'aucun patient."),
    )
    found_at = MomentField(
        label=_("Découvert le"),
        help_text=_("À l'heure de Paris. Le délai pour notifier la CNIL part de là."),
    )
    establishments = PlacesField(queryset=None, label=_("Établissements concernés"))
    severity = forms.ChoiceField(
        label=_("Gravité"), choices=Incident.Severity.choices, widget=forms.RadioSelect
    )
    persons = forms.ChoiceField(
        label=_("Personnes concernées"),
        choices=Incident.Persons.choices,
        initial=Incident.Persons.UNKNOWN,
        help_text=_("Une tranche suffit. Elle pourra être précisée."),
    )
    requests = _requests()

    def __init__(self, *args, by, **kwargs):
        self.by = by
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4
        self.fields["establishments"].queryset = Establishment.objects.active()

    def declared(self) -> dict:
        """What ``declare`` takes."""
        said = dict(self.cleaned_data)
        origin = f"form:{said.pop('key') or uuid4()}"
        return said | {"origin": origin, "among": nameable(self.by)}


class IncidentForm(forms.Form):
    """A form about one incident, or one establishment's part of it."""

    def __init__(self, *args, incident: Incident, by, **kwargs):
        self.incident, self.by = incident, by
        super().__init__(*args, **kwargs)


class AssessForm(IncidentForm):
    """What is known by now."""

    severity = forms.ChoiceField(
        label=_("Gravité"), choices=Incident.Severity.choices, widget=forms.RadioSelect
    )
    persons = forms.ChoiceField(label=_("Personnes concernées"), choices=Incident.Persons.choices)
    high_risk = conditional(
        forms.ChoiceField(
            label=_("Le risque pour ces personnes est-il élevé ?"),
            choices=[("yes", _("Oui")), ("no", _("Non")), ("", _("Pas encore évalué"))],
            widget=forms.RadioSelect,
            help_text=_("S'il est élevé, elles doivent être prévenues (RGPD, article 34)."),
        )
    )
    categories = forms.CharField(
        label=_("Quelles personnes, quelles données"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Par exemple : patients suivis en cardiologie ; prescriptions, sans nom."),
    )
    consequences = forms.CharField(
        label=_("Conséquences probables"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    more = PlacesField(queryset=None, label=_("Autres établissements concernés"), required=False)
    requests = _requests()

    def __init__(self, *args, incident: Incident, **kwargs):
        known = {
            "severity": incident.severity,
            "persons": incident.persons,
            "high_risk": {True: "yes", False: "no", None: ""}[incident.high_risk],
            "categories": incident.categories,
            "consequences": incident.consequences,
            "requests": ", ".join(case.number for case in incident.cases.all()),
        }
        super().__init__(*args, incident=incident, initial=known, **kwargs)
        there = [site.establishment_id for site in incident.sites.all()]
        others = Establishment.objects.active().exclude(pk__in=there)
        self.fields["more"].queryset = others
        if not others:
            del self.fields["more"]

    def clean(self):
        return super().clean() | {"among": nameable(self.by, self.incident)}

    def clean_high_risk(self) -> bool | None:
        """Yes, no, or not assessed yet."""
        return RISKS[self.cleaned_data["high_risk"]]


class MeasureForm(IncidentForm):
    """A measure that was taken."""

    on = forms.DateField(label=_("Jour"), widget=DAY)
    text = forms.CharField(
        label=_("Ce qui a été fait"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate


class NotifyForm(IncidentForm):
    """The notification made to the CNIL."""

    notified_at = MomentField(label=_("Notifié le"))
    reference = forms.CharField(
        label=_("Référence"), max_length=80, help_text=_("Celle que la CNIL a donnée.")
    )
    late_reason = forms.CharField(
        label=_("Pourquoi après le délai"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Seulement si le délai était dépassé : la notification doit le dire."),
    )


class ExcuseForm(IncidentForm):
    """Why an establishment need not notify."""

    reason = forms.CharField(
        label=_("Pourquoi la notification n'est pas nécessaire"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("La violation ne doit présenter aucun risque pour les personnes."),
    )


class ToldForm(IncidentForm):
    """When and how the persons were told."""

    on = forms.DateField(label=_("Prévenues le"), widget=DAY)
    how = forms.CharField(
        label=_("Comment"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 3})
    )


class DeferForm(IncidentForm):
    """Until when the publication waits, and why."""

    until = forms.DateField(label=_("Jusqu'au"), widget=DAY, help_text=_("Un an au plus."))
    reason = forms.CharField(
        label=_("Pourquoi"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Cette raison sera publiée avec l'incident."),
    )


class PublishForm(IncidentForm):
    """What everyone reads."""

    title = forms.CharField(label=_("Titre public"), max_length=120)
    summary = forms.CharField(
        label=_("Résumé pour tous"),
        max_length=6_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "Ce qui s'est passé, qui est concerné, ce qui a été fait. Aucun nom, aucun effectif "
            "de moins de 11 personnes."
        ),
    )

    def __init__(self, *args, incident: Incident, **kwargs):
        super().__init__(*args, incident=incident, initial={"title": incident.title}, **kwargs)
