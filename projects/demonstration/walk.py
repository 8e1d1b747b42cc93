"""Walking a request through its life, each step by somebody who may take it."""

from datetime import datetime, time, timedelta

from catalog.models import Variable
from governance.charters.facts import PARIS
from governance.domain import committees, files
from governance.models import Organisation, Participation
from governance.process.clocks import delay_of, reminders_owed, send_reminder
from governance.process.engine import take_step
from governance.process.table import MAIN_PATH, REQUEST
from governance.qualification import PIECES, evidence_of
from projects.demonstration import network
from projects.demonstration.deliveries import destroy_space, extract, is_here, keep_spaces
from projects.demonstration.timeline import Timeline
from projects.domain import (
    deposit,
    drafts,
    openings,
    reciprocity,
    recognition,
    records,
    reservations,
    results,
)
from projects.domain.extractions import LAUNCHED_FROM
from projects.domain.linkage import reason_of
from projects.models import AccessPeriod, AskedSite, AskedVariable, Attachment, LegalPerson, Request

DIFFERENCE = "Le dossier, lu en entier, ne permet pas la même réponse."
"""What differs from precedents, where a decision has any."""

ANSWERS = {
    "project": {
        "title": "Iatrogénie médicamenteuse chez les personnes âgées hospitalisées",
        "acronym": "IATROS",
        "plain_title": "Mieux prévenir les accidents dus aux médicaments",
        "plain_summary": "Certains médicaments pris ensemble provoquent des accidents évitables. "
        "Nous cherchons lesquels, chez les personnes de plus de 75 ans hospitalisées, pour aider "
        "les médecins à mieux prescrire. Les données utilisées ne portent aucun nom.",
        "keywords": "iatrogénie, gériatrie",
    },
    "team": {"requester_kind": "academic", "holder_status": "senior", "in_network": True},
    "purpose": {
        "purpose": "research",
        "prohibited": [],
        "prohibited_answered": True,
        "public_interest": "Chaque année, des personnes âgées sont hospitalisées à cause "
        "d'interactions entre leurs médicaments. Décrire ces interactions dans la vie réelle "
        "permettra de les repérer plus tôt, d'alerter les prescripteurs et d'éviter des "
        "hospitalisations. Les résultats seront partagés avec les équipes de soins et publiés, "
        "qu'ils soient positifs ou non, et résumés pour les patients.",
    },
    "protocol": {
        "objective_primary": "Décrire les associations de médicaments liées à une réadmission.",
        "design": "Étude de cohorte rétrospective sur données d'entrepôt, régression logistique.",
        "protocol_version": "1.0",
    },
    "data": {
        "population": "Personnes de 75 ans et plus, hospitalisées au moins une fois en médecine.",
        "period_start": "2019-01-01",
        "period_end": "2023-12-31",
        "delivery_kind": "pseudonymised",
        "delivery_reason": "Les associations de médicaments se lisent dans la suite des actes de "
        "chaque personne : des tableaux ne le permettent pas.",
        "destination": "site_space",
        "cohort": {
            "period": {"from": "2019-01-01", "to": "2023-12-31"},
            "age": {"min": 75, "max": None},
            "all": [{"condition": ["I50.*"]}],
        },
    },
    "regulatory": {
        "intervention": "none",
        "data_of_own_patients": False,
        "snds_main_base": False,
        "national_pmsi_only": False,
        "nir": False,
        "genetic_identification": False,
        "requester": "health_establishment",
        "public_interest": True,
        "pseudonymised": True,
        "informed": "individually",
        "objection_possible": True,
        "outside_eu": "no",
        "aipd_done": True,
    },
    "calendar": {
        "funder": "Ministère de la santé",
        "partner": "Aucun",
        "fee_basis": "none",
        "fee": "0.00",
        "access_months": 24,
        "expected_results": "Deux articles et une recommandation de prescription.",
    },
}


def draft(
    holder,
    sites: list[str],
    *,
    at: datetime,
    answers: dict | None = None,
    counts: dict[str, dict] | None = None,
    variables: tuple[str, ...] = (),
) -> Request:
    """A draft that lacks nothing, held by `holder`, asking `sites` (the first one leads).

    `answers` replaces some, section by section: `{"project": {"acronym": "X"}}`; `counts` are what
    each site counted (`{"persons": n or None, "masked": bool}`); `variables` are asked by code, the
    first six of the catalogue when none is said.
    """
    request = drafts.create(by=holder, at=at)
    for section, said in ANSWERS.items():
        said = said | (answers or {}).get(section, {})
        drafts.save_section(request, section, said, replaces={}, by=holder, at=at)
    for position, slug in enumerate(sites):
        AskedSite.objects.create(request=request, establishment_id=slug, leads=position == 0)
        found = (counts or {}).get(slug, {"persons": 240, "masked": False})
        request.case.records.create(
            kind="draft_count",
            at=at,
            by=holder,
            data={
                "site": slug,
                "counted": True,
                "count": found["persons"],
                "masked": found["masked"],
            },
        )
    controller = Organisation.objects.get(establishment=sites[0])
    LegalPerson.objects.create(request=request, organisation=controller, part="controller")
    request.organisation = controller
    request.save()
    every = Variable.objects.order_by("code")
    for variable in every.filter(code__in=variables) if variables else every[:6]:
        AskedVariable.objects.create(
            request=request,
            variable=variable,
            reason="Nécessaire à l'objectif principal : décrire les associations.",
        )
    for slot in (Attachment.Slot.PROTOCOL, Attachment.Slot.STATISTICAL_PLAN):
        paper = files.keep(
            b"%PDF-1.4\n%demonstration\n",
            name=f"{slot}.pdf",
            media_type="application/pdf",
            by=holder,
            at=at,
        )
        Attachment.objects.create(
            request=request, slot=slot, version="1.0", file=paper, added_at=at, added_by=holder
        )
    return request


class Walk:
    """Moves one request forward, a step at a time; `now` advances with each.

    On a `timeline`, each step waits for its turn among the other requests'.
    """

    def __init__(self, request: Request, *, at: datetime, timeline: Timeline | None = None):
        self.request, self.case, self.now = request, request.case, at
        self.timeline = timeline

    def wait(self, days: float = 0) -> None:
        """Let `days` go by, and on a timeline let happen what comes before."""
        self.now += timedelta(days=days)
        if self.timeline is not None:
            self.timeline.wait_until(self.now)

    def take(self, step: str, by, *, days: float = 1, **asked):
        """Take a step `days` after the one before."""
        self.wait(days)
        asked.setdefault("difference", DIFFERENCE)
        decision = take_step(self.case, step, by=by, at=self.now, **asked)
        self.case.refresh_from_db()
        return decision

    @property
    def holder(self):
        return self.case.participations.get(part=Participation.Part.HOLDER, until=None).person

    @property
    def lead(self) -> str:
        return self.case.lead_id

    def staff(self, role: str, slug: str | None = None, but=()):
        return network.staff(role, slug or self.lead, at=self.now, but=but)

    def submit(self):
        self.wait(days=1)
        decision = deposit.submit(self.request, by=self.holder, at=self.now)
        self.case.refresh_from_db()
        return decision

    def admit(self, **findings):
        details = {"findings": findings} if findings else {}
        return self.take("admit", self.staff("case_officer"), days=4, details=details)

    def state_feasibility(self, *slugs):
        tracks = self.case.tracks.filter(kind="site", status="asked")
        for track in tracks.filter(key__in=slugs) if slugs else tracks:
            self.take(
                "state_feasibility",
                self.staff("methodologist", track.key),
                outcome="feasible",
                track=track,
            )

    def qualify(self, qualification="RNIPH", formality="MR-004", conventions=("access",)):
        dpo = self.staff("dpo")
        records.give_dpo_opinion(
            self.request, agrees=True, text="La voie calculée convient.", by=dpo, at=self.now
        )
        return self.take(
            "qualify",
            self.staff("regulatory_officer"),
            track=self.case.tracks.get(kind="route"),
            details={
                "qualification": qualification,
                "formality": formality,
                "conventions": list(conventions),
            },
        )

    def to_committee(self):
        network.next_session(network.seat_committee(at=self.now), self.now)
        return self.take("to_committee", self.staff("case_officer"), days=2)

    def give_opinion(self, outcome="favourable", **asked):
        """Hold the session: everybody comes and declares, the grid is filled, all vote."""
        item = self.case.items.filter(decision=None).select_related("session__body").get()
        session, chair = item.session, None
        self.now = max(self.now, session.starts_at)
        self.wait()
        committees.open_session(session, at=self.now)
        session.refresh_from_db()
        for mandate in session.body.mandates.filter(stands_in_for=None).select_related("person"):
            committees.attend(session, mandate, at=self.now)
            committees.declare_interest(item, mandate, "none", at=self.now)
            committees.vote(item, mandate, outcome, at=self.now)
            chair = mandate.person if mandate.chair else chair
        finding = "unsound" if outcome == "unfavourable" else "sound"
        for clause in ("U-15", "U-16"):
            committees.record_finding(
                item,
                clause,
                finding,
                "Question, méthode, puissance et faisabilité examinées en séance avec soin.",
                by=chair,
                at=self.now,
            )
        return self.take(
            "give_opinion",
            chair,
            days=0.1,
            outcome=outcome,
            track=self.case.tracks.get(kind="opinion"),
            **asked,
        )

    def answer_reservations(self, text="Le protocole en tient compte.", first: int | None = None):
        """The holder answers each reservation that is open, or the `first` of them, the protocol
        showing it."""
        protocol = self.request.attachments.filter(slot="protocol", removed_at=None).first()
        rows = reservations.of_opinion(self.case).filter(state="open")
        answers = {row.number: reservations.Answer(text, protocol) for row in rows[:first]}
        reservations.answer(self.request, answers, by=self.holder, at=self.now)

    def check_reservations(self, by, accepted=True, reason="Le protocole a été relu."):
        """Every answer is accepted, or none."""
        rows = reservations.of_opinion(self.case).filter(state="answered")
        checks = {row.number: reservations.Check(accepted, reason) for row in rows}
        reservations.check(self.request, checks, by=by, at=self.now)

    def agree(self, *slugs):
        tracks = self.case.tracks.filter(kind="site", status="feasible")
        for track in tracks.filter(key__in=slugs) if slugs else tracks:
            self.take("agree", self.staff("delegate", track.key), days=2, track=track)

    def decline(self, slug: str):
        track = self.case.tracks.get(kind="site", key=slug)
        return self.take(
            "decline",
            self.staff("delegate", slug),
            days=3,
            track=track,
            articles=("P-12",),
            details={"ground": "not_held"},
            reason="Les documents nécessaires ne sont pas saisis sous une forme exploitable.",
        )

    def let_the_delay_run_out(self):
        """Go past the end of the delay that runs, every reminder sent in its time."""
        deadline = self.case.deadlines.running().get(subject=f"state:{self.case.state}")
        self.now = deadline.due_at + timedelta(days=1)
        for kind in reminders_owed(deadline, delay_of(deadline, REQUEST), self.now):
            send_reminder(deadline, kind, self.now)

    def complete_formalities(self):
        officer = self.staff("regulatory_officer")
        for track in self.case.tracks.filter(kind="formality"):
            for piece in evidence_of(track.key):
                records.give_evidence(
                    track, piece.code, example(piece.code), by=officer, at=self.now
                )
            if track.status == "gathering":
                self.take("complete_evidence", officer, days=10, track=track)
                continue
            self.take("file_formality", officer, track=track)
            self.take(
                "record_answer",
                officer,
                days=10,
                outcome="favourable",
                track=track,
                details={"answer": "expressly_favourable", "on": self.now.date().isoformat()},
            )
        for track in self.case.tracks.filter(kind="convention"):
            self.take(
                "sign_convention",
                self.staff("case_officer"),
                track=track,
                details={"reference": "CONV-1", "signed_on": self.now.date().isoformat()},
            )

    def meet_conditions(self):
        """Check the destination and put the patients' notice on line, before the authorisation."""
        records.record(
            self.case,
            "destination_checked",
            by=self.staff("regulatory_officer"),
            at=self.now,
            data={
                "authorised": True,
                "controller_named": True,
                "hosting_certificate": True,
                "outputs_checked": True,
            },
        )
        records.record(
            self.case,
            "notice_online",
            by=self.staff("case_officer"),
            at=self.now,
            data={"on": self.now.date().isoformat()},
        )

    def authorise(self, months=24):
        self.meet_conditions()
        said = {"months": months}
        if reason_of(self.request) is not None:
            said["linkage"] = True
        return self.take("authorise", self.staff("delegate"), details=said)

    def deliver(self, *slugs):
        """Have each site extract and deliver; its own program runs, on its own warehouse."""
        tracks = self.case.tracks.filter(kind="site", status__in=LAUNCHED_FROM)
        for track in tracks.filter(key__in=slugs) if slugs else tracks:
            self.wait(days=6)
            engineer = self.staff("data_engineer", track.key)
            extraction = extract(track, by=engineer, at=self.now)
            if extraction.state != extraction.State.DONE:
                raise RuntimeError(f"{track.key}: {extraction.state} {extraction.message}")
            self.take("deliver", engineer, days=0.1, track=track)

    def open_access(self):
        """Deliver, then open once the project's notice has been online for its delay."""
        self.deliver()
        notice = self.case.records.filter(kind="notice_online").latest("at")
        self.now = max(self.now, notice.at + timedelta(days=31))
        self.wait()
        network.commit(self.holder, at=self.now)
        held = openings.open_what_is_ready(self.case, at=self.now)
        self.case.refresh_from_db()
        if held:
            raise RuntimeError(f"not opened: {held}")
        if is_here(self.lead):
            keep_spaces(self.case, at=self.now)

    def use_and_end(self):
        """Let the access run to its end: the datasets are sealed, the spaces destroyed by their
        sites; where there is none, a person certifies that copies are."""
        period = AccessPeriod.objects.get(request=self.request)
        ends = datetime.combine(period.ends_on + timedelta(days=1), time(3, 30), PARIS)
        self.now = max(self.now, ends)
        self.take("end_access", None, days=0)
        openings.seal({"case": str(self.case.pk)})
        if is_here(self.lead):
            keep_spaces(self.case, at=self.now)
        for track in self.case.tracks.filter(kind="site", status="opened"):
            self.wait(days=3)
            engineer = self.staff("data_engineer", track.key)
            if not destroy_space(track, by=engineer, at=self.now):
                number = f"CERT-{track.key}-{self.case.number}"
                openings.certify_copies_destroyed(track, number, by=engineer, at=self.now)

    def publish(self, *titles: str):
        """Declare publications that cite the establishments and the number."""
        for position, title in enumerate(titles, start=1):
            self.wait(days=60)
            results.declare(
                self.request,
                "publication",
                title,
                by=self.holder,
                at=self.now,
                doi=f"10.5555/{self.case.number}.{position}",
                published_on=self.now.date(),
                cites_establishments=True,
                cites_number=True,
            )

    def recognise(self):
        """Agree that an establishment that delivered is associated; the holder says how it was."""
        delivered = recognition.sites_to_recognise(self.request).filter(status="opened")
        track = delivered.first()
        recognition.agree(
            self.request,
            track.key,
            "associated",
            "Le médecin qui a préparé les données relit et signe l'article principal.",
            by=self.staff("case_officer"),
            at=self.now,
        )
        self.wait(days=30)
        recognition.give(
            track,
            "Ce médecin a relu le manuscrit et figure en troisième position parmi les auteurs.",
            by=self.holder,
            at=self.now,
        )

    def offer_back(self):
        """Say what the team offers back to the establishments."""
        reciprocity.say(
            self.request,
            reciprocity.OFFERED,
            ["code_lists", "algorithms"],
            "Les listes de codes et les programmes d'analyse sont dans le dépôt de l'équipe, sous "
            "licence ouverte.",
            by=self.holder,
            at=self.now,
        )

    def _give_back(self):
        self.publish(
            f"{self.request.title} : résultats principaux",
            f"{self.request.acronym} : analyses de sensibilité",
        )
        results.write_plain_results(
            self.request,
            "Nous avons montré ce que nous cherchions : deux associations de traitements "
            "expliquent une grande part des retours à l'hôpital, et une alerte simple au moment "
            "de la prescription suffit à les repérer. Les équipes de soins des hôpitaux "
            "participants l'utilisent depuis.",
        )
        self.offer_back()
        return self.take("close", self.staff("case_officer"), days=10)

    def until(self, state: str) -> "Walk":
        """Walk on to `state`, one of `MAIN_PATH`."""
        moves = (
            self.submit,
            self.admit,
            self._instruct,
            self.give_opinion,
            self._prepare,
            self.open_access,
            self.use_and_end,
            self._give_back,
        )
        for move in moves[MAIN_PATH.index(self.case.state) : MAIN_PATH.index(state)]:
            move()
        return self

    def _instruct(self):
        self.state_feasibility()
        self.qualify()
        self.to_committee()

    def _prepare(self):
        self.agree()
        self.complete_formalities()
        self.authorise()


def example(code: str) -> dict:
    """Values that fill a piece of evidence well, from its own declaration."""
    samples = {"date": "2026-01-15", "text": "Référence 1"}
    return {
        field.name: field.choices[0]
        if field.type == "choice"
        else field.example or samples.get(field.type, "1")
        for field in PIECES[code].forms[0]
    }
