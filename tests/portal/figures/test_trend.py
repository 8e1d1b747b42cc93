"""A figure run after run, as a drawing."""

from datetime import UTC, datetime, timedelta

from django.utils.translation import override

from portal.figures.trend import draw

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)


def drawn(*figures):
    return draw([(BEGAN + timedelta(weeks=n), figure) for n, figure in enumerate(figures)])


def test_the_scale_is_written_in_the_readers_language():
    with override("fr"):
        assert [label for _y, label in drawn(0, 1).ticks] == ["0", "0,5", "1"]
    with override("en"):
        assert [label for _y, label in drawn(0, 1).ticks] == ["0", "0.5", "1"]


def test_a_run_without_a_figure_leaves_a_hole_in_the_line():
    trend = drawn(1, 2, None, 2, 1)
    assert (len(trend.lines), len(trend.dots)) == (2, 4)


def test_nothing_is_drawn_of_fewer_than_two_figures():
    assert drawn() is None
    assert drawn(3, None) is None
