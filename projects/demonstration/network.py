"""The eight establishments, their warehouses' standing, their staff and their committee.

Contacts are made for the demonstration, at reserved addresses; no identifier is invented.
"""

from datetime import date, datetime, time, timedelta

from django.contrib.auth import get_user_model

from governance.charters.facts import PARIS, months_later, today
from governance.domain import committees
from governance.domain.affiliations import declare_service
from governance.domain.commitments import NO_REIDENTIFICATION
from governance.domain.delegations import DELEGABLE_STEPS, record_delegation
from governance.domain.roles import grant_role
from governance.models import (
    Body,
    CharterSignature,
    Delegation,
    Establishment,
    Mandate,
    Organisation,
    RoleGrant,
    Session,
    Training,
    WarehouseStanding,
)
from governance.process.clocks import add_working_days

ESTABLISHMENTS = (
    ("chu-rennes", "Centre hospitalier universitaire de Rennes", "CHU Rennes", "chu", "Rennes"),
    ("chu-brest", "Centre hospitalier universitaire de Brest", "CHU Brest", "chu", "Brest"),
    ("chu-nantes", "Centre hospitalier universitaire de Nantes", "CHU Nantes", "chu", "Nantes"),
    ("chu-angers", "Centre hospitalier universitaire d'Angers", "CHU Angers", "chu", "Angers"),
    ("chu-tours", "Centre hospitalier universitaire de Tours", "CHU Tours", "chu", "Tours"),
    ("chr-orleans", "Centre hospitalier régional d'Orléans", "CHR Orléans", "chr", "Orléans"),
    ("ch-le-mans", "Centre hospitalier du Mans", "CH Le Mans", "ch", "Le Mans"),
    ("ico", "Institut de Cancérologie de l'Ouest", "ICO", "clcc", "Angers"),
)
PURPOSES = ["research", "care_evaluation", "steering", "coding_quality", "feasibility"]
RECIPIENTS = ["academic", "startup", "industry", "association"]
STAFF = (
    "case_officer",
    "methodologist",
    "regulatory_officer",
    "dpo",
    "delegate",
    "data_engineer",
    "producer",
)
NAMES = (
    "Alice Martin",
    "Bruno Lefèvre",
    "Chloé Garnier",
    "David Rousseau",
    "Emma Blanchard",
    "Fabien Guérin",
    "Gaëlle Robin",
    "Henri Masson",
    "Inès Leroux",
    "Julien Caron",
    "Katell Prigent",
    "Loïc Cadiou",
    "Maëlle Gautier",
    "Nicolas Hervé",
    "Olivia Picard",
    "Pierre Joly",
    "Quentin Barbier",
    "Rozenn Le Bihan",
    "Samuel Perrot",
    "Tiphaine Aubry",
)
SEATS = ("science", "science", "method", "ethics", "law", "care")


def establish() -> list[Establishment]:
    """Create what is missing of the eight establishments and their warehouses' standing."""
    for position, (slug, name, short, kind, town) in enumerate(ESTABLISHMENTS, start=1):
        establishment, _ = Establishment.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "short_name": short,
                "kind": kind,
                "position": position,
                "email": f"cdc.{slug}@demo.example",
                "phone": f"02 00 00 00 {position:02d}",
                "postal_address": f"1 place de la Démonstration\n{town}",
                "dpo_email": f"dpo.{slug}@demo.example",
                "dpo_phone": f"02 00 00 01 {position:02d}",
                "warehouse_legal_basis": "Référentiel des entrepôts de données de santé "
                "(délibération 2021-118)",
                "warehouse_declaration": f"DEMO-EDS-{position:02d}",
                "warehouse_declared_on": date(2022, 3, position),
            },
        )
        WarehouseStanding.objects.get_or_create(
            establishment=establishment,
            defaults={
                "kind": "authorisation" if slug == "chu-nantes" else "declaration",
                "purposes": PURPOSES,
                "recipients": RECIPIENTS,
                "informed_since": date(2019, 1, 1),
                "information_channel": "admission_booklet",
                "information_coverage": 96,
            },
        )
        Organisation.objects.get_or_create(
            name=name,
            country="FR",
            defaults={
                "kind": "health_establishment",
                "dpo_name": f"DPO {short}",
                "dpo_email": f"dpo.{slug}@demo.example",
                "establishment": establishment,
            },
        )
    return list(Establishment.objects.all())


def person(name: str, *, at: datetime):
    """The person of that name, created when missing, who signed and was trained."""
    first, last = name.split(" ", 1)
    login = f"{first}.{last}".lower().translate(
        str.maketrans("éèêëàâäîïôöûüç '", "eeeeaaaiioouuc--")
    )
    model = get_user_model()
    found, _ = model.objects.get_or_create(
        email=f"{login}@demo.example", defaults={"first_name": first, "last_name": last}
    )
    commit(found, at=at)
    return found


def commit(person, *, at: datetime) -> None:
    """Have a person sign the user's charter and its commitment, and hold a training."""
    for charter in ("utilisateur", NO_REIDENTIFICATION):
        CharterSignature.objects.get_or_create(
            person=person, charter=charter, version=1, defaults={"signed_at": at}
        )
    if not person.trainings.filter(expires_on__gte=today(at)).exists():
        obtained = today(at) - timedelta(days=30)
        Training.objects.create(
            person=person,
            title="Protection des données en recherche",
            obtained_on=obtained,
            expires_on=months_later(obtained, 36),
        )


def staff(role: str, slug: str, *, at: datetime, but=()):
    """Somebody who holds `role` at that establishment, hired when there is none but `but`."""
    grant = (
        RoleGrant.objects.valid(at)
        .filter(role=role, establishment=slug)
        .exclude(person__in=but)
        .order_by("pk")
        .first()
    )
    hired = grant.person if grant else hire(role, slug, at=at)
    if role == "delegate" and not Delegation.objects.filter(person=hired).valid(at).exists():
        record_delegation(
            establishment=Establishment.objects.get(pk=slug),
            person=hired,
            steps=DELEGABLE_STEPS,
            since=at - timedelta(days=1),
            until=at + timedelta(days=1460),
            act_reference=f"DEMO-{slug.upper()}-{hired.pk:02d}",
            by=None,
            at=at - timedelta(days=1),
        )
    return hired


def hire(role: str, slug: str | None, *, at: datetime):
    """Grant `role` to a new person of the demonstration, at an establishment or the network."""
    newcomer = person(_name(get_user_model().objects.count()), at=at)
    place = Establishment.objects.get(pk=slug) if slug else None
    grant_role(
        person=newcomer,
        role=role,
        establishment=place,
        since=at - timedelta(days=1),
        by=None,
        at=at - timedelta(days=1),
    )
    return newcomer


def _name(number: int) -> str:
    """A name of its own for each newcomer: once all are taken, first and last names pair anew."""
    again, place = divmod(number, len(NAMES))
    first, _, _ = NAMES[place].partition(" ")
    _, _, last = NAMES[(place + 7 * again) % len(NAMES)].partition(" ")
    return f"{first} {last}"


def seat_committee(*, at: datetime) -> Body:
    """The network's committee, with its members, its chair and its patients' representative."""
    body, created = Body.objects.get_or_create(
        slug="cse-reseau",
        defaults={
            "name": "Comité scientifique et éthique du réseau",
            "quorum": 4,
            "chair_alone_since": today(at),
            "chair_alone_until": today(at) + timedelta(days=3650),
            "chair_alone_act": "DEMO-CSE-DELIBERATION-1",
        },
    )
    if created:
        chair = _network_person("committee_chair", at)
        Mandate.objects.create(body=body, person=chair, seat="science", chair=True, since=today(at))
        patients = _network_person("committee_member", at)
        Mandate.objects.create(body=body, person=patients, seat="patients", since=today(at))
        for seat in SEATS:
            member = hire("committee_member", None, at=at)
            Mandate.objects.create(body=body, person=member, seat=seat, since=today(at))
    return body


def _network_person(role: str, at: datetime):
    grant = RoleGrant.objects.filter(role=role, establishment=None).order_by("pk").first()
    return grant.person if grant else hire(role, None, at=at)


def next_session(body: Body, at: datetime) -> Session:
    """The first session one can still reach at `at`, called three weeks ahead when none is."""
    found = (
        body.sessions.filter(closes_for_deposit_at__gt=at, opened_at__isnull=True)
        .order_by("starts_at")
        .first()
    )
    day = add_working_days((at + timedelta(days=20)).date(), 1)
    return found or Session.objects.create(
        body=body,
        starts_at=datetime.combine(day, time(14), PARIS),
        closes_for_deposit_at=at + timedelta(days=11),
        place="Visioconférence",
    )


def close_past_sessions(*, at: datetime) -> None:
    """Close the sessions that are over, the next one being called: what they left goes there."""
    over = Session.objects.filter(starts_at__lt=at, closed_at__isnull=True)
    for session in over.select_related("body").order_by("starts_at"):
        next_session(session.body, at)
        committees.open_session(session, at=session.starts_at)
        committees.close_session(session, at=session.starts_at + timedelta(hours=3))


def call_sessions(body: Body, *, at: datetime) -> None:
    """Call the sessions of the months to come: a request not yet deposited has one to aim at."""
    for weeks in (6, 10):
        day = add_working_days((at + timedelta(weeks=weeks)).date(), 1)
        starts = datetime.combine(day, time(14), PARIS)
        Session.objects.create(
            body=body,
            starts_at=starts,
            closes_for_deposit_at=starts - timedelta(days=10),
            place="Visioconférence",
        )


def seat_stand_in(body: Body, *, at: datetime) -> None:
    """Name who sits for the care when its titular does not; the titular declares the service that
    a holder declares, whose request waits on the agenda: the portal finds the tie."""
    titular = body.mandates.filter(seat="care").select_related("person").get()
    Mandate.objects.create(
        body=body,
        person=hire("committee_member", None, at=at),
        seat="care",
        stands_in_for=titular,
        since=today(at),
        act="DEMO-CSE-DELIBERATION-2",
    )
    rennes = Establishment.objects.get(pk="chu-rennes")
    for one in (titular.person, person("Yann Kerbrat", at=at)):
        declare_service(person=one, establishment=rennes, service="Cardiologie", at=at)
