"""What a charter is made of: articles, and the clauses by which they execute."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from governance.charters.parameters import Parameter

CHARTERS: Final = ("utilisateur", "producteur", "citoyen")
NATURES: Final = ("fact", "judgement")
KINDS: Final = ("guard", "judgement", "deadline", "invariant")
SUBJECTS: Final = ("request", "site", "member", "result", "item", "whole")
#: Over which sites a clause about sites is judged. ``perimeter``: asked and not left aside, at
#: least one; ``delivered``: those that delivered, possibly none.
AMONG: Final = ("perimeter", "delivered")


@dataclass(frozen=True, slots=True)
class Clause:
    """One executable rule of an article.

    ``subject`` is who is at fault when it does not hold. ``over`` says that a clause about the
    whole request is true when *every* or *some* site satisfies its check, and nothing finer: the
    proofs of the process stand on it. At the steps of ``reserve_at`` a verdict that waits for a
    person's finding lets the step pass under reserve. ``unless`` names the answers of a step
    that the clause does not guard (a site stated infeasible needs no feasible count).
    """

    code: str
    charter: str
    article: str
    version: str
    kind: str
    subject: str
    steps: tuple[str, ...]
    check: str
    parameters: Mapping[str, Parameter]
    over: str | None = None
    among: str = "perimeter"
    reserve_at: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    continuous: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The parameters' values by name, as the check reads them."""
        return {name: parameter.value for name, parameter in self.parameters.items()}


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article comes from.

    ``preparatory``: cited as a *préfiguration*, not applicable yet. ``reread``: to be read again
    on Légifrance before adoption.
    """

    label: Mapping[str, str]
    preparatory: bool = False
    reread: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What an article will guard once its checks enter into application."""

    kind: str
    subject: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One article; texts by language (``fr``, ``en``)."""

    code: str
    charter: str
    version: str
    nature: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    looks_at: Mapping[str, str]
    sources: tuple[Source, ...]
    clauses: tuple[Clause, ...]
    planned: tuple[Planned, ...] = ()

    @property
    def in_application(self) -> bool:
        """Whether it executes; otherwise it enters into application with a later version."""
        return bool(self.clauses)


@dataclass(frozen=True, slots=True)
class Charter:
    """One version of a charter."""

    code: str
    version: str
    in_force_from: date
    title: Mapping[str, str]
    audience: Mapping[str, str]
    articles: tuple[Article, ...]

    def article(self, code: str) -> Article:
        """The article of that code. Raises KeyError when the charter has none."""
        for article in self.articles:
            if article.code == code:
                return article
        raise KeyError(code)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Every clause, in the order of the articles."""
        return tuple(clause for article in self.articles for clause in article.clauses)
