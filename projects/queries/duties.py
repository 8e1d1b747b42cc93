"""What waits for a person of the CDC beside the steps of a request: its amendments, what is to be
written down before a decision (the DPO's opinion, the destination checked), the certificates that
end a study's data at an establishment."""

from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.charters import load_charter, versions_in_force
from governance.charters.facts import months_later, today
from governance.charters.judging import find_clause
from governance.models import Case, Deadline, Decision, NonConformity, Record
from governance.models.case import Track
from governance.process.amendments import AMENDMENT
from governance.process.compliance import IN_USE
from governance.queries.written_once import Given
from governance.roles import Permission, roles_with
from projects.domain.extractions import DESTROYED_IN
from projects.domain.outputs import OPEN_IN
from projects.domain.reservations import LIFTING
from projects.domain.spaces import ACCESS_OVER
from projects.models import Certificate, Output, Qualification, Result, Space
from projects.queries.deliveries import to_be_made_again
from projects.queries.desk import DeskKind, waiting
from projects.queries.reservations import ANSWERED, some_in
from projects.queries.spaces import destruction_asked

DUTIES: dict[str, Promise] = {
    "voie": _("Rendre l'avis sur la voie réglementaire"),
    "reserves": _("Examiner les réponses aux réserves"),
    "destination": _("Vérifier la destination"),
    "sorties": _("Contrôler des résultats à faire sortir"),
    "again": _("Refaire la copie livrée : des personnes se sont opposées depuis"),
    "bloc": _("Confirmer ou rouvrir un accès fermé"),
    "espace": _("Réessayer ce qu'un espace de travail n'a pas fait"),
    "copies": _("Détruire l'espace de travail, ou attester que les copies le sont"),
    "destruction": _("Détruire le jeu de l'étude, son terme est venu"),
}
"""What each duty is called; the others are steps."""

ENDING = ("espace", "copies", "destruction")
"""The duties about the data that a site holds: no clock of the request waits for them."""

AWAITED = {"proposed": "examine", "committee": "advise", "examined": "accept"}
"""The step that leads on from each state of an amendment."""


TERMS = Given("terms")


def duties(kind: DeskKind) -> list[QuerySet]:
    """What waits beside the steps of a request, as rows: see `projects.queries.desk.waiting`."""
    return [
        *_amendments(kind),
        *_called_in(kind),
        *_opinions_on_route(kind),
        *_answers_to_reservations(kind),
        *_destinations(kind),
        *_copies_to_make_again(kind),
        *_outputs(kind),
        *_certificates(kind),
        *_mended_suspensions(kind),
        *_closed_accesses(kind),
    ]


def _amendments(kind: DeskKind) -> list[QuerySet]:
    """The amendments that wait for the person, but for those in which they took a step that must
    be another's."""
    found = []
    for state, code in AWAITED.items():
        step = AMENDMENT.step(code)
        for role in step.actors:
            theirs = kind.theirs(role, "parent_id") if kind.holds(role) else None
            if theirs is None:
                continue
            taken = Decision.objects.filter(
                case=OuterRef("pk"), by=kind.person, step__in=step.apart
            )
            cases = Case.objects.filter(
                kind.at_place(role, "lead"),
                kind.others("parent"),
                theirs,
                kind.unbarred("pk"),
                ~Exists(taken),
                process="amendment",
                state=state,
            )
            found.append(waiting(cases, code, role, case="pk", track=None, since="state_since"))
    return found


def _called_in(kind: DeskKind) -> list[QuerySet]:
    """The feasibility of an establishment that would join by amendment."""
    step, found = AMENDMENT.step("state_feasibility"), []
    for role in step.actors:
        if not kind.holds(role):
            continue
        tracks = Track.objects.filter(
            kind.at_place(role, "establishment"),
            kind.others("case__parent"),
            kind.unbarred("case"),
            kind=step.track,
            status__in=step.track_from,
            case__process="amendment",
            case__state__in=step.sources,
        )
        named = {"case": "case_id", "track": "pk", "since": "status_since"}
        found.append(waiting(tracks, step.code, role, **named))
    return found


def _opinions_on_route(kind: DeskKind) -> list[QuerySet]:
    """The DPO's opinion is no step, and is waited for all the same."""
    if not kind.holds("dpo"):
        return []
    given = Qualification.objects.filter(dpo_at__isnull=False, request=OuterRef("pk"))
    cases = Case.objects.filter(
        ~Exists(given), kind.at_place("dpo", "lead"), kind.others("pk"), state="instruction"
    )
    return [waiting(cases, "voie", "dpo", case="pk", track=None, since="state_since")]


def _answers_to_reservations(kind: DeskKind) -> list[QuerySet]:
    """The holder answered reservations: whoever may lift them says what they find."""
    found = []
    for role in LIFTING.actors:
        if not kind.holds(role):
            continue
        tracks = Track.objects.filter(
            kind.at_place(role, "case__lead"),
            kind.others("case"),
            some_in(ANSWERED, case="case"),
            kind=LIFTING.track,
            status__in=LIFTING.track_from,
            case__state__in=LIFTING.sources,
        )
        named = {"case": "case_id", "track": "pk", "since": "status_since"}
        found.append(waiting(tracks, "reserves", role, **named))
    return found


def _destinations(kind: DeskKind) -> list[QuerySet]:
    """The destination is checked before the authorisation."""
    role = "regulatory_officer"
    if not kind.holds(role):
        return []
    checked = Record.objects.filter(case=OuterRef("pk"), kind="destination_checked")
    cases = Case.objects.filter(
        ~Exists(checked),
        kind.at_place(role, "lead"),
        kind.others("pk"),
        process="request",
        state="preparation",
    )
    return [waiting(cases, "destination", role, case="pk", track=None, since="state_since")]


def _copies_to_make_again(kind: DeskKind) -> list[QuerySet]:
    """Persons objected between a delivery and its opening, which waits for a copy without them."""
    role = "data_engineer"
    if not kind.holds(role):
        return []
    tracks = Track.objects.filter(
        to_be_made_again(), kind.at_place(role, "establishment"), kind.others("case"), kind="site"
    )
    named = {"case": "case_id", "track": "pk", "since": "status_since"}
    return [waiting(tracks, "again", role, **named)]


def _outputs(kind: DeskKind) -> list[QuerySet]:
    """What a team deposited to leave, examined and not checked by the person yet."""
    found = []
    for role in sorted(roles_with(Permission.CHECK_OUTPUTS)):
        if not kind.holds(role):
            continue
        here = Output.sites.through.objects.filter(
            kind.at_place(role, "track__establishment"), output=OuterRef("pk")
        )
        outputs = Output.objects.filter(
            Exists(here),
            kind.others("request__case"),
            Q(first_by__isnull=True) | ~Q(first_by=kind.person),
            state__in=Output.WAITING,
            examined_at__isnull=False,
            request__case__state=OPEN_IN,
        )
        named = {"case": "request__case", "track": "number", "since": "deposited_at"}
        found.append(waiting(outputs, "sorties", role, **named))
    return found


def _certificates(kind: DeskKind) -> list[QuerySet]:
    """What a working space failed to do; once access ended, the copies; at the term of the
    methodology, the sealed dataset."""
    role = "data_engineer"
    if not kind.holds(role):
        return []
    tracks = Track.objects.filter(
        kind.at_place(role, "establishment"),
        kind.others("case"),
        kind="site",
        status__in=Track.HELD,
        case__process="request",
    )
    copies = tracks.filter(case__state__in=ACCESS_OVER).exclude(
        _given(Certificate.Kind.COPIES_DESTROYED) | destruction_asked()
    )
    failed = tracks.filter(Exists(Space.objects.filter(track=OuterRef("pk")).exclude(problem="")))
    sealed = tracks.filter(_at_its_term(), case__state__in=DESTROYED_IN).exclude(
        _given(Certificate.Kind.DATASET_DESTROYED)
    )
    named = {"case": "case_id", "track": "pk", "since": "case__state_since"}
    return [
        waiting(
            failed, "espace", role, case="case_id", track="pk", since="space__order__issued_at"
        ),
        waiting(copies, "copies", role, **named),
        waiting(sealed, "destruction", role, **named),
    ]


def _mended_suspensions(kind: DeskKind) -> list[QuerySet]:
    """What the portal suspended, a delegate confirmed, and nothing stands against any more: the
    access may be restored."""
    role = "delegate"
    if not kind.holds(role):
        return []
    whole = NonConformity.objects.filter(case=OuterRef("pk"), subject="request")
    unjudged = Deadline.objects.running().filter(case=OuterRef("pk"), subject="state:suspended")
    cases = Case.objects.filter(
        kind.at_place(role, "lead"),
        kind.others("pk"),
        Exists(whole.filter(bitten_by__at=OuterRef("state_since"))),
        ~Exists(whole.open()),
        ~Exists(unjudged),
        process="request",
        state="suspended",
    )
    return [waiting(cases, "resume", role, case="pk", track=None, since="state_since")]


def _closed_accesses(kind: DeskKind) -> list[QuerySet]:
    """The accesses that a non-conformity closed, which a delegate of the place confirms or lifts.
    The row's number is the non-conformity's."""
    role = "delegate"
    if not kind.holds(role):
        return []
    there = Q(subject="site") & kind.at_place(role, "establishment")
    there |= Q(subject="member") & kind.at_place(role, "case__lead")
    closed = NonConformity.objects.to_judge().filter(
        there, kind.others("case"), case__state__in=IN_USE
    )
    return [waiting(closed, "bloc", role, case="case_id", track="pk", since="bitten_at")]


def _given(kind: str, **on) -> Exists:
    return Exists(Certificate.objects.filter(track=OuterRef("pk"), kind=kind, **on))


def _at_its_term() -> Q:
    """U-12b: so long after the last publication, so long at the most after the sealing; as
    `terms_at` says."""
    published = Result.objects.filter(
        request=OuterRef("case"), published_on__gte=F("request__access_period__starts_on")
    )
    since = TERMS["published_before"]
    long_published = Exists(published.filter(published_on__lt=since)) & ~Exists(
        published.filter(published_on__gte=since)
    )
    oldest = TERMS["sealed_before"]
    return _given(Certificate.Kind.DATASET_SEALED) & (
        long_published | _given(Certificate.Kind.DATASET_SEALED, at__date__lt=oldest)
    )


def terms_at(at: datetime) -> dict[str, date]:
    """The days before which a study was published, or its dataset sealed, whose data are at their
    term at `at`: what the duties are asked with, beside the desk."""
    day = today(at)
    charter = load_charter("utilisateur", versions_in_force(day)["utilisateur"])
    lasts = find_clause("U-12b", [charter]).values
    return {
        "published_before": months_later(day, -lasts["after_publication"]),
        "sealed_before": months_later(day, -lasts["at_most"]),
    }
