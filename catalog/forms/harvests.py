"""What is asked of the catalogue of another node: where it is, how it is read, what is decided of
what differs."""

from pathlib import PurePath

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.domain.harvests import MOST
from catalog.exchange.formats import ENDINGS
from catalog.exchange.records import LARGEST, LONGEST_ADDRESS
from catalog.models import CatalogueSource
from governance.pages.conditional import conditional


def reason(label, hint) -> forms.CharField:
    """A field for why."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Dites pourquoi.")},
    )


class SourceForm(forms.Form):
    """Another node to be known."""

    name = forms.CharField(
        label=_("Nom du réseau"),
        max_length=120,
        help_text=_("Tel que le public le lira : « Autre réseau : … »."),
        error_messages={"required": _("Donnez le nom du réseau.")},
    )
    url = forms.URLField(
        label=_("Adresse de son catalogue"),
        required=False,
        assume_scheme="https",
        max_length=LONGEST_ADDRESS,
        help_text=_(
            "Une adresse publique en https:// qui donne du Turtle, du RDF/XML ou du JSON-LD "
            "(DCAT). Elle sera relue chaque semaine. Laissez vide pour lire des fichiers."
        ),
        error_messages={"invalid": _("Cette adresse n'est pas lisible.")},
    )


class ReadForm(forms.Form):
    """A reading to be asked. A source without address is read from a file."""

    file = forms.FileField(
        label=_("Fichier du catalogue"),
        help_text=_(
            "Turtle (.ttl), RDF/XML (.rdf, .xml) ou JSON-LD (.jsonld, .json), 4 Mo au plus."
        ),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Ce fichier est vide."),
        },
    )
    again = forms.BooleanField(
        label=_("Proposer aussi ce qui a été refusé."),
        required=False,
    )

    def __init__(self, *args, source: CatalogueSource, refused: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if source.url:
            del self.fields["file"]
        if not refused:
            del self.fields["again"]

    def clean_file(self):
        """The file, its bytes and the form that its name says."""
        given = self.cleaned_data["file"]
        if PurePath(given.name).suffix.lower() not in ENDINGS:
            raise forms.ValidationError(_("Le nom du fichier doit finir comme il est dit."))
        if given.size > LARGEST:
            raise forms.ValidationError(
                _("Ce fichier dépasse %(size)d Mo."), params={"size": LARGEST // 1_000_000}
            )
        return given

    def asked(self) -> dict:
        """Keyword arguments of ``catalog.domain.harvests.ask``."""
        said = {"again": self.cleaned_data.get("again", False)}
        if given := self.cleaned_data.get("file"):
            said |= {
                "content": given.read(),
                "name": given.name,
                "format": ENDINGS[PurePath(given.name).suffix.lower()],
            }
        return said


class Ticked(forms.MultipleChoiceField):
    """The keys of the differences that are ticked; whose they are is judged by the domain."""

    def valid_value(self, value) -> bool:
        """Whether it looks like a key."""
        return value.isdecimal() and len(value) < 12


class DecisionForm(forms.Form):
    """What is decided of what differs."""

    ALL, TICKED = "all", "ticked"

    chosen = Ticked(label=_("Différences"), required=False)
    verdict = forms.ChoiceField(
        label=_("Votre décision"),
        widget=forms.RadioSelect,
        choices=(
            ("accept", _("Accepter : le catalogue le montrera")),
            ("refuse", _("Refuser : le catalogue reste comme il est")),
        ),
        error_messages={"required": _("Choisissez d'accepter ou de refuser.")},
    )
    scope = forms.ChoiceField(
        label=_("De quoi"),
        widget=forms.RadioSelect,
        choices=((TICKED, _("Ce qui est coché sur cette page")), (ALL, _("Toutes les pages"))),
        error_messages={"required": _("Dites si cela vaut pour toutes les pages.")},
    )
    reason = conditional(
        reason(
            _("Motif du refus"),
            _("Demandé pour refuser ; lu par les coordinateurs, il n'est pas public."),
        )
    )

    def __init__(self, *args, pages: int, **kwargs):
        super().__init__(*args, **kwargs)
        if pages < 2:
            del self.fields["scope"]

    def wanted(self) -> list[int] | None:
        """The keys of the differences it is about; None for all that wait."""
        if self.cleaned_data.get("scope") == self.ALL:
            return None
        return [int(each) for each in self.cleaned_data["chosen"]]


class RetireForm(forms.Form):
    """Why a catalogue is read no more."""

    reason = reason(_("Motif"), _("Lu par les coordinateurs ; il n'est pas public."))


class NeighbourFilter(forms.Form):
    """What a reader looks for in the catalogues of other nodes."""

    q = forms.CharField(label=_("Mots cherchés"), required=False, max_length=200)
    reseau = forms.TypedChoiceField(label=_("Réseau"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args, sources, **kwargs):
        super().__init__(*args, **kwargs)
        named = [(each.pk, each.name) for each in sources]
        self.fields["reseau"].choices = [("", _("Tous")), *named]
