"""The working spaces of a site: where a team works on what was delivered.

``provider`` says what a space must do, ``embedded`` is the one that stands here unless the site's
settings name another, ``command`` hands each act to a program of the hospital's. ``keeping``
carries out the portal's orders, whatever the provider; ``door`` is where members come in to the
embedded one. See docs/operator/spaces.md and docs/decisions/secure-space.md.
"""
