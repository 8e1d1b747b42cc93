"""« Puis-je porter une demande ? »: three questions, no account, nothing kept.

The answer orients; it decides nothing. The rule it tells is that of the article « Un responsable
identifié » of the users' charter and of the purposes it permits.
"""

from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NETWORK, PUBLIC_BODY, COMPANY, NOWHERE = "network", "public_body", "company", "nowhere"
SENIOR, TRAINEE, TECHNICAL, OTHER = "senior", "trainee", "technical", "other"
RESEARCH, CARE, PROHIBITED = "research", "care", "prohibited"


class EligibilityForm(forms.Form):
    """Where one works, what one does there, what the data are for."""

    where = forms.ChoiceField(
        label=_("Où travaillez-vous ?"),
        widget=forms.RadioSelect,
        choices=[
            (NETWORK, _("Dans l’un des hôpitaux du réseau")),
            (PUBLIC_BODY, _("Dans un autre hôpital, une université, un organisme de recherche")),
            (COMPANY, _("Dans une entreprise, une start-up, une association")),
            (NOWHERE, _("Nulle part de tout cela")),
        ],
    )
    what = forms.ChoiceField(
        label=_("Quelle est votre situation ?"),
        widget=forms.RadioSelect,
        choices=[
            (SENIOR, _("Professionnel en poste : médecin, pharmacien, soignant, chercheur…")),
            (TRAINEE, _("En formation : interne, doctorant, étudiant")),
            (TECHNICAL, _("Attaché ou technicien de recherche clinique")),
            (OTHER, _("Autre")),
        ],
    )
    why = forms.ChoiceField(
        label=_("À quoi serviront les données ?"),
        widget=forms.RadioSelect,
        choices=[
            (RESEARCH, _("À une recherche, une thèse, une étude")),
            (CARE, _("À évaluer ou améliorer des soins")),
            (
                PROHIBITED,
                _("À promouvoir un produit, fixer une prime d’assurance, faire de la publicité"),
            ),
        ],
    )


@dataclass(frozen=True)
class Answer:
    """What to tell: ``kind`` of notice, ``title`` in one line, what to do, whether to go on."""

    kind: str
    title: Promise
    text: Promise
    may_start: bool = True


def answer(given: dict[str, str]) -> Answer:
    """The answer to the three questions (``where``, ``what``, ``why``), the strictest first."""
    if given["why"] == PROHIBITED:
        return Answer(
            "stop",
            _("Non : cet usage est interdit."),
            _(
                "Les données ne servent jamais à promouvoir un produit de santé, à fixer une prime "
                "ou une garantie d’assurance, ni à faire de la publicité. Aucun hôpital ne peut y "
                "consentir."
            ),
            may_start=False,
        )
    if given["what"] == TECHNICAL:
        return Answer(
            "wait",
            _("Vous pouvez rédiger la demande, pas la porter."),
            _(
                "Un professionnel en poste la porte et la dépose. Invitez-le dès le brouillon : "
                "vous continuez d’écrire avec lui."
            ),
        )
    if given["where"] == NETWORK and given["what"] == SENIOR:
        return Answer(
            "done",
            _("Oui, vous pouvez porter une demande."),
            _("Commencez par votre idée : une personne du centre de données vous répond."),
        )
    if given["where"] == NETWORK and given["what"] == TRAINEE:
        return Answer(
            "done",
            _("Oui, avec un directeur en poste dans un hôpital du réseau."),
            _("Nommez votre directeur dans la demande : il l’accepte en un clic."),
        )
    if given["where"] == NOWHERE:
        return Answer(
            "wait",
            _("Pas seul : il faut un organisme qui réponde du traitement."),
            _(
                "Rapprochez-vous d’un professionnel d’un hôpital du réseau : il peut porter le "
                "projet avec vous dans l’équipe. Patients et associations peuvent aussi proposer "
                "une question de recherche en écrivant à un hôpital."
            ),
        )
    return Answer(
        "wait",
        _("Oui, avec un référent local."),
        _(
            "Un professionnel d’un hôpital du réseau cosigne la demande. Vous pouvez la déposer "
            "sans lui, sous réserve : une personne du centre de données l’examine et vous aide à "
            "le trouver."
        ),
    )
