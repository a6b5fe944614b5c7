"""Which probes watch, stage *capture*: those that at least one recording wants."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from signaltrace.capture.probes import Probe, probes
from signaltrace.event import Event


class Probing:
    """The probes of one recorder. None of its methods raises into the program."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder
        self._lock = threading.RLock()
        self._watching: dict[str, Probe] = {}

    def want(self, names: Iterable[str]) -> None:
        """Let these watch and no others."""
        try:
            with self._lock:
                wanted = set(names)
                for name in [each for each in self._watching if each not in wanted]:
                    self._end(name, self._watching.pop(name))
                for name in sorted(wanted - self._watching.keys()):
                    self._begin(name)
        except Exception as fault:
            self._recorder.fault("probes", fault)

    def open_events(self, names: Iterable[str]) -> list[Event]:
        """What is still open, of the probes named."""
        found: list[Event] = []
        for name in names:
            probe = self._watching.get(name)
            try:
                found += probe.open_events() if probe is not None else ()
            except Exception as fault:
                self._recorder.give_up(name, fault)
        return found

    def after_fork(self) -> None:
        """In a forked child: those that watch go on, with nothing open."""
        self._lock = threading.RLock()
        for name, probe in self._watching.items():
            try:
                probe.after_fork()
            except Exception as fault:
                self._recorder.give_up(name, fault)

    def _begin(self, name: str) -> None:
        recorder = self._recorder
        recorder.probes[name] = True
        try:
            probe: Probe = probes()[name].build(recorder)
        except Exception as fault:
            recorder.give_up(name, fault)
            return
        self._watching[name] = probe
        try:
            probe.install()
        except Exception as fault:
            recorder.give_up(name, fault)
            recorder.probes[name] = False
            self._end(name, self._watching.pop(name))

    def _end(self, name: str, probe: Probe) -> None:
        try:
            probe.uninstall()
        except Exception as fault:
            self._recorder.give_up(name, fault)


def kinds_of(names: Iterable[str]) -> frozenset[str]:
    """The kinds of events that these probes note."""
    known = probes()
    return frozenset(kind for name in names if name in known for kind in known[name].KINDS)
