"""Durations: what people read and what they type."""

from __future__ import annotations

import pytest

from signaltrace.analysis.times import format_ns, format_range, parse_duration
from signaltrace.errors import SignaltraceError


@pytest.mark.parametrize(
    ("ns", "two", "three"),
    [
        (0, "0 ns", "0 ns"),
        (999, "999 ns", "999 ns"),
        (1_000, "1.0 µs", "1.00 µs"),
        (1_234, "1.2 µs", "1.23 µs"),
        (9_949, "9.9 µs", "9.95 µs"),
        (9_950, "10 µs", "9.95 µs"),
        (9_999, "10 µs", "10.0 µs"),
        (850_000, "850 µs", "850 µs"),
        (999_499, "999 µs", "999 µs"),
        (999_500, "1.0 ms", "1.00 ms"),
        (1_200_000, "1.2 ms", "1.20 ms"),
        (3_400_000_000, "3.4 s", "3.40 s"),
        (1_234_000_000_000, "1,234 s", "1,234 s"),
    ],
)
def test_durations_are_short_and_never_round_to_a_thousand(ns: int, two: str, three: str) -> None:
    """Two (or three) significant digits, seven cells at the most, half up at every seam of units."""
    assert (format_ns(ns), format_ns(ns, 3)) == (two, three)


def test_a_range_says_its_unit_once() -> None:
    """`3–40 ms` reads better than `3 ms–40 ms`; different units are both said, equal ends are one."""
    assert format_range(3_000_000, 40_000_000) == "3.0–40 ms"
    assert format_range(850_000, 1_200_000) == "850 µs–1.2 ms"
    assert format_range(5_000, 5_001) == "5.0 µs"


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("5ms", 5_000_000),
        ("0.5s", 500_000_000),
        (" .5 S ", 500_000_000),
        ("200us", 200_000),
        ("200\u00b5s", 200_000),
        ("200\u03bcs", 200_000),
        ("2m", 120_000_000_000),
        ("0.005", 5_000_000),
        ("7ns", 7),
        ("0", 0),
    ],
)
def test_durations_are_read_in_every_usual_spelling(text: str, ns: int) -> None:
    """Bare numbers are seconds, as in every other tool; both letters that look like µ are µ."""
    assert parse_duration(text) == ns


@pytest.mark.parametrize(
    "text", ["", "ms", "5 parsecs", "-1ms", "1e3", "nan", "5ms5", "5\nms\x1b[2J", "9" * 500]
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    """A `--min` that is no duration is the user's mistake: one line that shows how to write it."""
    with pytest.raises(SignaltraceError) as refused:
        parse_duration(text)
    message = str(refused.value)
    assert message.isprintable()
    assert len(message) < 160
