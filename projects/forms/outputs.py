"""Forms of what leaves the working spaces: a deposit of a few files; what a checker answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.pages.conditional import conditional
from projects.domain.outputs import MOST_FILES, Deposited
from projects.models import OutputCheck, OutputFile
from projects.queries.overview import article_titles

CITED = ("U-09", "C-09", "P-06", "U-08", "U-04")
"""The articles on which an output is refused."""
FIRST_WORDS = _("Par exemple : effectifs par sexe et par année, des données de prescription.")


class DepositForm(forms.Form):
    """Up to four files, what each is; from which hospitals, why they must leave."""

    why = forms.CharField(
        label=_("Pourquoi ces fichiers doivent sortir"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("L'article, le rapport ou l'analyse auxquels ils servent."),
    )

    def __init__(self, *args, opened, **kwargs):
        super().__init__(*args, **kwargs)
        self._opened = {str(site.pk): site for site in opened}
        if len(opened) > 1:
            self.fields["sites"] = forms.MultipleChoiceField(
                label=_("Données de quels hôpitaux"),
                widget=forms.CheckboxSelectMultiple,
                choices=[(pk, site.establishment.name) for pk, site in self._opened.items()],
                error_messages={"required": _("Dites de quels hôpitaux viennent les données.")},
            )
        for n in range(1, MOST_FILES + 1):
            self.fields[f"file_{n}"] = forms.FileField(
                label=_("Fichier"), required=n == 1, error_messages={"empty": _("Il est vide.")}
            )
            self.fields[f"kind_{n}"] = forms.ChoiceField(
                label=_("Ce que c'est"),
                required=n == 1,
                choices=[("", _("Choisissez")), *OutputFile.Kind.choices],
            )
            self.fields[f"about_{n}"] = forms.CharField(
                label=_("Ce qu'il contient, et de quelles données cela vient"),
                required=n == 1,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=FIRST_WORDS if n == 1 else "",
            )
        self.fields["why"] = self.fields.pop("why")  # errors are told in the order of the page

    def clean(self):
        """A file says what it is; what is said is said of a file."""
        said = super().clean()
        for n in range(2, MOST_FILES + 1):
            given = {name: said.get(f"{name}_{n}") for name in ("file", "kind", "about")}
            if any(given.values()):
                for name in (name for name, value in given.items() if not value):
                    if f"{name}_{n}" not in self.errors:
                        self.add_error(f"{name}_{n}", _("Ce champ manque pour ce fichier."))
        return said

    def rows(self):
        """The fields of each file: the first, then the others."""
        return [
            (n, [self[f"{name}_{n}"] for name in ("file", "kind", "about")])
            for n in range(1, MOST_FILES + 1)
        ]

    def others_in_error(self) -> bool:
        """Whether the fields of the other files must be seen."""
        return any(name.endswith(("_2", "_3", "_4")) for name in self.errors)

    def deposited(self) -> list[Deposited]:
        """The files, with what is said of each."""
        said = self.cleaned_data
        return [
            Deposited(said[f"file_{n}"], said[f"kind_{n}"], said[f"about_{n}"])
            for n in range(1, MOST_FILES + 1)
            if said.get(f"file_{n}")
        ]

    def chosen_sites(self) -> list:
        """The establishments whose data they come from: the only one, or those that are chosen."""
        return [self._opened[pk] for pk in self.cleaned_data.get("sites", self._opened)]


class CheckForm(forms.Form):
    """What a checker answers."""

    verdict = forms.ChoiceField(
        label=_("Votre réponse"),
        widget=forms.RadioSelect,
        choices=(
            (OutputCheck.Verdict.ACCEPTED, _("Accepter : rien n'y permet de reconnaître personne")),
            (OutputCheck.Verdict.ASKED, _("Poser une question : l'équipe y répond par un dépôt")),
            (OutputCheck.Verdict.REFUSED, _("Refuser : ces fichiers ne sortent pas")),
        ),
        error_messages={"required": _("Choisissez une réponse.")},
    )
    reason = conditional(
        forms.CharField(
            label=_("Pourquoi"),
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_(
                "L'équipe le lit. Nécessaire pour une question, un refus, ou pour accepter ce que "
                "les contrôles automatiques signalent."
            ),
        )
    )
    articles = conditional(
        forms.MultipleChoiceField(
            label=_("Articles sur lesquels repose un refus"),
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Un refus en cite au moins un."),
        )
    )

    def __init__(self, *args, case, at, **kwargs):
        super().__init__(*args, **kwargs)
        titles = article_titles(case, at)
        self.fields["articles"].choices = [
            (code, f"{titles[code]} ({code})") for code in CITED if code in titles
        ]

    def clean(self):
        """Articles are those of a refusal."""
        said = super().clean()
        if said.get("verdict") != OutputCheck.Verdict.REFUSED:
            said["articles"] = []
        return said
