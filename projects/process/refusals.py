"""Why a step was not taken, in words that say what to do now."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.process.refusals import DifferenceNeeded, NotPermitted, Refusal, StepRefused
from projects.models import Request
from projects.queries.overview import in_default, say, site_names

NOT_PERMITTED = {
    "role": gettext_lazy("Cette étape n'est pas de votre rôle sur cette demande."),
    "party": gettext_lazy(
        "Vous avez fait partie de l'équipe de cette demande : une autre personne doit décider."
    ),
    "conflict": gettext_lazy(
        "Vous avez un lien d'intérêts avec cette demande : une autre personne doit décider."
    ),
    "apart": gettext_lazy(
        "Vous avez déjà pris une décision dont celle-ci doit être séparée : "
        "une autre personne doit la prendre."
    ),
    "delegation": gettext_lazy(
        "Aucune délégation de signature valable ne vous couvre pour cette décision. "
        "L'administrateur de l'établissement l'enregistre."
    ),
}
REFUSED = {
    "stale": gettext_lazy(
        "Quelqu'un a décidé entre-temps. Lisez ce qui a changé, puis confirmez ou renoncez : "
        "ce que vous avez écrit est gardé."
    ),
    "wrong_state": gettext_lazy(
        "Cette étape n'est plus ouverte : la demande a avancé entre-temps."
    ),
    "unknown_step": gettext_lazy("Choisissez une réponse."),
    "article_needed": gettext_lazy("Une décision négative cite au moins un article."),
    "reason_needed": gettext_lazy("Écrivez les raisons de cette décision."),
    "difference_needed": gettext_lazy(
        "Des demandes pareilles, pour les articles cités, ont reçu une autre réponse. Lisez-les, "
        "puis dites en une phrase ce qui distingue celle-ci : elle est publiée."
    ),
    "amendment_differs": gettext_lazy(
        "Des avenants pareils, pour les articles cités, ont reçu une autre réponse. Lisez-les, "
        "puis dites en une phrase ce qui distingue celui-ci : elle est publiée."
    ),
    "unknown_article": gettext_lazy(
        "Un des articles cités n'est pas de la charte de cette demande."
    ),
    "key_reused": gettext_lazy(
        "Cette page a déjà servi à une autre décision. Relisez-la, puis confirmez."
    ),
}
FIELDS = {
    "article_needed": "articles",
    "unknown_article": "articles",
    "reason_needed": "reason",
    "difference_needed": "difference",
}
"""The field of the form that a refusal is about."""


def refusal_words(refusal: Refusal, request: Request) -> list[str]:
    """What is said of a refusal, a sentence each."""
    if isinstance(refusal, StepRefused):
        names = site_names()
        return [
            in_default(request).sentence if v.clause == "no_default" else say(v, names)
            for v in refusal.verdicts
        ]
    if isinstance(refusal, NotPermitted):
        return [str(NOT_PERMITTED[refusal.why])]
    if isinstance(refusal, DifferenceNeeded):
        amended = any(d.case.parent for d in refusal.precedents)
        code = "amendment_differs" if amended else refusal.code
        numbers = ", ".join((d.case.parent or d.case).number for d in refusal.precedents)
        named = _("Ces demandes : %(numbers)s.") % {"numbers": numbers}
        return [f"{REFUSED[code]} {named}"]
    return [str(REFUSED.get(refusal.code, _("Cette étape est refusée.")))]
