"""What a producer writes of a dataset, and what is answered by who reads it again."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.domain.descriptions import FIELDS, LANGUAGES, LONGEST_NOTE
from catalog.models import Dataset
from governance.pages.conditional import conditional


class DescriptionForm(forms.ModelForm):
    """The description of a dataset, filled with that of today."""

    english_stands = conditional(
        forms.BooleanField(
            label=_("L'anglais reste juste"),
            help_text=_("Si le français change d'une façon que l'anglais dit déjà."),
        )
    )
    note = conditional(
        forms.CharField(
            label=_("Ce qui change, et pourquoi"),
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_(
                "Public avec la nouvelle version. Laissez vide si vous avez relu sans rien changer."
            ),
        )
    )

    class Meta:
        model = Dataset
        fields = FIELDS
        widgets = {
            f"{name}_{language}": forms.Textarea(attrs={"rows": 4, "lang": language})
            for name in ("description", "population", "conditions")
            for language in ("fr", "en")
        }
        help_texts = {
            "population_fr": _("De quels patients, depuis quand, lesquels manquent."),
            "until_year": _("Vide tant que le recueil continue."),
            "conditions_fr": _("Ce que cet hôpital demande en plus des chartes, s'il y en a."),
        }
        labels = {"since_year": _("Première année"), "until_year": _("Dernière année")}

    def _post_clean(self):
        """Leave the dataset as it is: what may be said is judged by the domain."""


MOST_NOTED = 200
"""Variables that the form asks about: a form of more is not read."""


class NotesForm(forms.Form):
    """What is to be known of the quality of each variable, in two languages."""

    def __init__(self, *args, variables, notes: dict, **kwargs):
        super().__init__(*args, prefix="note", **kwargs)
        asked = variables[:MOST_NOTED]
        self._codes = [each.pk for each in asked]
        self._kept = {code: each for code, each in notes.items() if code not in self._codes}
        self.more = len(variables) - len(asked)
        for place, each in enumerate(asked):
            for language, label in (("fr", each.label), ("en", _in_english(each.label))):
                self.fields[f"{place}-{language}"] = forms.CharField(
                    label=label,
                    required=False,
                    max_length=LONGEST_NOTE,
                    initial=notes.get(each.pk, {}).get(language, ""),
                    widget=forms.TextInput(attrs={"lang": language}),
                )

    def said(self) -> dict[str, dict[str, str]]:
        """Code of a variable → language → what is noted."""
        return self._kept | {
            code: {each: self.cleaned_data[f"{place}-{each}"] for each in LANGUAGES}
            for place, code in enumerate(self._codes)
        }


def _in_english(label: str) -> str:
    return gettext("%(variable)s, en anglais") % {"variable": label}


class ReviewForm(forms.Form):
    """The answer of who reads a description again."""

    verdict = forms.ChoiceField(
        label=_("Votre réponse"),
        widget=forms.RadioSelect,
        choices=(
            ("accept", _("Elle est juste : elle devient la description")),
            ("refuse", _("Elle est à reprendre")),
        ),
        error_messages={"required": _("Choisissez une réponse.")},
    )
    answer = conditional(
        forms.CharField(
            label=_("Ce qui est à reprendre"),
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Demandé pour un refus ; lu par qui l'a écrite."),
        )
    )
