"""Warehouses seen as the tables of ``layout``, through Ibis.

``connect(url)`` opens one; ``Warehouse.count`` counts a cohort; ``check`` says in words what a
warehouse can serve and what it lacks. Nothing here knows Django.
"""
