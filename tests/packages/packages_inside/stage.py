"""One run of a package's suite from inside: what stands before it, after it, and is written down of it."""

import gc
import os
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from packages_inside import beside
from packages_inside.places import COLLECTED
from packages_inside.scan import counts, lines, scan
from suite_inside import recording
from suite_inside.places import TRACED, write


class Stage:
    """What this process has seen so far."""

    outcomes: dict[str, list[list[str]]] = {}  # noqa: RUF012  # one per process, as the class is
    inventories: list[dict[str, Any]] = []  # noqa: RUF012
    methods: dict[str, Any] = {}  # noqa: RUF012
    begun = False
    wall = cpu = 0.0


def begin() -> None:
    """After ``django.setup()``: look at what is connected, patch in the order asked for, start the clock."""
    if Stage.begun:
        return
    Stage.begun = True
    recording.announce()
    inventory("after setup")
    beside.patch("under")
    Stage.methods = signal_methods()
    recording.begin()
    before = signal_methods()
    beside.patch("over")
    changed = {name: method for name, method in signal_methods().items() if method is not before.get(name)}
    Stage.methods |= changed
    for name in changed.keys() & set(recording.METHODS):
        recording.Suite.originals[name] = changed[name]
    recording.Suite.patched = recording.methods()
    Stage.wall, Stage.cpu = time.perf_counter(), time.process_time()


def around(test: str) -> AbstractContextManager[Any]:
    """What the tool beside us opens around a test: a transaction of sentry's.

    How often a receiver is called that only a cycle still keeps is the garbage collector's timing:
    where calls are compared it works between tests alone.
    """
    if os.environ.get(COLLECTED):
        gc.disable()
        gc.collect()
    return beside.transaction(test) if Stage.begun else nullcontext()


def note(test: str, outcome: str, detail: str = "") -> None:
    """An outcome of a test; it may have several."""
    Stage.outcomes.setdefault(test, []).append([outcome, detail])


def end() -> None:
    """After the last test: stop the clock, look again, end the recording, write everything down."""
    if not Stage.begun:
        return
    recording.check("the last test")
    wall, cpu = time.perf_counter() - Stage.wall, time.process_time() - Stage.cpu
    inventory("after the suite")
    recording.account()
    told = _recorded() if os.environ.get(TRACED) else {}
    left = [
        name
        for name in Stage.methods.keys() | signal_methods().keys()
        if signal_methods().get(name) is not Stage.methods.get(name)
    ]
    write("facts.json", {"inventories": Stage.inventories, "left": left, "spans": beside.spans(), **told})
    write("outcomes.json", {"tests": Stage.outcomes, "wall": wall, "cpu": cpu})


def signal_methods() -> dict[str, Any]:
    """All there is in the class Signal."""
    from django.dispatch import Signal

    return dict(vars(Signal))


def inventory(when: str) -> None:
    """The scan, and in the traced run signaltrace's inventory beside it."""
    seen = scan()
    told: dict[str, Any] = {"when": when, "scan": counts(seen), "lines": lines(seen)}
    if os.environ.get(TRACED):
        from packages_inside import matching

        from signaltrace.inventory.registry import read_inventory

        read = read_inventory()
        told |= {"ours": matching.counts(read), "differences": matching.differences(read, seen)}
    Stage.inventories.append(told)


def _recorded() -> dict[str, Any]:
    """How often each signal was sent and each receiver called, and how long the spans of receivers are."""
    trace = recording.Suite.recording.stop()
    sent: Counter[str] = Counter()
    called: Counter[str] = Counter()
    for _, span in trace.walk():
        if span.kind == "dispatch":
            sent[f"{span.label}.{span.method}"] += 1
        else:
            called[f"{span.signal.name} → {span.label}"] += 1
    return {"sent": sent, "called": called}
