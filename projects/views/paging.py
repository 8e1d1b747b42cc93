"""Pages of lists that grow without end."""

from functools import cached_property

from django.core.paginator import Paginator

from governance.queries.written_once import Asked

MOST = 1000
"""What one list counts and leads to, the first in its order: filters find the others."""


class CappedPaginator(Paginator):
    """Pages of the first `MOST` rows of a query. Counting stops there, in no order; `counted` are
    cheaper queries, of which the last has as many rows, and those before it some of them: it is
    asked only when they do not suffice."""

    def __init__(self, *args, counted=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.counted = [self.object_list] if counted is None else counted

    @cached_property
    def count(self) -> int:
        found = 0
        for query in self.counted:
            if isinstance(query, Asked):
                found = query.count_to(MOST)
            else:
                # Keys alone: what is annotated would be read of each row counted.
                found = query.order_by().values("pk")[:MOST].count()
            if found == MOST:
                break
        return found
