"""What can be wrong with a warehouse, as a key and values, and how it is said."""

from typing import Any

SENTENCES: dict[str, tuple[str, str]] = {
    "absent": (
        "l'entrepôt {place} n'existe pas.",
        "warehouse {place} does not exist.",
    ),
    "no_table": (
        "la table {table} manque à l'entrepôt.",
        "table {table} is missing from the warehouse.",
    ),
    "no_column": (
        "la colonne {table}.{column} manque à l'entrepôt.",
        "column {table}.{column} is missing from the warehouse.",
    ),
    "wrong_type": (
        "la colonne {table}.{column} est de type {found} ; on attend {expected}.",
        "column {table}.{column} has type {found}; {expected} is expected.",
    ),
    "unreadable": (
        "la table {table} ne peut pas être lue : {why}.",
        "table {table} cannot be read: {why}.",
    ),
    "unreachable": (
        "l'entrepôt ne répond pas : {why}.",
        "the warehouse does not answer: {why}.",
    ),
    "not_local": (
        "ce connecteur ({connector}) ne le peut pas : il faut l'entrepôt en Parquet lu par DuckDB.",
        "this connector ({connector}) cannot: the warehouse is needed as Parquet read by DuckDB.",
    ),
    "no_memory": (
        "la mémoire accordée ({memory}) ne suffit pas.",
        "the memory granted ({memory}) is not enough.",
    ),
    "too_long": (
        "le comptage a duré plus de {seconds} secondes : il a été arrêté.",
        "the count lasted more than {seconds} seconds: it was stopped.",
    ),
    "no_vocabulary": (
        "le vocabulaire d'OHDSI n'est pas tenu par l'entrepôt : la table {table} manque.",
        "OHDSI's vocabulary is not held by the warehouse: table {table} is missing.",
    ),
    "no_library": (
        "le paquet ohdsi-circepy n'est pas installé ici : sans lui, aucune définition d'OHDSI "
        "n'est exécutée.",
        "package ohdsi-circepy is not installed here: without it no definition of OHDSI is run.",
    ),
    "ohdsi": (
        "cette définition d'OHDSI ne peut pas être exécutée ici : {why}.",
        "this definition of OHDSI cannot be run here: {why}.",
    ),
    "query": ("la requête a échoué : {why}.", "the query failed: {why}."),
}


class WarehouseError(Exception):
    """A warehouse that cannot serve; `key` is one of SENTENCES, `values` says what and where."""

    def __init__(self, key: str, **values: Any):
        super().__init__(key, values)
        self.key = key
        self.values = values

    def sentence(self, language: str = "fr") -> str:
        """What is wrong, in French ("fr") or English ("en")."""
        french, english = SENTENCES[self.key]
        return (english if language.startswith("en") else french).format(**self.values)

    def __str__(self) -> str:
        return self.sentence()
