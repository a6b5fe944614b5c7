"""W008: a receiver without ``__qualname__`` on a signal that is sent robustly. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import connected_at, live, place, receiver_subject, short_signal
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.references import References
from signaltrace.declarations import CODE, PARTIAL
from signaltrace.facts import Facts

ID = "signaltrace.W008"
NAME = "no-qualname"
SEVERITY = WARNING
SUMMARY = "A receiver without __qualname__ on a signal that is sent with send_robust()."
WHY = (
    "When a receiver raises, send_robust() logs its __qualname__. One that has none, a partial or a callable "
    "object, makes send_robust() itself raise AttributeError: the real error is lost, and so are the "
    "receivers after it."
)
NEEDS_TRACE = False

_ROBUST = ("send_robust", "asend_robust")
# The one signal that Django itself sends so.
_BY_DJANGO = "django.core.signals.setting_changed"


def find(facts: Facts) -> Iterator[Finding]:
    """Such receivers of the signals that the source or the trace is seen to send robustly."""
    sent = _sent_robustly(facts)
    for signal, connection in live(facts):
        name = signal.signal.name
        if connection.has_qualname or name not in sent:
            continue
        what = connection.receiver.name
        yield Finding(
            rule=ID,
            severity=SEVERITY,
            subject=f"{name}: {receiver_subject(connection)}",
            title=f"{what} has no __qualname__, and {short_signal(name)} is sent with send_robust()",
            evidence=(place(connection.receiver), *connected_at(facts, name, connection), sent[name]),
            fix=_fix(connection.kind),
            mine=connection.receiver.mine,
            app=connection.receiver.app,
        )


def _fix(kind: str) -> str:
    if kind == PARTIAL:
        return (
            "Connect a function that makes the call, or give the partial a name: functools.update_wrapper()."
        )
    return "Connect a method of the object in its place, or set __qualname__ on it."


def _sent_robustly(facts: Facts) -> dict[str, Evidence]:
    """The signals that are, each with the first line that shows it."""
    references = References(facts)
    found: dict[str, Evidence] = {}
    for module in facts.source.modules:
        for call in module.sends if module.role == CODE else ():
            name = references.signal(call.signal) if call.method in _ROBUST else None
            if name is not None:
                found.setdefault(name, Evidence(f"sent here with {call.method}()", module.file, call.line))
    trace = facts.trace
    for method, signal, _ in trace.routes if trace is not None else ():
        if trace is not None and method in _ROBUST:
            found.setdefault(trace.signals[signal].name, Evidence(f"sent with {method}() in the trace"))
    found.setdefault(_BY_DJANGO, Evidence("override_settings() sends it with send_robust()"))
    return found
