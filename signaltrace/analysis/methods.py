"""How each signal is sent, stage *analysis*: what the source says, what a trace saw, what Django does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from signaltrace.analysis.connected import MODEL_SIGNALS
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.references import References
from signaltrace.declarations import CODE
from signaltrace.facts import Facts
from signaltrace.trace import Trace

SYNC = ("send", "send_robust")
ASYNC = ("asend", "asend_robust")

# In Django 5.2 to 6.1 these are sent with send() and by nothing else: also by asave(), which leaves the loop.
_BY_MODELS = frozenset(
    f"{MODEL_SIGNALS}{name}"
    for name in (
        "class_prepared", "m2m_changed", "post_delete", "post_init", "post_migrate", "post_save",
        "pre_delete", "pre_init", "pre_migrate", "pre_save",
    )
)  # fmt: skip
_MOST_PLACES = 3


@dataclass(slots=True)
class Sends:
    """The methods a signal is sent with, and the places that show it."""

    methods: dict[str, None] = field(default_factory=dict)
    places: list[Evidence] = field(default_factory=list)

    def only(self, methods: Sequence[str]) -> bool:
        """Whether it is sent, and with these alone."""
        return bool(self.methods) and all(each in methods for each in self.methods)

    def add(self, method: str, place: Evidence | None) -> None:
        """A send."""
        self.methods[method] = None
        if place is not None and len(self.places) < _MOST_PLACES and place not in self.places:
            self.places.append(place)


def sends(facts: Facts) -> dict[str, Sends]:
    """By the signal's name. Tests are no evidence, nor is a send of what the source leaves undecided.

    How Django sends its own signals that are not the models' depends on the server: they are left out.
    """
    references = References(facts)
    found: dict[str, Sends] = {}
    for module in facts.source.modules:
        for call in module.sends if module.role == CODE else ():
            signal = references.signal(call.signal)
            if signal is not None and _is_told(signal):
                place = Evidence(f"sent with {call.method}()", module.file, call.line)
                found.setdefault(signal, Sends()).add(call.method, place)
    if facts.trace is not None:
        _add_trace(facts.trace, found)
    for name in _BY_MODELS:
        django = Evidence(
            f"Django sends {name.rpartition('.')[2]} with send(), asave() and the like included"
        )
        found.setdefault(name, Sends()).add("send", django)
    return found


def _is_told(signal: str) -> bool:
    return signal in _BY_MODELS or not signal.startswith("django.")


def _add_trace(trace: Trace, found: dict[str, Sends]) -> None:
    """What was sent in a recording; of use where the source has no place for it."""
    in_source = set(found)
    for method, index, _ in trace.routes:
        name = trace.signals[index].name
        if not name.startswith("django."):
            place = None if name in in_source else Evidence(f"the trace has it sent with {method}()")
            found.setdefault(name, Sends()).add(method, place)
