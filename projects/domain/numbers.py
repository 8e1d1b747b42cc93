"""Numbers shown to people: `2026-0042`, given at the deposit, without gap in a year."""

from projects.models import YearCounter


def next_number(year: int) -> str:
    """The next number of `year`, inside the caller's transaction.

    The year's row is locked until it commits: a transaction rolled back gives its number back.
    """
    YearCounter.objects.get_or_create(year=year)
    counter = YearCounter.objects.select_for_update().get(year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{year}-{counter.last:04d}"
