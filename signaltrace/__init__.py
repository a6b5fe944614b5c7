"""signaltrace: see which Django signals are sent, which receivers run, and what they cost.

Importing this package imports no Django; the public names are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signaltrace.capture.patch import install, uninstall
    from signaltrace.capture.recording import Recording, record
    from signaltrace.errors import SignalRecursionError
    from signaltrace.muting import mute
    from signaltrace.storage import load, save
    from signaltrace.trace import Span, Trace
    from signaltrace.views.printing import show

__version__ = "0.1.0"

__all__ = [
    "Recording",
    "SignalRecursionError",
    "Span",
    "Trace",
    "__version__",
    "install",
    "load",
    "mute",
    "record",
    "save",
    "show",
    "uninstall",
]

_HOMES = {
    "Recording": "signaltrace.capture.recording",
    "SignalRecursionError": "signaltrace.errors",
    "Span": "signaltrace.trace",
    "Trace": "signaltrace.trace",
    "install": "signaltrace.capture.patch",
    "load": "signaltrace.storage",
    "mute": "signaltrace.muting",
    "record": "signaltrace.capture.recording",
    "save": "signaltrace.storage",
    "show": "signaltrace.views.printing",
    "uninstall": "signaltrace.capture.patch",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
