"""Unions of intervals: the base of self time, cumtime and the share of time in receivers."""

from __future__ import annotations

import random

from signaltrace.intervals import GrowingUnion, union_ns


def test_overlaps_count_once() -> None:
    """Two async receivers that wait together take the time of one."""
    assert union_ns([(0, 10), (5, 15), (20, 30), (22, 25), (30, 31)]) == 26
    assert union_ns([]) == 0
    assert union_ns([(7, 7)]) == 0


def test_growing_union_equals_the_plain_one_while_it_holds_everything() -> None:
    """Exact for any order of arrival up to its limit of disjoint stretches."""
    chance = random.Random(3)
    union = GrowingUnion()
    intervals = []
    for _ in range(2_000):
        start = chance.randrange(100_000)
        interval = (start, start + chance.randrange(300))
        intervals.append(interval)
        union.add(*interval)
    assert union.total() == union_ns(intervals)


def test_growing_union_stays_small_and_exact_for_calls_one_after_the_other() -> None:
    """A million calls in sequence must neither fill the memory nor lose a nanosecond."""
    union = GrowingUnion(limit=16)
    for at in range(10_000):
        union.add(at * 10, at * 10 + 4)
    assert union.total() == 40_000
    assert len(union.chunks()) <= 16


def test_an_interval_around_joined_chunks_swallows_them() -> None:
    """A parent ends after its children: its own interval contains all of theirs."""
    union = GrowingUnion(limit=4)
    for at in range(100):
        union.add(at * 10, at * 10 + 4)
    union.add(0, 2_000)
    assert union.total() == 2_000


def test_unions_join() -> None:
    """What was dropped and what was kept are summed without counting the overlap twice."""
    one = GrowingUnion()
    one.add(0, 10)
    other = GrowingUnion()
    other.add(5, 20)
    one.extend(other.chunks())
    assert one.total() == 20
