"""What can be read of the governance, each in a constant number of queries."""

from governance.queries.people import (
    has_role,
    is_staff,
    people_with_role,
    roles_of,
    valid_delegation,
)

__all__ = ["has_role", "is_staff", "people_with_role", "roles_of", "valid_delegation"]
