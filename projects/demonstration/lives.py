"""How far each request of the demonstration went, told step by step through the real engine.

A life is a function of a `Walk` that stands at a draft. It takes the steps that its name says, at
instants of the past, and stops there: what comes next is for whoever tries the product.
"""

from collections.abc import Callable

from projects.demonstration.walk import Walk
from projects.domain import exchanges, records

RESERVATIONS = [
    {"text": "Bornez la période aux cinq dernières années, ou justifiez-la.", "articles": ["U-04"]},
    {"text": "Dites comment les patients transférés sont comptés.", "articles": ["U-15"]},
]
LIVES: dict[str, Callable[[Walk], None]] = {}


def life(function: Callable[[Walk], None]) -> Callable[[Walk], None]:
    LIVES[function.__name__] = function
    return function


@life
def draft(walk: Walk) -> None:
    """Left as a draft."""


@life
def admissibility(walk: Walk) -> None:
    """Deposited, not yet looked at."""
    walk.submit()


@life
def completion(walk: Walk) -> None:
    """Returned to its holder, who has not answered yet."""
    walk.submit()
    ask_for_more(walk)


@life
def instruction(walk: Walk) -> None:
    """Admitted; some of the establishments have stated their feasibility."""
    walk.until("instruction")
    track = walk.case.tracks.filter(kind="site").first()
    walk.state_feasibility(track.key)


@life
def committee(walk: Walk) -> None:
    """On the agenda of the committee."""
    walk.until("committee")


@life
def preparation(walk: Walk) -> None:
    """Favourable opinion; the lead establishment agreed, the others are awaited."""
    walk.until("preparation")
    walk.agree(walk.lead)


@life
def reserved(walk: Walk) -> None:
    """Favourable with reservations: one is answered, and waits to be checked; one is open. The
    lead establishment agreed, the others are awaited."""
    walk.until("committee")
    walk.give_opinion("reserved", details={"reservations": RESERVATIONS})
    walk.agree(walk.lead)
    walk.wait(days=2)
    walk.answer_reservations(
        "Le protocole, page 6, borne la période à cinq ans et dit pourquoi.", first=1
    )


@life
def one_declines(walk: Walk) -> None:
    """Several establishments, one of which declines."""
    walk.until("preparation")
    *others, last = walk.case.tracks.filter(kind="site").values_list("key", flat=True)
    walk.agree(*others)
    walk.decline(last)


@life
def authorised(walk: Walk) -> None:
    """Authorised after one return; the data are being prepared."""
    walk.submit()
    ask_for_more(walk)
    answer_points(walk)
    walk.until("authorised")


@life
def access(walk: Walk) -> None:
    """Delivered and open."""
    walk.until("access")


@life
def results(walk: Walk) -> None:
    """Access ended; results are awaited."""
    walk.until("results")


@life
def closed(walk: Walk) -> None:
    """Two publications, an establishment associated as agreed, a plain summary, closed."""
    walk.until("results").recognise()
    walk.until("closed")


@life
def closed_in_default(walk: Walk) -> None:
    """Never published anything."""
    walk.until("results")
    walk.wait(days=560)
    officer = walk.staff("case_officer")
    records.record(
        walk.case,
        "hearing",
        by=officer,
        at=walk.now,
        text="Entendu par téléphone : l'équipe s'est dispersée, aucun article n'est prévu.",
    )
    walk.take(
        "close_in_default",
        walk.staff("delegate"),
        articles=("U-11",),
        reason="Dix-huit mois après la fin de l'accès, aucun résultat n'est publié ni déposé, "
        "malgré trois rappels et un entretien.",
    )


@life
def refused_purpose(walk: Walk) -> None:
    """Refused: the purpose is one of those forbidden."""
    walk.submit()
    walk.take(
        "refuse",
        walk.staff("delegate"),
        days=9,
        articles=("U-02",),
        reason="Le projet décrit les prescripteurs pour adapter la promotion de médicaments "
        "auprès d'eux : c'est un usage que la loi interdit (CSP L.1461-1 V).",
        difference="Les autres demandes disaient la même finalité ; le protocole de celle-ci en "
        "montre une autre.",
    )


@life
def refused_referent(walk: Walk) -> None:
    """Refused: nobody of the network answers for it."""
    walk.submit()
    walk.take(
        "refuse",
        walk.staff("delegate"),
        days=12,
        articles=("U-01",),
        reason="La demande est portée hors du réseau et aucun référent local ne la cosigne. "
        "Un référent peut être trouvé avec l'aide du centre de données.",
    )


@life
def infeasible(walk: Walk) -> None:
    """The only establishment asked has too few patients; refused for it."""
    walk.until("instruction")
    track = walk.case.tracks.get(kind="site")
    walk.take(
        "state_feasibility",
        walk.staff("methodologist", track.key),
        outcome="infeasible",
        track=track,
        articles=("P-02",),
        reason="L'entrepôt compte trop peu de personnes pour répondre à la question posée.",
    )


@life
def dropped(walk: Walk) -> None:
    """Returned, never answered, dropped after the warnings."""
    walk.submit()
    ask_for_more(walk)
    walk.let_the_delay_run_out()
    walk.take(
        "drop",
        walk.staff("delegate"),
        days=3,
        articles=("C-07",),
        reason="Les compléments demandés ne sont pas venus dans le délai, après trois rappels.",
    )


@life
def withdrawn(walk: Walk) -> None:
    """Withdrawn by its holder during the examination."""
    walk.until("instruction")
    walk.take("withdraw", walk.holder, days=8)


@life
def suspended(walk: Walk) -> None:
    """Open, then blocked by the DPO; the holder is to be heard."""
    walk.until("access")
    walk.take(
        "block",
        walk.staff("dpo"),
        days=90,
        articles=("U-08",),
        reason="Un fichier de l'espace de travail croise deux sources d'une façon qui pourrait "
        "permettre de reconnaître une personne. L'accès est coupé le temps de vérifier.",
    )


@life
def revoked(walk: Walk) -> None:
    """Blocked, heard, revoked."""
    suspended(walk)
    walk.take(
        "confirm_suspension",
        walk.staff("delegate"),
        articles=("U-08",),
        reason="Les éléments relevés par le délégué à la protection des données sont établis.",
    )
    for kind, role, text in (
        ("hearing", "case_officer", "Le porteur reconnaît le croisement et ne le justifie pas."),
        ("dpo_opinion", "dpo", "Le croisement contrevient à l'engagement de non-réidentification."),
    ):
        walk.wait(days=2)
        records.record(walk.case, kind, by=walk.staff(role), at=walk.now, text=text)
    walk.take(
        "revoke",
        walk.staff("delegate"),
        articles=("U-08",),
        reason="L'engagement de ne pas réidentifier a été rompu, et l'équipe n'en rend pas raison.",
    )


def ask_for_more(walk: Walk) -> None:
    """Return the request, with two points."""
    walk.take(
        "return",
        walk.staff("case_officer"),
        days=5,
        details={
            "points": [
                {
                    "section": "protocol",
                    "field": "design",
                    "article": "U-05",
                    "text": "Précisez le nombre de sujets et les analyses de sensibilité.",
                },
                {
                    "section": "data",
                    "field": "population",
                    "article": "U-04",
                    "text": "Dites les critères de non-inclusion.",
                },
            ]
        },
    )


def answer_points(walk: Walk) -> None:
    """The holder answers every point and sends the request back."""
    for point in walk.request.points.filter(state="open"):
        exchanges.answer_point(point, "Complété dans la section.", at=walk.now)
    walk.take("resubmit", walk.holder, days=6)
