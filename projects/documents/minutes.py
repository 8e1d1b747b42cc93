"""The paper of approved minutes: tagged, in French, made once in a worker; a leaf attests it."""

from django.utils import timezone, translation

from governance import outbox
from governance.charters.facts import today
from governance.domain.minutes import PAPER, make_paper
from governance.models import Minutes
from projects.documents.decisions import LANGUAGE
from projects.queries.minutes import told

TEMPLATE_VERSION = 1
"""Raised with each change of the template: a leaf says with which one its paper was made."""


@outbox.handler(PAPER, lane="documents")
def make(payload: dict) -> None:
    """Make the paper of approved minutes, once."""
    minutes = Minutes.objects.select_related(
        "session__body__establishment", "approved_by", "approved_in", "submitted_by"
    ).get(pk=payload["minutes"])
    session, now = minutes.session, timezone.now()

    def render() -> bytes:
        # Loading the renderer takes a second: only a worker that renders pays it.
        from projects.documents.pdf import render_pdf

        with translation.override(LANGUAGE):
            context = {"told": told(minutes, now), "template_version": TEMPLATE_VERSION}
            return render_pdf("minutes", context)

    name = f"compte-rendu-{session.body_id}-{today(session.starts_at).isoformat()}"
    if minutes.version > 1:
        name += f"-v{minutes.version}"
    make_paper(minutes, render, name=f"{name}.pdf", template_version=TEMPLATE_VERSION, at=now)
