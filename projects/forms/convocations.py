"""Forms of what precedes a session: an answer, another day, a paper."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.charters.facts import PARIS, today
from governance.domain.files import TYPES
from projects.forms.sessions import SessionForm
from projects.queries.convocations import ANSWERS


class AnswerForm(forms.Form):
    """What a member answers to a convocation."""

    answer = forms.ChoiceField(
        label=_("Votre réponse"), widget=forms.RadioSelect, choices=list(ANSWERS.items())
    )


class MoveForm(SessionForm):
    """Another day, hour or place for a session."""

    def __init__(self, *args, session, **kwargs):
        starts = session.starts_at.astimezone(PARIS)
        initial = {
            "day": starts.date(),
            "hour": starts.time(),
            "closes_on": today(session.closes_for_deposit_at),
            "place": session.place,
        }
        super().__init__(*args, bodies=None, initial=initial, **kwargs)
        del self.fields["body"]


class DocumentForm(forms.Form):
    """A paper for the members: of the session, or of one item."""

    title = forms.CharField(label=_("Titre"), max_length=160)
    item = forms.TypedChoiceField(
        label=_("Pour"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Le document d'un point n'est pas montré à qui sort pour ce point."),
    )
    file = forms.FileField(
        label=_("Fichier"),
        help_text=_("PDF, Word ou OpenDocument, 20 Mo au plus."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(TYPES)}),
    )

    def __init__(self, *args, items, **kwargs):
        super().__init__(*args, **kwargs)
        named = [(each.pk, f"{each.case.number}, {each.case.request}") for each in items]
        self.fields["item"].choices = [("", _("Toute la séance")), *named]
