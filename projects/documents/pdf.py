"""Rendering a paper: a template of `documents/` to a tagged PDF/UA.

Nothing is fetched: what people wrote is escaped text, and the renderer may only read the fonts of
the product. Import this where a paper is rendered, not before: it loads slowly.
"""

from functools import cache
from pathlib import Path

import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "documents"
FONTS = Path(settings.BASE_DIR) / "static" / "fonts"


class OwnFonts(URLFetcher):
    """Gives the fonts of the product, and refuses every other address."""

    def fetch(self, url, headers=None):
        if url not in {path.as_uri() for path in FONTS.glob("*.woff2")}:
            raise ValueError(f"a paper reads nothing but its fonts: {url}")
        return super().fetch(url, headers)


@cache
def _style() -> tuple[weasyprint.CSS, FontConfiguration]:
    """The style sheet of papers with its fonts, read once a process."""
    fonts = FontConfiguration()
    sheet = weasyprint.CSS(
        string=(TEMPLATES / "document.css").read_text(encoding="utf-8"),
        base_url=f"{FONTS.as_uri()}/",
        font_config=fonts,
        url_fetcher=OwnFonts(),
    )
    return sheet, fonts


def render_pdf(template: str, context: dict) -> bytes:
    """The PDF of `documents/<template>.html`, in the active language."""
    html = render_to_string(f"documents/{template}.html", context)
    sheet, fonts = _style()
    document = weasyprint.HTML(string=html, url_fetcher=OwnFonts())
    return document.write_pdf(pdf_variant="pdf/ua-1", stylesheets=[sheet], font_config=fonts)
