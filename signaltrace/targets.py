"""What a user names: receivers, signals and senders, by object or by name, checked against what is there.

Above *inventory*; for assertions, budgets and mutes. A name is the whole dotted name, its end behind
a dot (``receivers.notify``, ``notify``), or a pattern with ``*``, ``?`` or ``[…]`` for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MethodType
from typing import Any

from signaltrace.analysis.matching import closest
from signaltrace.errors import SignaltraceError
from signaltrace.internals import django_signal_class
from signaltrace.inventory.registry import read_inventory
from signaltrace.inventory.sender_ids import registered_models
from signaltrace.labels.looking import is_a, is_exactly, loaded
from signaltrace.labels.receivers import describe_receiver
from signaltrace.labels.senders import describe_sender
from signaltrace.labels.signals import SignalNames

RECEIVER, SIGNAL, SENDER = "receiver", "signal", "sender"


def fits(pattern: str, name: str) -> bool:
    """Whether a name is meant: it is the pattern, ends in it behind a dot, or matches its wildcards."""
    if name == pattern or name.endswith(f".{pattern}"):
        return True
    wild = any(each in pattern for each in "*?[")
    return wild and (fnmatchcase(name, pattern) or fnmatchcase(name, f"*.{pattern}"))


@dataclass(frozen=True, eq=False)
class Target:
    """One receiver, signal or sender, or by a pattern several. ``named`` is the name as it was given, or
    the label of the object that was; ``thing`` that object, None where a name was given."""

    kind: str
    named: str
    thing: Any = None

    def is_named(self, label: str) -> bool:
        """Whether a label in a trace or an inventory is meant."""
        return self.named == label if self.thing is not None else fits(self.named, label)

    def is_thing(self, other: Any, label: Callable[[], str]) -> bool:
        """Whether a live object is meant; ``label`` gives its name, asked only where a name was given."""
        if self.thing is None:
            return fits(self.named, label())
        if self.thing is other:
            return True
        if type(other) is not MethodType:
            return False
        # Python makes a bound method anew each time it is looked up; a function stands for all bound ones.
        if type(self.thing) is not MethodType:
            return other.__func__ is self.thing
        return other.__func__ is self.thing.__func__ and other.__self__ is self.thing.__self__


def receiver_target(given: Any) -> Target:
    """A receiver. Raises SignaltraceError for what can be none, and for a name that nothing goes by."""
    if not isinstance(given, str):
        if not callable(given):
            raise SignaltraceError(f"a receiver is a callable or its name, not {_shown(given)}")
        return Target(RECEIVER, describe_receiver(given).name, given)
    return _by_name(RECEIVER, given, _receiver_names, receiver_target)


def signal_target(given: Any) -> Target:
    """A signal. Raises SignaltraceError for what can be none, and for a name that nothing goes by."""
    if not isinstance(given, str):
        if not is_a(given, django_signal_class()):
            raise SignaltraceError(f"a signal is a Signal or its name, not {_shown(given)}")
        return Target(SIGNAL, signal_label(given), given)
    return _by_name(SIGNAL, given, _signal_names, signal_target)


def signal_label(signal: Any) -> str:
    """What a signal is called; known ones are not searched for again."""
    return _SIGNALS.name(signal).name


def sender_target(given: Any) -> Target:
    """A sender. Raises SignaltraceError for a name that nothing goes by."""
    if not isinstance(given, str):
        return Target(SENDER, describe_sender(given).name, given)
    return _by_name(SENDER, given, _sender_names, sender_target)


# Names that were found good: looking takes a tenth of a second, and a name may stand on every test.
_found: set[tuple[str, str]] = set()
_SIGNALS = SignalNames()


def _by_name(
    kind: str, given: str, names: Callable[[], Iterable[str]], target_of: Callable[[Any], Target]
) -> Target:
    if (kind, given) not in _found:
        known = sorted(set(names()))
        if not any(fits(given, name) for name in known):
            # what can be imported by this name goes by another, or may be connected later
            thing = _imported(given)
            if thing is not None:
                return target_of(thing)
            near = closest(given, known)
            hint = f"did you mean {near}?" if near else "`signaltrace receivers` lists what is connected"
            raise SignaltraceError(f"no {kind} is called {given[:100]!r}; {hint}")
        _found.add((kind, given))
    return Target(kind, given)


def _receiver_names() -> Iterable[str]:
    return [each.receiver.name for signal in read_inventory().signals for each in signal.connections]


def _signal_names() -> Iterable[str]:
    return [each.signal.name for each in read_inventory().signals]


def _sender_names() -> Iterable[str]:
    models = [describe_sender(model).name for model in registered_models()]
    return models + [each.sender.name for signal in read_inventory().signals for each in signal.connections]


def _imported(name: str) -> Any:
    """What a loaded module has under this name; None for nothing, and for a text."""
    found = loaded(name)
    if is_exactly(found, staticmethod, classmethod):
        found = found.__func__
    return None if is_a(found, str) else found


def _shown(given: Any) -> str:
    return f"an object of type {type(given).__name__}"
