"""The form in which a cohort is built, without anything but buttons: what was typed, read and kept.

Each button sends the whole form back; what is chosen so far travels in it (``chosen``, the
criteria as JSON), so that nothing is stored before one counts or keeps the cohort. The same
definition can be written as JSON text, or given as a file: the contract's own form, or OHDSI's. One
of OHDSI that the contract cannot say has no criteria to show: its text travels in the form.
"""

import json
from dataclasses import dataclass, field

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.cohort import CohortError, parse
from catalog.cohort.codes import CATEGORIES, with_its_dot
from catalog.cohort.definition import OPERATORS
from catalog.cohort_words import Read, criteria_in_words, read_back
from catalog.domain.cohorts import (
    TERMINOLOGIES_OF,
    is_as_it_is,
    read_definition,
    read_to_count,
)
from catalog.models import Concept
from catalog.models.category import in_language
from catalog.queries import branch, concepts, narrower

GROUPS = (
    ("all", _("Il le faut")),
    ("any", _("Il en faut un au moins de ceux-là")),
    ("none", _("Il ne le faut pas")),
)
KINDS = (
    ("condition", _("Un diagnostic")),
    ("procedure", _("Un acte")),
    ("drug", _("Un médicament")),
    ("measurement", _("Une mesure")),
    ("note", _("Un document")),
)
CODED = ("condition", "procedure", "drug")
LONGEST = 200_000
SHOWN, SHOWN_UNDER = 30, 100
"""Codes shown for a search; those just under a code."""
LONGEST_CODE = 20
MOST_LETTERS = 160
"""Of a title."""


class CohortForm(forms.Form):
    """Title, period, age, sex: the part of a cohort that is the same whatever its criteria."""

    title = forms.CharField(
        label=_("Titre"),
        max_length=MOST_LETTERS,
        required=False,
        help_text=_("Pour le retrouver : « Infarctus après 75 ans »."),
    )
    start = forms.DateField(
        label=_("Du"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    end = forms.DateField(
        label=_("Au"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    age_min = forms.IntegerField(
        label=_("Âge, à partir de"), min_value=0, max_value=150, required=False
    )
    age_max = forms.IntegerField(label=_("jusqu’à"), min_value=0, max_value=150, required=False)
    sex = forms.ChoiceField(
        label=_("Sexe"),
        required=False,
        widget=forms.RadioSelect,
        choices=[("", _("Toutes les personnes")), ("F", _("Femmes")), ("M", _("Hommes"))],
    )

    def definition(self, chosen: list) -> dict:
        """The contract's JSON of what is typed and chosen. The form must be valid."""
        said = self.cleaned_data
        found: dict = {}
        if said.get("start") or said.get("end"):
            found["period"] = {
                "from": said["start"].isoformat() if said.get("start") else None,
                "to": said["end"].isoformat() if said.get("end") else None,
            }
        if said.get("age_min") is not None or said.get("age_max") is not None:
            found["age"] = {"min": said.get("age_min"), "max": said.get("age_max")}
        if said.get("sex"):
            found["sex"] = [said["sex"]]
        for group, criterion in chosen:
            found.setdefault(group, []).append(criterion)
        return found


class CriterionForm(forms.Form):
    """What to add: words to find codes by, codes picked or typed, and in which group."""

    words = forms.CharField(label=_("Mots ou code à chercher"), max_length=200, required=False)
    codes = forms.MultipleChoiceField(
        label=_("Codes trouvés"), required=False, widget=forms.CheckboxSelectMultiple
    )
    typed = forms.CharField(
        label=_("Ou des codes que vous connaissez"),
        max_length=4000,
        required=False,
        help_text=_("Séparés par des espaces ; « I21.* » prend I21 et tout ce qui en dépend."),
    )
    below = forms.BooleanField(
        label=_("Avec tous les codes qui en dépendent"), required=False, initial=True
    )
    op = forms.ChoiceField(label=_("Résultat"), required=False)
    value = forms.FloatField(label=_("Valeur"), required=False)
    unit = forms.CharField(label=_("Unité"), max_length=30, required=False)
    category = forms.ChoiceField(label=_("Nature du document"), required=False)
    contains = forms.CharField(label=_("Qui contient"), max_length=200, required=False)
    group = forms.ChoiceField(
        label=_("Ce critère"), choices=GROUPS, initial="all", widget=forms.RadioSelect
    )

    FIELDS = {
        "measurement": ("words", "codes", "typed", "op", "value", "unit", "group"),
        "note": ("category", "contains", "group"),
    } | dict.fromkeys(CODED, ("words", "codes", "typed", "below", "group"))

    def __init__(self, kind: str, *args, found=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.kind, self.found = kind, list(found)
        for name in set(self.fields) - set(self.FIELDS[kind]):
            del self.fields[name]
        if "codes" in self.fields:
            self.fields["codes"].choices = [(c.code, f"{c.code} · {c.label}") for c in found]
        if "op" in self.fields:
            signs = [(op, op) for op in OPERATORS]
            self.fields["op"].choices = [("", _("Quel qu’il soit")), *signs]
        if "category" in self.fields:
            names = [(code, in_language(*said)) for code, said in CATEGORIES.items()]
            self.fields["category"].choices = [("", _("Quelle qu’elle soit")), *names]

    @property
    def branches(self) -> list[tuple]:
        """The codes found under which there are others: (concept, how many). One query."""
        if self.kind not in CODED:
            return []
        codes = list(dict.fromkeys(concept.code for concept in self.found))
        under = narrower(TERMINOLOGIES_OF[self.kind], codes)
        return [(each, under[each.code]) for each in self.found if each.code in under]

    def criteria(self) -> list[dict]:
        """The criteria said, in the contract's form. The form must be valid; may be empty."""
        said = self.cleaned_data
        if self.kind == "note":
            note = {name: said[name] for name in ("category", "contains") if said.get(name)}
            return [{"note": note}] if note else []
        typed = said["typed"].replace(",", " ").split()
        if self.kind == "condition":
            typed = [with_its_dot(code) for code in typed]
        codes = list(dict.fromkeys([*said["codes"], *typed]))
        if self.kind == "measurement":
            return [{"measurement": self._measure(code)} for code in codes]
        if said.get("below"):
            codes = [code if code.endswith(".*") else f"{code}.*" for code in codes]
        return [{self.kind: codes}] if codes else []

    def _measure(self, code: str) -> dict:
        said = self.cleaned_data
        found: dict = {"code": code}
        if said.get("op") or said.get("value") is not None:
            found |= {"op": said.get("op"), "value": said.get("value")}
        if said.get("unit"):
            found["unit"] = said["unit"]
        return found


def found_concepts(kind: str, words: str) -> list[Concept]:
    """The concepts of a kind of criterion that hold every word."""
    if kind not in TERMINOLOGIES_OF or not words.strip():
        return []
    return [
        concept
        for terminology in TERMINOLOGIES_OF[kind]
        for concept in concepts(terminology, words, limit=SHOWN)
    ][:SHOWN]


@dataclass
class Built:
    """A cohort being built: what is typed (``form``), the criteria ``chosen`` (pairs of a group and
    the contract's JSON), the one being added, what is wrong."""

    form: CohortForm
    chosen: list = field(default_factory=list)
    adding: CriterionForm | None = None
    json: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What of a definition of OHDSI was read a little otherwise, or cannot be said here."""
    as_it_is: dict | None = None
    """The definition of OHDSI that is counted as it is, in the place of criteria."""

    @property
    def read(self) -> Read:
        """The definition of OHDSI by its own names."""
        return read_back(self.as_it_is)

    @property
    def chosen_json(self) -> str:
        """The criteria, as the form carries them."""
        return json.dumps(self.chosen, ensure_ascii=False)

    @property
    def groups(self) -> list[tuple]:
        """The criteria in words, by group: (label, [(place in ``chosen``, words)])."""
        words = criteria_in_words(_parsed([criterion for _group, criterion in self.chosen]))
        placed = [(group, place) for place, (group, _criterion) in enumerate(self.chosen)]
        return [
            (label, [(place, words[place]) for group, place in placed if group == code])
            for code, label in GROUPS
            if any(group == code for group, _place in placed)
        ]

    def definition(self) -> dict | None:
        """The contract's JSON, or None (and ``problems``) for what does not hold."""
        if not self.form.is_valid():
            return None
        if self.as_it_is is not None:
            return self.as_it_is
        found = self.form.definition(self.chosen)
        try:
            read_definition(found)
        except CohortError as error:
            self.problems += _sentences(error)
            return None
        return found


def opened(definition: dict, title: str = "") -> Built:
    """The form filled with a definition that holds; blank for an empty one."""
    if not definition:
        return Built(CohortForm(initial={"title": title}))
    if is_as_it_is(definition):
        form = CohortForm({"title": title})
        return Built(form, json=_pretty(definition), as_it_is=definition)
    period, age = definition.get("period") or {}, definition.get("age") or {}
    sex = definition.get("sex") or []
    data = {
        "title": title,
        "start": period.get("from") or "",
        "end": period.get("to") or "",
        "age_min": _text(age.get("min")),
        "age_max": _text(age.get("max")),
        "sex": sex[0] if len(sex) == 1 else "",
    }
    chosen = [(group, each) for group, _label in GROUPS for each in definition.get(group, ())]
    return Built(CohortForm(data), chosen, json=_pretty(definition))


def changed(data, files=None) -> Built:
    """The form as it came back, once the button pressed (``do``) has done what it says."""
    built = Built(CohortForm(data), _chosen(data.get("chosen", "")), json=data.get("json", ""))
    do, _colon, what = data.get("do", "").partition(":")
    kind = data.get("kind", "")
    if do == "json" or (do != "criteria" and data.get("as_it_is")):
        return _from_text(built, (files or {}).get("file"))
    if do == "remove":
        built.chosen = [pair for place, pair in enumerate(built.chosen) if str(place) != what]
    elif do == "kind" and what in CriterionForm.FIELDS:
        built.adding = CriterionForm(what, initial={"group": data.get("group", "all")})
    elif do == "under" and kind in CODED:
        _add_or_search(built, kind, data, add=False, under=what[:LONGEST_CODE])
    elif kind in CriterionForm.FIELDS and do != "close":
        _add_or_search(built, kind, data, add=do in ("add", "count", "keep"))
    return built


def _add_or_search(built: Built, kind: str, data, *, add: bool, under: str = "") -> None:
    """Add the criterion typed, or show the codes found for the words asked, or those around the
    code ``under``."""
    if under and "\0" not in under:
        found = branch(TERMINOLOGIES_OF[kind], under, limit=SHOWN_UNDER)
    else:
        found = found_concepts(kind, data.get("words", ""))
    known = [code for code in data.getlist("codes") if code not in {c.code for c in found}]
    kept = list(
        Concept.objects.filter(terminology__in=TERMINOLOGIES_OF.get(kind, ()), code__in=known)
    )
    built.adding = CriterionForm(kind, data, found=[*kept, *found])
    if not built.adding.is_valid():
        built.problems += [e for errors in built.adding.errors.values() for e in errors]
        return
    criteria = built.adding.criteria()
    if not add or not criteria:
        if data.get("do") == "add":
            built.problems.append(str(_("Choisissez un code au moins, ou remplissez un champ.")))
        return
    try:
        read_definition({"all": criteria})
    except CohortError as error:
        built.problems += _sentences(error)
        return
    group = built.adding.cleaned_data["group"]
    built.chosen = [*built.chosen, *((group, each) for each in criteria)]
    built.adding = None


def _from_text(built: Built, file=None) -> Built:
    """The form filled from the JSON typed, or from the file given; as it was, with the faults, when
    that does not hold."""
    text: str | bytes = built.json.replace("\0", "")
    if file:
        text = file.read(LONGEST + 1)
        built.json = text.decode("utf-8", "replace").replace("\0", "")[:LONGEST]
    try:
        read = read_to_count(text)
    except CohortError as error:
        built.problems += [
            f"{problem.pointer} : {sentence}" if problem.pointer else sentence
            for problem, sentence in zip(error.problems, _sentences(error), strict=True)
        ]
        return built
    title = built.form.data.get("title", "") or str(read.said.get("Title") or "")[:MOST_LETTERS]
    found = opened(read.said, title)
    found.notes = [note.sentence(get_language() or "fr") for note in read.notes]
    return found


def _sentences(error: CohortError) -> list[str]:
    return [problem.sentence(get_language() or "fr") for problem in error.problems]


def _parsed(criteria: list) -> list:
    return list(parse({"all": criteria}, known=lambda kind, code: True).every) if criteria else []


def _pretty(definition: dict) -> str:
    return json.dumps(definition, ensure_ascii=False, indent=1)


def _text(value) -> str:
    return "" if value is None else str(value)


def _chosen(text: str) -> list:
    """The criteria that the form carried; what we did not write ourselves is none of them."""
    try:
        pairs = [(group, criterion) for group, criterion in json.loads(text[:LONGEST] or "[]")]
        _parsed([criterion for _group, criterion in pairs])
    except (ValueError, TypeError, RecursionError):
        return []
    return [pair for pair in pairs if pair[0] in dict(GROUPS)]
