"""What a return asks of the team, point by point."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.pages.conditional import conditional
from projects.dossier.form import SECTIONS
from projects.dossier.points import points_for
from projects.forms.step import Group, StepForm
from projects.queries.overview import article_titles

POINTS = 1
"""Blank points that a return offers; as many more as one asks for."""
MOST_POINTS = 30


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
        self.fields[f"text_{number}"] = conditional(
            forms.CharField(
                label=_("Ce que vous demandez (point %(number)d)") % {"number": number},
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
            )
        )
        self.fields[f"section_{number}"] = conditional(
            forms.ChoiceField(
                label=_("Section (point %(number)d)") % {"number": number},
                choices=[("", _("Choisissez")), *((s.code, s.title) for s in SECTIONS)],
            )
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
