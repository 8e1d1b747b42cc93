"""Forms of the minutes of a session."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.charters.facts import today
from governance.dates import say_day
from governance.domain.minutes import GENERAL, LONGEST_REMARK


class RemarksForm(forms.Form):
    """The secretary's remarks: on the session, and on each item."""

    def __init__(self, *args, points, remarks, **kwargs):
        super().__init__(*args, **kwargs)
        self._ask(GENERAL, _("Remarques sur la séance"), remarks)
        for point in points:
            label = _("%(number)s, %(title)s") % {"number": point.number, "title": point.title}
            self._ask(str(point.pk), label, remarks)

    def _ask(self, key: str, label, remarks) -> None:
        self.fields[f"remark_{key}"] = forms.CharField(
            label=label,
            required=False,
            max_length=LONGEST_REMARK,
            initial=remarks.get(key, ""),
            widget=forms.Textarea(attrs={"rows": 4}),
        )

    def remarks(self) -> dict[str, str]:
        """What was written, by item."""
        return {name.removeprefix("remark_"): text for name, text in self.cleaned_data.items()}


class MinutesReasonForm(forms.Form):
    """Why minutes are given back, or corrected."""

    reason = forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args, label, help_text="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label
        self.fields["reason"].help_text = help_text


class ApprovedInForm(forms.Form):
    """The session that approved the minutes of an earlier one."""

    session = forms.ModelChoiceField(
        label=_("Séance qui l'a approuvé"), queryset=None, empty_label=None
    )

    def __init__(self, *args, sessions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = sessions
        self.fields["session"].label_from_instance = lambda each: say_day(
            today(each.starts_at), whole=True
        )
