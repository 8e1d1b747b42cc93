"""What one writes on a request's page: a message to the other side, a note to one's own."""

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.dossier.form import SECTIONS

LONGEST = 5000


class MessageForm(forms.Form):
    """A message, on the whole request or on one section of it."""

    section = forms.ChoiceField(
        label=_("À propos de"),
        required=False,
        choices=[("", _("La demande en général")), *((s.code, s.title) for s in SECTIONS)],
    )
    text = forms.CharField(
        label=_("Votre message"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Écrivez votre message.")},
    )
    question = forms.BooleanField(
        label=_("C'est une question : j'attends une réponse"),
        required=False,
        help_text=_("Une question n'arrête aucun délai et ne renvoie pas la demande."),
    )


class NoteForm(forms.Form):
    """An internal note."""

    section = MessageForm.base_fields["section"]
    text = forms.CharField(
        label=_("Votre note"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Écrivez votre note.")},
    )
