"""What an assertion names, found in a trace's tables: signals, senders and receivers, by object or name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from signaltrace.capture.recording import Recording
from signaltrace.errors import SignaltraceError
from signaltrace.internals import django_signal_class
from signaltrace.labels.looking import is_a, loaded
from signaltrace.labels.receivers import describe_receiver
from signaltrace.labels.senders import describe_sender
from signaltrace.targets import Target, fits, receiver_target, sender_target, signal_target
from signaltrace.trace import ReceiverInfo, Trace

__tracebackhide__ = True
__unittest = True


@dataclass(frozen=True)
class Named:
    """A signal, sender or receiver that was asked for: which entries of a trace's table it is."""

    indexes: frozenset[int]
    label: Callable[[], str]


def named_signal(given: Any, trace: Trace, recording: Recording) -> Named:
    """A signal by the very object where one is given: two may have one name."""
    if not isinstance(given, str):
        check_signal(given)
        index = recording.signal_index(given)
        if index is None or index >= len(trace.signals):
            return Named(frozenset(), lambda: signal_target(given).named)
        label = trace.signals[index].name
        return Named(frozenset((index,)), lambda: label)
    names = [each.name for each in trace.signals]
    found = {index for index, name in enumerate(names) if fits(given, name)}
    thing = loaded(given)
    index = recording.signal_index(thing)
    if index is not None and index < len(names):  # by another of the names it can be imported by
        found.add(index)
    return _by_name(given, found, names, signal_target)


def named_sender(given: Any, trace: Trace, recording: Recording) -> Named:
    """A sender by its label: what else a trace has of it is nothing."""
    names = [each.name for each in trace.senders]
    if not isinstance(given, str):
        label = describe_sender(given).name
        return Named(frozenset(index for index, name in enumerate(names) if name == label), lambda: label)
    found = {index for index, name in enumerate(names) if fits(given, name)}
    thing = loaded(given)
    if thing is not None:  # shop.models.Order, which goes by shop.Order
        label = describe_sender(thing).name
        found |= {index for index, name in enumerate(names) if name == label}
    return _by_name(given, found, names, sender_target)


def named_receiver(given: Any, trace: Trace, recording: Recording) -> Named:
    """A receiver by name and place: two local functions may have one name."""
    table = trace.receivers
    if not isinstance(given, str):
        check_receiver(given)
        info = describe_receiver(given)
        return Named(frozenset(_alike(info, table)), lambda: info.name)
    found = {index for index, each in enumerate(table) if fits(given, each.name)}
    thing = loaded(given)
    if thing is not None and callable(thing):
        found |= {*_alike(describe_receiver(thing), table)}
    return _by_name(given, found, [each.name for each in table], receiver_target)


def check_signal(given: Any) -> None:
    """Raises SignaltraceError for what can be no signal; whether a name is known is asked later."""
    if not isinstance(given, str) and not is_signal(given):
        _refuse(signal_target, given)


def check_receiver(given: Any) -> None:
    """The same for a receiver."""
    if not isinstance(given, str) and not callable(given):
        _refuse(receiver_target, given)


def is_signal(thing: Any) -> bool:
    """Whether an object is a Signal."""
    return is_a(thing, django_signal_class())


def _alike(info: ReceiverInfo, table: Sequence[ReceiverInfo]) -> Iterable[int]:
    wanted = (info.name, info.file, info.line)
    return (index for index, each in enumerate(table) if (each.name, each.file, each.line) == wanted)


def _by_name(given: str, found: set[int], names: Sequence[str], target: Callable[[Any], Target]) -> Named:
    """What was found by a name; if nothing was, the name has to be known elsewhere."""
    if not found:
        _refuse(target, given)
    label = names[min(found)] if len(found) == 1 else given
    return Named(frozenset(found), lambda: label)


def _refuse(target: Callable[[Any], Target], given: Any) -> None:
    """Let ``target`` raise where there is reason to, without a traceback that leads into it."""
    try:
        target(given)
    except SignaltraceError as error:
        raise error.with_traceback(None) from None
