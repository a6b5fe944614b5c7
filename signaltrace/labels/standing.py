"""Names of signals that still stand, stage *labels*: what was once searched for need not be again.

A search goes through all loaded modules. A name that was found by one is believed for as long as the
module or class it tells of has the very same signal under it; one that stands in a container is
searched for again each time.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any

from signaltrace.labels.apps import app_of
from signaltrace.labels.looking import loaded, module_file
from signaltrace.labels.places import is_mine
from signaltrace.trace import SignalInfo

# By id, and watched: another signal may get the id of one that is gone.
_names: dict[int, tuple[weakref.ref[Any], str]] = {}


def remember(signal: Any, name: str) -> None:
    """Keep a name that a search gave, where it is one to be believed."""
    if loaded(name) is not signal:
        return
    number = id(signal)

    def forget(reference: weakref.ref[Any]) -> None:
        held = _names.get(number)
        if held is not None and held[0] is reference:
            del _names[number]

    _names[number] = (weakref.ref(signal, forget), name)


def recall(signal: Any) -> SignalInfo | None:
    """A signal by the name that was kept; None where there is none, or it stands no more."""
    known = _names.get(id(signal))
    if known is None or known[0]() is not signal or loaded(known[1]) is not signal:
        return None
    name = module = known[1]
    while module and module not in sys.modules:
        module = module.rpartition(".")[0]
    # Apps and settings come and go: whose signal it is is asked each time.
    return SignalInfo(name, app_of(module), is_mine(module_file(module)))
