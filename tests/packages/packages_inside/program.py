"""A small program with receivers of every kind, requests and saves, beside another tool.

Run bare, traced, and traced without the tool; everything it writes down is compared. Its one argument is
the tool whose acts it does, be that tool there or not.
"""

import functools
import gc
import os
import sys
from typing import Any

from packages_inside import beside
from packages_inside.places import PLACE
from packages_inside.program_site import configure, toolbars
from suite_inside.places import TRACED, write

LOG: list[str] = []
METHODS = ("send", "send_robust", "asend", "asend_robust", "_live_receivers")


def main() -> None:
    """Set up, start the tool and the recording in the order asked for, run every act, write."""
    configure()
    # Which models of past migrations still live, and with them receivers, must not be a matter of timing.
    gc.collect()
    gc.disable()
    from django.dispatch import Signal
    from packages_inside import program_receivers as receivers

    under = os.environ.get(PLACE) != "over"
    seen = (_sentry if sys.argv[1] == "sentry" else _in_requests)(receivers, under)
    recording = seen.pop("recording", None)
    expected = seen.pop("expected")
    act("after the end", receivers.everything)
    left = [name for name in expected if vars(Signal).get(name) is not expected[name]]
    trace = recording.stop() if recording else None
    told = {
        "log": LOG,
        "tree": [] if trace is None else [_line(depth, span) for depth, span in trace.walk()],
        "faults": [] if trace is None else [str(fault) for fault in trace.faults],
        "sentry": beside.ordered(),
        "toolbar": [each.stats.get("SignalsPanel") for each in toolbars()],
        "left": left,
        "live": sorted(name for name in METHODS if hasattr(vars(Signal)[name], "_signaltrace_recorder")),
    }
    write("program.json", told)


def act(name: str, what: Any, *arguments: Any) -> None:
    """One act of the program; what it gave or raised goes to the log."""
    with beside.transaction(name):
        try:
            LOG.append(f"{name}: {what(LOG, *arguments)}")
        except Exception as error:
            LOG.append(f"{name}: raised {type(error).__name__}: {error}")


def _begin() -> Any:
    if not os.environ.get(TRACED):
        return None
    from signaltrace import record

    return record(orphaned=True).start()


def _methods() -> dict[str, Any]:
    from django.dispatch import Signal

    return dict(vars(Signal))


def _sentry(receivers: Any, under: bool) -> dict[str, Any]:
    """Sentry below the recording or above it; what Signal has to have afterwards."""
    before = _methods()
    if under:
        beside.patch("under")
        before = _methods()
    recording = _begin()
    ours = _methods()
    if not under:
        beside.patch("over")
        before |= {name: each for name, each in _methods().items() if each is not ours.get(name)}
    act("everything", receivers.everything)
    act("request", receivers.request, functools.partial(int))
    if recording:
        recording.stop()
    return {"recording": recording, "expected": before}


def _in_requests(receivers: Any, under: bool) -> dict[str, Any]:
    """Under: the recording begins while a request's panels are at work. Over: before there is one."""
    kept: list[Any] = []
    before = _methods()
    if not under:
        kept.append(_begin())
    act("request", receivers.request, (lambda: kept.append(_begin())) if under else int)
    act("everything", receivers.everything)
    act("another request", receivers.request, int)
    if kept[0]:
        kept[0].stop()
    return {"recording": kept[0], "expected": before}


def _line(depth: int, span: Any) -> str:
    what = f"{span.label}.{span.method}" if span.kind == "dispatch" else span.label
    return f"{'  ' * depth}{what} | {span.sender.name} | {span.outcome}"


if __name__ == "__main__":
    # Under its own name: the program's receivers import it.
    from packages_inside.program import main as named

    named()
