"""What is asked of an anomaly: what is wrong, what the establishment answers, what became of it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.domain.findings import LEAST, MOST
from catalog.models import Finding
from governance.pages.conditional import conditional

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def words(label, hint) -> forms.CharField:
    """A field for words on data as a whole. Their lengths are judged with what they say."""
    return forms.CharField(
        label=label,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MOST, "minlength": LEAST}),
        error_messages={"required": _("Écrivez ce qui ne va pas.")},
    )


def nobody() -> forms.BooleanField:
    """The box that says that nothing is written of a patient."""
    return forms.BooleanField(
        label=_("Je n'ai rien écrit sur un patient."),
        error_messages={"required": _("Relisez-vous, puis cochez cette case.")},
    )


WRONG = _("Ce qui ne va pas")
WRONG_HINT = _(
    "Dites-le de l'ensemble des données : « les dates de sortie manquent de mars à juin 2021 », "
    "« les unités changent en 2019 ». N'écrivez rien sur un patient : ni nom, ni numéro, ni date, "
    "ni valeur d'une ligne. S'il faut en montrer une, dites-le : l'hôpital vous appellera."
)


class ReportForm(forms.Form):
    """An anomaly reported from the page of a dataset."""

    variable = forms.ChoiceField(label=_("Variable concernée"), required=False)
    text = words(WRONG, WRONG_HINT)
    nobody = nobody()

    def __init__(self, *args, variables, **kwargs):
        super().__init__(*args, **kwargs)
        self._variables = {each.pk: each for each in variables}
        named = [(each.pk, each.label) for each in variables]
        self.fields["variable"].choices = [("", _("Tout le jeu de données")), *named]

    def clean_variable(self):
        """The variable chosen, None for the whole dataset."""
        return self._variables.get(self.cleaned_data["variable"])


class AnswerForm(forms.Form):
    """What the establishment says of an anomaly; public once it confirms."""

    state = forms.ChoiceField(
        label=_("Votre réponse"),
        widget=forms.RadioSelect,
        choices=(
            (Finding.State.MENDED, _("C'est une anomalie : elle est corrigée")),
            (Finding.State.TO_MEND, _("C'est une anomalie : elle sera corrigée")),
            (Finding.State.DISMISSED, _("Ce n'est pas une anomalie")),
        ),
        error_messages={"required": _("Choisissez une réponse.")},
    )
    day = conditional(
        forms.DateField(
            label=_("Corrigée le, ou avant le"),
            widget=DAY,
            help_text=_(
                "Si c'est une anomalie : le jour où elle l'a été, ou le sera au plus tard."
            ),
            error_messages={"invalid": _("Écrivez un jour, par exemple 2026-12-01.")},
        )
    )
    text = words(
        _("Ce que vous répondez"),
        _(
            "Quelles données, quelles années, pourquoi, et que faire en attendant ; ou pourquoi ce "
            "n'est pas une anomalie. Si vous la confirmez, ces mots sont publics, sur la page du "
            "jeu de données. N'écrivez rien sur un patient."
        ),
    )


class FollowForm(forms.Form):
    """What became of an anomaly that was to be mended."""

    act = forms.ChoiceField(
        label=_("Où en est la correction"),
        widget=forms.RadioSelect,
        choices=(("mend", _("Elle est faite")), ("put_off", _("Elle est reportée"))),
        error_messages={"required": _("Dites si la correction est faite ou reportée.")},
    )
    day = forms.DateField(
        label=_("Faite le, ou reportée au"),
        widget=DAY,
        error_messages={
            "required": _("Dites quel jour."),
            "invalid": _("Écrivez un jour, par exemple 2026-12-01."),
        },
    )
    text = conditional(
        words(
            _("Ce qu'il faut savoir"), _("Demandé pour un report. N'écrivez rien sur un patient.")
        )
    )
