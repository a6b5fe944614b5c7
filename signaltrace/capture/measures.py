"""What a recording is asked to do, stage *capture*: values checked before anything is patched."""

from __future__ import annotations

from collections.abc import Collection

from signaltrace.capture.probes import default_probes, probes
from signaltrace.errors import SignaltraceError


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
