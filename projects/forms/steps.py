"""The form of each step, made from the table and from what that step alone asks.

One class a family of steps; `form_class` says which. What a form says is checked again by
`projects.process.details` when the step is taken.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.models import Establishment
from governance.pages.conditional import conditional
from governance.qualification import FORMALITIES, QUALIFICATIONS
from projects.domain.linkage import reason_of
from projects.forms import DAY
from projects.forms.returned import ReturnForm
from projects.forms.step import StepForm
from projects.process.details import ANSWERS, GROUNDS, LONGEST_SEEN, MOST_HOURS
from projects.queries.history import ANSWER_WORDS, FINDING_WORDS, GROUND_WORDS, route_words
from projects.queries.overview import CONVENTIONS, say


class AdmitForm(StepForm):
    """The findings of a person where the machine alone could not say; and what they looked at of
    the holder's status, which the holder alone declares (U-01)."""

    def own_fields(self) -> None:
        self.fields["holder_seen"] = forms.CharField(
            label=_("D'après quoi vous avez vérifié le statut du porteur"),
            required=False,
            max_length=LONGEST_SEEN,
            help_text=_(
                "Il le déclare : l'annuaire de son établissement, son contrat, un échange avec son "
                "service le confirment. Laissé vide, la décision ne dit pas qu'il a été vérifié."
            ),
        )
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
        found = {"findings": findings} if findings else {}
        seen = self.cleaned_data.get("holder_seen", "").strip()
        return found | ({"holder_seen": seen} if seen else {})


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
