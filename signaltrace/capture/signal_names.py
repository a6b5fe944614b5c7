"""What a signal is called, asked while the program runs, stage *capture*: searched for once a recorder."""

from __future__ import annotations

from typing import Any

from signaltrace.labels.signals import SignalNames
from signaltrace.labels.standing import recall, remember


def signal_name(recorder: Any, signal: Any) -> str:
    """The dotted name of a signal."""
    index = recorder.names.signal(signal)
    known: dict[int, str] = recorder.steering.named
    name = known.get(index)
    if name is None:
        info = recall(signal)
        if info is None:
            names = SignalNames()
            names.refresh()
            info = names.name(signal)
            remember(signal, info.name)
        name = known[index] = info.name
    return name
