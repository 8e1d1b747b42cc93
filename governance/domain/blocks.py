"""An access that a non-conformity closed, of a member or of an establishment: a delegate of the
place confirms it, or lifts it and takes the fault upon themselves.

Confirmed, it stays closed until its article is satisfied; lifted, it is open again and the
non-conformity stays open and shown. A confirmed one may be lifted later, a lifted one confirmed:
each answer is a row, a leaf of the register, and the last one holds. The whole, which the portal
suspends by a step, is judged by the steps of a suspension.
"""

from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance import outbox
from governance.domain import erasures
from governance.domain.nonconformities import TOLD
from governance.ledger.commitments import commit_to
from governance.ledger.leaves import append_leaf
from governance.models.case import Case, Track
from governance.models.nonconformity import BlockJudgement, NonConformity
from governance.process import clocks
from governance.process.compliance import IN_USE
from governance.process.registry import registered
from governance.process.standing import Bench, Standing

CONFIRMED, LIFTED = BlockJudgement.Kind.CONFIRMED, BlockJudgement.Kind.LIFTED
SIGNED_AS = {CONFIRMED: "confirm_suspension", LIFTED: "resume"}
"""The decision that a director delegates, of which each answer is the like: to keep closed what the
portal closed, to open it again."""

NOTHING_LEFT = gettext_lazy(
    "Il n'y a plus rien à décider ici : la règle est respectée, ou sans objet."
)
LEAST_REASON = 10
"""Characters of the reason, which whoever is kept out, or answers for the data, will read."""


def standing(bench: Bench, closed: NonConformity, kind: str) -> Standing:
    """In what quality, under which delegation, the person of ``bench`` answers ``kind``: as a
    delegate of the establishment, or of the lead one for a member. Raises NotPermitted, and
    DelegationNeeded where no act of delegation covers that answer."""
    step = registered(closed.case.process).process.step(SIGNED_AS[kind])
    place = None
    if closed.establishment_id:
        place = Track(kind="site", establishment_id=closed.establishment_id)
    # Who suspended the whole by a step judged nothing of this: the portal closed it.
    return bench.standing(replace(step, apart=()), place)


def answers(last: BlockJudgement | None) -> tuple[str, ...]:
    """What may be answered after ``last``."""
    return tuple(kind for kind in (CONFIRMED, LIFTED) if last is None or kind != last.kind)


@transaction.atomic
def judge(
    closed: NonConformity, kind: str, *, reason: str, read: int, by, at: datetime
) -> BlockJudgement:
    """Answer of an access that the portal closed: ``kind`` of `BlockJudgement.Kind`, with its
    reason. ``read`` is the number of the last answer that the person had read (0: none).

    Side effects: its clock stops, accesses follow, those concerned are told, a leaf is written.
    Raises ValidationError, with nothing written, without a reason, where somebody answered in
    between, or where nothing is closed any more; NotPermitted as `standing` does.
    """
    case = Case.objects.select_for_update().get(pk=closed.case_id)
    closed = NonConformity.objects.select_for_update(of=("self",)).get(pk=closed.pk)
    closed.case = case
    if not bites(closed):
        raise ValidationError(NOTHING_LEFT)
    stand = standing(Bench(by, case, at), closed, kind)
    last = closed.judgements.order_by("-index").first()
    if read != (last.index if last else 0):
        raise ValidationError(
            _("Quelqu'un a décidé entre-temps. Lisez ce qui est écrit, puis décidez à votre tour.")
        )
    if kind not in answers(last):
        raise ValidationError(_("C'est déjà ce qui est décidé de cet accès."))
    if len(reason.strip()) < LEAST_REASON:
        raise ValidationError({"reason": _("Dites pourquoi, en quelques mots que chacun lira.")})
    judgement = BlockJudgement.objects.create(
        nonconformity=closed,
        index=read + 1,
        kind=kind,
        by=by,
        delegation=stand.delegation,
        at=at,
        reason=reason.strip(),
    )
    clocks.stop_block(closed, at)
    registered(case.process).follow(case, at=at)
    outbox.enqueue(TOLD, {"nonconformity": closed.pk, "event": "judged", "index": judgement.index})
    append_leaf(_leaf(judgement, closed), at=at)
    return judgement


@erasures.eraser("block_reason")
def _erased(judgement: str, at: datetime) -> bool:
    """The words of an answer go; that it was given, by whom and under which act, stays."""
    found = BlockJudgement.objects.filter(pk=judgement, erased_at__isnull=True)
    return bool(found.update(reason="", erased_at=at))


def bites(one: NonConformity) -> bool:
    """Whether it is one that closed an access, apart from the whole, and is not settled since."""
    apart = one.subject != NonConformity.Subject.REQUEST
    return apart and one.is_open and one.bitten_at is not None and one.case.state in IN_USE


def _leaf(judgement: BlockJudgement, closed: NonConformity) -> dict:
    case = closed.case
    return {
        "kind": "block",
        "number": case.number,
        "case": case.digest,
        "clause": closed.clause,
        "article": closed.article,
        "subject": closed.subject,
        "of": closed.establishment_id or commit_to(closed.of.encode()),
        "index": judgement.index,
        "outcome": judgement.kind,
        "acting_as": "delegate",
        "decider": commit_to(str(judgement.by.ref).encode()),
    }
