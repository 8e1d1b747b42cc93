"""What a claim is: a sentence for citizens, and a check of it on the model."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from governance.process.model import Model
from governance.process.shape import Text

SAFETY, LIVENESS, SEPARATION = "safety", "liveness", "separation"
FAMILIES = {
    SAFETY: Text("Ce qui ne peut pas arriver", "What cannot happen"),
    LIVENESS: Text("Ce qui reste toujours possible", "What always stays possible"),
    SEPARATION: Text("Qui ne peut pas tout faire", "Who cannot do everything"),
}


@dataclass(frozen=True)
class Fault:
    """What contradicts a claim: in words, and the situation in which it shows (None: the table)."""

    words: Text
    at: int | None = None
    then: str = ""


Check = Callable[[Model], Iterator[Fault]]


@dataclass(frozen=True)
class Claim:
    """One thing that is always true; `check` yields what contradicts it in a model."""

    code: str
    family: str
    sentence: Text
    check: Check


def family(code: str, claims: list[Claim]):
    """The decorator that enters a check among the `claims` of a family."""

    def claim(name: str, fr: str, en: str) -> Callable[[Check], Check]:
        def enter(check: Check) -> Check:
            claims.append(Claim(name, code, Text(fr, en), check))
            return check

        return enter

    return claim
