"""The committee's sessions."""

from django.urls import path

from projects.views import convocations, items, minutes, session_feeds, sessions

urlpatterns = [
    path("seances", sessions.index, name="sessions"),
    path("seances/nouvelle", sessions.new, name="session_new"),
    path("seances/delegation/<slug:body>", sessions.alone, name="chair_alone"),
    path("seances/<int:pk>", sessions.session, name="session"),
    path("seances/<int:pk>/agenda.ics", sessions.calendar, name="session_calendar"),
    path("seances/<int:pk>/inscrire", sessions.add, name="session_add"),
    path("seances/<int:pk>/ouvrir", sessions.open_, name="session_open"),
    path("seances/<int:pk>/clore", sessions.close, name="session_close"),
    path("seances/<int:pk>/presence/<int:mandate>", sessions.attend, name="session_attend"),
    path("seances/agenda", session_feeds.mine, name="session_feed"),
    path("seances/agenda/retirer", session_feeds.take_back, name="session_feed_take_back"),
    path("seances/agenda/<str:secret>.ics", session_feeds.feed, name="session_feed_read"),
    path("seances/<int:pk>/reponse", convocations.answer, name="session_answer"),
    path("seances/<int:pk>/convoquer", convocations.call, name="session_call"),
    path("seances/<int:pk>/deplacer", convocations.move, name="session_move"),
    path(
        "seances/<int:pk>/documents/nouveau",
        convocations.add_document,
        name="session_document_new",
    ),
    path(
        "seances/<int:pk>/documents/<int:document>",
        convocations.document,
        name="session_document",
    ),
    path(
        "seances/<int:pk>/documents/<int:document>/retirer",
        convocations.withdraw_document,
        name="session_document_withdraw",
    ),
    path("seances/<int:pk>/compte-rendu", minutes.minutes, name="minutes"),
    path("seances/<int:pk>/compte-rendu/remarques", minutes.remarks, name="minutes_remarks"),
    path("seances/<int:pk>/compte-rendu/soumettre", minutes.submit, name="minutes_submit"),
    path("seances/<int:pk>/compte-rendu/approuver", minutes.approve, name="minutes_approve"),
    path(
        "seances/<int:pk>/compte-rendu/approuve-en-seance",
        minutes.approve_in_session,
        name="minutes_approve_in_session",
    ),
    path("seances/<int:pk>/compte-rendu/rendre", minutes.send_back, name="minutes_send_back"),
    path("seances/<int:pk>/compte-rendu/corriger", minutes.correct, name="minutes_correct"),
    path("seances/<int:pk>/compte-rendu/<int:version>.pdf", minutes.paper, name="minutes_paper"),
    path("seances/<int:pk>/points/<int:item>", items.item, name="item"),
    path("seances/<int:pk>/points/<int:item>/ordre", sessions.arrange, name="item_arrange"),
    path(
        "seances/<int:pk>/points/<int:item>/rapporteur", sessions.rapporteur, name="item_rapporteur"
    ),
    path("seances/<int:pk>/points/<int:item>/lien", items.declare, name="item_declare"),
    path("seances/<int:pk>/points/<int:item>/vote", items.vote, name="item_vote"),
    path("seances/<int:pk>/points/<int:item>/voie-rapide", items.alone, name="item_alone"),
    path("seances/<int:pk>/points/<int:item>/avis", items.opinion, name="item_opinion"),
    path(
        "seances/<int:pk>/points/<int:item>/constat/<str:clause>",
        items.finding,
        name="item_finding",
    ),
]
