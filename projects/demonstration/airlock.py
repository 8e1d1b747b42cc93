"""What leaves the working spaces, in the demonstration: in one research under way, deposits that
were let out, refused, that wait for a first checker and for a second."""

from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from governance.models import Case
from projects.demonstration import network
from projects.domain import outputs
from projects.domain.outputs import Deposited
from projects.models import MemberAccess, Output

YEARS = "année;femmes;hommes;total\n2019;212;187;399\n2020;164;151;315\n2021;231;198;429\n"
MASKED = "service;patients\ncardiologie;143\ngériatrie;<11\nurgences;88\nTotal;240\n"
SMALL = "motif;patients\nchute;61\nconfusion;34\nautre;4\n"
PERSONS = "patient_id;age;sexe\n" + "".join(f"{n:05d};{61 + n};F\n" for n in range(1, 25))


def tell(at: datetime) -> None:
    """Have one team deposit, and its checkers answer, up to the present."""
    case = Case.objects.filter(process="request", state="access").order_by("-number").first()
    access = case and MemberAccess.objects.filter(track__case=case, cut_at=None).first()
    if access is None:
        return
    request, site, by = case.request, access.track, access.participation.person
    engineer = network.staff("data_engineer", site.key, at=at)
    methodologist = network.staff("methodologist", site.key, at=at)

    def deposit(ago: timedelta, name: str, content: str, kind: str, about: str, why: str) -> Output:
        file = Deposited(ContentFile(content.encode(), name=name), kind, about)
        found = outputs.deposit(
            request, [file], [site], why, by=by, at=max(access.opened_at, at - ago)
        )
        return outputs.examine(found, at=found.deposited_at + timedelta(minutes=1))

    released = deposit(
        timedelta(days=9),
        "effectifs-par-annee.csv",
        YEARS,
        "frequencies",
        "Effectifs de la population d'étude, par année et par sexe.",
        "Premier tableau de l'article principal.",
    )
    outputs.check(
        released, "accepted", "", by=engineer, at=released.deposited_at + timedelta(days=2)
    )
    refused = deposit(
        timedelta(days=6),
        "population.csv",
        PERSONS,
        "summaries",
        "Âge et sexe de la population d'étude, personne par personne.",
        "Refaire les analyses sur un autre ordinateur.",
    )
    outputs.check(
        refused,
        "refused",
        "Ce fichier a une ligne par personne : ce sont des données, pas un résultat. Travaillez "
        "dans l'espace qui vous est ouvert.",
        ["U-09", "U-04"],
        by=methodologist,
        at=refused.deposited_at + timedelta(days=1),
    )
    second = deposit(
        timedelta(days=3),
        "motifs.csv",
        SMALL,
        "frequencies",
        "Motifs de venue aux urgences dans la population d'étude.",
        "Deuxième tableau de l'article principal.",
    )
    outputs.check(
        second,
        "accepted",
        "La ligne « autre » regroupe quatre motifs rares : ce ne sont pas des personnes.",
        by=engineer,
        at=second.deposited_at + timedelta(days=1),
    )
    deposit(
        timedelta(days=1),
        "services.csv",
        MASKED,
        "frequencies",
        "Patients de la population d'étude par service, le plus petit masqué.",
        "Réponse à une question d'un relecteur.",
    )
