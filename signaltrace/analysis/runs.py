"""Siblings in runs, stage *analysis*: what is repeated in a row, round and round, or all over the place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Rounds of up to so many siblings are recognised: pre_save, post_save, m2m_changed, pre_save, …
_LONGEST_ROUND = 8
# Two rounds are shown as they came: the order is worth more than the lines.
_FEWEST_ROUNDS = 3
# More siblings than this are folded wherever they stand, at the cost of their order.
_MOST_SIBLINGS = 24
_MOST_FOR_ROUNDS = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """Siblings of one shape by position. ``in_turn``: others came in between."""

    shape: int
    positions: Sequence[int]
    in_turn: bool = False


def runs(shapes: Sequence[int]) -> list[Run]:
    """Siblings in runs: neighbours of one shape, then rounds (A B A B A B), then, if still many, all."""
    if not shapes:
        return []
    if len(shapes) == 1:
        return [Run(shapes[0], range(1))]
    starts = [0, *(at for at, (one, other) in enumerate(pairwise(shapes), 1) if one != other)]
    if len(starts) > _MOST_FOR_ROUNDS:
        return _wherever(shapes, Counter(shapes[start] for start in starts))
    ends = [*starts[1:], len(shapes)]
    neighbours = [Run(shapes[start], range(start, end)) for start, end in zip(starts, ends, strict=True)]
    if len(neighbours) < 2 * _FEWEST_ROUNDS:
        return neighbours
    found = _rounds(neighbours)
    return found if len(found) <= _MOST_SIBLINGS else _merged(found)


def _rounds(found: list[Run]) -> list[Run]:
    """Runs that go round and round in the same order, as one run each, in the order of a round."""
    shapes = [run.shape for run in found]
    result: list[Run] = []
    at = 0
    while at < len(found):
        size, times = _longest_round(shapes, at)
        if times < _FEWEST_ROUNDS:
            result.append(found[at])
            at += 1
            continue
        for offset in range(size):
            members = found[at + offset : at + size * times : size]
            positions = [position for run in members for position in run.positions]
            result.append(Run(members[0].shape, positions, True))
        at += size * times
    return result


def _longest_round(shapes: list[int], at: int) -> tuple[int, int]:
    """Size and number of the rounds from here on that cover most."""
    best = (1, 1)
    for size in range(2, _LONGEST_ROUND + 1):
        first = shapes[at : at + size]
        times = 1
        while shapes[at + size * times : at + size * (times + 1)] == first:
            times += 1
        if times >= _FEWEST_ROUNDS and size * times > best[0] * best[1]:
            best = (size, times)
    return best


def _wherever(shapes: Sequence[int], times: Counter[int]) -> list[Run]:
    """One run per shape, standing where its first member does; ``times``: how often it came anew."""
    positions: dict[int, list[int]] = {}
    for at, shape in enumerate(shapes):
        positions.setdefault(shape, []).append(at)
    return [Run(shape, found, times[shape] > 1) for shape, found in positions.items()]


def _merged(found: list[Run]) -> list[Run]:
    """The same for runs, some of which are rounds."""
    members: dict[int, list[Run]] = {}
    for run in found:
        members.setdefault(run.shape, []).append(run)
    result = []
    for shape, same in members.items():
        if len(same) == 1:
            result.append(same[0])
        else:
            result.append(Run(shape, [position for run in same for position in run.positions], True))
    return result
