"""An anomaly that a team found in what it was delivered."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms.findings import WRONG, WRONG_HINT, nobody, words
from projects.domain.findings import Delivered


class FoundForm(forms.Form):
    """Which dataset, which variable, what is wrong."""

    dataset = forms.ChoiceField(
        label=_("Données concernées"),
        error_messages={"required": _("Choisissez un jeu de données.")},
    )
    variable = forms.ChoiceField(
        label=_("Variable concernée"),
        required=False,
        help_text=_("Parmi celles qui vous ont été livrées."),
    )
    text = words(WRONG, WRONG_HINT)
    nobody = nobody()

    def __init__(self, *args, delivered: list[Delivered], **kwargs):
        super().__init__(*args, **kwargs)
        datasets = [
            (each.dataset.pk, f"{each.dataset.establishment.short_name}, {each.dataset.category}")
            for each in delivered
        ]
        self.fields["dataset"].choices = (
            datasets if len(datasets) == 1 else [("", _("Choisissez")), *datasets]
        )
        groups: dict[str, dict[str, str]] = {}
        for each in delivered:
            group = groups.setdefault(str(each.dataset.category), {})
            group.update({variable.pk: variable.label for variable in each.variables})
        self.fields["variable"].choices = [
            ("", _("Tout le jeu de données")),
            *((category, list(named.items())) for category, named in groups.items()),
        ]
