"""The recording of one process of the suite, and what it has to say of itself at its end."""

import os
import time
from typing import Any

from suite_inside.places import TRACED, write

METHODS = ("send", "send_robust", "asend", "asend_robust", "_live_receivers")


class Suite:
    """The recording under way, Signal's methods without it and with it, and the first wrong found."""

    recording: Any = None
    originals: dict[str, Any] = {}  # noqa: RUF012  # one per process, as the class is
    patched: dict[str, Any] = {}  # noqa: RUF012
    problem = ""


def methods() -> dict[str, Any]:
    """Signal's methods as the class has them now."""
    from django.dispatch import Signal

    return {name: vars(Signal)[name] for name in METHODS}


def begin() -> None:
    """Record from now on, where this run is the traced one; a forked worker goes on with its parent's."""
    if not os.environ.get(TRACED) or Suite.recording is not None:
        return
    from signaltrace import record

    Suite.originals = methods()
    Suite.recording = record(orphaned=True).start()
    Suite.patched = methods()
    if any(Suite.patched[name] is Suite.originals[name] for name in METHODS):
        Suite.problem = "a method of Signal was not patched"


def check(where: str) -> None:
    """Note the first moment at which Signal's methods are not signaltrace's, or not Django's when bare."""
    if Suite.recording is not None:
        if not Suite.problem and methods() != Suite.patched:
            Suite.problem = f"Signal's methods were not signaltrace's after {where}"
    elif not Suite.problem and any(hasattr(each, "_signaltrace_recorder") for each in methods().values()):
        Suite.problem = f"Signal's methods were not Django's after {where}"


def announce() -> None:
    """Say that this process runs tests; without an account at its end the run is not valid."""
    write(f"started-{os.getpid()}.json", {})


def account(worker: bool = False) -> None:
    """End the recording and write down what it saw; a bare process has only its problem to tell.

    A worker's account is taken before its parent stops the clock: it says what CPU seconds it cost.
    """
    check("the last test")
    began = time.process_time()
    told: dict[str, Any] = {"problem": Suite.problem}
    if Suite.recording is not None:
        told |= _ended()
    if worker:
        told["cpu"] = time.process_time() - began
    write(f"ended-{os.getpid()}.json", told)


def _ended() -> dict[str, Any]:
    trace = Suite.recording.stop()
    left = [name for name, method in methods().items() if method is not Suite.originals[name]]
    if left:
        Suite.problem = Suite.problem or f"not restored: {', '.join(left)}"
    spans = [span.kind for _, span in trace.walk()]
    return {
        "problem": Suite.problem,
        "dispatches": spans.count("dispatch"),
        "calls": spans.count("receiver"),
        "dropped": trace.dropped,
        "notes": trace.notes,
        "faults": [f"{fault.where}: {fault.message} (x{fault.count})" for fault in trace.faults],
    }
