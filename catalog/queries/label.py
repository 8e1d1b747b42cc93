"""The quality label of a dataset: the six elements of article 78 of the European health data space,
each with its evidence.

Documentation, technical quality and coverage are computed from what the catalogue holds, and from
what the checks of the warehouse found.
Management is computed and declared; access and modifications are declared. What is declared has a
proof and a term; what is computed holds a year from the day on which it was measured or checked.
The label is held while every element is, and until the first of their days.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import Dataset, LabelDeclaration, Variable
from catalog.models.dataset import REVIEW_MONTHS
from catalog.quality_words import percent
from catalog.queries.quality import Summary
from governance.charters.facts import months_later, today
from governance.dates import say_day, shown_day

MEASURED_MONTHS = 12
"""Months after which a measure is to be made again."""

WORDS: dict[str, tuple[Promise, Promise]] = {
    "documentation": (
        gettext_lazy("Comment elles sont décrites"),
        gettext_lazy("Sait-on ce que chaque donnée veut dire, et d’où elle vient ?"),
    ),
    "technical": (
        gettext_lazy("Si elles sont complètes"),
        gettext_lazy("Quelle part est remplie, et quand l’a-t-on mesuré ?"),
    ),
    "management": (
        LabelDeclaration.Element.MANAGEMENT.label,
        gettext_lazy("Qui relit, qui vérifie, et que fait-on quand quelqu’un signale une erreur ?"),
    ),
    "coverage": (
        gettext_lazy("De qui elles parlent, et depuis quand"),
        gettext_lazy("Quels patients, quelles années, combien ?"),
    ),
    "access": (
        LabelDeclaration.Element.ACCESS.label,
        gettext_lazy("Combien de temps entre le soin et l’entrepôt, puis jusqu’aux chercheurs ?"),
    ),
    "modifications": (
        LabelDeclaration.Element.MODIFICATIONS.label,
        gettext_lazy("Sont-elles mêlées à d’autres, et le sait-on ?"),
    ),
}
"""Each element's title and the question it answers, in the words of everyone."""

DECLARED = frozenset(LabelDeclaration.Element.values)


@dataclass(frozen=True)
class Element:
    """One element: its evidence in sentences, what was declared, what lacks, its last day."""

    code: str
    evidence: list[str]
    lacks: list[str]
    until: date | None
    declaration: LabelDeclaration | None = None

    @property
    def title(self) -> Promise:
        """What it is called."""
        return WORDS[self.code][0]

    @property
    def question(self) -> Promise:
        """The question it answers."""
        return WORDS[self.code][1]

    @property
    def held(self) -> bool:
        """Whether nothing lacks."""
        return not self.lacks

    @property
    def declared(self) -> bool:
        """Whether the establishment has something to declare of it."""
        return self.code in DECLARED


@dataclass(frozen=True)
class Label:
    """The label of one dataset."""

    elements: list[Element]

    @property
    def held(self) -> int:
        """How many elements are held."""
        return sum(each.held for each in self.elements)

    @property
    def given(self) -> bool:
        """Whether every element is held."""
        return self.held == len(self.elements)

    @property
    def until(self) -> date | None:
        """The first day on which an element of a label that is held ends."""
        days = [each.until for each in self.elements if each.until]
        return min(days) if self.given and days else None


def label_of(
    dataset: Dataset, variables: list[Variable], quality: Summary | None, *, at: datetime
) -> Label:
    """The label of ``dataset``, whose ``variables`` are those of ``variables_of`` and ``quality``
    what ``summary_of_data`` says of their tables. Two queries."""
    day = today(at)
    last: dict[str, LabelDeclaration] = {}
    for each in dataset.declarations.all():
        last.setdefault(each.element, each)
    late = dataset.findings.waiting().filter(due_at__lt=at).exists()
    found = {
        "documentation": _documentation(dataset, variables, day),
        "technical": _technical(variables, quality, day),
        "management": _management(late),
        "coverage": _coverage(dataset, day),
    }
    return Label([_element(code, *found.get(code, ([], [], None)), last, day) for code in WORDS])


def _element(code, evidence, lacks, until, last, day) -> Element:
    """An element with what was declared of it, when something is to be."""
    if code not in DECLARED:
        return Element(code, evidence, lacks, until)
    said = last.get(code)
    if said is None:
        return Element(code, evidence, [*lacks, _("L’hôpital n’a encore rien déclaré.")], until)
    if said.valid_until < day:
        over = _("La déclaration a pris fin le %(day)s.") % {"day": say_day(said.valid_until)}
        return Element(code, evidence, [*lacks, over], said.valid_until, said)
    return Element(code, evidence, lacks, said.valid_until, said)


def _documentation(dataset: Dataset, variables: list[Variable], day: date):
    lacks, until, evidence = [], None, []
    if dataset.reviewed_on:
        until = months_later(dataset.reviewed_on, REVIEW_MONTHS)
        evidence.append(_("Description relue le %(day)s.") % {"day": say_day(dataset.reviewed_on)})
    if not dataset.is_current(day):
        lacks.append(_("La description est à relire : elle doit l’être chaque année."))
    if not variables:
        return evidence, [*lacks, _("Aucune variable n’est décrite.")], until
    coded = sum(bool(each.terminology or each.unit) for each in variables)
    said = ngettext("%(n)d variable décrite", "%(n)d variables décrites", len(variables))
    evidence.append(
        _("%(described)s, dont %(coded)d avec leur terminologie ou leur unité.")
        % {"described": said % {"n": len(variables)}, "coded": coded}
    )
    return evidence, lacks, until


def _technical(variables: list[Variable], quality: Summary | None, day: date):
    checked = _checked(quality, day)
    measured = [each.rate for each in variables if each.rate.measured_on]
    if not measured:
        return checked, [_("Le remplissage n’a pas encore été mesuré.")], None
    oldest = min(each.measured_on for each in measured)
    until = months_later(oldest, MEASURED_MONTHS)
    evidence = [
        _("Remplies à %(rate)d %% en moyenne, mesuré le %(day)s sur %(n)d variables.")
        % {
            "rate": round(sum(each.rate for each in measured) / len(measured)),
            "day": say_day(oldest),
            "n": len(measured),
        },
        *checked,
    ]
    lacks = []
    if len(measured) < len(variables):
        lacks.append(_("Toutes les variables n’ont pas été mesurées."))
    if until < day:
        lacks.append(_("La mesure a plus d’un an."))
    return evidence, lacks, until


def _checked(quality: Summary | None, day: date) -> list[str]:
    """What the checks of the warehouse found, as evidence: for as long as a measure counts."""
    if quality is None or months_later(shown_day(quality.at), MEASURED_MONTHS) < day:
        return []
    parts = [
        _("%(kind)s %(share)s") % {"kind": share.kind.label, "share": percent(share.percent)}
        for share in quality.shares
        if share.judged
    ]
    return [
        ngettext(
            "Contrôles de l’hôpital tenus : %(parts)s, le %(day)s sur %(n)d contrôle.",
            "Contrôles de l’hôpital tenus : %(parts)s, le %(day)s sur %(n)d contrôles.",
            quality.judged,
        )
        % {"parts": ", ".join(parts), "day": say_day(quality.at), "n": quality.judged}
    ]


def _management(late: bool):
    if late:
        return [], [_("Une anomalie signalée attend sa réponse au-delà du délai promis.")], None
    return [_("Aucune anomalie signalée n’attend sa réponse au-delà du délai promis.")], [], None


def _coverage(dataset: Dataset, day: date):
    evidence, lacks, until = [dataset.population], [], None
    if dataset.until_year:
        years = _("De %(since)d à %(until)d.")
        evidence.append(years % {"since": dataset.since_year, "until": dataset.until_year})
    else:
        evidence.append(_("Depuis %(since)d.") % {"since": dataset.since_year})
    if dataset.measured_on is None:
        return evidence, [_("Le nombre de patients n’a pas encore été mesuré.")], None
    until = months_later(dataset.measured_on, MEASURED_MONTHS)
    if until < day:
        lacks.append(_("Le volume a été mesuré il y a plus d’un an."))
    evidence.append(_("Volume mesuré le %(day)s.") % {"day": say_day(dataset.measured_on)})
    return evidence, lacks, until
