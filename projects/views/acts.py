"""An act that leads to another page, where it is said that it was done, or why it was not."""

from collections.abc import Callable, Mapping

from django.contrib import messages

from governance.pages.outcome import accepted


def taken(request, form, act: Callable, said: str, *, refused, words: Mapping) -> bool:
    """As `governance.pages.outcome.accepted`; what is `refused` (an exception with a code), since
    it comes too late for the form, is said on the next page by `words`."""
    try:
        if not accepted(form, act):
            return False
    except refused as refusal:
        messages.error(request, str(words[refusal.code]))
    else:
        messages.success(request, said)
    return True


def attempted(request, act: Callable, said: str = "", *, refused, words: Mapping) -> None:
    """Do it, and say it by `said` where the next page does not show it; by `words`, why it is
    `refused` (an exception with a code)."""
    try:
        act()
    except refused as refusal:
        messages.error(request, str(words[refusal.code]))
    else:
        if said:
            messages.success(request, said)
