"""What was written behind a cause, read where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import DescriptionVersion, Finding, FindingEvent
from governance.models import Convocation, Decision, Item, SessionDocument
from governance.models.nonconformity import BlockJudgement, NonConformity
from projects.documents.receipt import receipts_in_words
from projects.models import Amendment, Idea, Message, Output, OutputCheck, ReservationAnswer
from projects.queries.amendments import titles_of


@dataclass(frozen=True)
class Words:
    """What a cause says in words: read where it stands, so that what is erased is not told."""

    text: str
    author: str = ""


def words_of(causes: Iterable[str]) -> dict[str, Words]:
    """The words behind each cause that has some. One query a kind of cause."""
    refs: dict[str, set[str]] = {}
    for cause in causes:
        kind, _, ref = cause.partition(":")
        refs.setdefault(kind, set()).add(ref)
    found = {}
    for message in Message.objects.filter(pk__in=refs.get("message", ())).select_related("author"):
        found[f"message:{message.pk}"] = Words(message.text, str(message.author))
    decisions = Decision.objects.filter(pk__in=refs.get("decision", ()))
    for decision in decisions.select_related("reason", "by").prefetch_related(
        "points", "reservations"
    ):
        text = "\n\n".join(
            [
                decision.reason.text,
                *(f"– {point.text}" for point in decision.points.all()),
                *(f"{each.number}. {each.text}" for each in decision.reservations.all()),
            ]
        ).strip()
        found[f"decision:{decision.pk}"] = Words(text, str(decision.by or ""))
    for kind in ("reservation-answer", "reservation-checked"):
        if kind in refs:
            found |= _answers(kind, refs[kind])
    if "nonconformity" in refs:
        found |= _members(refs["nonconformity"])
    if "amendment" in refs:
        found |= _proposals(refs["amendment"])
    if "receipt" in refs:
        for ref, text in receipts_in_words(refs["receipt"]).items():
            found[f"receipt:{ref}"] = Words(text)
    for idea in Idea.objects.filter(pk__in=refs.get("idea", ())).select_related("person"):
        found[f"idea:{idea.pk}"] = Words(f"{idea.title}\n\n{idea.question}", str(idea.person))
    answered = Idea.objects.filter(pk__in=refs.get("idea-answered", ()))
    for idea in answered.select_related("answered_by"):
        found[f"idea-answered:{idea.pk}"] = Words(idea.answer, str(idea.answered_by))
    reported = Finding.objects.filter(pk__in=refs.get("finding", ()))
    for finding in reported.select_related("found_by"):
        found[f"finding:{finding.pk}"] = Words(finding.said)
    for event in FindingEvent.objects.filter(pk__in=refs.get("finding-said", ())):
        found[f"finding-said:{event.pk}"] = Words(event.text)
    refused = DescriptionVersion.objects.filter(pk__in=refs.get("description", ()))
    for version in refused.select_related("reviewed_by"):
        found[f"description:{version.pk}"] = Words(version.answer, str(version.reviewed_by))
    for kind in ("output", "output-late"):
        outputs = Output.objects.filter(pk__in=refs.get(kind, ()))
        for output in outputs.select_related("deposited_by"):
            found[f"{kind}:{output.pk}"] = Words(output.why, str(output.deposited_by))
    checks = OutputCheck.objects.filter(pk__in=refs.get("output-checked", ()))
    for check in checks.select_related("by"):
        found[f"output-checked:{check.pk}"] = Words(check.reason, str(check.by))
    if "convocation" in refs:
        found |= _agendas(refs["convocation"])
    return found


def _answers(kind: str, refs: set[str]) -> dict[str, Words]:
    """What was answered to reservations at once, or found of the answers, by who said it."""
    checked = kind == "reservation-checked"
    when = "checked_at" if checked else "at"
    firsts = ReservationAnswer.objects.filter(pk__in=refs)
    told = ReservationAnswer.objects.filter(
        reservation__request__in=firsts.values("reservation__request"),
        **{f"{when}__in": firsts.values(when)},
    ).select_related("reservation", "by", "checked_by")
    rows = list(told)
    found = {}
    for first in rows:
        if str(first.pk) not in refs:
            continue
        same = [
            each
            for each in rows
            if each.reservation.request_id == first.reservation.request_id
            and getattr(each, when) == getattr(first, when)
        ]
        lines = [
            f"{each.reservation.number}. {each.reason if checked else each.text}" for each in same
        ]
        author = first.checked_by if checked else first.by
        found[f"{kind}:{first.pk}"] = Words("\n\n".join(lines), str(author))
    return found


def _agendas(refs: set[str]) -> dict[str, Words]:
    """The agenda of the session to which each convocation calls, and its papers."""
    called = {ref: int(ref.partition(":")[0]) for ref in refs}
    sessions = dict(Convocation.objects.filter(pk__in=called.values()).values_list("pk", "session"))
    agendas: dict[int, list[str]] = {session: [] for session in sessions.values()}
    items = Item.objects.filter(session__in=agendas).select_related("case__request")
    for item in items.order_by("session", "position", "pk"):
        lines = agendas[item.session_id]
        request = item.case.request
        lines.append(f"{len(lines) + 1}. {item.case.number}, {request.plain_title or request}")
    papers = SessionDocument.objects.filter(
        session__in=agendas, item__isnull=True, withdrawn_at__isnull=True
    )
    for paper in papers:
        agendas[paper.session_id].append(f"– {paper.title}")
    return {
        f"convocation:{ref}": Words("\n".join(agendas[sessions[pk]]))
        for ref, pk in called.items()
        if pk in sessions
    }


def _members(refs: set[str]) -> dict[str, Words]:
    """Whom a non-conformity speaks of, by name, read where it stands; why a delegate decided so."""
    pks = {ref.partition(":")[0] for ref in refs}
    rows = NonConformity.objects.filter(pk__in=pks).select_related("member")
    names = {str(row.pk): str(row.member or "") for row in rows}
    answers = BlockJudgement.objects.filter(nonconformity__in=pks)
    why = {f"{each.nonconformity_id}:judged-{each.index}": each.reason for each in answers}
    return {
        f"nonconformity:{ref}": Words(why.get(ref, ""), names.get(ref.partition(":")[0], ""))
        for ref in refs
    }


def _proposals(refs: set[str]) -> dict[str, Words]:
    proposed = list(Amendment.objects.filter(pk__in=refs).select_related("proposed_by"))
    return {
        f"amendment:{each.pk}": Words(f"{title}\n\n{each.reason}", str(each.proposed_by))
        for each, title in zip(proposed, titles_of(proposed), strict=True)
    }
