"""What is shown of what leaves the working spaces: each deposit, its files, what was found of them,
who answered what. A constant number of queries."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.process.measured import Measured, summary
from projects.airlock.rules import RULES, SOURCES, Severity, Source
from projects.domain.outputs import findings_of
from projects.models import Output, OutputFile, Request

CHIPS = {
    Output.State.DEPOSITED: "wait",
    Output.State.SECOND: "wait",
    Output.State.ASKED: "here",
    Output.State.STOPPED: "stop",
    Output.State.REFUSED: "stop",
    Output.State.RELEASED: "done",
    Output.State.FALLEN: "neutral",
}
SEVERITIES = {
    Severity.NOTE: ("neutral", _("à savoir")),
    Severity.DOUBT: ("neutral", _("à regarder de près")),
    Severity.RISK: ("wait", _("deux personnes contrôlent")),
    Severity.BARRED: ("stop", _("ne sort jamais")),
}
SAID = {
    "small_cell": _("Des cases comptent de 1 à 10 personnes"),
    "recovered_cell": _("Des cases masquées se retrouvent par soustraction, et sont petites"),
    "recovered_group": _("Des cases masquées font ensemble moins de 11 personnes"),
    "part_of_masked": _("Des effectifs sont masqués, et leur pourcentage est donné"),
    "differenced": _(
        "D'autres tables comptent presque les mêmes personnes : la différence en isole moins de 11"
    ),
    "recovered_across": _("Des cases masquées se retrouvent, ou presque, avec une autre table"),
    "not_compared": _("Ces fichiers n'ont pas pu être comparés à tout ce qui est déjà sorti"),
    "small_n": _("Le texte dit un effectif de moins de 11"),
    "dominance_nk": _("Deux contributeurs font plus de 90 % d'un total"),
    "dominance_p": _("Le plus grand contributeur d'un total se déduit à moins de 10 % près"),
    "extreme_value": _("Un minimum ou un maximum est souvent la valeur d'une seule personne"),
    "few_degrees": _("Un modèle a moins de 10 degrés de liberté résiduels"),
    "degrees_unsaid": _("Le modèle ne dit pas ses degrés de liberté résiduels"),
    "social_security_number": _("Un numéro de sécurité sociale (NIR, INS) s'y trouve"),
    "pseudonym": _("Des pseudonymes de personnes s'y trouvent"),
    "patient_number": _("Ce qui ressemble à un numéro de patient s'y trouve"),
    "email": _("Une adresse électronique s'y trouve"),
    "phone": _("Un numéro de téléphone s'y trouve"),
    "birth_date": _("Une date de naissance s'y trouve"),
    "person_name": _("Une colonne porte des noms de personnes"),
    "exact_dates": _("Une colonne porte des dates au jour près"),
    "row_level": _("Chaque ligne paraît être une personne : une colonne les numérote"),
    "unique_rows": _("La moitié des lignes sont seules de leur sorte (âge, sexe, dates…)"),
    "many_rows": _("La table a plus de 500 lignes"),
    "hidden_sheet": _("Une feuille est cachée"),
    "hidden_rows": _("Des lignes sont cachées"),
    "hidden_columns": _("Des colonnes sont cachées"),
    "hidden_text": _("Du texte est caché"),
    "comments": _("Des commentaires sont attachés"),
    "tracked_changes": _("Des modifications suivies gardent l'ancien texte"),
    "pivot_cache": _("Un tableau croisé garde avec lui les données dont il est fait"),
    "external_link": _("Le fichier mène à d'autres fichiers ou adresses"),
    "embedded_object": _("Un autre fichier est contenu dans celui-ci"),
    "metadata": _("Des informations sont écrites à côté de l'image"),
    "trailing_data": _("Des données suivent la fin de l'image"),
    "macro": _("Le fichier contient un programme (macro)"),
    "script": _("Le fichier contient un programme qui se lance à l'ouverture"),
    "plotted_points": _("Chaque point du dessin se relit : il peut être une personne"),
    "vector_figure": _("Un dessin vectoriel garde les valeurs qu'il montre"),
    "picture": _("Une image n'est lue par aucun contrôle automatique : regardez-la"),
    "cell_outputs": _("Le carnet garde ce que ses cellules ont affiché"),
    "attachments": _("Des fichiers sont attachés aux cellules du carnet"),
    "learned_model": _("Un modèle appris peut retenir des personnes"),
    "serialised_object": _("Un objet enregistré (pickle, RDS, HDF5…) peut contenir des données"),
    "archive": _("Une archive ne se contrôle pas : déposez les fichiers un par un"),
    "encrypted": _("Le fichier est chiffré : il ne se contrôle pas"),
    "unreadable": _("Le fichier ne se lit pas, ou demande trop pour être lu"),
    "unknown_format": _("Le format n'est pas de ceux que les contrôles lisent"),
    "other_format": _("Le contenu n'est pas du format que dit le nom"),
    "cut_short": _("Le fichier est long : le début seul est contrôlé"),
}
"""What is said of each rule that a file does not follow."""


@dataclass(frozen=True)
class FindingSaid:
    """A finding in words: how grave it is, where, and which text of the field asks for it."""

    words: str
    chip: str
    severity: str
    places: str
    more: int
    source: Source | None


def said_of(file: OutputFile) -> list[FindingSaid]:
    """What was found in a file, in words, the gravest first."""
    found = []
    for each in findings_of(file):
        rule = RULES[each.rule]
        chip, severity = SEVERITIES[rule.severity]
        found.append(
            FindingSaid(
                words=str(SAID[rule.code]),
                chip=chip,
                severity=str(severity),
                places=", ".join(each.places),
                more=each.count - len(each.places) if each.places else 0,
                source=SOURCES.get(rule.source),
            )
        )
    return found


def outputs_of(request: Request):
    """The deposits of a request, newest first, with all that is told of them. Five queries."""
    found = request.outputs.select_related(
        "request__case", "deposited_by", "corrects", "corrected_by"
    )
    return found.prefetch_related("sites__establishment", "files__file", "checks__by")


def let_out(request: Request) -> list[tuple[str, int]]:
    """How many files of each kind left, with their kind. One query."""
    released = OutputFile.objects.filter(
        output__request=request.pk, output__state=Output.State.RELEASED
    )
    counted = Counter(released.order_by().values_list("kind", flat=True))
    return [(str(kind.label), counted[kind]) for kind in OutputFile.Kind if counted[kind]]


def delays_of_checks(at: datetime) -> Measured:
    """How long deposits wait for their answer, in days: those not answered yet are censored, those
    that a check of the portal stopped or that fell are apart. One query."""
    rows = Output.objects.filter(
        ~Q(state__in=(Output.State.STOPPED, Output.State.FALLEN)), deposited_at__lte=at
    )
    by_days: dict[int, list[int]] = {}
    for deposited, ended in rows.order_by().values_list("deposited_at", "ended_at"):
        days = ((ended or at) - deposited).days
        by_days.setdefault(max(0, days), [0, 0])[ended is None] += 1
    return summary(by_days)
