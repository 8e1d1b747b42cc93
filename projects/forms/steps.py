"""The form of each step, made from the table: the answer, what that step alone asks, the articles
it rests on, its reasons, a confirmation when it cannot be undone.

One class a family of steps; `form_class` says which. What a form says is checked again by
`projects.process.details` when the step is taken.
"""

from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.models import Establishment
from governance.pages.conditional import conditional
from governance.process.engine import OpenStep, Outlook
from governance.process.shape import HOLDER, NEGATIVE
from governance.qualification import FORMALITIES, QUALIFICATIONS
from projects.domain.linkage import reason_of
from projects.dossier.form import SECTIONS
from projects.dossier.points import points_for
from projects.forms import DAY
from projects.forms.difference import NAME, ask_difference
from projects.models import Request
from projects.process.details import ANSWERS, GROUNDS, MOST_HOURS
from projects.queries.history import ANSWER_WORDS, FINDING_WORDS, GROUND_WORDS, route_words
from projects.queries.overview import CONVENTIONS, article_titles, say

LONGEST_REASON = 8000
POINTS = 1
"""Blank points that a return offers; as many more as one asks for."""
MOST_POINTS = 30

SUGGESTED = {
    "refuse": ("U-01", "U-02", "U-03", "U-04", "U-05", "U-07", "U-15", "U-16", "P-02", "P-05"),
    "drop": ("C-07",),
    "state_feasibility": ("P-02", "P-01", "P-13"),
    "give_opinion": ("U-15", "U-16"),
    "return_to_committee": ("U-15", "U-16"),
    "agree_with_limits": ("P-12",),
    "decline": ("P-12",),
    "report_undeliverable": ("P-09", "P-07", "P-12"),
    "block": ("U-06", "U-08", "U-09", "U-10"),
    "confirm_suspension": ("U-06", "U-08", "U-09", "U-10"),
    "revoke": ("U-08", "U-09", "U-10"),
    "close_in_default": ("U-11",),
    "authorise": ("U-06", "U-08", "U-09", "U-10", "U-11", "U-12", "U-13", "C-02", "C-03"),
}
"""The articles that a decision rests on most often: shown first, the others one click away."""

REASONS = {
    "appeal": _("Ce que vous contestez, et pourquoi"),
    "return_to_committee": _("Ce qui a changé, et doit être examiné de nouveau"),
}


@dataclass(frozen=True)
class Group:
    """Fields shown together, under a title or folded under it."""

    fields: list
    title: str | Promise = ""
    fold: bool = False

    @property
    def opened(self) -> bool:
        """Whether a fold shows what it holds: something in it is filled or wrong."""
        return any(f.errors or f.value() for f in self.fields)


class ArticlesField(forms.MultipleChoiceField):
    """Articles cited. That one at least is cited is the form's matter: others are folded apart."""

    def validate(self, value):
        if value:
            super().validate(value)


class StepForm(forms.Form):
    """What any step asks. `demand` is the request, `found` the step as it stands open."""

    def __init__(self, *args, demand: Request, found: OpenStep, outlook: Outlook, **kwargs):
        self.demand, self.found, self.step = demand, found, found.step
        self.outlook, self.track = outlook, found.track
        super().__init__(*args, **kwargs)
        if len(found.answers) > 1 and not self.answers_itself:
            self.fields["outcome"] = forms.ChoiceField(
                label=_("Votre réponse"),
                widget=forms.RadioSelect,
                choices=[(a.code, a.label.say(get_language() or "fr")) for a in found.answers],
                error_messages={"required": _("Choisissez une réponse.")},
            )
        self.own_fields()
        if self.cites:
            self._article_fields()
        self._reason_field()
        if NAME in self.data:
            ask_difference(self, required=False)
        if self.step.irreversible:
            self.fields["confirm"] = forms.BooleanField(
                label=_("Je confirme : cette décision ne se défait pas."),
                error_messages={"required": _("Cochez la case pour confirmer.")},
            )

    answers_itself = False
    """Whether the answer follows from what the form asks."""

    def own_fields(self) -> None:
        """Add what this step alone asks."""

    def details(self) -> dict:
        """What this step alone says, as `projects.process.details` reads it."""
        return {}

    @property
    def negative(self) -> bool:
        return any(a.tone == NEGATIVE for a in self.found.answers)

    @property
    def cites(self) -> bool:
        """Whether the decision may rest on articles: those of staff that are reasoned."""
        staffs = HOLDER not in self.step.actors
        return self.negative or (staffs and self.step.reasoned) or self.step.code == "authorise"

    def _article_fields(self) -> None:
        titles = article_titles(self.demand.case, self.outlook.at)
        first = [code for code in SUGGESTED.get(self.step.code, ()) if code in titles]
        named = [(code, f"{title} ({code})") for code, title in titles.items()]
        conditions = self.step.code == "authorise"
        self.fields["articles"] = ArticlesField(
            label=_("Conditions de l'autorisation") if conditions else _("Articles cités"),
            required=all(a.tone == NEGATIVE for a in self.found.answers),
            widget=forms.CheckboxSelectMultiple,
            choices=[each for each in named if each[0] in first] if first else named,
            initial=first if conditions else None,
            help_text=_(
                "L'autorisation peut être retirée si l'une d'elles n'est plus remplie "
                "(CRPA L.242-2)."
            )
            if conditions
            else _("Une décision négative cite au moins un article."),
        )
        if first:
            self.fields["other_articles"] = forms.MultipleChoiceField(
                label=_("Autres articles"),
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[each for each in named if each[0] not in first],
            )

    def _reason_field(self) -> None:
        if not (self.step.reasoned or self.negative):
            return
        always = self.step.reasoned or all(a.tone == NEGATIVE for a in self.found.answers)
        negative = _("Les raisons en droit et en fait (CRPA L.211-2 et L.211-5).")
        self.fields["reason"] = forms.CharField(
            label=REASONS.get(self.step.code, _("Raisons")),
            required=always,
            max_length=LONGEST_REASON,
            widget=forms.Textarea(attrs={"rows": 6}),
            help_text=negative if self.negative else "",
            error_messages={"required": _("Écrivez les raisons de cette décision.")},
        )

    def clean(self):
        said = super().clean()
        articles = self.fields.get("articles")
        cited = said.get("articles") or said.get("other_articles")
        if articles is not None and articles.required and not cited:
            self.add_error("articles", _("Une décision négative cite au moins un article."))
        return said

    def groups(self) -> list[Group]:
        """The fields as the page shows them: those that stand alone, those folded away."""
        fields = [self[name] for name in self.fields]
        others = [f for f in fields if f.name == "other_articles"]
        if not others:
            return [Group(fields)]
        place = fields.index(others[0])
        fold = Group(others, _("Autres articles"), fold=True)
        return [Group(fields[:place]), fold, Group(fields[place + 1 :])]

    def asked(self) -> dict:
        """What is asked of the engine."""
        said = self.cleaned_data
        return {
            "outcome": said.get("outcome") or None,
            "articles": tuple(said.get("articles", []) + said.get("other_articles", [])),
            "reason": said.get("reason", ""),
            "difference": said.get(NAME, ""),
            "details": self.details(),
        }


class AdmitForm(StepForm):
    """The findings of a person where the machine alone could not say."""

    def own_fields(self) -> None:
        names = dict(Establishment.objects.values_list("slug", "short_name"))
        for verdict in self.outlook.to_settle("admit"):
            if verdict.holds is None:
                self.fields[f"finding_{verdict.clause}"] = forms.ChoiceField(
                    label=_("Votre constat sur l'article %(article)s")
                    % {"article": verdict.article},
                    help_text=say(verdict, names),
                    widget=forms.RadioSelect,
                    choices=list(FINDING_WORDS.items()),
                    error_messages={"required": _("Dites ce que vous constatez.")},
                )

    def details(self) -> dict:
        findings = {
            name.removeprefix("finding_"): said
            for name, said in self.cleaned_data.items()
            if name.startswith("finding_")
        }
        return {"findings": findings} if findings else {}


class ReturnForm(StepForm):
    """Points, picked from the library or written; a later round says why not before."""

    def own_fields(self) -> None:
        language = "en" if (get_language() or "").startswith("en") else "fr"
        titles = {s.code: s.title for s in SECTIONS}
        self.library = {p.code: p for p in points_for(self.demand.case.lead_id)}
        self.language = language
        self.fields["library"] = forms.MultipleChoiceField(
            label=_("Points fréquents"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[
                (code, f"{titles[point.section]} : {point.text[language]}")
                for code, point in self.library.items()
            ],
        )
        for number in range(1, self.rows + 1):
            self._point_fields(number)
        if self.demand.case.decisions.filter(step="return").exists():
            self.fields["why_not_before"] = forms.CharField(
                label=_("Pourquoi ces points n'ont pas été demandés la première fois"),
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={
                    "required": _("Dites pourquoi ce n'a pas été demandé la première fois.")
                },
            )

    @property
    def rows(self) -> int:
        """How many points can be written: one more each time one asks."""
        sent = self.data or self.initial
        said = str(sent.get("rows", ""))
        rows = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else POINTS
        return max(POINTS, min(rows + ("more" in sent), MOST_POINTS))

    def groups(self) -> list[Group]:
        points = [
            Group(
                [self[f"{name}_{number}"] for name in ("text", "section", "field", "article")],
                _("Point %(number)d") % {"number": number},
            )
            for number in range(1, self.rows + 1)
        ]
        library = Group([self["library"]], _("Choisir parmi les points fréquents"), fold=True)
        last = [self[name] for name in ("why_not_before",) if name in self.fields]
        return [library, *points, Group(last)]

    def _point_fields(self, number: int) -> None:
        fields = [("", _("La section entière"))] + [
            (s.title, [(f"{s.code}.{f.code}", f.label) for f in s.fields])
            for s in SECTIONS
            if s.fields
        ]
        self.fields[f"text_{number}"] = forms.CharField(
            label=_("Ce que vous demandez (point %(number)d)") % {"number": number},
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        self.fields[f"section_{number}"] = forms.ChoiceField(
            label=_("Section (point %(number)d)") % {"number": number},
            required=False,
            choices=[("", _("Choisissez")), *((s.code, s.title) for s in SECTIONS)],
        )
        self.fields[f"field_{number}"] = forms.ChoiceField(
            label=_("Question précise (point %(number)d)") % {"number": number},
            required=False,
            choices=fields,
        )
        titles = article_titles(self.demand.case, self.outlook.at)
        self.fields[f"article_{number}"] = forms.ChoiceField(
            label=_("Article que cela sert (point %(number)d)") % {"number": number},
            required=False,
            choices=[("", _("Aucun")), *((c, f"{t} ({c})") for c, t in titles.items())],
        )

    def clean(self):
        said = super().clean()
        for number in range(1, self.rows + 1):
            field = said.get(f"field_{number}") or ""
            if field and not said.get(f"section_{number}"):
                said[f"section_{number}"] = field.split(".")[0]
            if said.get(f"text_{number}") and not said.get(f"section_{number}"):
                self.add_error(f"section_{number}", _("Choisissez la section de ce point."))
            elif field and field.split(".")[0] != said.get(f"section_{number}"):
                self.add_error(f"field_{number}", _("Cette question est d'une autre section."))
        if not self.errors and not self._points():
            self.add_error("library", _("Demandez au moins un point."))
        return said

    def _points(self) -> list[dict]:
        said = self.cleaned_data
        picked = [self.library[code] for code in said.get("library", [])]
        points = [
            {"section": p.section, "field": p.field, "article": p.article, "text": p.text["fr"]}
            | ({"text": p.text[self.language]} if self.language == "en" else {})
            for p in picked
        ]
        for number in range(1, self.rows + 1):
            if said.get(f"text_{number}"):
                points.append(
                    {
                        "section": said[f"section_{number}"],
                        "field": said[f"field_{number}"].partition(".")[2],
                        "article": said[f"article_{number}"],
                        "text": said[f"text_{number}"],
                    }
                )
        return points

    def details(self) -> dict:
        why = self.cleaned_data.get("why_not_before", "")
        return {"points": [point | {"why_not_before": why} for point in self._points()]}


class FeasibilityForm(StepForm):
    """What the methodologist answers, with the work foreseen."""

    def own_fields(self) -> None:
        self.fields["hours"] = forms.IntegerField(
            label=_("Travail prévu chez vous, en heures"),
            required=False,
            min_value=0,
            max_value=MOST_HOURS,
            help_text=_("Le délégataire le lit avant de donner l'accord de l'établissement."),
        )

    def details(self) -> dict:
        hours = self.cleaned_data.get("hours")
        return {} if hours is None else {"hours": hours}


class QualifyForm(StepForm):
    """The route: what was computed is proposed, to differ needs a reason."""

    def own_fields(self) -> None:
        found = getattr(self.demand, "qualification", None)
        computed = found.computed if found else {}
        self.fields["qualification"] = forms.ChoiceField(
            label=_("Qualification"),
            choices=[(code, route_words(code)) for code in QUALIFICATIONS],
            initial=(found and found.set_qualification) or computed.get("qualification"),
        )
        self.fields["formality"] = forms.ChoiceField(
            label=_("Formalité"),
            choices=[(code, route_words(code)) for code in FORMALITIES],
            initial=(found and found.set_formality) or computed.get("formality"),
        )
        self.fields["differs_reason"] = conditional(
            forms.CharField(
                label=_("Pourquoi cette voie diffère"),
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=_(
                    "Nécessaire si elle diffère de la voie calculée ou de l'avis du DPO. "
                    "Cette raison est publiée."
                ),
            )
        )
        self.fields["conventions"] = forms.MultipleChoiceField(
            label=_("Conventions à signer"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=list(CONVENTIONS.items()),
            initial=["access"],
        )

    def details(self) -> dict:
        names = ("qualification", "formality", "differs_reason", "conventions")
        return {name: self.cleaned_data[name] for name in names}


class SiteAnswerForm(StepForm):
    """A decline or limits of an establishment: the ground, the limits, from when."""

    def own_fields(self) -> None:
        self.fields["ground"] = forms.ChoiceField(
            label=_("Motif propre à l'établissement"),
            widget=forms.RadioSelect,
            choices=[(code, GROUND_WORDS[code]) for code in GROUNDS],
            error_messages={"required": _("Choisissez un motif de la liste.")},
        )
        self.fields["ready_on"] = conditional(
            forms.DateField(
                label=_("Livraison possible à partir du"),
                widget=DAY,
                help_text=_("Nécessaire pour le motif de capacité."),
            )
        )
        if self.step.code == "agree_with_limits":
            self.fields["limit"] = forms.CharField(
                label=_("Limites"),
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("Une variable, une année, une date."),
                error_messages={"required": _("Dites ce que l'accord ne couvre pas.")},
            )
            self._limit_fields()

    def _limit_fields(self) -> None:
        """The limits that the extraction applies by itself."""
        asked = self.demand.asked_variables.select_related("variable").order_by("id")
        self.fields["without"] = forms.MultipleChoiceField(
            label=_("Variables que l'établissement garde"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(each.variable_id, each.variable.label) for each in asked],
            help_text=_("L'extraction les laissera de côté d'elle-même."),
        )
        for name, label in (
            ("period_start", _("Pas de données avant le")),
            ("period_end", _("Pas de données après le")),
        ):
            self.fields[name] = forms.DateField(label=label, required=False, widget=DAY)

    def clean(self):
        said = super().clean()
        if said.get("ground") == "capacity" and not said.get("ready_on"):
            self.add_error("ready_on", _("Donnez la date à partir de laquelle livrer."))
        return said

    def details(self) -> dict:
        said = {"ground": self.cleaned_data["ground"]}
        if said["ground"] == "capacity":
            said["ready_on"] = self.cleaned_data["ready_on"].isoformat()
        if "limit" in self.fields:
            said["limit"] = self.cleaned_data["limit"]
            said["without"] = self.cleaned_data["without"]
            days = {name: self.cleaned_data[name] for name in ("period_start", "period_end")}
            said |= {name: day.isoformat() for name, day in days.items() if day}
        return said


class AnswerForm(StepForm):
    """The answer of a body, from which the outcome follows."""

    answers_itself = True

    def own_fields(self) -> None:
        self.fields["answer"] = forms.ChoiceField(
            label=_("Réponse de l'organisme"),
            widget=forms.RadioSelect,
            choices=list(ANSWER_WORDS.items()),
            error_messages={"required": _("Choisissez une réponse de la liste.")},
        )
        self.fields["on"] = forms.DateField(label=_("Datée du"), widget=DAY)
        self.fields["reference"] = forms.CharField(
            label=_("Référence"), required=False, max_length=120
        )

    def details(self) -> dict:
        said = self.cleaned_data
        return {
            "answer": said["answer"],
            "on": said["on"].isoformat(),
            "reference": said["reference"],
        }

    def asked(self) -> dict:
        answer = self.cleaned_data["answer"]
        outcome = next(code for code, answers in ANSWERS.items() if answer in answers)
        return super().asked() | {"outcome": outcome}


class ConventionForm(StepForm):
    """A convention's reference and the day it was signed."""

    def own_fields(self) -> None:
        self.fields["reference"] = forms.CharField(label=_("Référence"), max_length=80)
        self.fields["signed_on"] = forms.DateField(label=_("Signée le"), widget=DAY)

    def details(self) -> dict:
        said = self.cleaned_data
        return {"reference": said["reference"], "signed_on": said["signed_on"].isoformat()}


class OpinionForm(StepForm):
    """The committee's opinion, with its reservations."""

    def own_fields(self) -> None:
        self.fields["reservations"] = conditional(
            forms.CharField(
                label=_("Réserves"),
                max_length=4000,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=_("Nécessaires pour un avis favorable avec réserves."),
            )
        )

    def clean(self):
        said = super().clean()
        if said.get("outcome") == "reserved" and not said.get("reservations"):
            self.add_error("reservations", _("Écrivez les réserves."))
        return said

    def details(self) -> dict:
        return {"reservations": self.cleaned_data["reservations"]}


class AuthoriseForm(StepForm):
    """The months granted and the conditions, article by article."""

    def own_fields(self) -> None:
        calendar = self.demand.sections.filter(code="calendar").first()
        self.fields["months"] = forms.IntegerField(
            label=_("Durée d'accès, en mois"),
            min_value=1,
            max_value=120,
            initial=calendar.answers.get("access_months") if calendar else None,
        )
        self.fields["conditions"] = forms.CharField(
            label=_("Conditions particulières"),
            required=False,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("En plus des articles cochés ci-dessous."),
        )
        reason = reason_of(self.demand)
        if reason is not None:
            self.fields["linkage"] = forms.BooleanField(
                label=_(
                    "Autoriser le chaînage : reconnaître une même personne d'un hôpital à l'autre"
                ),
                required=False,
                help_text=_("Pourquoi, selon la demande : %(reason)s") % {"reason": reason},
            )

    def details(self) -> dict:
        said = ("months", "conditions", "linkage")
        return {name: self.cleaned_data[name] for name in said if name in self.cleaned_data}


FORMS = {
    "admit": AdmitForm,
    "return": ReturnForm,
    "state_feasibility": FeasibilityForm,
    "qualify": QualifyForm,
    "agree_with_limits": SiteAnswerForm,
    "decline": SiteAnswerForm,
    "record_answer": AnswerForm,
    "sign_convention": ConventionForm,
    "give_opinion": OpinionForm,
    "authorise": AuthoriseForm,
}


def form_class(step: str) -> type[StepForm]:
    """The form of `step`."""
    return FORMS.get(step, StepForm)
