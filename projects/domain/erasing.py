"""The words of a decision, or of what a delegate answered of a closed access, erased for ever at
somebody's request (GDPR, art. 17).

With its reasons go the points of a return, the reservations of an opinion, what was answered to
them, and its paper. The decision stays, with its date, its articles, who took it and its proof: the
register holds none of its words.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.domain import erasures
from governance.models import BlockJudgement, Decision, Document
from governance.permissions import may
from governance.roles import Permission
from projects.models import Request
from projects.reader import Reader

GROUNDS = {
    "person": gettext_lazy("Une personne que ces mots nomment le demande (RGPD, art. 17)"),
    "needless": gettext_lazy("Ils disent de quelqu'un ce que la décision n'avait pas à dire"),
    "mistake": gettext_lazy("Ils ont été écrits ici par erreur"),
}
"""Why words are erased. The audit keeps the code."""


def may_erase(request: Request, reader: Reader, at: datetime) -> bool:
    """Whether they erase words on this request: the DPO of the establishment that leads it, never
    of a request of their own team."""
    return not reader.on_team and may(
        reader.person, Permission.ERASE_WORDS, request.case.lead_id, at=at
    )


@transaction.atomic
def erase_words(decision: Decision, ground: str, *, by, at: datetime) -> None:
    """Erase the words of `decision` and its paper, on a ground of `GROUNDS`. Raises ValidationError
    when nothing is left to erase."""
    said = {"by": by, "at": at, "details": {"ground": ground}}
    papers = Document.objects.filter(decision=decision).values_list("file", flat=True)
    erased = [erasures.erase("reason", decision.pk, **said)]
    erased += [erasures.erase("file", file, **said) for file in papers]
    if not any(erased):
        raise ValidationError(_("Les mots de cette décision sont déjà effacés."))


def erase_answer(judgement: BlockJudgement, ground: str, *, by, at: datetime) -> None:
    """Erase the words of what a delegate answered, on a ground of `GROUNDS`. Raises ValidationError
    when nothing is left to erase."""
    if not erasures.erase("block_reason", judgement.pk, by=by, at=at, details={"ground": ground}):
        raise ValidationError(_("Les mots de cette décision sont déjà effacés."))
