"""Memory of this process: what it holds now, and the most it held since it was last asked."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def resident() -> int:
    """Bytes of memory in use; where the system does not say, the most there ever were."""
    return _of_status("VmRSS") or _most_ever()


def peak() -> int:
    """The most bytes since :func:`forget_peak`; where the system cannot forget, since the beginning."""
    return _of_status("VmHWM") or _most_ever()


def forget_peak() -> None:
    """Count the peak from what is held now."""
    if _CLEAR.exists():
        _CLEAR.write_text("5", encoding="ascii")


def _of_status(name: str) -> int:
    if not _STATUS.exists():
        return 0
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def _most_ever() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
