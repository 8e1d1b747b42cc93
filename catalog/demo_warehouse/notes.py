"""The few sentences of a synthetic document, by category and diagnosis.

Every text begins by saying that it is synthetic. All combinations are made once, and documents draw
among them: a table of notes is then a column of numbers, whatever its length.
"""

import numpy as np

_OPENING = "[Document synthétique, aucune personne réelle.] "

_SENTENCES = {
    "hospitalisation": (
        "Hospitalisation pour {d}. Évolution favorable sous traitement, retour à domicile.",
        "Motif d'entrée : {d}. Surveillance clinique et biologique, sortie avec ordonnance.",
    ),
    "consultation": (
        "Consultation de suivi : {d}. Examen clinique sans particularité, revoir dans six mois.",
        "Patient adressé par son médecin traitant pour {d}. Traitement poursuivi.",
    ),
    "operatoire": (
        "Compte rendu opératoire dans un contexte de {d}. Suites immédiates simples.",
        "Intervention programmée. Antécédent : {d}. Pas d'incident peropératoire.",
    ),
    "prescription": (
        "Prescription de sortie en lien avec {d}. Paracétamol si douleur.",
        "Ordonnance renouvelée. Contexte : {d}.",
    ),
    "urgences": (
        "Arrivée aux urgences, suspicion de {d}. Constantes stables.",
        "Passage aux urgences. Diagnostic retenu : {d}. Retour à domicile.",
    ),
    "laboratoire": (
        "Bilan biologique demandé pour {d}. Résultats transmis au prescripteur.",
        "Contrôle biologique. Contexte clinique : {d}.",
    ),
    "infirmier": (
        "Transmission ciblée : {d}. Douleur évaluée à 2/10, soins réalisés.",
        "Surveillance infirmière. Patient calme, appétit conservé. Contexte : {d}.",
    ),
    "pmsi": (
        "Résumé de sortie. Diagnostic principal : {d}.",
        "Résumé d'unité médicale. Diagnostic : {d}. Codage validé par le DIM.",
    ),
    "anatomopathologie": (
        "Examen anatomopathologique. Renseignement clinique : {d}. Absence de métastase.",
        "Pièce opératoire. Renseignement clinique : {d}. Présence d'une métastase ganglionnaire.",
        "Biopsie. Renseignement clinique : {d}. Pas de cellule suspecte.",
    ),
    "imagerie": (
        "Examen d'imagerie. Indication : {d}. Pas d'anomalie évolutive.",
        "Imagerie de contrôle. Indication : {d}. Stabilité par rapport à l'examen précédent.",
    ),
    "genomique": (
        "Analyse moléculaire. Indication : {d}. Pas de variant pathogène identifié.",
        "Panel de gènes. Indication : {d}. Variant de signification incertaine.",
    ),
    "chimiotherapie": (
        "Séance de chimiothérapie. Indication : {d}. Tolérance correcte.",
        "Protocole de chimiothérapie adapté à la fonction rénale. Indication : {d}.",
    ),
    "odontologie": (
        "Soins dentaires. Terrain : {d}. Contrôle dans un an.",
        "Bilan bucco-dentaire avant traitement. Contexte : {d}.",
    ),
}


class Phrases:
    """All the texts there can be, and which one a document gets."""

    def __init__(self, diagnoses: list[str], categories: list[str]):
        self.texts: list[str] = []
        self._first = np.zeros((len(categories), len(diagnoses)), np.int64)
        self._many = np.array([len(_SENTENCES[name]) for name in categories])
        for row, name in enumerate(categories):
            for column, diagnosis in enumerate(diagnoses):
                self._first[row, column] = len(self.texts)
                said = diagnosis[0].lower() + diagnosis[1:]
                self.texts += [_OPENING + one.format(d=said) for one in _SENTENCES[name]]

    def choose(
        self, rng: np.random.Generator, category: np.ndarray, diagnosis: np.ndarray
    ) -> np.ndarray:
        """The index in ``texts`` for each document, by indices of its category and diagnosis."""
        pick = (rng.random(len(category)) * self._many[category]).astype(np.int64)
        return self._first[category, diagnosis] + pick
