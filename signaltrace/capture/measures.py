"""What a recording is asked to do, stage *capture*: values checked before anything is patched."""

from __future__ import annotations

from collections.abc import Collection

from signaltrace.capture.probes import default_probes, probes
from signaltrace.errors import SignaltraceError

DEFAULT_MAX_DEPTH = 50
MAX_SEED = 2**63 - 1


def checked_probes(names: Collection[str] | None) -> frozenset[str]:
    """The probes named, the default ones for None. Raises SignaltraceError for a name that is none's."""
    if names is None:
        return default_probes()
    if isinstance(names, str):
        raise SignaltraceError(f"probes is a collection of names, not the text {names[:40]!r}.")
    for name in names:
        if name not in probes():
            raise SignaltraceError(
                f"no probe is called {name!r:.60}; there are {', '.join(sorted(probes()))}."
            )
    return frozenset(names)


def checked_max_depth(value: int | None) -> int | None:
    """How deep dispatches may nest. Raises SignaltraceError for what is no such number."""
    if value is not None and (type(value) is not int or value < 0):
        raise SignaltraceError(f"max_depth is a number of dispatches, 0 for any, not {value!r:.60}.")
    return value


def checked_shuffle(value: int | None) -> int | None:
    """The seed of the receivers' order. Raises SignaltraceError for what is none."""
    if value is not None and (type(value) is not int or not 0 <= value <= MAX_SEED):
        raise SignaltraceError(f"shuffle is a seed, a whole number from 0 to {MAX_SEED}, not {value!r:.60}.")
    return value
