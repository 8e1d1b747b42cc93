"""Filters of the list of non-conformities; what a delegate answers of a closed access."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.domain.blocks import CONFIRMED, LIFTED
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


ANSWERS = {
    CONFIRMED: _("Confirmer la fermeture, jusqu'à ce que la règle soit respectée"),
    LIFTED: _("Rouvrir l'accès ; la non-conformité reste affichée, et à corriger"),
}


class JudgeBlockForm(forms.Form):
    """``stands`` are the answers that the delegate may give, each with what it is signed under;
    ``act`` is the reference of the act of delegation when they share one."""

    kind = forms.ChoiceField(
        label=_("Votre décision"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choisissez une réponse."),
            "invalid_choice": _("Choisissez une réponse de la liste."),
        },
    )
    reason = forms.CharField(
        label=_("Raisons"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Lues par l'équipe et par le personnel qui lit la demande."),
        error_messages={"required": _("Écrivez les raisons de cette décision.")},
    )

    def __init__(self, *args, stands: Mapping[str, object], **kwargs):
        super().__init__(*args, **kwargs)
        acts = {kind: stand.delegation.act_reference for kind, stand in stands.items()}
        shared = set(acts.values())
        self.act = shared.pop() if len(shared) == 1 else ""
        self.fields["kind"].choices = [
            (kind, ANSWERS[kind] if self.act else f"{ANSWERS[kind]} ({acts[kind]})")
            for kind in stands
        ]
