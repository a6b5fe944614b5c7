"""What the rules over a trace share, stage *analysis*: names without line numbers, places, identities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from signaltrace.analysis.connected import MODEL_SIGNALS, short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.rows import Row
from signaltrace.trace import ReceiverInfo, Trace

# Of these the instance says what is meant; their other keywords tell how it was saved, or which time.
_BY_INSTANCE = frozenset(
    f"{MODEL_SIGNALS}{name}" for name in ("pre_save", "post_save", "pre_delete", "post_delete")
)
_ATOMS = (str, int, float, bool, type(None))
# A recorded value that is more than a name: what it says in its second place, where the third tells it.
_TELLING = ("pk", "name", "value", "items")


def subject_of(receiver: ReceiverInfo) -> str:
    """A receiver's name without the line number that a lambda is told by."""
    name = receiver.name
    return name.rpartition(":")[0] or name if "<lambda> at " in name else name


def sent_as(trace: Trace, signal: int, sender: int) -> str:
    """``post_save of shop.Order``, or the signal alone where it has no sender."""
    name = short_signal(trace.signals[signal].name)
    of = trace.senders[sender].name
    return name if of == ANY_SENDER else f"{name} of {of}"


def times(count: int) -> str:
    """``once``, ``twice``, ``1,200 times``."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def site(trace: Trace, row: Row, text: str) -> list[Evidence]:
    """The line that led to a dispatch, if it is known."""
    at = trace.sites[row[3]]
    return [] if at is None else [Evidence(f"{text} in {at.function}()", at.file, at.line)]


def sites(trace: Trace, counted: Iterable[tuple[int, int]], text: str, most: int = 4) -> list[Evidence]:
    """Lines that led to dispatches, by index and count, most frequent first."""
    found = []
    for index, count in sorted(counted, key=lambda each: -each[1]):
        at = trace.sites[index]
        if at is not None:
            found.append(Evidence(f"{text} {times(count)} in {at.function}()", at.file, at.line))
    more = [Evidence(f"and {text} from {len(found) - most:,} more places")] if len(found) > most else []
    return found[:most] + more


def identity(signal: str, arguments: Sequence[Any] | None) -> tuple[str, tuple[Any, ...]] | None:
    """What a dispatch is about: a model instance that is named, and all that makes two the same dispatch.

    None where no instance with a key is among its arguments, or not all of them can be told apart.
    """
    if not arguments:
        return None
    found = ""
    parts: list[Any] = []
    for name, value in zip(arguments[::2], arguments[1::2], strict=True):
        told = _told(value)
        if signal in _BY_INSTANCE:
            if name == "instance":
                return None if told is None or len(told) != 3 else (_named(told), told)
            continue
        if told is None:
            return None
        found = found or (_named(told) if len(told) == 3 and told[1] == "pk" else "")
        parts += (name, told)
    return (found, tuple(parts)) if found else None


def _told(value: Any) -> tuple[Any, ...] | None:
    """A recorded value as what two can be compared by; None for what is only known by its type or size."""
    if type(value) in _ATOMS:
        return (value,)
    if not isinstance(value, (tuple, list)) or len(value) != 3 or value[1] not in _TELLING:
        return None
    kind, what, said = value
    if what == "items" and isinstance(said, (tuple, list)):
        said = tuple(said)
        atoms = all(type(each) in _ATOMS for each in said)
    else:
        atoms = type(said) in _ATOMS and not (what == "pk" and _is_no_key(said))
    return (kind, what, said) if atoms and type(kind) is str else None


def _is_no_key(said: Any) -> bool:
    """None, or a key of the program's own type, of which a recording has the type alone: ``<Money>``."""
    return said is None or (type(said) is str and said.startswith("<") and said.endswith(">"))


def _named(told: tuple[Any, ...]) -> str:
    return f"{told[0]} pk={told[2]}"
