"""Patterns the user types against names."""

from __future__ import annotations

from signaltrace.analysis.matching import closest, matches

NAMES = ["django.db.models.signals.post_save", "django.db.models.signals.pre_save", "shop.signals.order_paid"]


def test_matches_are_partial_and_ignore_case() -> None:
    """As Symfony's debug:event-dispatcher: any part of the name, any case; any one of several patterns."""
    assert matches(["POST_s"], NAMES[0])
    assert matches(["nothing", "paid"], NAMES[2])
    assert not matches(["post_save"], NAMES[1])


def test_no_pattern_matches_everything() -> None:
    """A filter that was not given filters nothing."""
    assert matches([], "anything")
    assert matches((), "")


def test_the_closest_name_is_found_by_its_last_part() -> None:
    """Nobody types django.db.models.signals. in front of a misspelling."""
    assert closest("post_svae", NAMES) == NAMES[0]
    assert closest("Order_Payd", NAMES) == NAMES[2]
    assert closest("shop.signal.order_paid", NAMES) == NAMES[2]


def test_nothing_like_it_is_none() -> None:
    """A wild guess helps nobody."""
    assert closest("zzzz", NAMES) is None
    assert closest("x", []) is None
