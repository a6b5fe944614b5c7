"""What worker processes leave for their parent, stage *suite*: files in a folder that is always removed.

Each worker that begins leaves a mark, so that one that ends without its trace can be named.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from signaltrace import storage
from signaltrace.errors import SignaltraceError
from signaltrace.trace import Trace

_STARTED, _TRACE, _FAILED = ".started", ".trace", ".failed"


class Handover:
    """A worker's own three files: that it began, and in the end its trace or why there is none."""

    def __init__(self, folder: str, number: int) -> None:
        """``number``: the worker's own, as Django counts them; 0 where it has none."""
        self._base = os.path.join(folder, f"{number}-{os.getpid()}")
        self._write(_STARTED, "")

    def leave(self, trace: Trace) -> None:
        """Hand the trace over, whole or not at all."""
        storage.save(trace, self._base + _TRACE)

    def fail(self, reason: str) -> None:
        """Tell the parent why there will be no trace; it sees that none came where that cannot be written."""
        with suppress(OSError):
            self._write(_FAILED, reason)

    def _write(self, ending: str, text: str) -> None:
        Path(self._base + ending).write_text(text, encoding="utf-8", errors="replace")


class WorkersFolder:
    """The folder, made and removed by the parent; a forked child that gets hold of it removes nothing."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="signaltrace-")
        self._process = os.getpid()

    def remove(self) -> None:
        """With all that is in it."""
        if os.getpid() == self._process:
            shutil.rmtree(self.path, ignore_errors=True)

    def collect(self) -> tuple[list[tuple[str, Trace]], list[str]]:
        """The traces with the names of their workers, in their order, and what is to be told of others."""
        parts, notes, lost = [], [], []
        for number, process in self._started():
            name = f"worker {number}" if number else f"process {process}"
            base = Path(self.path, f"{number}-{process}")
            try:
                if base.with_suffix(_TRACE).exists():
                    parts.append((name, storage.load(base.with_suffix(_TRACE))))
                elif base.with_suffix(_FAILED).exists():
                    reason = base.with_suffix(_FAILED).read_text(encoding="utf-8")
                    notes.append(f"{name} could not hand over its trace: {reason}")
                else:
                    lost.append(f"{name} (pid {process})" if number else name)
            except (SignaltraceError, OSError) as error:
                notes.append(f"the trace of {name} is lost: {error}")
        if lost:
            what = ("its trace", "it") if len(lost) == 1 else ("their traces", "they")
            notes.append(f"{', '.join(lost)} ended without {what[0]}: what {what[1]} recorded is lost")
        return parts, notes

    def _started(self) -> list[tuple[int, int]]:
        """Number and process of each worker that began."""
        marks = [each.stem.split("-") for each in Path(self.path).glob(f"*{_STARTED}")]
        return sorted((int(number), int(process)) for number, process in marks)
