"""Pages of lists that grow without end."""

from functools import cached_property

from django.core.paginator import Paginator

MOST = 1000
"""What one list counts and leads to, the first in its order: filters find the others."""


class CappedPaginator(Paginator):
    """Pages of the first `MOST` rows of a query. Counting stops there, in no order; `counted` is a
    cheaper query that has as many rows."""

    def __init__(self, *args, counted=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.counted = self.object_list if counted is None else counted

    @cached_property
    def count(self) -> int:
        return self.counted.order_by()[:MOST].count()
