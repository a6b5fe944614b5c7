"""pytest-xdist: each worker sends its trace with its last message, and the controller merges them."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from signaltrace.errors import SignaltraceError
from signaltrace.merge import merge
from signaltrace.pytest_plugin.options import is_controller, is_recorded, worker_name
from signaltrace.pytest_plugin.session import REFUSED, Session
from signaltrace.storage import from_text, to_text
from signaltrace.trace import Trace

_TRACE, _PROBLEMS = "signaltrace_trace", "signaltrace_problems"


class Workers:
    """On a worker what is sent, on the controller what has come."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        self.config = config
        self.session = session
        self._parts: dict[str, Trace] = {}
        self._running: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """On a worker, hand over; on the controller, put together: all workers are down by now."""
        output: dict[str, Any] | None = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[_PROBLEMS] = list(self.session.problems)
            if self.session.trace is not None and is_recorded(self.config):
                self._send(output, self.session.trace)
        elif is_controller(self.config):
            if is_recorded(self.config):
                for name in sorted(self._running):
                    self.session.problems.append(f"{name} was stopped: what it recorded is lost")
            self.session.keep(merge(sorted(self._parts.items(), key=_by_number)))

    def _send(self, output: dict[str, Any], trace: Trace) -> None:
        try:
            output[_TRACE] = gzip.compress(to_text(trace).encode("ascii"), compresslevel=1)
        except Exception as error:  # noqa: BLE001 - the worker's own report must not be lost with ours
            output[_PROBLEMS] += [f"the trace of {worker_name(self.config)} could not be sent: {error}"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        """A worker is about to begin."""
        self._running.add(node.gateway.id)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker is down: with its trace, or without if it crashed."""
        name = node.gateway.id
        self._running.discard(name)
        output: dict[str, Any] = getattr(node, "workeroutput", None) or {}
        if REFUSED in output:
            self.session.refused = True
        for problem in (*output.get(_PROBLEMS, ()), *filter(None, [output.get(REFUSED)])):
            if problem not in self.session.problems:
                self.session.problems.append(problem)
        if error and _TRACE not in output and is_recorded(self.config):
            self.session.problems.append(f"{name} crashed: what it recorded is lost")
        if _TRACE not in output:
            return
        try:
            text = gzip.decompress(output[_TRACE]).decode("ascii")
            self._parts[name] = from_text(text, f"the trace of {name}")
        except (SignaltraceError, OSError, EOFError) as broken:
            self.session.problems.append(str(broken))


def _by_number(part: tuple[str, Trace]) -> tuple[int, str]:
    digits = "".join(each for each in part[0] if each.isdigit())
    return (int(digits) if digits else 0, part[0])
