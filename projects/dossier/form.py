"""The form of a request, declared once: sections, fields, what each serves.

From this declaration come the pages' forms (`projects.forms.dossier`), the JSON Schema of the API,
the links of *Ce qu'il manque* and the names of what a return points at. What is referenced or
searched is stored in columns (`column`), the rest in the section's answers.
"""

from dataclasses import dataclass

from django.utils.functional import Promise, lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.qualification import QUESTIONS
from projects.dossier.ruled import Rule

TEXT, LONG, CHOICE, MANY, YES_NO, DATE, NUMBER, MONEY = (
    "text",
    "long",
    "choice",
    "many",
    "yes_no",
    "date",
    "number",
    "money",
)


@dataclass(frozen=True)
class Field:
    """One question. `needed` when a deposit needs it; `limits` are lengths or values, which `rule`
    reads from the article that sets them; `shown_if`
    names a field of the section and the answers that make this one matter; `public` says when
    citizens will read it: `admissibility`, `authorisation` or never."""

    code: str
    kind: str
    label: str | Promise
    help: str | Promise = ""
    needed: bool = True
    limits: tuple[int | None, int | None] = (None, None)
    choices: tuple[tuple[str, str | Promise], ...] = ()
    shown_if: tuple[str, tuple] | None = None
    column: bool = False
    public: str = ""
    rule: Rule | None = None

    @property
    def announced(self) -> tuple[int | None, int | None]:
        """The limits that a page says."""
        return self.rule.announced(self.limits) if self.rule else self.limits

    @property
    def accepted(self) -> tuple[int | None, int | None]:
        """The limits beyond which an answer is not deposited, whatever the articles say."""
        return self.rule.accepted(self.limits) if self.rule else self.limits

    @property
    def typed(self) -> bool:
        """Whether it is answered in one's own words."""
        return self.kind in (TEXT, LONG)

    def matters(self, answers: dict) -> bool:
        """Whether the question is asked, given the section's answers."""
        if self.shown_if is None:
            return True
        code, values = self.shown_if
        return answers.get(code) in values


@dataclass(frozen=True)
class SectionForm:
    """One section: its fields, and the articles it serves."""

    code: str
    title: str | Promise
    sentence: str | Promise
    fields: tuple[Field, ...]
    articles: tuple[str, ...] = ()

    def field(self, code: str) -> Field | None:
        return next((f for f in self.fields if f.code == code), None)


PURPOSES = (
    ("research", _("Recherche")),
    ("care_evaluation", _("Évaluation des soins")),
    ("steering", _("Pilotage de l'établissement")),
    ("coding_quality", _("Qualité du codage")),
    ("feasibility", _("Étude de faisabilité")),
)
PROHIBITED = (
    ("promotion", _("Promouvoir des produits de santé auprès de professionnels")),
    ("insurance", _("Exclure d'une assurance ou en modifier les primes")),
    ("advertising", _("Faire de la publicité")),
    ("against_person", _("Prendre une décision au détriment d'une personne")),
    ("harmful_products", _("Développer des produits nuisibles")),
)
DELIVERY_KINDS = (
    ("aggregates", _("Des tableaux de comptages (agrégats)")),
    ("pseudonymised", _("Des données individuelles pseudonymisées")),
    ("nominative_to_care_team", _("Des données nominatives, à l'équipe de soins")),
    ("correspondence", _("Une table de correspondance levée sur place")),
)

_QUESTION_KINDS = {"boolean": YES_NO, "choice": CHOICE}


def _in_language(words) -> str:
    return words["en" if (get_language() or "").startswith("en") else "fr"]


_said = lazy(_in_language, str)
"""Words that are data (`{"fr": …, "en": …}`), said in the language of who reads them."""


def _question(question) -> Field:
    return Field(
        question.code,
        _QUESTION_KINDS[question.kind],
        _said(question.label),
        _said(question.help),
        needed=False,
        choices=tuple((code, _said(words)) for code, words in question.choices),
    )


SECTIONS: tuple[SectionForm, ...] = (
    SectionForm(
        "project",
        _("Le projet"),
        _("Ce que vous cherchez, en quelques mots que tout le monde comprend."),
        (
            Field("title", TEXT, _("Titre scientifique"), limits=(10, 240), column=True),
            Field("acronym", TEXT, _("Acronyme"), needed=False, limits=(None, 40), column=True),
            Field(
                "plain_title",
                TEXT,
                _("Titre en mots simples"),
                _("Comme vous le diriez à un voisin."),
                limits=(10, 160),
                column=True,
                public="admissibility",
            ),
            Field(
                "plain_summary",
                LONG,
                _("Résumé en mots simples"),
                _("Pour un lecteur qui n'est ni médecin ni statisticien."),
                limits=(200, 2000),
                column=True,
                public="admissibility",
            ),
            Field(
                "keywords",
                TEXT,
                _("Mots-clés"),
                _("Séparés par des virgules."),
                needed=False,
                limits=(None, 200),
            ),
            Field(
                "deferred_ground",
                CHOICE,
                _("Une partie de la fiche publique est-elle confidentielle ?"),
                _(
                    "Le titre, l'organisme, le but, les hôpitaux et l'argent paraissent toujours "
                    "à leur heure. Le reste peut attendre une date."
                ),
                needed=False,
                choices=(
                    ("none", _("Non")),
                    ("patent", _("Oui, un brevet est à déposer")),
                    ("trade_secret", _("Oui, un secret des affaires")),
                ),
            ),
            Field(
                "deferred_parts",
                MANY,
                _("Ce qui paraît plus tard"),
                choices=(
                    ("plain_summary", _("Le résumé en mots simples")),
                    ("population", _("La population étudiée")),
                ),
                shown_if=("deferred_ground", ("patent", "trade_secret")),
            ),
            Field(
                "deferred_until",
                DATE,
                _("Paraît le"),
                _("Dans trois ans au plus tard. Le jour venu, cela paraît de soi-même."),
                shown_if=("deferred_ground", ("patent", "trade_secret")),
            ),
        ),
        ("C-01",),
    ),
    SectionForm(
        "team",
        _("Porteur, organismes et équipe"),
        _("Qui répond de la demande, pour quels organismes, avec qui."),
        (
            Field(
                "requester_kind",
                CHOICE,
                _("Vous demandez au titre"),
                choices=(
                    ("academic", _("d'un établissement de santé ou de recherche")),
                    ("startup", _("d'une start-up")),
                    ("industry", _("d'un industriel")),
                    ("association", _("d'une association")),
                ),
                column=True,
                public="admissibility",
            ),
            Field(
                "holder_status",
                CHOICE,
                _("Le porteur est"),
                choices=(
                    ("senior", _("un professionnel senior (médecin, chercheur, cadre)")),
                    ("trainee", _("un interne ou un étudiant")),
                    ("research_staff", _("un ARC ou un TEC")),
                    ("other", _("une autre personne")),
                ),
            ),
            Field(
                "in_network",
                YES_NO,
                _("Il exerce dans un établissement du réseau"),
            ),
        ),
        ("U-01", "U-06", "U-08"),
    ),
    SectionForm(
        "purpose",
        _("Finalité et intérêt public"),
        _("Pourquoi ces données, et au bénéfice de qui."),
        (
            Field(
                "purpose",
                CHOICE,
                _("Finalité principale"),
                choices=PURPOSES,
                public="admissibility",
            ),
            Field(
                "prohibited",
                MANY,
                _("Le projet sert-il à l'un de ces usages, interdits ?"),
                _("Ne cochez rien si aucun ne s'applique."),
                needed=False,
                choices=PROHIBITED,
            ),
            Field(
                "prohibited_answered",
                YES_NO,
                _("J'ai lu la liste et répondu sincèrement"),
            ),
            Field(
                "public_interest",
                LONG,
                _("Intérêt public"),
                _("Le bénéfice attendu pour les patients, les soins ou les connaissances."),
                rule=Rule("utilisateur", "U-03", "least", "most"),
            ),
        ),
        ("U-02", "U-03"),
    ),
    SectionForm(
        "protocol",
        _("Protocole et plan statistique"),
        _("La question, la méthode, et les documents qui les décrivent."),
        (
            Field("objective_primary", LONG, _("Objectif principal"), limits=(20, 1500)),
            Field(
                "objective_secondary",
                LONG,
                _("Objectifs secondaires"),
                needed=False,
                limits=(None, 1500),
            ),
            Field("design", LONG, _("Schéma de l'étude et méthode"), limits=(20, 3000)),
            Field("protocol_version", TEXT, _("Version du protocole"), limits=(1, 40)),
        ),
        ("U-05",),
    ),
    SectionForm(
        "data",
        _("Population, période et variables"),
        _("Le moins de données qui réponde à la question, chacune avec sa raison."),
        (
            Field(
                "population",
                LONG,
                _("Population étudiée"),
                _("Qui est concerné, avec les critères d'inclusion."),
                limits=(20, 1500),
                public="authorisation",
            ),
            Field("period_start", DATE, _("Début de la période"), public="authorisation"),
            Field("period_end", DATE, _("Fin de la période"), public="authorisation"),
            Field("delivery_kind", CHOICE, _("Ce qui est livré"), choices=DELIVERY_KINDS),
            Field(
                "delivery_reason",
                LONG,
                _("Pourquoi des agrégats ne suffisent pas"),
                limits=(30, 1000),
                shown_if=(
                    "delivery_kind",
                    ("pseudonymised", "nominative_to_care_team", "correspondence"),
                ),
            ),
            Field(
                "true_dates",
                YES_NO,
                _("Il me faut les vraies dates"),
                _("Sinon toutes les dates d'une personne sont décalées du même nombre de jours."),
                needed=False,
            ),
            Field(
                "linkage",
                YES_NO,
                _("Reconnaître une même personne d'un hôpital à l'autre"),
                _(
                    "Le chaînage passe par un tiers de confiance, si l'autorisation le permet. "
                    "Sinon une personne suivie dans deux hôpitaux y compte pour deux."
                ),
                needed=False,
                public="authorisation",
            ),
            Field(
                "linkage_reason",
                LONG,
                _("Pourquoi le chaînage est nécessaire"),
                _("Ce que la question demande, et qu'on ne saurait pas sans lui."),
                limits=(30, 1000),
                shown_if=("linkage", (True,)),
            ),
            Field(
                "destination",
                CHOICE,
                _("Où les données seront-elles utilisées ?"),
                choices=(
                    ("site_space", _("L'espace sécurisé de l'établissement")),
                    ("shared_platform", _("La plateforme partagée du réseau")),
                    ("national_hub", _("La plateforme nationale")),
                    ("partner", _("Chez un partenaire")),
                ),
                public="authorisation",
            ),
        ),
        ("U-04", "U-09"),
    ),
    SectionForm(
        "sites",
        _("Établissements sollicités"),
        _("Les hôpitaux dont les données sont demandées, et celui qui conduit l'examen."),
        (),
        ("P-02", "P-05"),
    ),
    SectionForm(
        "regulatory",
        _("Questions réglementaires"),
        _("Seules les questions utiles sont posées ; la voie est calculée à mesure."),
        tuple(_question(q) for q in QUESTIONS if q.code not in ("purpose", "prohibited_purpose")),
        ("U-07",),
    ),
    SectionForm(
        "calendar",
        _("Financement, partenaires et calendrier"),
        _("Qui paie, avec qui, et jusqu'à quand."),
        (
            Field(
                "funder",
                TEXT,
                _("Financeur"),
                _("« Aucun » si le projet n'est pas financé."),
                limits=(2, 160),
                public="authorisation",
            ),
            Field(
                "partner",
                TEXT,
                _("Partenaire industriel"),
                _("« Aucun » s'il n'y en a pas."),
                limits=(2, 160),
                public="authorisation",
            ),
            Field(
                "fee_basis",
                CHOICE,
                _("Ce que paie la contribution aux frais"),
                choices=(
                    ("none", _("Rien : aucune contribution")),
                    ("services", _("Des prestations du CDC")),
                    ("access_costs", _("Les coûts de mise à disposition")),
                ),
            ),
            Field(
                "fee",
                MONEY,
                _("Montant de la contribution, en euros"),
                limits=(0, 10_000_000),
                public="authorisation",
            ),
            Field(
                "access_months",
                NUMBER,
                _("Durée d'accès demandée, en mois"),
                limits=(1, None),
                rule=Rule("utilisateur", "U-10", most="longest"),
                public="authorisation",
            ),
            Field("wanted_on", DATE, _("Date souhaitée pour les données"), needed=False),
            Field(
                "expected_results",
                LONG,
                _("Résultats attendus et leur diffusion"),
                limits=(20, 1500),
            ),
        ),
        ("U-10", "U-11", "C-11"),
    ),
)


def section(code: str) -> SectionForm:
    """The section called `code`. Raises KeyError when there is none."""
    for each in SECTIONS:
        if each.code == code:
            return each
    raise KeyError(code)
