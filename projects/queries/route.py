"""The regulatory route of a request in words: what is computed and why, what the DPO thinks."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.qualification import question
from projects.models import Request
from projects.queries.history import route_words


def route_of(request: Request) -> dict | None:
    """The route of the request; None before its deposit."""
    found = getattr(request, "qualification", None)
    if found is None:
        return None
    computed = found.computed
    proposed = (found.dpo_qualification, found.dpo_formality)
    return {
        "qualification": _words(computed.get("qualification")),
        "formality": _words(computed.get("formality")),
        "because": [_because(each) for each in computed.get("because", [])],
        "proposed": " · ".join(_words(code) for code in proposed if code),
        "opinion": found,
    }


def _words(code: str | None) -> str:
    return route_words(code) if code else ""


def _because(said: dict) -> dict:
    """A reason of the computed route: the question, the answer, the text that makes it matter."""
    language = "en" if (get_language() or "").startswith("en") else "fr"
    asked = question(said["question"])
    if isinstance(said["answer"], bool):
        answer = _("oui") if said["answer"] else _("non")
    else:
        answer = next(
            (words[language] for code, words in asked.choices if code == said["answer"]),
            said["answer"],
        )
    return {"label": asked.label[language], "answer": answer, "source": said["source"]}
