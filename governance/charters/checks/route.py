"""U-07: the regulatory route, the DPO's opinion, the formalities and their evidence."""

from governance.charters.facts import code, flag, group, listed, number
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied

#: Answers that let a formality pass, and those that settle it otherwise.
FAVOURABLE = ("expressly_favourable", "with_recommendations", "tacit", "not_required")


@check(1, least_reason="integer")
def route_set_with_opinion(facts, at, parameters) -> Outcome:
    """U-07a. Route computed and set, DPO's opinion written; to differ from either takes a reason
    of ``least_reason`` characters, which is published."""
    route = group(facts, "request", "route")
    missing = [
        f"route.{name}"
        for name in ("computed_qualification", "set_qualification")
        if code(route, name) is None
    ]
    if code(route, "dpo_opinion") not in ("agrees", "disagrees"):
        missing.append("route.dpo_opinion")
    if missing:
        only_opinion = missing == ["route.dpo_opinion"]
        return lacks(*missing, mender="dpo" if only_opinion else "regulatory_officer")
    if code(route, "set_qualification") == "A_TRANCHER" or code(route, "set_formality") is None:
        return fails("route_undecided", mender="regulatory_officer")
    chosen = (code(route, "set_qualification"), code(route, "set_formality"))
    computed = (code(route, "computed_qualification"), code(route, "computed_formality"))
    advised = (code(route, "dpo_qualification"), code(route, "dpo_formality"))
    if code(route, "dpo_opinion") == "agrees":
        advised = computed
    differs = [
        name for name, other in (("computed", computed), ("dpo", advised)) if chosen != other
    ]
    length = number(route, "differs_reason_length") or 0
    if differs and length < parameters["least_reason"]:
        return fails(
            "route_differs_without_reason",
            mender="regulatory_officer",
            differs_from=differs,
            least=parameters["least_reason"],
        )
    return satisfied(differs_from=differs)


@check(1)
def formalities_favourable(facts, at, parameters) -> Outcome:
    """U-07b. The formality set is there, each formality was answered favourably, and each piece
    of evidence it requires is present and passes its validators."""
    formalities = listed(facts, "request", "formalities") or []
    asked = code(facts, "request", "route", "set_formality")
    if asked is None:
        return lacks("route.set_formality", mender="regulatory_officer")
    if asked not in [code(each, "code") for each in formalities]:
        return lacks("formalities", mender="regulatory_officer")
    for formality in formalities:
        name, answer = code(formality, "code") or "?", code(formality, "answer")
        if answer in ("reserved", "unfavourable"):
            return fails(
                "formality_not_favourable",
                mender="regulatory_officer",
                formality=name,
                answer=answer,
            )
        if answer not in FAVOURABLE:
            return fails("formality_pending", mender="regulatory_officer", formality=name)
        evidence = listed(formality, "evidence")
        if not evidence:
            return lacks("formalities.evidence", mender="regulatory_officer")
        for key, field in (("evidence_missing", "present"), ("evidence_invalid", "valid")):
            pieces = sorted(code(each, "code") or "?" for each in evidence if not flag(each, field))
            if pieces:
                return Outcome(
                    False,
                    key,
                    {"formality": name, "evidence": pieces, "section": "regulatory"},
                    tuple(f"evidence.{piece}" for piece in pieces),
                    "regulatory_officer",
                )
    return satisfied()
