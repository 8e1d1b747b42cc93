"""What the form of any step asks: the answer, the articles it rests on, its reasons, a confirmation
when it cannot be undone."""

from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.process.outlook import OpenStep, Outlook
from governance.process.shape import HOLDER, NEGATIVE
from projects.forms.difference import NAME, ask_difference
from projects.models import Request
from projects.queries.overview import article_titles

LONGEST_REASON = 8000

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
