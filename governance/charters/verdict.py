"""What a clause answers about facts: a key and values, never prose.

A check is a pure function that returns an :class:`Outcome`; ``judge`` signs it with the clause,
article and version it comes from and makes a :class:`Verdict`. Both are plain data, so that the
same verdict can be stored, replayed years later and said in the reader's language
(:mod:`governance.charters.sentences`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: Who can mend what lacks. The value of ``Verdict.mender`` is one of these codes.
MENDERS: Final = (
    "holder",
    "local_referent",
    "member",
    "case_officer",
    "methodologist",
    "regulatory_officer",
    "dpo",
    "committee",
    "delegate",
    "producer",
    "data_engineer",
    "network_coordinator",
)

#: Sections of the form a missing thing is mended in (``Verdict.values["section"]``).
SECTIONS: Final = (
    "project",
    "team",
    "purpose",
    "protocol",
    "data",
    "sites",
    "regulatory",
    "calendar",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one check.

    ``holds`` is True (satisfied), False (not satisfied) or None (a person must say: the clause
    may be passed *under reserve* where it allows it). ``missing`` names the facts that lack, as
    dotted paths without index (``protocol.statistical_plan``).
    """

    holds: bool | None
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    mender: str = "holder"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An :class:`Outcome` with the clause that gave it and the subject it speaks of.

    ``of`` is the site's slug, the member's or the result's reference; None when the subject is
    the request as a whole or the item of a session.
    """

    clause: str
    article: str
    version: str
    holds: bool | None
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    mender: str = "holder"
    subject: str = "request"
    of: str | None = None

    @property
    def section(self) -> str | None:
        """Section of the form where the holder mends it, if it is one of the form."""
        return self.values.get("section")

    def as_data(self) -> dict[str, Any]:
        """The verdict as JSON values, for storage and for the API."""
        return {
            "clause": self.clause,
            "article": self.article,
            "version": self.version,
            "holds": self.holds,
            "key": self.key,
            "values": {name: _plain(value) for name, value in self.values.items()},
            "missing": list(self.missing),
            "mender": self.mender,
            "subject": self.subject,
            "of": self.of,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Verdict":
        """The inverse of :meth:`as_data`. Raises KeyError when a field is absent."""
        return cls(
            clause=data["clause"],
            article=data["article"],
            version=data["version"],
            holds=data["holds"],
            key=data["key"],
            values=dict(data["values"]),
            missing=tuple(data["missing"]),
            mender=data["mender"],
            subject=data["subject"],
            of=data["of"],
        )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def satisfied(**values: Any) -> Outcome:
    """The outcome of a clause that holds."""
    return Outcome(True, "satisfied", values)


def lacks(*missing: str, mender: str = "holder", section: str | None = None) -> Outcome:
    """The outcome of a clause whose facts are absent, or known not to be there."""
    values = {"section": section} if section else {}
    return Outcome(False, "missing", values, missing, mender)


def fails(key: str, *, mender: str = "holder", **values: Any) -> Outcome:
    """The outcome of a clause that facts contradict."""
    return Outcome(False, key, values, (), mender)


def waits(key: str, *, mender: str = "case_officer", **values: Any) -> Outcome:
    """The outcome of a clause on which a person must give a finding."""
    return Outcome(None, key, values, (), mender)
