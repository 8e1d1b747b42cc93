"""Filters of the list of non-conformities."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.process.shape import HOLDER
from governance.roles import ROLES
from projects.forms.work import Filter, site_choices

OWNERS = ("producer", "data_engineer", "case_officer", "regulatory_officer", "dpo")
"""The roles of the CDC that mend what no longer holds."""


class NonConformitiesFilter(Filter):
    """Open ones unless said."""

    etat = forms.ChoiceField(
        label=_("Montrer"),
        required=False,
        choices=[
            ("", _("Ouvertes")),
            ("corrigees", _("Closes")),
            ("toutes", _("Toutes")),
        ],
    )
    site = forms.ChoiceField(label=_("Hôpital"), required=False)
    qui = forms.ChoiceField(label=_("À corriger par"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = site_choices()
        self.fields["qui"].choices = [
            ("", _("Tous")),
            ("moi", _("Moi")),
            ("member", _("Un membre de l'équipe")),
            (HOLDER, _("Le porteur")),
            *((code, ROLES[code].name) for code in OWNERS),
        ]
