"""In which order receivers and signals came, each of them an object or a name of either kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from signaltrace.analysis.matching import closest
from signaltrace.asserting.failing import message
from signaltrace.asserting.finding import Question
from signaltrace.asserting.naming import is_signal, named_receiver, named_signal
from signaltrace.capture.recording import Recording
from signaltrace.errors import SignaltraceError
from signaltrace.inventory.registry import read_inventory
from signaltrace.labels.looking import loaded
from signaltrace.targets import fits
from signaltrace.trace import Trace

__tracebackhide__ = True
__unittest = True


def check_order(given: Sequence[Any], trace: Trace, recording: Recording) -> None:
    """Raises AssertionError where the first of each did not begin in the order given."""
    for each in given:
        check_orderable(each)
    labels, places, missing = [], [], []
    for each in given:
        signal = _means_signal(each, trace) if isinstance(each, str) else is_signal(each)
        named = (named_signal if signal else named_receiver)(each, trace, recording)
        place = (Question(signal=named) if signal else Question(receiver=named)).place(trace)
        labels.append(named.label())
        if place is None:
            missing.append(f"{named.label()} was not {'sent' if signal else 'called'}")
        else:
            places.append(place)
    expected = f"expected {_in_a_row(labels)}"
    if missing:
        raise AssertionError(message(f"{expected}: {', '.join(missing)}", trace))
    began = dict(zip(places, labels, strict=True))
    if len(began) < len(labels):
        raise SignaltraceError(f"an order is of different things: {_in_a_row(labels)}")
    if places != sorted(places):
        seen = _in_a_row(began[place] for place in sorted(began))
        raise AssertionError(message(f"{expected}; they began {seen}", trace))


def check_orderable(given: Any) -> None:
    """Raises SignaltraceError for what can be neither a receiver nor a signal."""
    if not isinstance(given, str) and not is_signal(given) and not callable(given):
        raise SignaltraceError(
            "an order is of receivers and signals, each the object or its name, "
            f"not an object of type {type(given).__name__}"
        )


def _in_a_row(labels: Iterable[str]) -> str:
    return ", then ".join(labels)


# What names were found to mean: to look takes a tenth of a second, and a name may stand in every test.
_meant: dict[str, bool] = {}


def _means_signal(name: str, trace: Trace) -> bool:
    """Whether a name is a signal's, not a receiver's. Raises SignaltraceError where it is of both or none."""
    if name not in _meant:
        inventory = read_inventory().signals
        signals = {each.signal.name for each in inventory} | {each.name for each in trace.signals}
        receivers = {each.receiver.name for signal in inventory for each in signal.connections}
        _meant[name] = _decide(name, signals, receivers | {each.name for each in trace.receivers})
    return _meant[name]


def _decide(name: str, signals: set[str], receivers: set[str]) -> bool:
    fits_signal = any(fits(name, each) for each in signals)
    fits_receiver = any(fits(name, each) for each in receivers)
    if fits_signal and fits_receiver:
        if (name in signals) is not (name in receivers):
            return name in signals
        raise SignaltraceError(
            f"{name[:100]!r} fits a signal and a receiver: give the whole dotted name, or the object"
        )
    if fits_signal or fits_receiver:
        return fits_signal
    thing = loaded(name)
    if is_signal(thing) or callable(thing):
        return is_signal(thing)
    near = closest(name, sorted(signals | receivers))
    hint = f"did you mean {near}?" if near else "`signaltrace receivers` lists what is connected"
    raise SignaltraceError(f"no signal or receiver is called {name[:100]!r}; {hint}")
