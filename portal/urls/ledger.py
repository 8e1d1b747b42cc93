"""The addresses of the public ledger.

``urlpatterns`` are the published format (``/ledger/…``, no language); ``page_patterns`` are pages,
to be included where addresses carry a language.
"""

from django.urls import path

from portal.views import ledger

urlpatterns = [
    path("ledger/vkey", ledger.vkey, name="ledger_vkey"),
    path("ledger/checkpoint", ledger.checkpoint, name="ledger_checkpoint"),
    path("ledger/witnesses", ledger.witness_list, name="ledger_witness_list"),
    path("ledger/tile/<path:path>", ledger.tile, name="ledger_tile"),
    path("ledger/verify_ledger.py", ledger.verifier, name="ledger_verifier"),
]

page_patterns = [
    path("ledger/verifier", ledger.verify, name="ledger_verify"),
    path("ledger/temoins", ledger.witnesses, name="ledger_witnesses"),
    path("ledger/feuille/<int:index>", ledger.leaf, name="ledger_leaf"),
]
