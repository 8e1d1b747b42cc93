"""Forms of the committee's sessions."""

from datetime import datetime, time

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.charters.facts import PARIS
from governance.pages.conditional import conditional
from projects.forms import DAY
from projects.forms.difference import NAME, ask_difference
from projects.forms.reservations import ask_reservations, reservations_written, rows_asked
from projects.queries.agenda import CHOICES, FINDINGS, GROUNDS, JUDGED


class SessionForm(forms.Form):
    """A new session."""

    body = forms.ModelChoiceField(label=_("Comité"), queryset=None, empty_label=None)
    day = forms.DateField(label=_("Jour de la séance"), widget=DAY)
    hour = forms.TimeField(
        label=_("Heure"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    closes_on = forms.DateField(
        label=_("Dernier jour pour s'y inscrire"),
        widget=DAY,
        help_text=_("Un dossier transmis plus tard ira à la séance suivante."),
    )
    place = forms.CharField(
        label=_("Lieu"), max_length=200, help_text=_("Une salle, ou le lien de visioconférence.")
    )

    def __init__(self, *args, bodies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].queryset = bodies

    def call(self) -> dict:
        """What `call_session` is called with."""
        said = self.cleaned_data
        return {
            "starts_at": datetime.combine(said["day"], said["hour"], PARIS),
            "closes_for_deposit_at": datetime.combine(said["closes_on"], time(23, 59), PARIS),
            "place": said["place"],
        }


class AloneForm(forms.Form):
    """The deliberation by which a committee lets its chair give some opinions alone."""

    since = forms.DateField(label=_("Du"), widget=DAY)
    until = forms.DateField(label=_("Au"), widget=DAY, help_text=_("Ce jour est compris."))
    act = forms.CharField(label=_("Référence de la délibération"), max_length=80)


class RapporteurForm(forms.Form):
    """Who studies an item."""

    rapporteur = forms.TypedChoiceField(
        label=_("Rapporteur"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rapporteur"].choices = [("", _("Aucun rapporteur")), *people]


class DeclarationForm(forms.Form):
    """What interest a member has in an item."""

    ground = forms.ChoiceField(
        label=_("Mon lien avec ce dossier"),
        widget=forms.RadioSelect,
        choices=list(GROUNDS.items()),
        help_text=_("Tout autre choix que le premier vous fait sortir pour ce point."),
    )
    explanation = conditional(
        forms.CharField(
            label=_("Pourquoi ce que le portail a trouvé ne vous engage pas"),
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_(
                "Nécessaire si vous déclarez n'avoir aucun lien. Le président lira la réponse."
            ),
        )
    )


class FindingForm(forms.Form):
    """A finding on an article that is a judgement."""

    clause = forms.ChoiceField(choices=[(c, c) for c in JUDGED], widget=forms.HiddenInput)
    finding = forms.ChoiceField(
        label=_("Constat"), widget=forms.RadioSelect, choices=list(FINDINGS.items())
    )
    reasons = forms.CharField(
        label=_("Raisons"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Elles motivent l'avis et seront lues par le porteur."),
    )


class VoteForm(forms.Form):
    """One voice."""

    choice = forms.ChoiceField(
        label=_("Mon vote"), widget=forms.RadioSelect, choices=list(CHOICES.items())
    )


class OpinionForm(forms.Form):
    """The opinion, as the votes give it."""

    outcome = forms.ChoiceField(label=_("Avis"), widget=forms.RadioSelect)
    articles = forms.MultipleChoiceField(
        label=_("Articles non satisfaits"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Un avis défavorable en cite au moins un."),
    )
    reason = conditional(
        forms.CharField(
            label=_("Motifs"),
            max_length=8000,
            widget=forms.Textarea(attrs={"rows": 6}),
            help_text=_("Nécessaires à un avis défavorable."),
        )
    )

    def __init__(self, *args, outcomes, titles, members=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.reserving = "reserved" in outcomes
        if self.reserving:
            ask_reservations(self, self.rows, list(members), titles)
        if NAME in self.data:
            ask_difference(self, required=False)
        self.fields["outcome"].choices = [(code, CHOICES[code]) for code in outcomes]
        self.fields["articles"].choices = [(code, titles.get(code, code)) for code in JUDGED]
        if "unfavourable" not in outcomes:
            del self.fields["articles"]
            self.fields["reason"].help_text = ""
            self.fields["reason"].conditional = self.reserving

    @property
    def rows(self) -> int:
        """How many reservations can be written; none when the opinion has none."""
        return rows_asked(self.data or self.initial) if self.reserving else 0

    def clean(self):
        said = super().clean()
        if said.get("outcome") == "reserved" and not self.reservations():
            self.add_error("reservation_1", _("Écrivez les réserves à lever."))
        return said

    def reservations(self) -> list[dict]:
        """The reservations to be lifted, for an opinion that has some."""
        reserved = self.cleaned_data.get("outcome") == "reserved"
        return reservations_written(self.cleaned_data) if reserved else []
