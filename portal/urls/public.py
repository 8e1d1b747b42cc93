"""Pages for everyone: no account, no cookie. Included under `/` (French) and `/en/` (English)."""

from django.urls import path

from portal.views import gallery, indicators, public, rules

app_name = "public"
urlpatterns = [
    path("", public.home, name="home"),
    path("recherche", public.search, name="search"),
    path("contact", public.contact, name="contact"),
    # Your data, your rights
    path("vos-droits", public.rights, name="rights"),
    path("vos-droits/argent", public.money, name="money"),
    path("vos-droits/opposition", public.objection, name="objection"),
    path(
        "vos-droits/opposition/<slug:slug>/formulaire",
        public.objection_form,
        name="objection_form",
    ),
    # Make a request
    path("demander", public.apply, name="apply"),
    path("demander/puis-je", public.can_i, name="can_i"),
    path("demander/exemples", public.papers, name="papers"),
    path("demander/exemples/<slug:code>-<slug:kind>.docx", public.paper_file, name="paper_file"),
    path("demander/exemples/<slug:code>-<slug:kind>", public.paper, name="paper"),
    # Hospitals
    path("etablissements", public.establishments, name="establishments"),
    path("etablissements/<slug:slug>", public.establishment, name="establishment"),
    # Rules
    path("regles", rules.index, name="rules"),
    path("regles/processus", rules.process, name="process"),
    path("regles/processus/<slug:code>", rules.step, name="step"),
    path("regles/chartes", rules.charters, name="charters"),
    path("regles/chartes/<slug:code>", rules.charter, name="charter"),
    path("regles/chartes/<slug:code>/versions", rules.charter_versions, name="charter_versions"),
    path("regles/chartes/<slug:code>/<str:article>", rules.article, name="article"),
    path("regles/comite", rules.committee, name="committee"),
    path("regles/delais", rules.delays, name="delays"),
    path("regles/egalite", indicators.index, name="indicators"),
    path("regles/egalite/<slug:code>", indicators.moment, name="indicator"),
    path("regles/preuves", rules.proofs, name="proofs"),
    # Foot of every page
    path("accessibilite", public.accessibility, name="accessibility"),
    path("mentions-legales", public.legal, name="legal"),
    path("confidentialite", public.privacy, name="privacy"),
    path("incidents", public.incidents, name="incidents"),
    path("incidents/<slug:number>", public.incident, name="incident"),
    path("glossaire", public.glossary, name="glossary"),
    path("chiffres", public.figures, name="figures"),
    path("facile-a-lire", public.easy, name="easy"),
    path("donnees-ouvertes", public.open_data, name="open_data"),
    # The components, in demonstration only
    path("galerie", gallery.show, name="gallery"),
]
