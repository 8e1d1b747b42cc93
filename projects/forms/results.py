"""Forms of what comes out of a project, and of amendments."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from governance.pages.conditional import conditional
from projects.domain import reciprocity
from projects.domain.results import LONGEST_PLAIN
from projects.forms import DAY
from projects.forms.difference import AMENDMENT_DIFFERS, NAME, ask_difference
from projects.models import Amendment, Result

KINDS = {
    Result.Kind.PUBLICATION: _("Publication"),
    Result.Kind.PATENT: _("Brevet"),
    Result.Kind.SOFTWARE: _("Logiciel"),
    Result.Kind.DATASET: _("Jeu de données"),
    Result.Kind.COMMUNICATION: _("Communication"),
    Result.Kind.THESIS: _("Thèse ou mémoire"),
}
EXCUSES = {
    "no_data_delivered": _("Aucune donnée n'a été livrée"),
    "stopped_before_analysis": _("Le projet s'est arrêté avant l'analyse"),
}
OFFERED_BACK = {
    "variables": _("Des variables enrichies"),
    "code_lists": _("Des listes de codes"),
    "algorithms": _("Des algorithmes"),
}
FIELDS = {
    Result.Kind.PUBLICATION: ("doi", "url", "authors", "published_on", "deposited_on"),
    Result.Kind.PATENT: ("url", "authors", "published_on", "deferred_until"),
    Result.Kind.SOFTWARE: ("licence", "swhid", "url", "authors", "published_on"),
    Result.Kind.DATASET: ("doi", "url", "licence", "authors", "published_on", "deposited_on"),
    Result.Kind.COMMUNICATION: ("url", "authors", "published_on"),
    Result.Kind.THESIS: ("doi", "url", "authors", "published_on", "deposited_on"),
}
"""What is asked of each kind of result, beside its title and what it cites."""
NEEDED = {
    Result.Kind.PUBLICATION: ("doi", "url"),
    Result.Kind.PATENT: ("published_on", "deferred_until"),
    Result.Kind.SOFTWARE: ("licence", "swhid", "url"),
}
"""What a kind cannot do without, one for the other: the domain says which."""


class ResultForm(forms.Form):
    """One result of a kind: the questions that this kind asks."""

    title = forms.CharField(label=_("Titre"), max_length=400)
    doi = forms.CharField(
        label=_("DOI"),
        max_length=200,
        required=False,
        help_text=_("Comme 10.1000/xyz123, ou son adresse."),
    )
    swhid = forms.CharField(
        label=_("SWHID"),
        max_length=120,
        required=False,
        help_text=_("L'identifiant de Software Heritage : swh:1:rev:…"),
    )
    licence = forms.CharField(
        label=_("Licence"), max_length=60, required=False, help_text=_("Comme MIT ou CeCILL-2.1.")
    )
    url = forms.CharField(label=_("Adresse"), max_length=400, required=False)
    authors = forms.CharField(
        label=_("Auteurs"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    published_on = forms.DateField(label=_("Publié le"), widget=DAY, required=False)
    deposited_on = forms.DateField(
        label=_("Déposé le"),
        widget=DAY,
        required=False,
        help_text=_("Dans une archive ouverte, même avant la publication."),
    )
    deferred_until = forms.DateField(
        label=_("Publication différée jusqu'au"),
        widget=DAY,
        required=False,
        help_text=_("Jusqu'à ce jour, rien n'en est public."),
    )
    cites_establishments = forms.BooleanField(
        label=_("Il cite les établissements dont viennent les données"), required=False
    )
    cites_number = forms.BooleanField(label=_("Il cite le numéro de la demande"), required=False)

    def __init__(self, *args, kind, **kwargs):
        super().__init__(*args, **kwargs)
        kept = ("title", *FIELDS[kind], "cites_establishments", "cites_number")
        self.fields = {name: self.fields[name] for name in kept}
        for name in NEEDED.get(kind, ()):
            conditional(self.fields[name])


class ImportForm(forms.Form):
    """A bibliography to import: a file, or pasted text."""

    file = conditional(
        forms.FileField(label=_("Fichier BibTeX ou RIS"), help_text=_("500 ko au plus."))
    )
    text = conditional(
        forms.CharField(
            label=_("Ou collez vos références"), widget=forms.Textarea(attrs={"rows": 8})
        )
    )

    def clean(self):
        """One of both is needed; a file wins."""
        said = super().clean()
        if not said.get("file") and not (said.get("text") or "").strip():
            self.add_error("file", _("Choisissez un fichier, ou collez vos références."))
        return said

    def content(self) -> bytes:
        """What is imported; a file is read no further than one byte over what is accepted."""
        file = self.cleaned_data.get("file")
        return file.read(500_001) if file else self.cleaned_data["text"].encode()


class PlainForm(forms.Form):
    """The summary of the results for citizens; the closure asks `least` characters of it."""

    text = forms.CharField(
        label=_("Ce que le projet a montré, en mots simples"),
        max_length=LONGEST_PLAIN,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_(
            "Pour un lecteur qui n'est ni médecin ni statisticien. Dites aussi ce qui n'a pas "
            "marché. Ce texte devient public à la clôture, qui en demande %(least)d caractères "
            "au moins."
        ),
    )

    def __init__(self, data, least: int, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["text"].help_text = self.fields["text"].help_text % {"least": least}


class ExcuseForm(forms.Form):
    """Why there will be no result."""

    code = conditional(forms.ChoiceField(label=_("Pourquoi"), widget=forms.RadioSelect))
    text = conditional(
        forms.CharField(
            label=_("Ce qui s'est passé"),
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 5}),
        )
    )

    def __init__(self, *args, codes, said: bool, **kwargs):
        """``said``: whether a ground was given, that can be taken back."""
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [(code, EXCUSES.get(code, code)) for code in codes]
        if said:
            back = ("", _("Il y aura des résultats : j'annule ce motif"))
            self.fields["code"].choices = [*self.fields["code"].choices, back]


class ReciprocityForm(forms.Form):
    """What the team offers back, or why it cannot."""

    code = forms.ChoiceField(
        label=_("Ce que vous offrez en retour"),
        widget=forms.RadioSelect,
        choices=[
            (reciprocity.OFFERED, _("Nous offrons quelque chose aux établissements")),
            (reciprocity.WITHHELD, _("Nous ne le pouvons pas")),
        ],
        error_messages={"required": _("Choisissez une réponse de la liste.")},
    )
    kinds = forms.MultipleChoiceField(
        label=_("Si vous offrez quelque chose, quoi ?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(OFFERED_BACK.items()),
    )
    text = forms.CharField(
        label=_("Où le trouver, ou pourquoi ce n'est pas possible"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "Par exemple l'adresse d'un dépôt, la personne à qui écrire ; ou le droit d'un tiers "
            "qui l'empêche. Les établissements le lisent."
        ),
        error_messages={
            "required": _("Dites où le trouver, ou pourquoi ce n'est pas possible."),
        },
    )


class RecognitionForm(forms.Form):
    """How an establishment was credited or associated."""

    text = forms.CharField(
        label=_("Comment il a été crédité ou associé"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


AMENDMENTS = {
    Amendment.Kind.PERIOD: _("Prolonger la durée d'accès"),
    Amendment.Kind.MEMBER: _("Faire entrer ou sortir un membre"),
    Amendment.Kind.HOLDER: _("Changer de porteur"),
    Amendment.Kind.SITE: _("Faire entrer un établissement"),
    Amendment.Kind.LINKAGE: _("Reconnaître une même personne d'un hôpital à l'autre"),
}


class AmendmentForm(forms.Form):
    """What an amendment of a kind asks."""

    months = forms.IntegerField(
        label=_("Durée totale d'accès, en mois"),
        min_value=1,
        max_value=600,
    )
    act = forms.ChoiceField(
        label=_("Ce changement"),
        widget=forms.RadioSelect,
        choices=[("join", _("Fait entrer cette personne")), ("leave", _("La fait sortir"))],
    )
    email = forms.EmailField(label=_("Adresse électronique de la personne"))
    status = forms.ChoiceField(
        label=_("Cette personne est"),
        widget=forms.RadioSelect,
        choices=(
            ("senior", _("un professionnel senior (médecin, chercheur, cadre)")),
            ("trainee", _("un interne ou un étudiant")),
            ("research_staff", _("un ARC ou un TEC")),
            ("other", _("une autre personne")),
        ),
    )
    in_network = forms.BooleanField(
        label=_("Elle exerce dans un établissement du réseau"), required=False
    )
    site = forms.ChoiceField(label=_("Établissement"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Pourquoi ce changement"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    ASKED = {
        Amendment.Kind.PERIOD: ("months",),
        Amendment.Kind.MEMBER: ("act", "email"),
        Amendment.Kind.HOLDER: ("email", "status", "in_network"),
        Amendment.Kind.SITE: ("site",),
        Amendment.Kind.LINKAGE: (),
    }

    def __init__(self, *args, kind, sites=(), months: int | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = sites
        if months is not None:
            self.fields["months"].help_text = ngettext(
                "Comptée depuis l'ouverture. Elle est aujourd'hui de %(n)d mois.",
                "Comptée depuis l'ouverture. Elle est aujourd'hui de %(n)d mois.",
                months,
            ) % {"n": months}
        self.fields = {name: self.fields[name] for name in (*self.ASKED[kind], "reason")}
        if kind == Amendment.Kind.LINKAGE:
            self.fields["reason"].label = _("Pourquoi le chaînage est nécessaire")
            self.fields["reason"].help_text = _(
                "Ce que la question demande, et qu'on ne saurait pas sans lui. Il passe par un "
                "tiers de confiance, et n'est possible que tant qu'aucune extraction n'est lancée."
            )

    def change(self) -> dict:
        """What `propose` is called with."""
        return {name: said for name, said in self.cleaned_data.items() if name != "reason"}


class DecideForm(forms.Form):
    """What a person says of an amendment."""

    outcome = forms.ChoiceField(label=_("Votre réponse"), widget=forms.RadioSelect)
    persons = conditional(
        forms.IntegerField(
            label=_("Personnes comptées dans votre entrepôt"),
            min_value=0,
            help_text=_("Nécessaire si c'est faisable. Moins de 11, le nombre n'est pas gardé."),
        )
    )
    articles = forms.MultipleChoiceField(
        label=_("Articles non satisfaits"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Une décision négative cite au moins un article.")},
    )
    reason = forms.CharField(
        label=_("Motifs"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(
        self, *args, outcomes, articles, reasoned, cited=False, counted=False, asks=None, **kwargs
    ):
        super().__init__(*args, **kwargs)
        if asks:
            self.fields["reason"].label = asks
        self.fields["outcome"].choices = outcomes
        self.fields["articles"].choices = articles
        self.fields["articles"].required = cited
        if len(outcomes) == 1:
            del self.fields["outcome"]
        if not counted:
            del self.fields["persons"]
        if not articles:
            del self.fields["articles"]
        self.fields["reason"].required = reasoned
        if NAME in self.data:
            ask_difference(self, required=False, what=AMENDMENT_DIFFERS)

    def details(self) -> dict:
        """What the step's form says beside its reason."""
        persons = self.cleaned_data.get("persons")
        return {} if persons is None else {"persons": persons}
