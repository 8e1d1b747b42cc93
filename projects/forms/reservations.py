"""Forms of an opinion's reservations: those the chair writes, the holder's answers, the checks."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.pages.conditional import conditional
from projects.domain.reservations import Answer, Check
from projects.dossier.panels import SLOTS
from projects.process.details import MOST_RESERVATIONS

WRITTEN = 3
"""Blank reservations that an opinion offers; as many more as one asks for."""


def rows_asked(sent) -> int:
    """How many reservations can be written: three more each time one asks."""
    said = str(sent.get("rows", ""))
    rows = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else WRITTEN
    return max(WRITTEN, min(rows + WRITTEN * ("more" in sent), MOST_RESERVATIONS))


def ask_reservations(form: forms.Form, rows: int, people: list, titles: dict) -> None:
    """Add to `form` the fields of `rows` reservations. `people` may have asked one."""
    for number in range(1, rows + 1):
        said = {"number": number}
        form.fields[f"reservation_{number}"] = forms.CharField(
            label=_("Réserve %(number)d") % said,
            required=False,
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Ce que le porteur doit faire, et qui se vérifie.") if number == 1 else "",
        )
        form.fields[f"asked_by_{number}"] = forms.TypedChoiceField(
            label=_("Demandée par (réserve %(number)d)") % said,
            required=False,
            coerce=int,
            empty_value=None,
            choices=[("", _("Le président")), *people],
        )
        form.fields[f"article_{number}"] = forms.ChoiceField(
            label=_("Article sur lequel elle repose (réserve %(number)d)") % said,
            required=False,
            choices=[("", _("Aucun")), *((c, f"{t} ({c})") for c, t in titles.items())],
        )


def reservations_written(said: dict) -> list[dict]:
    """The reservations that were written, as `projects.process.details` reads them."""
    numbers = [int(name.rpartition("_")[2]) for name in said if name.startswith("reservation_")]
    return [
        {
            "text": said[f"reservation_{n}"],
            "asked_by": said.get(f"asked_by_{n}"),
            "articles": [said[f"article_{n}"]] if said.get(f"article_{n}") else [],
        }
        for n in sorted(numbers)
        if said[f"reservation_{n}"]
    ]


class AnswersForm(forms.Form):
    """What the holder did for each open reservation; those left blank wait."""

    act = _("Envoyer mes réponses")

    def __init__(self, *args, rows, papers, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        named = [(p.pk, f"{SLOTS[p.slot]} {p.version}, {p.file.name}") for p in papers]
        self.papers = {paper.pk: paper for paper in papers}
        for row in rows:
            self._answer_fields(row.number, named)

    def _answer_fields(self, number: int, named: list) -> None:
        said = {"number": number}
        self.fields[f"text_{number}"] = conditional(
            forms.CharField(
                label=_("Ce que vous avez fait (réserve %(number)d)") % said,
                max_length=4000,
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        )
        self.fields[f"paper_{number}"] = forms.TypedChoiceField(
            label=_("Document du dossier qui le montre (réserve %(number)d)") % said,
            required=False,
            coerce=int,
            empty_value=None,
            choices=[("", _("Aucun")), *named],
        )
        self.fields[f"file_{number}"] = forms.FileField(
            label=_("Ou un nouveau document (réserve %(number)d)") % said, required=False
        )
        self.fields[f"version_{number}"] = forms.CharField(
            label=_("Sa version (réserve %(number)d)") % said, required=False, max_length=40
        )

    def fields_of(self, number: int) -> list:
        names = (f"{name}_{number}" for name in ("text", "paper", "file", "version"))
        return [self[name] for name in names if name in self.fields]

    def said(self) -> dict[int, Answer]:
        given = {}
        for row in self.rows:
            n, found = row.number, self.cleaned_data
            if found[f"text_{n}"] or found[f"paper_{n}"] or found[f"file_{n}"]:
                given[n] = Answer(
                    found[f"text_{n}"],
                    self.papers.get(found[f"paper_{n}"]),
                    found[f"file_{n}"] or None,
                    found[f"version_{n}"],
                )
        return given


class ChecksForm(forms.Form):
    """What was found of each answer, and why; those left blank wait."""

    act = _("Enregistrer mes constats")

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            said = {"number": row.number}
            self.fields[f"found_{row.number}"] = forms.ChoiceField(
                label=_("Votre constat (réserve %(number)d)") % said,
                required=False,
                widget=forms.RadioSelect,
                choices=[
                    ("accepted", _("La réserve est levée")),
                    ("refused", _("La réponse ne suffit pas")),
                ],
            )
            self.fields[f"reason_{row.number}"] = forms.CharField(
                label=_("Pourquoi (réserve %(number)d)") % said,
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("Le porteur le lira."),
            )

    def clean(self):
        said = super().clean()
        for row in self.rows:
            if said.get(f"reason_{row.number}") and not said.get(f"found_{row.number}"):
                self.add_error(f"found_{row.number}", _("Choisissez un constat."))
        return said

    def fields_of(self, number: int) -> list:
        names = (f"{name}_{number}" for name in ("found", "reason"))
        return [self[name] for name in names if name in self.fields]

    def said(self) -> dict[int, Check]:
        found = self.cleaned_data
        return {
            n: Check(found[f"found_{n}"] == "accepted", found[f"reason_{n}"])
            for n in (row.number for row in self.rows)
            if found[f"found_{n}"]
        }
