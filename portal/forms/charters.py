"""Forms about versions of the charters."""

from collections.abc import Iterable
from dataclasses import replace

from django import forms
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.charters import CHARTERS, Article, Charter, Clause
from governance.charters.checks import CHECKS
from governance.charters.loader import LARGEST, usual_parameters
from governance.charters.parameters import Parameter
from governance.charters.sentences import check_words, codes_words
from governance.domain import studies
from governance.models.charter_proposal import CharterVoice
from governance.models.establishment import Establishment
from governance.process.amendments import AMENDMENT
from governance.process.proposed import codes_offered
from governance.process.table import REQUEST
from portal.templatetags.guichet import CHARTER_NAMES, instant_words, parameter_words, say

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NETWORK = ""


class CharterFile(forms.FileField):
    """A version as a TOML file; cleans to its text."""

    default_error_messages = {
        "not_text": _("Ce fichier n'est pas un texte en UTF-8."),
        "too_large": _("Ce fichier dépasse 512 ko."),
    }

    def clean(self, data, initial=None):
        """The text of the file; empty when none was given."""
        given = super().clean(data, initial)
        if not given:
            return ""
        if given.size > LARGEST:
            raise forms.ValidationError(self.error_messages["too_large"], code="too_large")
        try:
            return given.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(self.error_messages["not_text"], code="not_text") from error


class ProposalForm(forms.Form):
    """A version to prepare: of which charter, for whom, from a file or from the one in force."""

    charter = forms.ChoiceField(
        label=_("Charte"),
        choices=lambda: [(code, CHARTER_NAMES[code]) for code in CHARTERS],
        widget=forms.RadioSelect,
    )
    place = forms.ChoiceField(
        label=_("Pour qui"),
        required=False,
        help_text=_(
            "La version d'un établissement peut être plus stricte que celle du réseau, jamais "
            "moins ; elle vaut pour les demandes qu'il conduit."
        ),
    )
    why = forms.CharField(
        label=_("Pourquoi"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Ce que les membres du comité liront avant de voter."),
    )
    file = CharterFile(
        label=_("Fichier TOML de la version"),
        required=False,
        help_text=_("Sans fichier, on part de la version en vigueur et on la change à l'écran."),
    )

    def __init__(self, *args, places: set[str | None], **kwargs):
        super().__init__(*args, **kwargs)
        own = Establishment.objects.order_by("position", "name")
        if None not in places:
            own = own.filter(pk__in=places)
        network = [(NETWORK, _("Tout le réseau"))] if None in places else []
        self.fields["place"].choices = network + [(each.pk, each.name) for each in own]


class TextForm(forms.Form):
    """What is said of a version beside its articles: its date, why; or another file."""

    in_force_from = forms.DateField(
        label=_("Date d'effet"),
        widget=DAY,
        help_text=_("Elle ne peut pas être passée le jour du vote."),
    )
    why = forms.CharField(
        label=_("Pourquoi"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    file = CharterFile(
        label=_("Remplacer tout le texte par un fichier TOML"),
        required=False,
        help_text=_("La date d'effet est alors celle du fichier."),
    )


class ArticleForm(forms.Form):
    """One article, changed on screen: words, and for each control what it guards and asks."""

    def __init__(self, *args, article: Article, **kwargs):
        super().__init__(*args, **kwargs)
        self.article = article
        for name, label, rows in (
            ("title", _("Titre"), 1),
            ("text", _("Texte"), 6),
            ("looks_at", _("Ce qui est regardé"), 2),
        ):
            for language, tongue in (("fr", _("en français")), ("en", _("en anglais"))):
                field = _words(label, tongue, rows, getattr(article, name)[language])
                field.widget.attrs["lang"] = language
                self.fields[f"{name}_{language}"] = field
        for number, clause in enumerate(article.clauses):
            self._add_clause(number, clause)

    def _add_clause(self, number: int, clause: Clause) -> None:
        keyed = CHECKS[clause.check].keyed
        self.fields[f"check_{number}"] = forms.ChoiceField(
            label=_("%(clause)s : contrôle") % {"clause": clause.code},
            choices=_checks(keyed),
            initial=clause.check,
        )
        if clause.steps:
            self.fields[f"steps_{number}"] = forms.MultipleChoiceField(
                label=_("%(clause)s : étapes gardées") % {"clause": clause.code},
                choices=steps(),
                widget=forms.CheckboxSelectMultiple,
                initial=clause.steps,
            )
        for place, parameter in enumerate(clause.parameters.values()):
            self.fields[f"parameter_{number}_{place}"] = _parameter_field(clause, parameter)

    def changed(self) -> Article:
        """The article as the form says it."""
        said = self.cleaned_data
        return replace(
            self.article,
            **{
                name: {language: said[f"{name}_{language}"] for language in ("fr", "en")}
                for name in ("title", "text", "looks_at")
            },
            clauses=tuple(
                self._changed_clause(number, clause)
                for number, clause in enumerate(self.article.clauses)
            ),
        )

    @property
    def asks_otherwise(self) -> bool:
        """Whether it names another check, that reads values of its own: they are to be read."""
        said = self.cleaned_data
        return any(
            said[f"check_{number}"] != clause.check
            and bool(CHECKS[said[f"check_{number}"]].parameters)
            for number, clause in enumerate(self.article.clauses)
        )

    def _changed_clause(self, number: int, clause: Clause) -> Clause:
        said = self.cleaned_data
        chosen = tuple(said.get(f"steps_{number}", ()))
        guarded = _in_order(clause.steps, chosen)
        return replace(
            clause,
            check=said[f"check_{number}"],
            steps=guarded,
            reserve_at=tuple(step for step in clause.reserve_at if step in guarded),
            parameters=self._parameters(number, clause),
        )

    def _parameters(self, number: int, clause: Clause) -> dict[str, Parameter]:
        """What its check reads; another one reads its own, with the values that the charters give
        them where they name it, to be changed next."""
        said = self.cleaned_data
        own = {
            parameter.name: replace(
                parameter, value=_value(parameter, said[f"parameter_{number}_{place}"])
            )
            for place, parameter in enumerate(clause.parameters.values())
        }
        check = said[f"check_{number}"]
        if check == clause.check:
            return own
        read = CHECKS[clause.check].parameters
        beside = {name: each for name, each in own.items() if name not in read}
        return beside | usual_parameters(check)


def _checks(keyed: bool) -> list[tuple[str, str]]:
    """The checks that may stand in for one another, in words, sorted by them."""
    language = get_language() or "fr"
    named = [(n, check_words(n, language)) for n, each in CHECKS.items() if each.keyed == keyed]
    return sorted(named, key=lambda pair: slugify(pair[1]))


def steps() -> list[tuple[str, str]]:
    """Every step that an article can guard, by its code, in the reader's language."""
    language = get_language() or "fr"
    named = {s.code: s.label.say(language) for p in (AMENDMENT, REQUEST) for s in p.steps}
    return list(named.items())


def _words(label, tongue, rows: int, initial: str) -> forms.CharField:
    widget = forms.TextInput() if rows == 1 else forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=_("%(what)s, %(language)s") % {"what": label, "language": tongue},
        widget=widget,
        initial=initial,
        max_length=20_000,
    )


def _parameter_field(clause: Clause, parameter: Parameter) -> forms.Field:
    label = _("%(clause)s : %(parameter)s") % {
        "clause": clause.code,
        "parameter": say(parameter.label),
    }
    if parameter.type == "integer":
        return forms.IntegerField(
            label=label,
            initial=parameter.value,
            min_value=0,
            max_value=10**6,
            help_text=_("Aujourd'hui : %(value)s.") % {"value": parameter_words(parameter)},
        )
    if parameter.type == "flag":
        return forms.BooleanField(label=label, initial=parameter.value, required=False)
    if parameter.type == "codes":
        language = get_language() or "fr"
        codes = dict.fromkeys((*codes_offered(clause.check, parameter), *parameter.value))
        return forms.MultipleChoiceField(
            label=label,
            choices=[(each, codes_words(parameter.name, [each], language)) for each in codes],
            widget=forms.CheckboxSelectMultiple,
            initial=parameter.value,
            required=False,
        )
    return forms.CharField(label=label, initial=parameter.value)


def _value(parameter: Parameter, said):
    if parameter.type == "codes":
        return _in_order(parameter.value, said)
    return said


def _in_order(was: Iterable[str], chosen: Iterable[str]) -> tuple[str, ...]:
    """What is chosen: what was already there in its order, then the rest."""
    kept = tuple(each for each in was if each in chosen)
    return kept + tuple(each for each in chosen if each not in kept)


class StudyForm(forms.Form):
    """How far back an impact study looks."""

    last = forms.IntegerField(
        label=_("Dernières décisions à rejuger"),
        min_value=0,
        max_value=studies.MOST,
        initial=studies.LAST,
        help_text=_("Les demandes en cours sont toutes rejugées."),
    )


class SessionForm(forms.Form):
    """The session that votes on a version."""

    session = forms.ModelChoiceField(
        label=_("Séance"), queryset=None, widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args, sessions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = sessions
        self.fields["session"].label_from_instance = _session_words


def _session_words(session) -> str:
    return f"{instant_words(session.starts_at)}, {session.body}"


class VoiceForm(forms.Form):
    """A member's voice on a version."""

    choice = forms.ChoiceField(
        label=_("Votre voix"), choices=CharterVoice.Choice, widget=forms.RadioSelect
    )


class VoteForm(forms.Form):
    """Where the result of a vote is written."""

    minutes = forms.CharField(
        label=_("Référence du procès-verbal"),
        max_length=80,
        help_text=_("Celle du procès-verbal de la séance."),
    )


def with_article(charter: Charter, changed: Article) -> Charter:
    """The charter with one of its articles changed."""
    articles = tuple(changed if each.code == changed.code else each for each in charter.articles)
    return replace(charter, articles=articles)
