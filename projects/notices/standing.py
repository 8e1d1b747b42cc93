"""Whether what a notice asks still stands: what somebody did meanwhile is asked of nobody."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from catalog.models import Finding, Harvest
from governance.models.case import Case, Track
from governance.models.convocation import Convocation
from governance.models.deadline import Deadline
from governance.models.incident import IncidentSite
from governance.models.judged import NightJudged
from governance.models.minutes import Minutes
from governance.models.nonconformity import BlockJudgement, NonConformity
from governance.models.warehouse import WarehouseStanding
from governance.queries.incidents import settled
from projects.models import Idea, Output, Qualification, ReservationAnswer, Space

AWAITED_OF_OUTPUTS = {
    "output_to_check": ("deposited",),
    "output_second": ("second",),
    "output_late": ("deposited", "second"),
    "output_checked": ("asked",),
}
"""The states of an output in which what each notice asks still stands."""


def waits(case: Case, track: Track | None = None) -> dict:
    """What a notice keeps of where a case stood when something was asked: read by `no_longer`."""
    on = {"track": track.pk, "status": track.status} if track is not None else {}
    return {"case": str(case.pk), "state": case.state} | on


def no_longer(notices: Iterable) -> set[int]:
    """Of these notices, the keys of those whose ask is over: the state was left, the track moved,
    the opinion given, the idea answered, the clock stopped, the anomaly answered, the minutes
    approved, the convocation answered, the non-conformity closed, the reservations answered or
    checked, the catalogue examined, another end of a warehouse's basis stated, the output checked,
    the space mended, another answer of the night. Fifteen queries, whatever their number."""
    notices = [each for each in notices if each.asked]
    said = [each.values for each in notices if "state" in each.values]
    said_of_outputs = [each.values for each in notices if "output" in each.values]
    states = dict(Case.objects.filter(pk__in={v["case"] for v in said}).values_list("pk", "state"))
    statuses = dict(
        Track.objects.filter(pk__in={v["track"] for v in said if "track" in v}).values_list(
            "pk", "status"
        )
    )
    advised = set(
        Qualification.objects.filter(
            request__in={v["case"] for v in said if v.get("role") == "dpo"}, dpo_at__isnull=False
        ).values_list("request_id", flat=True)
    )
    states, advised = {str(k): v for k, v in states.items()}, {str(k) for k in advised}
    answered = set(
        Idea.objects.filter(pk__in=_refs(notices, "idea"))
        .exclude(state=Idea.State.SENT)
        .values_list("pk", flat=True)
    )
    stopped = set(
        Deadline.objects.filter(
            pk__in=_refs(notices, "reminder"), stopped_at__isnull=False
        ).values_list("pk", flat=True)
    )

    # What is asked of an anomaly is over with its state: answered, then mended.
    found = dict(
        Finding.objects.filter(
            pk__in=_refs(notices, "finding")
            | _refs(notices, "finding-reminder")
            | _refs(notices, "finding-held")
        ).values_list("pk", "state")
    )
    found = {str(pk): state for pk, state in found.items()}

    minutes = dict(
        Minutes.objects.filter(pk__in=_refs(notices, "minutes")).values_list("pk", "state")
    )
    minutes = {str(pk): state for pk, state in minutes.items()}

    awaited = {
        f"{pk}:{told}"
        for pk, told in Convocation.objects.filter(
            pk__in=_refs(notices, "convocation"), answer="", session__opened_at__isnull=True
        ).values_list("pk", "told")
    }

    mended = {
        str(pk)
        for pk in NonConformity.objects.closed()
        .filter(pk__in=_refs(notices, "nonconformity"))
        .values_list("pk", flat=True)
    }

    judged = {
        str(pk)
        for pk in BlockJudgement.objects.filter(
            nonconformity__in=_refs(notices, "nonconformity")
        ).values_list("nonconformity", flat=True)
    }

    # What the holder answered is asked of nobody once checked; what was refused, once answered.
    replied = _refs(notices, "reservation-answer") | _refs(notices, "reservation-checked")
    answers = {
        str(pk): (accepted, state)
        for pk, accepted, state in ReservationAnswer.objects.filter(pk__in=replied).values_list(
            "pk", "accepted", "reservation__state"
        )
    }

    examined = {
        str(pk)
        for pk in Harvest.objects.filter(pk__in=_refs(notices, "harvest"))
        .exclude(state=Harvest.State.PROPOSED)
        .values_list("pk", flat=True)
    }

    ends = dict(
        WarehouseStanding.objects.filter(pk__in=_refs(notices, "warehouse")).values_list(
            "pk", "until"
        )
    )

    outputs = {
        pk: "corrected" if correction else state
        for pk, state, correction in Output.objects.filter(
            pk__in={v["output"] for v in said_of_outputs}
        ).values_list("pk", "state", "corrected_by")
    }

    mended_spaces = set(
        Space.objects.filter(
            pk__in={each.values["space"] for each in notices if "space" in each.values}, problem=""
        ).values_list("pk", flat=True)
    )

    notified = _settled({each.values["incident"] for each in notices if "incident" in each.values})

    later = NightJudged.objects.filter(clause=OuterRef("clause"), since__gt=OuterRef("since"))
    nights = NightJudged.objects.filter(Exists(later), pk__in=_refs(notices, "night"))
    passed = {str(pk) for pk in nights.values_list("pk", flat=True)}

    def over(notice) -> bool:
        kind, ref = _cause(notice)
        if kind in ("finding", "finding-reminder"):
            mending = "unmended" in notice.cause
            return found.get(ref) != ("to_mend" if mending else "waiting")
        if kind == "finding-held":
            return found.get(ref) not in ("waiting", "to_mend")
        if kind in ("idea", "reminder"):
            return ref in {str(pk) for pk in (answered if kind == "idea" else stopped)}
        values = notice.values
        if kind == "reservation-answer" and answers.get(ref, (True,))[0] is not None:
            return True
        if kind == "reservation-checked" and answers.get(ref, ("", ""))[1] != "open":
            return True
        if kind == "warehouse":
            return str(ends.get(ref)) != values["until"]
        if kind == "convocation":
            return notice.cause.partition(":")[2] not in awaited
        if "output" in values:
            return outputs.get(values["output"]) not in AWAITED_OF_OUTPUTS[notice.key]
        if "space" in values:
            return values["space"] in mended_spaces
        if kind == "minutes":
            return minutes.get(ref) != ("draft" if values["what"] == "returned" else values["what"])
        if kind == "night":
            return ref in passed
        if kind == "harvest":
            return ref in examined
        if kind == "incident":
            return (ref, values["site"]) in notified
        if kind == "nonconformity" and "state" not in values:
            return ref in mended or ("judge" in values and ref in judged)
        if "state" not in values:
            return False
        return (
            states.get(values["case"]) != values["state"]
            or ("track" in values and statuses.get(values["track"]) != values["status"])
            or (values.get("role") == "dpo" and values["case"] in advised)
        )

    return {notice.pk for notice in notices if over(notice)}


def _settled(numbers: set[str]) -> set[tuple[str, str]]:
    """Of these incidents, the establishments of which no notification is awaited."""
    sites = IncidentSite.objects.filter(incident__number__in=numbers).select_related("incident")
    return {
        (site.incident.number, site.establishment_id)
        for site in sites
        if settled(site) or site.incident.closed_at is not None
    }


def _cause(notice) -> tuple[str, str]:
    kind, _, rest = notice.cause.partition(":")
    return kind, rest.partition(":")[0]


def _refs(notices: list, kind: str) -> set[str]:
    return {ref for found, ref in map(_cause, notices) if found == kind}
