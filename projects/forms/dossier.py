"""The forms of a researcher's pages: ideas, drafts, and the dossier's sections made from
`projects.dossier.form`."""

import re
from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from governance.charters.facts import PARIS
from governance.models import Establishment, Organisation
from governance.pages.conditional import conditional
from projects.dossier.answers import empty, wrong
from projects.dossier.form import Field
from projects.forms import DAY

INSTANT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class IdeaForm(forms.Form):
    """An idea: five lines, a hospital, a date if there is one."""

    title = forms.CharField(
        label=_("Titre"),
        max_length=160,
        help_text=_("Quelques mots, comme vous le diriez à un collègue."),
    )
    question = forms.CharField(
        label=_("Votre question"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=1500,
        help_text=_(
            "Cinq lignes suffisent : qui étudier, quoi comparer, depuis quand. "
            "Aucune donnée de patient ici."
        ),
    )
    establishment = forms.ModelChoiceField(
        label=_("Hôpital"),
        queryset=Establishment.objects.none(),
        empty_label=_("Choisissez un hôpital"),
        help_text=_("Son centre de données vous répond. D'autres hôpitaux pourront se joindre."),
    )
    wanted_by = forms.DateField(
        label=_("Échéance"),
        widget=DAY,
        required=False,
        help_text=_("Une thèse à soutenir, un appel à projets qui ferme : dites-le."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["establishment"].queryset = Establishment.objects.active()


class IdeaAnswerForm(forms.Form):
    """The answer of the data centre, with an appointment when one is offered."""

    answer = forms.CharField(
        label=_("Votre réponse"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=5000,
        help_text=_(
            "Les données existent-elles, combien de personnes, par où commencer. "
            "Elle part sous votre nom."
        ),
    )
    meeting_at = forms.DateTimeField(label=_("Rendez-vous proposé"), widget=INSTANT, required=False)

    def clean_meeting_at(self) -> datetime | None:
        """The instant, read as the time in Paris."""
        at = self.cleaned_data["meeting_at"]
        return at if at is None or at.tzinfo else at.replace(tzinfo=PARIS)


class TitleForm(forms.Form):
    """All that a new request asks."""

    title = forms.CharField(
        label=_("Titre de l'étude"),
        max_length=240,
        help_text=_("Vous pourrez le changer jusqu'au dépôt."),
    )


class TakeUpForm(forms.Form):
    """Where a count is taken up: one of the drafts that one writes, or a new one."""

    NEW = "new"

    draft = forms.ChoiceField(label=_("Dans quelle demande"), widget=forms.RadioSelect)
    title = conditional(
        forms.CharField(
            label=_("Titre de la nouvelle demande"),
            max_length=240,
            help_text=_("Il se change à tout moment. Sans objet pour un brouillon déjà ouvert."),
        )
    )

    def __init__(self, *args, drafts, **kwargs):
        super().__init__(*args, **kwargs)
        self.drafts = {str(draft.pk): draft for draft in drafts}
        self.fields["draft"].choices = [
            (self.NEW, _("Une nouvelle demande")),
            *(
                (key, draft.title or _("Brouillon sans titre"))
                for key, draft in self.drafts.items()
            ),
        ]

    @property
    def chosen(self):
        """The draft chosen; None for a new one."""
        return self.drafts.get(self.cleaned_data["draft"])

    def clean(self):
        said = super().clean()
        if said.get("draft") == self.NEW and not (said.get("title") or "").strip():
            self.add_error("title", _("Donnez un titre à la nouvelle demande."))
        return said


class AnswersForm(forms.Form):
    """The questions of a section, made from their declaration (`projects.dossier.form`).

    Nothing is required: a draft may be incomplete. `answers` are the values stored, by code;
    `cleaned_data` holds values as they are stored.
    """

    def __init__(self, questions: list[Field], answers: dict, data=None):
        self.questions = {question.code: question for question in questions}
        initial = {code: shown(self.questions[code], answers.get(code)) for code in self.questions}
        super().__init__(data, initial=initial, use_required_attribute=False)
        for question in questions:
            self.fields[question.code] = AnswerField(question)

    def answered(self) -> dict:
        """The well-formed values of what was typed; what is malformed is in `errors`."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.questions}


class AnswerField(forms.Field):
    """One question: read from the page as it is stored, or refused in words."""

    def __init__(self, question: Field):
        self.question = question
        widget = _widget(question)
        widget.attrs["aria-describedby"] = f"hint-{question.code} told-{question.code}"
        most = question.announced[1]
        if question.kind == "long" and most:
            widget.attrs["data-most"] = most
        super().__init__(label=question.label, required=False, widget=widget)

    def clean(self, value):
        """The value as it is stored. Raises ValidationError."""
        read = _read(self.question, value)
        if mistake := wrong(self.question, read):
            raise forms.ValidationError(mistake)
        return empty(self.question) if read in (None, "") else read


AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)
YES_OR_NO = (("yes", _("Oui")), ("no", _("Non")))


def _widget(question: Field) -> forms.Widget:
    match question.kind:
        case "long":
            most = question.announced[1] or 2000
            low = {"class": "low"} if most <= 500 else {}
            return forms.Textarea(attrs={"rows": 2 if low else 4 if most <= 1500 else 8} | low)
        case "choice":
            return forms.RadioSelect(choices=question.choices)
        case "many":
            return forms.CheckboxSelectMultiple(choices=question.choices)
        case "yes_no":
            return forms.RadioSelect(choices=YES_OR_NO)
        case "date":
            return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        case "number":
            return forms.TextInput(attrs={"inputmode": "numeric", "class": "short"})
        case "money":
            return forms.TextInput(attrs={"inputmode": "decimal", "class": "short"})
    return forms.TextInput()


def _order(question: Field):
    codes = [code for code, _words in question.choices]
    return lambda value: codes.index(value) if value in codes else len(codes)


def _amount(said: str) -> str:
    """An amount with its cents, as it is stored."""
    return f"{Decimal(said):.2f}" if AMOUNT.fullmatch(said) else said


def shown(question: Field, value):
    """A stored value as its control shows it."""
    if question.kind == "yes_no":
        return {True: "yes", False: "no"}.get(value, "")
    return empty(question) if value is None else value


def _read(question: Field, value):
    """What a control sends, in the type that is stored; what cannot be is left as it came."""
    if value is None:
        return None
    match question.kind:
        case "text" | "long":
            return value.replace("\r\n", "\n")
        case "yes_no":
            return {"yes": True, "no": False, "": None}.get(value, value)
        case "number":
            value = value.strip()
            return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value
        case "money":
            return _amount(re.sub(r"[\s€]", "", value).replace(",", "."))
        case "many":
            return sorted(set(value), key=_order(question))
    return value


class InviteForm(forms.Form):
    """Who is invited, and to what place."""

    email = forms.EmailField(label=_("Adresse électronique"))
    part = forms.ChoiceField(
        label=_("Place dans l'équipe"),
        widget=forms.RadioSelect,
        choices=[
            ("holder", _("Porteur : il prend votre place, et vous restez rédacteur")),
            ("writer", _("Rédacteur : il écrit dans le dossier, sans le porter")),
            ("member", _("Membre : il utilisera les données")),
            ("referent", _("Référent local : il cosigne une demande extérieure au réseau")),
            ("director", _("Directeur : il encadre un porteur en formation")),
        ],
    )

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        offered = self.fields["part"].choices
        self.fields["part"].choices = [each for each in offered if each[0] in places]


class OrganisationForm(forms.Form):
    """An organisation of the list, or a new one, and its part in the processing."""

    part = forms.ChoiceField(
        label=_("Sa part dans le traitement"),
        widget=forms.RadioSelect,
        choices=[
            ("controller", _("Responsable du traitement : il décide pourquoi et comment")),
            ("joint_controller", _("Responsable conjoint : il en décide avec un autre")),
            ("processor", _("Sous-traitant : il traite pour le responsable")),
            ("sponsor", _("Promoteur : il prend l'initiative de la recherche")),
        ],
    )
    organisation = conditional(
        forms.ModelChoiceField(
            label=_("Organisme"),
            queryset=Organisation.objects.none(),
            empty_label=_("Il n'est pas dans la liste : je le décris ci-dessous"),
        )
    )
    name = conditional(forms.CharField(label=_("Nom de l'organisme"), max_length=200))
    kind = conditional(
        forms.ChoiceField(
            label=_("Sa nature"), choices=[("", _("Choisissez")), *Organisation.Kind.choices]
        )
    )
    country = forms.CharField(
        label=_("Pays"),
        initial="FR",
        max_length=2,
        required=False,
        help_text=_("Deux lettres, comme FR."),
        widget=forms.TextInput(attrs={"class": "short"}),
    )
    dpo_name = forms.CharField(
        label=_("Son délégué à la protection des données"), max_length=160, required=False
    )
    dpo_email = conditional(forms.EmailField(label=_("Adresse du délégué")))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.all()

    def clean(self):
        """A new organisation says all that is asked of it."""
        said = super().clean()
        if said.get("organisation") is None:
            for name in ("name", "kind", "dpo_email"):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, _("Nécessaire pour un organisme hors de la liste."))
            said["country"] = (said.get("country") or "FR").upper()
        return said


class PaperForm(forms.Form):
    """A paper of the request."""

    document = forms.FileField(
        label=_("Fichier"),
        help_text=_("PDF, Word (.docx) ou OpenDocument (.odt), 20 Mo au plus."),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Ce fichier est vide. Choisissez-en un autre."),
        },
    )
    version = forms.CharField(
        label=_("Version"),
        max_length=40,
        required=False,
        help_text=_("Comme elle est écrite dans le document : 1.0, 2 mars…"),
    )


class ArrivalForm(forms.Form):
    """What a person who joins a team still has to sign and show. What is in order is not asked."""

    charter = forms.BooleanField(
        label=_("J'ai lu la charte et je m'engage à la respecter."),
        error_messages={"required": _("Cochez la case pour signer la charte.")},
    )
    no_reidentification = forms.BooleanField(
        label=_("Je m'engage à ne jamais chercher à réidentifier une personne."),
        error_messages={"required": _("Cochez la case pour signer cet engagement.")},
    )
    title = forms.CharField(
        label=_("Intitulé de votre formation à la protection des données"),
        max_length=160,
        required=False,
        help_text=_("Vous pouvez l'ajouter plus tard : il la faut pour ouvrir votre accès."),
    )
    obtained_on = forms.DateField(label=_("Obtenue le"), widget=DAY, required=False)
    document = forms.FileField(
        label=_("Attestation"),
        required=False,
        help_text=_("PDF, Word ou OpenDocument, 20 Mo au plus. Une photo convertie en PDF va."),
    )

    TRAINING = ("title", "obtained_on", "document")

    def __init__(self, *args, charter: bool, commitment: bool, training: bool, **kwargs):
        super().__init__(*args, **kwargs)
        for name, asked in (
            ("charter", charter),
            ("no_reidentification", commitment),
            *((name, training) for name in self.TRAINING),
        ):
            if not asked:
                del self.fields[name]

    def clean(self):
        """A training is whole or not there."""
        said = super().clean()
        given = [name for name in self.TRAINING if said.get(name)]
        for name in self.TRAINING:
            if given and name in self.fields and name not in given and name not in self.errors:
                self.add_error(name, _("Complétez la formation, ou laissez-la pour plus tard."))
        return said


class VariableSearchForm(forms.Form):
    """Looking for variables of the catalogue."""

    q = forms.CharField(label=_("Chercher une variable"), required=False, max_length=200)
    category = forms.ModelChoiceField(
        label=_("Catégorie"),
        queryset=Category.objects.none(),
        required=False,
        empty_label=_("Toutes"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.all()
