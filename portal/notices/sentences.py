"""What a notice says, in the language that is active: its subject, its sentence, what is asked.

Keys and values come from ``projects.notices``; the names of steps and states from the table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from catalog.models import Category
from governance.charters import Verdict, load_charter, sentence
from governance.charters.facts import today
from governance.dates import say_day
from governance.domain.commitments import USER_CHARTER
from governance.domain.delegations import DELEGABLE_STEPS
from governance.paris import last_day_of
from governance.process.registry import registered
from governance.process.shape import ORIGIN
from governance.roles import ROLES
from portal.notices.models import Notice
from portal.templatetags.guichet import instant_words
from projects.notices.words import Words, words_of
from projects.queries.overview import site_names

ASKS = {
    "answer_points": gettext_lazy("Répondez à chaque point demandé, puis renvoyez la demande."),
    "answer_reservations": gettext_lazy(
        "Répondez à chaque réserve : elles sont levées une à une, avant l'autorisation."
    ),
    "use_data": gettext_lazy("Les données vous attendent dans votre espace de travail."),
    "give_results": gettext_lazy("Déclarez vos résultats et leur résumé pour tous."),
    "revive": gettext_lazy("Vous pouvez reprendre la demande pendant six mois."),
    "continue_without": gettext_lazy("Vous pouvez continuer sans cet établissement."),
    "file_again": gettext_lazy(
        "La demande ne peut pas être autorisée ainsi : complétez la formalité et déposez-la de "
        "nouveau, ou parlez-en au centre de données cliniques."
    ),
}
REMINDERS = {
    "late": gettext_lazy("Le délai est dépassé."),
    "late-stand-in": gettext_lazy("Le délai est dépassé de cinq jours ouvrés."),
    "late-director": gettext_lazy("Le délai est dépassé de dix jours ouvrés."),
}


@dataclass(frozen=True)
class Said:
    """A notice in words. ``words`` is the message itself, ``author`` who wrote it."""

    notice: Notice
    subject: str
    sentence: str
    ask: str = ""
    words: str = ""
    author: str = ""


def say_all(notices: Iterable[Notice]) -> list[Said]:
    """Each notice in words, in a constant number of queries."""
    notices = list(notices)
    words = words_of(notice.cause for notice in notices)
    names = site_names()
    if any("category" in notice.values for notice in notices):
        names |= {f"category:{each.pk}": each.label for each in Category.objects.all()}
    return [say(notice, words.get(notice.cause), names) for notice in notices]


def say(notice: Notice, words: Words | None, names: Mapping[str, str]) -> Said:
    """One notice in words; ``names`` are the establishments' by slug, and those of
    the kinds of data."""
    words = words or Words("")
    sentence, ask = SENTENCES[notice.key](notice, words, names)
    if notice.request is not None:
        subject = _("%(request)s : %(sentence)s") % {
            "request": name_of(notice.request),
            "sentence": sentence,
        }
    else:
        subject = sentence
    return Said(notice, subject.rstrip("."), sentence, str(ask), words.text, words.author)


def name_of(request) -> str:
    """A request as a mail's subject names it: number, then acronym or title."""
    short = request.acronym or request.title
    number = request.case.number
    if not number:
        return short or _("Brouillon sans titre")
    return _("Demande %(number)s (%(name)s)") % {"number": number, "name": short}


def _language() -> str:
    return get_language() or "fr"


def _decision(notice: Notice, words: Words, names) -> tuple[str, str]:
    values = notice.values
    process = registered(values["process"]).process
    step = process.step(values["step"])
    outcome = next(o for o in step.outcomes if o.code == values["outcome"])
    said = outcome.label.say(_language())
    if outcome.target == ORIGIN:
        state = process.state(values["to"]).label.say(_language())
        said = _("%(outcome)s, retour à l'étape « %(state)s »") % {"outcome": said, "state": state}
    if values.get("site"):
        said = _("%(site)s, %(outcome)s") % {
            "site": names.get(values["site"], values["site"]),
            "outcome": said[:1].lower() + said[1:],
        }
    if values.get("formality"):
        said = _("%(formality)s, %(outcome)s") % {
            "formality": values["formality"],
            "outcome": said[:1].lower() + said[1:],
        }
    asks = [str(ASKS.get(values.get("ask", ""), "")), _means_of_appeal(values.get("appeal_until"))]
    return f"{said}.", " ".join(filter(None, asks))


def _means_of_appeal(until: str | None) -> str:
    """How a decision is contested, and until when; nothing when it is not."""
    if not until:
        return ""
    return _(
        "Si vous contestez cette décision, vous pouvez former un recours sur la page de la demande "
        "jusqu'au %(day)s : d'autres personnes l'examinent. Dans le même délai, vous pouvez saisir "
        "le tribunal administratif."
    ) % {"day": say_day(date.fromisoformat(until), whole=True)}


def _receipt(notice: Notice, words: Words, names) -> tuple[str, str]:
    return (
        _("Accusé de réception de votre demande."),
        _("Gardez-le. Sa page le donne aussi en PDF."),
    )


def _to_do(notice: Notice, words: Words, names) -> tuple[str, str]:
    step = registered(notice.values["process"]).process.step(notice.values["step"])
    said = step.label.say(_language())
    if notice.values.get("site"):
        return (
            _("À vous, pour %(site)s : %(act)s.")
            % {"site": names.get(notice.values["site"], notice.values["site"]), "act": said},
            "",
        )
    return _("À vous : %(act)s.") % {"act": said}, ""


def _to_examine(notice: Notice, words: Words, names) -> tuple[str, str]:
    if notice.values.get("role") == "dpo":
        return _("Votre avis est attendu sur la voie réglementaire."), ""
    return _("La demande arrive devant le comité scientifique et éthique."), ""


def _message(notice: Notice, words: Words, names) -> tuple[str, str]:
    return _("%(author)s vous écrit.") % {"author": words.author}, ""


def _question(notice: Notice, words: Words, names) -> tuple[str, str]:
    return (
        _("%(author)s vous pose une question.") % {"author": words.author},
        _("Répondez-lui dans les échanges. La demande continue en attendant."),
    )


def _reservations_answered(notice: Notice, words: Words, names) -> tuple[str, str]:
    return (
        _("%(author)s répond aux réserves du comité.") % {"author": words.author},
        _("Pour chaque réponse, dites si la réserve est levée, et pourquoi."),
    )


def _reservations_checked(notice: Notice, words: Words, names) -> tuple[str, str]:
    refused, left = notice.values["refused"], notice.values["left"]
    if refused:
        return (
            _("%(author)s attend une autre réponse de vous.") % {"author": words.author},
            _("Répondez de nouveau aux réserves qui ne sont pas levées."),
        )
    if left:
        return _("%(author)s accepte des réponses aux réserves.") % {"author": words.author}, ""
    return _("%(author)s accepte toutes vos réponses aux réserves.") % {"author": words.author}, ""


def _idea_sent(notice: Notice, words: Words, names) -> tuple[str, str]:
    return (
        _("%(author)s vous soumet une idée.") % {"author": words.author},
        _("Répondez-lui sous votre nom, avec un rendez-vous si possible."),
    )


def _idea_answered(notice: Notice, words: Words, names) -> tuple[str, str]:
    return (
        _("%(author)s a répondu à votre idée.") % {"author": words.author},
        _("Vous pouvez en faire une demande : rien n'est à retaper."),
    )


def _reminder(notice: Notice, words: Words, names) -> tuple[str, str]:
    process = registered(notice.values["process"]).process
    what, code, *rest = notice.values["subject"].split(":")
    if what == "state":
        said = process.state(code).label.say(_language())
    elif what == "block":
        said = _("un accès fermé par le portail attend d'être confirmé, ou rouvert")
    else:
        place = names.get(rest[0], rest[0]) if rest else ""
        said = f"{process.track(code).label.say(_language())} {place}".strip()
    late = REMINDERS.get(notice.values["kind"])
    each_day = notice.values["kind"].removeprefix("late-")
    if each_day.isdigit():
        days = int(each_day)
        late = ngettext(
            "Le délai est dépassé de %(n)d jour ouvré.",
            "Le délai est dépassé de %(n)d jours ouvrés.",
            days,
        ) % {"n": days}
    if code == "draft" and notice.due_at is not None:
        erased = _("Si personne n'y écrit, ce brouillon sera effacé après le %(day)s.")
        late = erased % {"day": say_day(localtime(notice.due_at), whole=True)}
    return _("Rappel : %(what)s.") % {"what": said}, late or _("Le délai approche.")


def _training_lapses(notice: Notice, words: Words, names) -> tuple[str, str]:
    day = say_day(date.fromisoformat(notice.values["expires"]), whole=True)
    return (
        _("Votre formation à la protection des données expire le %(day)s.") % {"day": day},
        _("Renouvelez-la : sans elle, votre accès aux données se ferme. Le projet continue."),
    )


def _warehouse_ends(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = {
        "site": names[notice.values["site"]],
        "day": say_day(date.fromisoformat(notice.values["until"]), whole=True),
    }
    if notice.values["over"]:
        return (
            _("%(site)s : la base légale de l'entrepôt a pris fin le %(day)s.") % said,
            _(
                "Aucune demande nouvelle n'est jugée faisable avec ses données tant que celle qui "
                "la suit n'est pas déposée."
            ),
        )
    return (
        _("%(site)s : la base légale de l'entrepôt prend fin le %(day)s.") % said,
        _("Déposez celle qui la suit : sans elle, aucune demande nouvelle ne sera jugée faisable."),
    )


def _signature_due(notice: Notice, words: Words, names) -> tuple[str, str]:
    day = say_day(date.fromisoformat(notice.values["sign_by"]), whole=True)
    charter = load_charter(notice.values["charter"], notice.values["version"]).title[_spoken()]
    if "establishment" in notice.values:
        return _local_signature_due(notice, charter, day, names)
    if notice.values["notice"] == "over":
        return (
            _("%(charter)s : votre signature de la version précédente ne compte plus.")
            % {"charter": charter},
            _("Signez la nouvelle version : d'ici là, votre accès aux données reste fermé."),
        )
    return (
        _("%(charter)s a changé : signez sa nouvelle version avant le %(day)s.")
        % {"charter": charter, "day": day},
        _("Jusqu'à cette date, votre signature de la version précédente compte encore."),
    )


def _local_signature_due(notice: Notice, charter: str, day: str, names) -> tuple[str, str]:
    slug = notice.values["establishment"]
    said = {"charter": charter, "day": day, "place": names.get(slug, slug)}
    of_teams = notice.values["charter"] == USER_CHARTER
    if notice.values["notice"] == "over":
        return (
            _(
                "%(charter)s : votre signature de la version précédente ne compte plus pour "
                "l'établissement %(place)s."
            )
            % said,
            _(
                "Signez sa version : d'ici là, votre accès aux données reste fermé dans les "
                "demandes qu'il conduit. Les autres ne changent pas."
            )
            if of_teams
            else _("Signez sa version : elle engage ceux qui fournissent ses données."),
        )
    return (
        _(
            "%(charter)s : l'établissement %(place)s a sa propre version, plus stricte. Signez-la "
            "avant le %(day)s."
        )
        % said,
        _(
            "Elle vaut pour les demandes qu'il conduit. Jusqu'à cette date, votre signature de la "
            "version précédente y compte encore."
        )
        if of_teams
        else _(
            "Elle engage ceux qui fournissent ses données. Jusqu'à cette date, votre signature de "
            "la version précédente y compte encore."
        ),
    )


def _spoken() -> str:
    return "en" if _language().startswith("en") else "fr"


RIGHTS = {
    "role.granted": gettext_lazy("Vous avez un rôle de plus : %(right)s, %(place)s, %(period)s."),
    "role.period_changed": gettext_lazy(
        "La période d'un de vos rôles change : %(right)s, %(place)s, %(period)s."
    ),
    "role.revoked": gettext_lazy("Un de vos rôles vous est retiré : %(right)s, %(place)s."),
    "delegation.recorded": gettext_lazy(
        "Une délégation de signature est à votre nom (%(place)s) : %(right)s, %(period)s."
    ),
    "delegation.revoked": gettext_lazy(
        "Une délégation de signature à votre nom a pris fin (%(place)s) : %(right)s."
    ),
}
"""How each act on a person's rights is told to that person."""


def _local_version_ends(notice: Notice, words: Words, names) -> tuple[str, str]:
    values = notice.values
    said = {
        "site": names.get(values["establishment"], values["establishment"]),
        "charter": load_charter(values["charter"], values["local"]).title[_spoken()],
        "local": values["local"],
        "version": values["version"],
        "day": say_day(date.fromisoformat(values["from"]), whole=True),
    }
    if values["when"] == "tabled":
        return (
            _("%(site)s : la version %(local)s prendrait fin le %(day)s (%(charter)s).") % said,
            _(
                "La version %(version)s du réseau va être votée. Elle demande sur un point plus "
                "que la vôtre, qui ne jugerait plus. Comparez-les, dites-le avant le vote si elle "
                "ne vous convient pas, et préparez la suite de la vôtre."
            )
            % said,
        )
    return (
        _("%(site)s : la version %(local)s prend fin le %(day)s (%(charter)s).") % said,
        _(
            "La version %(version)s du réseau, adoptée, demande sur un point plus que la vôtre : "
            "ce jour-là, elle la remplace chez vous. Pour garder ce que la vôtre a de plus strict, "
            "préparez-en une autre, qui parte de celle du réseau."
        )
        % said,
    )


def _right_changed(notice: Notice, words: Words, names) -> tuple[str, str]:
    values = notice.values
    if "role" in values:
        right = str(ROLES[values["role"]].name)
    else:
        right = ", ".join(
            DELEGABLE_STEPS[step].say(_language())
            for step in values["steps"]
            if step in DELEGABLE_STEPS
        )
    site = values["site"]
    return (
        str(RIGHTS[values["action"]])
        % {
            "right": right,
            "place": names.get(site, site) if site else _("tout le réseau"),
            "period": _period(values["since"], values["until"]),
        },
        _("Si cela vous surprend, dites-le à l'administrateur de votre établissement."),
    )


def _period(since: str, until: str | None) -> str:
    first = say_day(today(datetime.fromisoformat(since)), whole=True)
    if until is None:
        return _("depuis le %(first)s") % {"first": first}
    last = say_day(last_day_of(datetime.fromisoformat(until)), whole=True)
    return _("du %(first)s au %(last)s") % {"first": first, "last": last}


def _register_contradicted(notice: Notice, words: Words, names) -> tuple[str, str]:
    site = names.get(notice.values["site"], notice.values["site"])
    return (
        _("%(site)s contredit le registre public.") % {"site": site},
        _("Prévenez le réseau, et ne restaurez ni n'effacez rien avant d'avoir compris."),
    )


def _invariant_failed(notice: Notice, words: Words, names) -> tuple[str, str]:
    verdict, language = Verdict.from_data(notice.values["verdict"]), _spoken()
    charter = load_charter(notice.values["charter"], notice.values["version"])
    title = charter.article(verdict.article).title[language]
    return (
        _("Un article n'est plus respecté : « %(title)s ».") % {"title": title},
        sentence(verdict, language),
    )


def _finding_place(notice: Notice, names) -> dict[str, str]:
    site = names.get(notice.values["site"], notice.values["site"])
    return {"site": site, "data": names.get(f"category:{notice.values['category']}", "")}


def _finding_reported(notice: Notice, words: Words, names) -> tuple[str, str]:
    ask = _("Prenez-la en charge et répondez.")
    if notice.due_at is not None:
        ask = _("Prenez-la en charge et répondez avant le %(day)s.") % {
            "day": say_day(localtime(notice.due_at), whole=True)
        }
    said = _("Une anomalie est signalée dans les données de %(site)s (%(data)s).")
    return said % _finding_place(notice, names), ask


def _finding_found(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("Un contrôle de l'entrepôt n'est plus tenu, %(site)s (%(data)s).")
    return said % _finding_place(notice, names), _finding_reported(notice, words, names)[1]


def _finding_held(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("Le contrôle qui avait trouvé une anomalie est de nouveau tenu, %(site)s (%(data)s).")
    ask = _("Si elle est corrigée, dites-le ; sinon, dites ce qui a changé.")
    return said % _finding_place(notice, names), ask


def _finding_answered(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = {
        "to_mend": _("L'anomalie que vous avez signalée à %(site)s (%(data)s) est confirmée."),
        "mended": _("L'anomalie que vous avez signalée à %(site)s (%(data)s) est corrigée."),
        "mended_later": _("L'anomalie que vous avez signalée à %(site)s (%(data)s) est corrigée."),
        "dismissed": _("%(site)s (%(data)s) : ce que vous avez signalé n'est pas une anomalie."),
    }[notice.values["kind"]]
    return said % _finding_place(notice, names), ""


def _finding_confirmed(notice: Notice, words: Words, names) -> tuple[str, str]:
    if notice.values["kind"] == "to_mend":
        said = _("Une anomalie est confirmée dans les données de %(site)s (%(data)s).")
    else:
        said = _("Une anomalie est corrigée dans les données de %(site)s (%(data)s).")
    return (
        said % _finding_place(notice, names),
        _("Votre projet utilise ces données : voyez si vos résultats en dépendent."),
    )


def _finding_reminder(notice: Notice, words: Words, names) -> tuple[str, str]:
    kind = notice.values["kind"]
    if kind.startswith("unmended:"):
        said = _("Rappel : une anomalie devait être corrigée, %(site)s (%(data)s).")
        ask = _("Dites qu'elle l'est, ou pour quand.")
    else:
        said = _("Rappel : une anomalie attend une réponse, %(site)s (%(data)s).")
        ask = REMINDERS.get(kind) or _("Le délai approche.")
    return said % _finding_place(notice, names), ask


def _quality_failed(notice: Notice, words: Words, names) -> tuple[str, str]:
    site = names.get(notice.values["site"], notice.values["site"])
    said = _("Le contrôle de l'entrepôt n'a rien donné, %(site)s.") % {"site": site}
    return said, _("La page dit pourquoi, et ce qu'il faut faire avant de le relancer.")


def _description_refused(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("La description que vous avez écrite est à reprendre, %(site)s (%(data)s).")
    ask = _("Écrivez-la autrement ; une autre personne la relira.")
    return said % _finding_place(notice, names), ask


def _harvest_proposed(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _(
        "Le catalogue « %(source)s » a changé (nouveaux : %(added)d, changés : %(changed)d, "
        "retirés : %(removed)d)."
    )
    return said % notice.values, _("Voyez ce qui diffère ; rien n'est montré avant votre accord.")


def _harvest_failed(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("Le catalogue « %(source)s » n'a pas pu être lu.")
    return said % notice.values, _("Ce qui en était montré le reste. La page dit pourquoi.")


def _incident_due(notice: Notice, words: Words, names) -> tuple[str, str]:
    values = notice.values
    said = {
        "site": names.get(values["site"], values["site"]),
        "number": values["incident"],
        "due": instant_words(datetime.fromisoformat(values["due_at"])),
    }
    if values["notice"] == "declared":
        sentence = _("L'incident %(number)s concerne %(site)s : à notifier avant le %(due)s.")
    elif values["notice"] == "before":
        sentence = _("Rappel : %(site)s notifie l'incident %(number)s avant le %(due)s.")
    else:
        sentence = _("Délai dépassé : %(site)s devait notifier l'incident %(number)s le %(due)s.")
    ask = _("Notifiez-le à la CNIL, ou écrivez pourquoi ce n'est pas nécessaire.")
    return sentence % said, ask if notice.asked else ""


def _minutes(notice: Notice, words: Words, names) -> tuple[str, str]:
    day = say_day(date.fromisoformat(notice.values["session"]), whole=True)
    said, ask = {
        "submitted": (
            _("Le compte rendu de la séance du %(day)s attend votre approbation."),
            _("Relisez-le, puis approuvez-le ou demandez un changement."),
        ),
        "returned": (
            _("Le compte rendu de la séance du %(day)s vous est rendu."),
            _("Changez vos remarques, puis soumettez-le de nouveau."),
        ),
        "approved": (_("Le compte rendu de la séance du %(day)s est approuvé."), ""),
    }[notice.values["what"]]
    return said % {"day": day}, ask


def _convocation(notice: Notice, words: Words, names) -> tuple[str, str]:
    when = instant_words(datetime.fromisoformat(notice.values["starts_at"]))
    said = _("Le comité siège le %(when)s : vous y êtes convoqué.")
    if notice.values["moved"]:
        said = _("La séance du comité est déplacée : elle a lieu le %(when)s.")
    said %= {"when": when}
    if notice.values["place"]:
        said += " " + _("Lieu : %(place)s.") % {"place": notice.values["place"]}
    return said, _("Dites si vous venez, si vous participez à distance, ou si vous êtes excusé.")


def _nonconformity(notice: Notice, words: Words, names) -> tuple[str, str]:
    values, verdict = notice.values, Verdict.from_data(notice.values["verdict"])
    articles = [
        load_charter(code, version).articles for code, version in values["charters"].items()
    ]
    title = next(a.title[_spoken()] for each in articles for a in each if a.code == verdict.article)
    said = {
        "title": title,
        "where": words.author or names.get(values["site"]) or _("la demande entière"),
        "day": "",
    }
    if values["bites_at"]:
        day = localtime(datetime.fromisoformat(values["bites_at"]))
        said["day"] = say_day(day, whole=True)
    lacks = sentence(verdict, _language(), names)
    if values["event"] == "mended":
        resumes = values["subject"] != "request"
        ask = _("L'accès a repris.") if resumes else ""
        if notice.asked:
            ask = _("Rien ne manque plus : vous pouvez rétablir l'accès.")
        return _("« %(title)s » est de nouveau respecté (%(where)s).") % said, ask
    if values["event"] == "before":
        told = _("Rappel : l'accès se ferme le %(day)s (« %(title)s », %(where)s).")
        return told % said, lacks
    if values["event"] == "bitten":
        told = {
            "member": _("L'accès est fermé (%(where)s) : « %(title)s » n'est plus respecté."),
            "site": _("Données fermées (%(where)s) : « %(title)s » n'est plus respecté."),
            "request": _("Le portail a suspendu l'accès : « %(title)s » n'est plus respecté."),
        }[values["subject"]]
        if "judge" in values:
            until = localtime(datetime.fromisoformat(values["until"]))
            ask = _("Confirmez la fermeture, ou rouvrez l'accès, avant le %(day)s.")
            return told % said, f"{lacks} {ask % {'day': say_day(until, whole=True)}}"
        return told % said, lacks
    if values["event"] == "judged":
        told = {
            "confirmed": _("L'accès reste fermé (%(where)s) : un délégataire le confirme."),
            "lifted": _("L'accès est rouvert (%(where)s) : un délégataire en a décidé ainsi."),
        }[values["kind"]]
        left = _("« %(title)s » n'est toujours pas respecté : cela reste à corriger.")
        return told % said, left % said
    until = _("Sans remède, l'accès se ferme le %(day)s.") % said if said["day"] else ""
    told = _("« %(title)s » n'est plus respecté (%(where)s).")
    return told % said, f"{lacks} {until}".strip()


def _bounce(notice: Notice, words: Words, names) -> tuple[str, str]:
    return (
        _("Un courriel n'a pas pu être remis à un membre de l'équipe."),
        _("Joignez cette personne autrement, et faites corriger son adresse."),
    )


def _output_to_check(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("%(author)s dépose des résultats à faire sortir (dépôt n° %(n)d).")
    ask = _("Lisez les fichiers et ce que les contrôles automatiques y trouvent, puis répondez.")
    return said % {"author": words.author, "n": notice.values["n"]}, ask


def _output_second(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("Un second contrôle est attendu avant que des résultats sortent (dépôt n° %(n)d).")
    return said % notice.values, _("Répondez : la première personne les a acceptés.")


def _output_late(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("Rappel : des résultats attendent d'être contrôlés (dépôt n° %(n)d).")
    return said % notice.values, _("Le délai est dépassé.")


def _output_checked(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = {
        "accepted": _(
            "Vos résultats sont sortis (dépôt n° %(n)d) : l'équipe peut les télécharger."
        ),
        "asked": _("Une question est posée sur les résultats que vous déposez (dépôt n° %(n)d)."),
        "refused": _("Les résultats que vous déposez ne sortent pas (dépôt n° %(n)d)."),
    }[notice.values["verdict"]]
    ask = _("Répondez par un dépôt corrigé.") if notice.values["verdict"] == "asked" else ""
    return said % notice.values, ask


def _output_stopped(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("Un contrôle automatique arrête les résultats que vous déposez (dépôt n° %(n)d).")
    return said % notice.values, _("Lisez ce qu'il a trouvé, puis déposez d'autres fichiers.")


def _output_fallen(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("L'accès a pris fin : les résultats qui attendaient ne sortent pas (dépôt n° %(n)d).")
    return said % notice.values, ""


def _output_ends(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("Vos résultats sortis (dépôt n° %(n)d) restent sur le portail jusqu'au %(day)s.")
    day = say_day(date.fromisoformat(notice.values["until"]), whole=True)
    ask = _("Gardez-en une copie : les fichiers seront effacés, leur preuve reste au registre.")
    return said % {"n": notice.values["n"], "day": day}, ask


def _space_failed(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = {
        "open": _("%(site)s : l'espace de travail n'a pas pu être ouvert comme il doit l'être."),
        "cut": _("%(site)s : l'espace de travail n'a pas pu être fermé."),
        "destroyed": _("%(site)s : l'espace de travail n'a pas pu être détruit."),
    }[notice.values["what"]]
    ask = _("Lisez ce qu'en dit le site, puis réessayez. Le portail réessaie aussi de lui-même.")
    return said % {"site": names[notice.values["site"]]}, ask


def _space_destroyed(notice: Notice, words: Words, names) -> tuple[str, str]:
    said = _("%(site)s : l'espace de travail est détruit, le certificat signé se télécharge.")
    return said % {"site": names[notice.values["site"]]}, ""


SENTENCES = {
    "decision": _decision,
    "receipt": _receipt,
    "to_do": _to_do,
    "to_examine": _to_examine,
    "message": _message,
    "question": _question,
    "reservations_answered": _reservations_answered,
    "reservations_checked": _reservations_checked,
    "idea_sent": _idea_sent,
    "idea_answered": _idea_answered,
    "reminder": _reminder,
    "training_lapses": _training_lapses,
    "warehouse_ends": _warehouse_ends,
    "signature_due": _signature_due,
    "local_version_ends": _local_version_ends,
    "right_changed": _right_changed,
    "register_contradicted": _register_contradicted,
    "invariant_failed": _invariant_failed,
    "incident_due": _incident_due,
    "finding_reported": _finding_reported,
    "finding_found": _finding_found,
    "finding_held": _finding_held,
    "finding_answered": _finding_answered,
    "finding_confirmed": _finding_confirmed,
    "finding_reminder": _finding_reminder,
    "quality_failed": _quality_failed,
    "description_refused": _description_refused,
    "harvest_failed": _harvest_failed,
    "harvest_proposed": _harvest_proposed,
    "minutes": _minutes,
    "convocation": _convocation,
    "nonconformity": _nonconformity,
    "output_to_check": _output_to_check,
    "output_second": _output_second,
    "output_late": _output_late,
    "output_checked": _output_checked,
    "output_stopped": _output_stopped,
    "output_fallen": _output_fallen,
    "output_ends": _output_ends,
    "space_failed": _space_failed,
    "space_destroyed": _space_destroyed,
    "bounce": _bounce,
}
"""How each key is said."""
