"""What is said of an extraction that ended without data: the site's program says codes and names of
columns (`projects.domain.extractions`), here are the words for them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ENDS = {
    "expired": _("L'établissement n'a pas répondu avant la fin de validité de l'ordre."),
    "manifest.absent": _("L'établissement a dit avoir livré, sans manifeste."),
    "manifest.signature": _("Le manifeste reçu ne porte pas la signature de l'établissement."),
    "manifest.order": _("Le manifeste reçu est celui d'un autre ordre."),
    "manifest.linkage": _("Le chaînage que dit le manifeste n'est pas celui qui est autorisé."),
    "cancelled": _("Le site s'est arrêté à votre demande."),
    "disk_full": _("Le disque du site est plein. Faites de la place, puis lancez de nouveau."),
    "disk_small": _(
        "Le disque du site est trop petit pour cette livraison : rien n'a été commencé. "
        "Faites de la place, puis lancez de nouveau."
    ),
    "storage": _("Le disque du site a refusé d'écrire ou de lire."),
    "no_memory": _("La mémoire accordée au programme du site ne suffit pas."),
    "absent": _("L'entrepôt n'est pas là où le programme du site le cherche."),
    "no_table": _("Une table manque dans l'entrepôt."),
    "no_column": _("Une colonne manque dans l'entrepôt."),
    "wrong_type": _("Une colonne de l'entrepôt n'est pas du type attendu."),
    "unreadable": _("Une table de l'entrepôt ne se lit pas : son fichier est abîmé."),
    "unreachable": _("L'entrepôt ne répond pas."),
    "too_long": _("Le comptage a duré plus que ce que le site permet."),
    "not_local": _("Ce connecteur compte, mais n'extrait pas."),
    "query": _("Le moteur de l'entrepôt a refusé la requête."),
    "check": _("Ce qui a été écrit n'est pas ce que l'ordre permet : rien n'a été livré."),
    "keys": _("La clé ou le secret du site ne peut pas servir."),
    "internal": _("Une erreur du programme du site ; son journal en dit plus."),
    "unknown_key": _("Le site ne connaît pas la clé du portail qui a signé l'ordre."),
    "signature": _("La signature de l'ordre ne tient pas."),
    "site": _("L'ordre est arrivé à un autre établissement."),
    "objections": _(
        "Des oppositions reçues avant l'ordre n'étaient pas encore appliquées : relancez-le."
    ),
    "version": _("Le programme du site attend une autre version des ordres."),
    "field": _("Il manque une information dans l'ordre."),
    "perimeter": _("Le périmètre demandé n'est pas livrable : le site le refuse."),
    "linkage": _("Le chaînage est refusé : rien n'a été livré."),
    "third_party": _(
        "Le tiers de confiance ne répond pas. Lancez de nouveau quand il sera revenu."
    ),
    "links": _("Le site n'a plus la correspondance d'une livraison chaînée : restaurez « links »."),
    "space_provider": _("Le programme qui fait les espaces du site n'a pas pu le faire."),
    "space_timeout": _("Le programme qui fait les espaces du site n'a pas répondu à temps."),
    "overtaken": _("Le site a obéi à un ordre plus récent."),
    "delivery": _("Le site n'a plus la livraison à mettre dans l'espace : restaurez-la."),
    "number": _("Le site connaît cette étude sous un autre numéro."),
    "kind": _("Le programme du site ne connaît pas encore cet ordre : mettez-le à jour."),
    "inactive_site": _(
        "Cet établissement a quitté le réseau : le portail ne lui donne plus d'ordre."
    ),
    "certificate.absent": _("Le site a dit avoir détruit l'espace, sans certificat."),
    "certificate.signature": _("Le certificat reçu ne porte pas la signature de l'établissement."),
    "certificate.order": _("Le certificat reçu est celui d'un autre ordre."),
    "cohort": _("La définition de la population n'est pas lisible au site."),
}
"""What is said of an end without data, by the code of the site's program or of the portal."""

FAILED = {
    "files": _("les fichiers écrits ne sont pas ceux attendus"),
    "columns": _("les colonnes ne sont pas exactement celles autorisées"),
    "codes": _("des codes ne sont pas de ceux autorisés"),
    "identifiers": _("un identifiant s'y trouve"),
    "pseudonyms": _("un pseudonyme n'a pas la forme voulue"),
    "marks": _("un identifiant ne porte pas la marque de la livraison"),
    "keys": _("les pseudonymes ne sont pas tirés des clés de ce projet"),
    "rows": _("le nombre de lignes n'est pas celui attendu"),
    "period": _("des dates sortent de la période autorisée"),
    "persons": _("des personnes ne sont pas de la population"),
    "persons_changed": _("la population a changé pendant l'extraction"),
    "persons_missing": _("des personnes de la population manquent"),
    "shifts": _("des dates ne sont pas décalées"),
    "objectors": _("une personne opposée s'y trouve"),
    "not_informed": _("une personne non informée s'y trouve"),
    "ages": _("un âge est trop précis"),
    "small_groups": _("un groupe est trop petit pour sortir"),
    "subtraction": _("un petit groupe se retrouverait par soustraction"),
    "manifest": _("le manifeste ne décrit pas ce qui est livré"),
}
"""What each check of the site on its own files says when it fails."""

WHY = {
    "too_many": _("trop de variables sont demandées"),
    "empty": _("aucune variable n'est demandée"),
    "date": _("une date de la période ne se lit pas"),
    "upside_down": _("la période finit avant de commencer"),
    "type": _("une variable ne se lit pas"),
    "unknown_table": _("cette table n'est pas de celles qui se livrent"),
    "unknown_column": _("cette colonne n'existe pas dans l'entrepôt"),
    "identifier": _("cette colonne identifie les personnes, elle ne sort jamais"),
    "free_text": _("cette colonne est un texte libre, elle ne sort jamais"),
    "codes": _("les codes de cette variable ne se lisent pas"),
    "no_grant": _("la demande vient sans autorisation"),
    "malformed": _("l'autorisation ne se lit pas"),
    "unknown_key": _("l'autorisation est signée par une clé inconnue"),
    "signature": _("la signature de l'autorisation ne tient pas"),
    "version": _("l'autorisation est d'une autre version"),
    "expired": _("l'autorisation n'est plus valide"),
    "site": _("l'autorisation n'est pas pour cet établissement"),
    "not_in_project": _("cet établissement n'est pas du projet"),
    "project": _("l'autorisation est pour un autre projet"),
    "too_many_persons": _("trop de personnes sont demandées à la fois"),
    "unknown_site": _("le tiers de confiance ne connaît pas cet établissement"),
    "sealed": _("le tiers de confiance ne peut pas ouvrir ce que le site a scellé"),
    "replayed": _("l'autorisation a déjà servi, pour d'autres personnes : lancez de nouveau"),
}
"""Why a site refuses the perimeter of an order, or the third party a link."""

NAMED = {
    "table": _("table « %(name)s »"),
    "column": _("colonne « %(name)s »"),
    "expected": _("attendu : %(name)s"),
    "found": _("trouvé : %(name)s"),
    "needs": _("il faut : %(name)s"),
    "free": _("libre : %(name)s"),
}


def end_words(message: str) -> str:
    """What an end says, in the reader's language: its sentence, then what and why, in words. A code
    that has none is left out: the site's own log says it."""
    code, *said = message.split(" · ")
    values = dict(each.split(" ", 1) for each in said if " " in each)
    words = str(ENDS.get(code, ENDS["internal"])) if code else ""
    more = [
        *_named(values),
        *_variable(values.get("pointer", "")),
        *_reasons(values),
    ]
    return f"{words} ({', '.join(more)})" if more else words


def _named(values: dict[str, str]) -> list[str]:
    return [
        str(words) % {"name": values[name]} for name, words in NAMED.items() if values.get(name)
    ]


def _variable(pointer: str) -> list[str]:
    """The variable at fault, by its rank in the request's list."""
    _root, _sep, rest = pointer.partition("/variables/")
    rank = rest.partition("/")[0]
    return [str(_("variable n° %(rank)d")) % {"rank": int(rank) + 1}] if rank.isdecimal() else []


def _reasons(values: dict[str, str]) -> list[str]:
    found: list[Promise | None] = [
        FAILED.get(values.get("check", "")),
        WHY.get(values.get("why", "")),
    ]
    return [str(each) for each in found if each is not None]
