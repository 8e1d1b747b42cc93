"""The trusted third party of linked projects: a program of its own, with its own folder.

Held by neither the portal nor a hospital, it has one secret, the network key, and answers one
question: stage 2 of stage-1 values (``catalog.linkage``), to a site of a project that was
authorised to link. It knows no Django, no broker, no warehouse, and keeps no value.
``docs/operator/third-party.md`` says how it is run.
"""
