"""Durations as people write them, stage *analysis*: nanoseconds to text and back."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from signaltrace.errors import SignaltraceError

_UNITS = (("ns", 1), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000))
_FACTORS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign, U+00B5
    "\u03bcs": 1_000,  # the Greek letter, as some keyboards and editors write it
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "": 1_000_000_000,
    "m": 60_000_000_000,
    "min": 60_000_000_000,
}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([^\W\d_]*)")
_LONGEST_NS = 10**18


def format_ns(ns: int, digits: int = 2) -> str:
    """A duration with its unit and at least ``digits`` significant digits: ``1.2 ms``, ``850 µs``."""
    number, unit = _scaled(ns, digits)
    return f"{number} {unit}"


def format_range(low_ns: int, high_ns: int) -> str:
    """The span of two durations, the unit said once where both have it: ``3–40 ms``, ``850 µs–1.2 ms``."""
    low, low_unit = _scaled(low_ns, 2)
    high, high_unit = _scaled(high_ns, 2)
    if (low, low_unit) == (high, high_unit):
        return f"{low} {low_unit}"
    if low_unit == high_unit:
        return f"{low}–{high} {high_unit}"
    return f"{low} {low_unit}–{high} {high_unit}"


def parse_duration(text: str) -> int:
    """Nanoseconds of ``5ms``, ``0.5s``, ``200us``, ``2m`` or bare seconds. Raises SignaltraceError."""
    found = _DURATION.fullmatch(text.strip())
    factor = _FACTORS.get(found[2].lower()) if found else None
    if found is None or factor is None:
        raise SignaltraceError(f"not a duration: {text!r}; write it like 5ms, 0.5s, 200us, 2m, or in seconds")
    ns = Decimal(found[1]) * factor
    if ns > _LONGEST_NS:
        raise SignaltraceError(f"too long a duration: {text[:40]!r}")
    return int(ns.to_integral_value(ROUND_HALF_UP))


def _scaled(ns: int, digits: int) -> tuple[str, str]:
    """The number and the unit; a number that rounds up to 1000 goes on to the next unit."""
    for name, factor in _UNITS:
        value = Decimal(ns) / factor
        whole = len(str(int(abs(value))))
        places = 0 if factor == 1 else max(0, digits - whole)
        number = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if abs(number) < 1_000 or name == "s":
            break
    if places and len(str(int(abs(number)))) > whole:  # 9.96 rounds to 10.0: one digit too many
        number = number.quantize(Decimal(1).scaleb(1 - places), ROUND_HALF_UP)
    return f"{number:,}", name
