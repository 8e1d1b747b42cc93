"""Every component, once, to look at. In demonstration and development only."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from governance.pages.public_page import public_page


class ExampleForm(forms.Form):
    """One field of each sort."""

    title = forms.CharField(
        label=_("Titre"), help_text=_("Une phrase que chacun peut lire."), max_length=120
    )
    summary = forms.CharField(label=_("Résumé"), widget=forms.Textarea, required=False)
    until = forms.DateField(
        label=_("Échéance"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    kind = forms.ChoiceField(
        label=_("Nature"),
        widget=forms.RadioSelect,
        choices=[("a", _("Une recherche")), ("b", _("Une évaluation des soins"))],
    )
    sites = forms.MultipleChoiceField(
        label=_("Hôpitaux"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("chu-rennes", "CHU Rennes"), ("ico", "ICO")],
    )
    agreed = forms.BooleanField(label=_("J’ai lu la charte"))


@require_GET
@public_page(seconds=0)
def show(request):
    """The gallery of components."""
    if not (settings.DEMONSTRATION or settings.DEBUG):
        raise Http404
    now = timezone.now()
    wrong = ExampleForm({"title": "", "kind": ""})
    wrong.is_valid()
    context = {
        "form": ExampleForm(),
        "wrong": wrong,
        "soon": now + timedelta(days=18),
        "now": now,
        "page_obj": Paginator(range(60), 20).page(2),
        "steps": [
            {"label": _("Demande reçue"), "status": "done", "when": "2 nov. 2026"},
            {"label": _("En cours d’étude"), "status": "here", "when": _("jusqu’au 12 déc.")},
            {"label": _("Examen par le comité scientifique et éthique"), "status": "next"},
        ],
        "events": [
            {"at": now - timedelta(days=20), "title": _("Demande reçue"), "kind": "done"},
            {"at": now, "title": _("Compléments demandés"), "kind": "wait", "text": _("Un point.")},
        ],
        "groups": [
            {
                "title": _("À vous"),
                "mine": True,
                "lines": [
                    {
                        "sentence": _("Il manque le plan statistique. Ajoutez-le dans Protocole."),
                        "href": "#",
                    }
                ],
            },
            {"title": _("À d’autres"), "lines": []},
        ],
        "tabs": [
            {"label": _("Dossier"), "href": "#", "current": True},
            {"label": _("Échanges"), "href": "#", "count": 2, "waiting": True},
            {"label": _("Décisions"), "href": "#"},
        ],
        "columns": [_("Hôpital"), _("Personnes"), _("Depuis")],
        "rows": [["CHU Rennes", "1 240", "2012"], ["ICO", _("moins de 11"), "2016"]],
    }
    return render(request, "public/gallery.html", context)
