"""What checks of a warehouse say, in the reader's language. Sentences of the checks themselves are
in their list, which the site's program reads too, without Django."""

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from catalog.warehouse.quality.checks import CHECKS, NEVER_FAILS, TABLE_WORDS

REASONS: dict[str, Promise] = {
    "unreachable": gettext_lazy("L’entrepôt n’a pas répondu. Vérifiez qu’il est en marche."),
    "unreadable": gettext_lazy("Une table ne peut pas être lue : son fichier est abîmé."),
    "absent": gettext_lazy("L’entrepôt n’est pas là où les réglages du site le disent."),
    "query": gettext_lazy("L’entrepôt a refusé une requête ; le journal du site dit laquelle."),
    "no_memory": gettext_lazy("La mémoire accordée au programme du site ne suffit pas."),
    "disk_full": gettext_lazy("Le disque du site est plein."),
    "cancelled": gettext_lazy("Le contrôle a été arrêté."),
    "figure": gettext_lazy(
        "Le site a envoyé des chiffres qu’il ne devait pas envoyer : rien n’en a été gardé. "
        "Prévenez le réseau."
    ),
    "unknown_check": gettext_lazy(
        "Le programme du site et le portail n’ont pas la même liste de contrôles : mettez-les à la "
        "même version. Rien n’a été gardé."
    ),
    "kind": gettext_lazy(
        "Le programme du site ne connaît pas encore ce contrôle : mettez-le à jour."
    ),
}
OTHERWISE = gettext_lazy("Le contrôle n’a pas abouti ; le journal du site dit pourquoi.")


def why(reason: str) -> Promise:
    """Why a run gave nothing, and what to do."""
    return REASONS.get(reason, OTHERWISE)


def sentence_of(code: str) -> str:
    """What a check says should hold, without its full stop; its code once it is not declared."""
    check = CHECKS.get(code)
    return check.sentence(get_language() or "fr").removesuffix(".") if check else code


def table_words(table: str) -> str:
    """The name of a table of the layout."""
    french, english = TABLE_WORDS.get(table, (table, table))
    return english if (get_language() or "fr").startswith("en") else french


def percent(share: float | None) -> str:
    """A share as written: never rounded to none nor to all when it is not."""
    if share is None:
        return ""
    if 0 < share < 0.1:
        return _("moins de 0,1 %")
    if 99.9 < share < 100:
        return _("plus de 99,9 %")
    # Django's own formats cut decimals off: 10.99 would read 10.
    rounded = round(float(share), 1)
    places = 0 if rounded.is_integer() else 1
    return _("%(share)s %%") % {"share": number_format(rounded, places)}


def tolerated(code: str) -> str:
    """How much a check tolerates."""
    check = CHECKS.get(code)
    if check is None:
        return ""
    if check.threshold == NEVER_FAILS:
        return _("sans seuil")
    return percent(check.threshold) if check.threshold else _("aucune")


def in_words(result) -> str:
    """What the result of a check says, in a sentence or two."""
    said = sentence_of(result.code)
    if result.failed is None and result.rows is not None:
        return _(
            "%(check)s. Quelques lignes n’y satisfont pas : trop peu pour en dire le nombre."
        ) % {"check": said}
    if result.failed:
        figures = {
            "check": said,
            "failed": number_format(result.failed, force_grouping=True),
            "rows": number_format(result.rows, force_grouping=True),
            "share": percent(result.share),
            "tolerated": tolerated(result.code),
        }
        return (
            _(
                "%(check)s. Environ %(failed)s lignes sur %(rows)s n’y satisfont pas : %(share)s "
                "(toléré : %(tolerated)s)."
            )
            % figures
        )
    return f"{said}."
