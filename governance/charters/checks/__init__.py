"""Every check a clause may name, one module a family; importing this package registers them."""

from governance.charters.checks import (
    access,
    citizens,
    committee,
    delivery,
    people,
    purpose,
    results,
    route,
    sites,
    whole,
)
from governance.charters.registry import CHECKS, run

__all__ = [
    "CHECKS",
    "access",
    "citizens",
    "committee",
    "delivery",
    "people",
    "purpose",
    "results",
    "route",
    "run",
    "sites",
    "whole",
]
