"""The process in the words of public pages: who, what, how long, from where to where.

Everything comes from ``governance.process.table``; only the few labels that staff and public do not
share are here. Who acts is named as in the register of projects.
"""

from dataclasses import dataclass

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from governance.process.shape import HOLDER, LEGAL, ORIGIN, Delay, State, Text
from governance.process.table import REQUEST
from projects.queries.register import actor_words

PUBLIC_STEPS = {"drop": Text("Déclarer la demande abandonnée", "Discontinue the request")}
BACK = Text("là d’où elle venait", "where it came from")


def delay_words(delay: Delay | None) -> str:
    """« 30 jours ouvrés », « 2 mois, délai légal »; empty when there is none."""
    if delay is None:
        return ""
    n = delay.number
    words = {
        "working_days": ngettext("%(n)d jour ouvré", "%(n)d jours ouvrés", n),
        "days": ngettext("%(n)d jour", "%(n)d jours", n),
        "months": ngettext("%(n)d mois", "%(n)d mois", n),
        "hours": ngettext("%(n)d heure", "%(n)d heures", n),
    }[delay.unit] % {"n": n}
    return str(_("%s, délai légal")) % words if delay.kind == LEGAL else words


def state_label(state: State, language: str) -> str:
    """The public name of a state; a draft, which is not public, has the staff's."""
    return (state.public or state.label).say(language)


def step_label(code: str, language: str) -> str:
    """The public name of a step."""
    return PUBLIC_STEPS.get(code, REQUEST.step(code).label).say(language)


@dataclass(frozen=True)
class Outcome:
    """One answer a step can give, in words. ``kind`` is that of a chip."""

    label: str
    leads_to: str
    kind: str


@dataclass(frozen=True)
class StepWords:
    """A step, in words."""

    code: str
    label: str
    actors: str
    sources: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    track: str
    track_delay: str
    delays: tuple[tuple[str, str], ...]
    delegated: bool
    negative: bool
    under_reserve: bool


KINDS = {"positive": "done", "negative": "stop", "neutral": "neutral"}


def step_words(code: str, language: str = "") -> StepWords:
    """All that is told of the step ``code``, in ``language`` (the page's by default).

    Raises AttributeError for a step that the table does not have.
    """
    language = language or get_language() or "fr"
    step = REQUEST.step(code)
    track = REQUEST.track(step.track) if step.track else None
    states = [REQUEST.state(source) for source in step.sources]

    def leads(outcome):
        if outcome.target == ORIGIN:
            return BACK.say(language)
        if outcome.target:
            return state_label(REQUEST.state(outcome.target), language)
        return ""

    def label(outcome):
        # An answer that has the staff's name of a state takes the public one.
        if outcome.target not in (None, ORIGIN):
            state = REQUEST.state(outcome.target)
            if outcome.label.fr == state.label.fr:
                return state_label(state, language)
        return outcome.label.say(language)

    return StepWords(
        code=code,
        label=step_label(code, language),
        actors=str(_(" ou ")).join(actor_words(each) for each in step.actors),
        sources=tuple(state_label(state, language) for state in states),
        outcomes=tuple(Outcome(label(o), leads(o), KINDS[o.tone]) for o in step.outcomes),
        track=track.label.say(language) if track else "",
        track_delay=delay_words(track.delay) if _timed(step) else "",
        delays=tuple(
            (state_label(state, language), delay_words(state.delay))
            for state in states
            if state.delay
        ),
        delegated=step.delegated,
        negative=any(o.tone == "negative" for o in step.outcomes),
        under_reserve=step.under_reserve,
    )


@dataclass(frozen=True)
class Promised:
    """A clock of the process: ``clock`` its subject, what it is, how long was promised, whose time
    it is (``holder``: the applicant's)."""

    clock: str
    label: str
    delay: str
    holder: bool


def promises(language: str) -> tuple[Promised, ...]:
    """The clocks of the table that citizens may see, in the order of life, tracks after."""
    states = [
        Promised(
            f"state:{state.code}",
            state_label(state, language),
            delay_words(state.delay),
            state.acts_next == HOLDER,
        )
        for state in REQUEST.states
        if state.delay and state.public and not state.ended
    ]
    tracks = [
        Promised(f"track:{track.kind}", TRACKS[track.kind], delay_words(track.delay), False)
        for track in REQUEST.tracks
        if track.delay
    ]
    return (*states, *tracks)


TRACKS = {
    "site": _("Réponse d’un hôpital (faisabilité, puis accord)"),
    "formality": _("Réponse de l’autorité interrogée"),
    "opinion": _("Examen des réponses aux réserves du comité"),
}


def _timed(step) -> bool:
    """Whether the delay of a track runs while ``step`` is awaited."""
    return bool(step.track and set(step.track_from) & set(REQUEST.track(step.track).timed))


def own_clock(step) -> str:
    """The clock of the track on which ``step`` is awaited; empty when it has none."""
    return f"track:{step.track}" if _timed(step) else ""


def clocks_of(step) -> set[str]:
    """The clocks that run while ``step`` is awaited."""
    own = own_clock(step)
    return {own} if own else {f"state:{source}" for source in step.sources}
