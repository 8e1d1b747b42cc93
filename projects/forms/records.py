"""The forms of records: what happened, written by who knows it. They decide nothing; steps read
them."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.charters.facts import today
from governance.models import Participation
from governance.models.case import Track
from governance.pages.conditional import conditional
from governance.process.compliance import IN_USE
from governance.qualification import FORMALITIES, QUALIFICATIONS, Piece
from projects.domain import recognition, records
from projects.domain.perimeter import sites_to_examine
from projects.forms import DAY
from projects.models import Qualification, Request
from projects.queries.history import ANSWER_WORDS, route_words
from projects.reader import Reader

EXCUSES = (
    ("no_data_delivered", _("Aucune donnée n'a été livrée")),
    ("stopped_before_analysis", _("L'étude s'est arrêtée avant l'analyse")),
)


class RecordForm(forms.Form):
    """A record: `kind` names it; `data()` are its codes, the words are in `text`."""

    kind = ""
    text = forms.CharField(
        label=_("Ce qui s'est dit"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args, demand: Request, at: datetime, **kwargs):
        self.demand, self.at = demand, at
        super().__init__(*args, **kwargs)
        # Words come after what is ticked or chosen.
        self.order_fields([name for name in self.fields if name != "text"] + ["text"])

    @classmethod
    def open_to(cls, reader: Reader, demand: Request) -> bool:
        """What the request must have besides its state for `reader` to write this record."""
        return True

    def site_said(self) -> Track | None:
        """The establishment that it is about; None when it is about the whole."""
        return None

    def data_said(self) -> dict:
        return {}

    def write(self, by) -> None:
        """Write the record in the name of `by`."""
        records.record(
            self.demand.case,
            self.kind,
            by=by,
            at=self.at,
            track=self.site_said(),
            data=self.data_said(),
            text=self.cleaned_data.get("text", ""),
        )


class HearingForm(RecordForm):
    kind = "hearing"


class DpoOpinionForm(RecordForm):
    kind = "dpo_opinion"
    text = forms.CharField(
        label=_("Votre avis"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )


class RouteOpinionForm(RecordForm):
    """The DPO's written opinion on the route, with another one when they disagree."""

    opinion = forms.ChoiceField(
        label=_("La voie calculée vous convient-elle ?"),
        widget=forms.RadioSelect,
        choices=[
            (Qualification.Opinion.AGREES, _("Oui")),
            (Qualification.Opinion.DISAGREES, _("Non, j'en propose une autre")),
        ],
        error_messages={"required": _("Dites oui ou non.")},
    )
    qualification = conditional(forms.ChoiceField(label=_("Qualification proposée")))
    formality = conditional(forms.ChoiceField(label=_("Formalité proposée")))
    text = forms.CharField(
        label=_("Votre avis écrit"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, codes in (("qualification", QUALIFICATIONS), ("formality", FORMALITIES)):
            self.fields[name].choices = [
                ("", _("Celle qui est calculée")),
                *((code, route_words(code)) for code in codes),
            ]

    def clean(self):
        said = super().clean()
        other = said.get("qualification") or said.get("formality")
        if said.get("opinion") == Qualification.Opinion.DISAGREES and not other:
            self.add_error("qualification", _("Proposez une autre qualification ou formalité."))
        return said

    def write(self, by) -> None:
        said = self.cleaned_data
        agrees = said["opinion"] == Qualification.Opinion.AGREES
        computed = self._computed()
        records.give_dpo_opinion(
            self.demand,
            agrees=agrees,
            text=said["text"],
            qualification="" if agrees else said["qualification"] or computed["qualification"],
            formality="" if agrees else said["formality"] or computed["formality"],
            by=by,
            at=self.at,
        )

    def _computed(self) -> dict:
        found = getattr(self.demand, "qualification", None)
        computed = found.computed if found else {}
        return {name: computed.get(name) or "" for name in ("qualification", "formality")}


class DestinationForm(RecordForm):
    kind = "destination_checked"
    authorised = forms.BooleanField(
        label=_("Cette destination est de celles que l'établissement autorise"), required=False
    )
    controller_named = forms.BooleanField(
        label=_("Son responsable du traitement est nommé"), required=False
    )
    hosting_certificate = forms.BooleanField(
        label=_("Son hébergement de données de santé est certifié, ou la loi ne l'exige pas"),
        required=False,
    )
    outputs_checked = forms.BooleanField(
        label=_("Rien n'en sort sans contrôle des sorties"), required=False
    )
    text = forms.CharField(
        label=_("Références vérifiées"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def data_said(self) -> dict:
        return {name: said for name, said in self.cleaned_data.items() if name != "text"}


class ExceptionForm(RecordForm):
    """Whether the exception to individual information, that the dossier documents, stands."""

    kind = "exception_examined"
    site = forms.ChoiceField(
        label=_("Établissement"),
        widget=forms.RadioSelect,
        help_text=_("L'exception s'examine pour chacun : ses patients, ce qu'il peut leur dire."),
        error_messages={"required": _("Choisissez un établissement de la liste.")},
    )
    stands = forms.ChoiceField(
        label=_("Les personnes qui n'ont pas été informées une à une peuvent-elles rester ?"),
        widget=forms.RadioSelect,
        choices=[
            ("yes", _("Oui, l'exception documentée tient")),
            ("no", _("Non, elles sont écartées de l'extraction")),
        ],
        error_messages={"required": _("Dites oui ou non.")},
    )
    text = forms.CharField(
        label=_("Ce qui le fonde"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tracks = self.of_reader(self.demand.reader, self.demand)
        places = [(track.key, track.establishment.name) for track in self.tracks]
        self.fields["site"].choices = places
        if len(places) == 1:
            self.fields["site"].initial = places[0][0]

    @classmethod
    def open_to(cls, reader: Reader, demand: Request) -> bool:
        return bool(cls.of_reader(reader, demand))

    @staticmethod
    def of_reader(reader: Reader, demand: Request) -> list[Track]:
        """The establishments of the request for which the reader is the DPO."""
        places = {place for role, place in reader.grants if role == "dpo"}
        return [
            track
            for track in sites_to_examine(demand)
            if None in places or track.establishment_id in places
        ]

    def site_said(self) -> Track:
        return next(t for t in self.tracks if t.key == self.cleaned_data["site"])

    def data_said(self) -> dict:
        return {"stands": self.cleaned_data["stands"] == "yes"}


class NoticeForm(RecordForm):
    kind = "notice_online"
    on = forms.DateField(label=_("En ligne depuis le"), widget=DAY)
    text = forms.CharField(label=_("Adresse ou référence de la note"), max_length=400)

    def data_said(self) -> dict:
        return {"on": self.cleaned_data["on"].isoformat()}

    def clean_on(self):
        """The day, which is not to come: C-02 counts from what is online."""
        on = self.cleaned_data["on"]
        if on > today(self.at):
            raise forms.ValidationError(_("Notez-la une fois en ligne."))
        if on < today(self.demand.case.opened_at):
            raise forms.ValidationError(
                _("La note d'un projet n'est pas en ligne avant que sa demande existe.")
            )
        return on


class ExcuseForm(RecordForm):
    kind = "results_excuse"
    code = forms.ChoiceField(
        label=_("Pourquoi il n'y aura pas de résultats"),
        widget=forms.RadioSelect,
        choices=EXCUSES,
        error_messages={"required": _("Choisissez une raison de la liste.")},
    )
    text = forms.CharField(
        label=_("Ce qui le montre"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def data_said(self) -> dict:
        return {"code": self.cleaned_data["code"]}


class RecognitionForm(RecordForm):
    """What was agreed with an establishment beyond the citation that every output owes it."""

    kind = "recognition_agreed"
    site = forms.ChoiceField(label=_("Établissement"), widget=forms.RadioSelect)
    code = forms.ChoiceField(
        label=_("Ce qui est convenu"),
        widget=forms.RadioSelect,
        choices=[
            ("acknowledged", _("Il est remercié nommément")),
            ("associated", _("Il est associé aux travaux et à leur signature")),
            (recognition.CITED, _("Rien de plus que la citation")),
        ],
        error_messages={"required": _("Choisissez une réponse de la liste.")},
    )
    text = forms.CharField(
        label=_("Les mots convenus"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = [
            (track.key, track.establishment.name)
            for track in recognition.sites_to_recognise(self.demand)
        ]

    def write(self, by) -> None:
        said = self.cleaned_data
        recognition.agree(self.demand, said["site"], said["code"], said["text"], by=by, at=self.at)


class BreachForm(RecordForm):
    """A breach of a member's commitment, opened or closed: it bars that member, not the project."""

    kind = "breach"
    person = forms.ChoiceField(label=_("Personne"))
    closed = conditional(
        forms.ChoiceField(
            label=_("Ce que vous notez"),
            widget=forms.RadioSelect,
            choices=[
                ("", _("Un manquement est constaté")),
                ("yes", _("Le manquement est clos")),
            ],
            initial="",
        )
    )
    text = forms.CharField(
        label=_("Les faits"), max_length=8000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        team = (
            Participation.objects.filter(case_id=self.demand.pk, part__in=Participation.TEAM)
            .valid(self.at)
            .select_related("person")
        )
        self.fields["person"].choices = [
            ("", _("Choisissez")),
            *{str(p.person.ref): str(p.person) for p in team}.items(),
        ]

    def data_said(self) -> dict:
        said = self.cleaned_data
        return {"person": said["person"], "closed": said["closed"] == "yes"}


@dataclass(frozen=True)
class RecordKind:
    """A record that has its page: who writes it, in which states; with `condition`, only of the
    requests whose route has that condition."""

    title: str | Promise
    sentence: str | Promise
    roles: tuple[str, ...]
    states: tuple[str, ...]
    form: type[RecordForm]
    condition: str = ""

    def open_to(self, reader: Reader, demand: Request) -> bool:
        """Whether `reader` may write this record of `demand` today."""
        if reader.on_team or not reader.roles & set(self.roles):
            return False
        found = demand.case.state in self.states and self._meets(demand)
        return found and self.form.open_to(reader, demand)

    def _meets(self, demand: Request) -> bool:
        if not self.condition:
            return True
        route = getattr(demand, "qualification", None)
        conditions = route.computed.get("conditions", ()) if route else ()
        return any(each["code"] == self.condition for each in conditions)


KINDS: dict[str, RecordKind] = {
    "voie": RecordKind(
        _("Avis du DPO sur la voie réglementaire"),
        _("La voie est fixée ensuite ; s'en écarter demande une raison, qui est publiée."),
        ("dpo",),
        ("admissibility", "instruction"),
        RouteOpinionForm,
    ),
    "destination": RecordKind(
        _("Vérifier la destination"),
        _("Où les données seront utilisées, et ce qui la rend possible."),
        ("regulatory_officer", "case_officer"),
        ("instruction", "committee", "preparation", *IN_USE),
        DestinationForm,
    ),
    "information": RecordKind(
        _("Note d'information en ligne"),
        _("Chacun peut s'opposer avant la première extraction : la note doit être lisible avant."),
        ("case_officer", "regulatory_officer"),
        ("instruction", "committee", "preparation", "authorised"),
        NoticeForm,
    ),
    "exception": RecordKind(
        _("Exception à l'information individuelle"),
        _("Sans elle, qui n'a pas été informé personnellement est écarté de l'extraction."),
        ("dpo",),
        ("instruction", "committee", "preparation", "authorised", "access"),
        ExceptionForm,
        "exception_examined",
    ),
    "entretien": RecordKind(
        _("Entretien avec le porteur"),
        _("Il est entendu avant toute décision qui retire l'autorisation ou clôt en manquement."),
        ("case_officer", "delegate"),
        ("access", "suspended", "results"),
        HearingForm,
    ),
    "avis-dpo": RecordKind(
        _("Avis du DPO avant un retrait"),
        _("Il est rendu avant que l'autorisation puisse être retirée."),
        ("dpo",),
        ("access", "suspended"),
        DpoOpinionForm,
    ),
    "excuse": RecordKind(
        _("Absence de résultats justifiée"),
        _("Un article de la charte permet de clôturer sans résultats, dans deux cas."),
        ("case_officer",),
        ("results",),
        ExcuseForm,
    ),
    "reconnaissance": RecordKind(
        _("Reconnaissance d'un établissement"),
        _("Ce qui est convenu avec lui ; la clôture attend que l'équipe dise comment c'est fait."),
        ("case_officer",),
        recognition.AGREED_IN,
        RecognitionForm,
    ),
    "manquement": RecordKind(
        _("Manquement d'un membre"),
        _("Il arrête l'accès de ce membre ; le projet continue."),
        ("dpo", "case_officer"),
        IN_USE,
        BreachForm,
    ),
}


PIECE_ANSWERS = ANSWER_WORDS | {"favourable": _("Favorable")}
"""The answers that a piece may carry: those of a body, and a DPO's opinion."""


class EvidenceForm(forms.Form):
    """A piece a formality asks: the ways to give it, one filled whole being enough; a document."""

    def __init__(self, *args, piece: Piece, **kwargs):
        self.piece = piece
        super().__init__(*args, **kwargs)
        several = len(piece.forms) > 1
        for number, fields in enumerate(piece.forms):
            for field in fields:
                self.fields[f"{number}-{field.name}"] = self._field(field, required=not several)
        self.fields["file"] = forms.FileField(
            label=_("Document"),
            required=False,
            help_text=_("PDF, Word ou OpenDocument, 20 Mo au plus."),
        )

    def _field(self, field, *, required: bool) -> forms.Field:
        language = "en" if (get_language() or "").startswith("en") else "fr"
        made = {"label": field.label[language], "required": required}
        if field.type == "date":
            return forms.DateField(widget=DAY, **made)
        if field.type == "choice":
            choices = [("", _("Choisissez"))]
            choices += [(code, PIECE_ANSWERS.get(code, code)) for code in field.choices]
            return forms.ChoiceField(choices=choices, **made)
        hint = _("Par exemple %(example)s") % {"example": field.example} if field.example else ""
        return forms.CharField(max_length=200, help_text=hint, **made)

    def ways(self) -> list[list]:
        """The fields of each way to give the piece."""
        numbered = enumerate(self.piece.forms)
        return [[self[f"{n}-{f.name}"] for f in fields] for n, fields in numbered]

    def _said(self, number: int, fields) -> dict[str, str]:
        said = {f.name: self.cleaned_data.get(f"{number}-{f.name}") for f in fields}
        return {n: v.isoformat() if hasattr(v, "isoformat") else v or "" for n, v in said.items()}

    def clean(self):
        super().clean()
        for number, fields in enumerate(self.piece.forms):
            said = self._said(number, fields)
            if all(f.accepts(said[f.name]) for f in fields):
                self.values = said
                return self.cleaned_data
        if self.errors:
            return self.cleaned_data
        for number, fields in enumerate(self.piece.forms):
            said = self._said(number, fields)
            if any(said.values()) or len(self.piece.forms) == 1:
                for f in fields:
                    if not f.accepts(said[f.name]):
                        wrong = _("Cette réponse n'a pas la bonne forme.")
                        self.add_error(f"{number}-{f.name}", wrong)
        if not self.errors:
            raise forms.ValidationError(_("Remplissez l'une des réponses possibles."))
        return self.cleaned_data


def initial_of(track: Track, piece: Piece) -> dict:
    """What was given of a piece, for its form."""
    given = track.evidence.filter(code=piece.code).first()
    if given is None:
        return {}
    return {
        f"{number}-{field.name}": given.values.get(field.name)
        for number, fields in enumerate(piece.forms)
        for field in fields
    }
