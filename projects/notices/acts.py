"""What each state asks, of whom, and the address where it is done."""

from django.urls import reverse

from governance.models.case import Case, Track
from governance.process.registry import registered
from projects.models import Request
from projects.queries.overview import ref_of

HOLDERS_ACT = {
    "draft": ("finish_draft", "dossier", ()),
    "completion": ("answer_points", "dossier", ()),
    "access": ("use_data", "data", ()),
    "results": ("give_results", "results", ()),
    "refused": ("appeal", "step", ("appeal",)),
    "revoked": ("appeal", "step", ("appeal",)),
    "suspended": ("appeal", "step", ("appeal",)),
    "closed_in_default": ("give_results", "results", ()),
    "dropped": ("revive", "step", ("revive",)),
}
"""In each state where the holder acts: what is asked, and the page where it is done."""

TOLD_BESIDE = {
    "give_opinion": ("deferred",),
    "record_answer": ("conditional", "unfavourable"),
    "open_access": ("done",),
    "overturn": ("to_be_decided_again",),
}
"""What the team is told of though the request stays where it is and nothing was refused it: an
opinion put off, what a body answered, one more hospital open, an appeal that was heard."""

STAFFS_ACT = {
    "admissibility": (("case_officer", "admit"),),
    "instruction": (
        ("methodologist", "state_feasibility"),
        ("regulatory_officer", "qualify"),
        ("dpo", ""),
    ),
    "committee": (("committee_secretary", ""), ("committee_chair", "")),
    "preparation": (
        ("delegate", "agree"),
        ("regulatory_officer", "file_formality"),
        ("case_officer", "sign_convention"),
    ),
    "authorised": (("data_engineer", "deliver"),),
    "suspended": (("delegate", "confirm_suspension"),),
}
"""Who is asked what when a request comes to a state; without a step, to look at the request."""

AMENDMENT_ACT = {
    "proposed": ("case_officer", "examine"),
    "committee": ("committee_chair", "advise"),
    "examined": ("delegate", "accept"),
}
"""Who is asked what when an amendment comes to a state, where it is decided."""


def page(name: str, request: Request, *rest) -> str:
    """The address of a page of a request."""
    return reverse(f"projects:{name}", args=[ref_of(request), *rest])


def request_of(case: Case) -> Request:
    """The request that a case is of: its own, or the one that an amendment changes."""
    return Request.objects.select_related("case").get(pk=case.parent_id or case.pk)


def address_of(step: str, track: Track | None, request: Request) -> str:
    rule = registered(request.case.process).process.step(step) if step else None
    if rule is None or (rule.track and track is None):
        return page("request", request)
    if step == "agree":
        return page("agreement", request, track.key)
    if step == "deliver":
        return reverse("projects:extractions")
    return page("step", request, step, *([track.pk] if track else []))


def examined_at(role: str, request: Request) -> str:
    """Where the DPO gives an opinion, the secretary composes, the chair finds the item."""
    if role == "dpo":
        return page("record", request, "voie")
    item = request.case.items.filter(decision__isnull=True).order_by("-pk").first()
    if item is None:
        return reverse("projects:sessions")
    if role == "committee_secretary":
        return reverse("projects:session", args=[item.session_id])
    return reverse("projects:item", args=[item.session_id, item.pk])
