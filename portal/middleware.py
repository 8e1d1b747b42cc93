"""The language of a page, and what keeps public pages free of cookies."""

from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers


class LanguageByAddress:
    """Public pages take their language from the address (`/` French, `/en/` English); pages of a
    signed-in person take that person's.

    Stands before the session's middleware, so that what other middleware does to the session of
    a public page is undone here: a public answer sets no cookie and does not vary with one.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        english = request.path_info == "/en" or request.path_info.startswith("/en/")
        request.english_address = english
        translation.activate("en" if english else "fr")
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        if getattr(request, "public_page", False):
            response.cookies.clear()
            varies = [name.strip() for name in response.headers.get("Vary", "").split(",")]
            del response.headers["Vary"]
            patch_vary_headers(response, [v for v in varies if v and v.lower() != "cookie"])
        return response

    def process_view(self, request, view, args, kwargs):
        """Once the page is known: if it is not public, use the language of who is signed in."""
        if request.english_address or getattr(view, "public_page", False):
            return
        person = getattr(request, "user", None)
        if person is not None and person.is_authenticated:
            translation.activate(person.language)
            request.LANGUAGE_CODE = translation.get_language()


class ActsHavePages:
    """Who opens the address of an act reads what to do, not a blank page: signing in again after a
    session ended in the middle of an act leads there."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or response.content:
            return response
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = response.headers["Allow"]
        return page
