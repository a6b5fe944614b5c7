"""One call of ``connect`` or ``disconnect``, stage *inventory*: what it was given, and what came of it."""

from __future__ import annotations

from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any

from signaltrace.internals import Entry, django_signal_class, entry_of, inert_key, is_key_of, keys
from signaltrace.labels.looking import class_attribute, class_dict, cut, exact_text, is_a, is_exactly

CONNECT = "connect"
DISCONNECT = "disconnect"
_NAMES = {
    CONNECT: ("receiver", "sender", "weak", "dispatch_uid"),
    DISCONNECT: ("receiver", "sender", "dispatch_uid"),
}
_MAX_REASON = 300
_mro = type.__dict__["__mro__"].__get__

Key = tuple[Any, Any]


class Attempt:
    """A call under way. It holds what it was given, and is gone when the call is over."""

    __slots__ = ("action", "before", "frame", "reached", "receiver", "row", "sender", "signal", "uid", "weak")

    def __init__(
        self, action: str, signal: Any, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType | None
    ) -> None:
        given = dict(zip(_NAMES[action], args, strict=False))
        given.update((name, kwargs[name]) for name in _NAMES[action] if name in kwargs)
        self.action = action
        self.signal = signal
        self.receiver = given.get("receiver")
        self.sender = given.get("sender")
        self.weak = _as_bool(given.get("weak", True))
        uid = given.get("dispatch_uid")
        self.uid = uid if _as_bool(uid) else None
        self.frame = frame
        # What waited for a model and comes true by this call.
        self.row: Any = None
        # Of ModelSignal's: whether it came to Signal's own, or waits for a model.
        self.reached = False
        self.before: list[Key] = []

    def look(self) -> list[Key]:
        """Note what is connected before the call; held until it is over, so that no id is given anew."""
        self.before = keys(self.signal)
        return self.before

    def overrides(self) -> frozenset[CodeType]:
        """The code of a signal's own ``connect``, which passes the call on by ``super()``."""
        found: list[CodeType] = []
        for base in _mro(type(self.signal)):
            if base is django_signal_class():
                break
            method = class_dict(base).get(self.action)
            if type(method) is FunctionType:
                found.append(method.__code__)
        return frozenset(found)

    def is_like(self, other: Attempt) -> bool:
        """Whether the other is this call, passed on."""
        return self.action == other.action and self.signal is other.signal and self.receiver is other.receiver

    def made(self) -> tuple[Key, Entry] | None:
        """The entry that came by this call, if one did."""
        old = {id(each) for each in self.before}
        for key in reversed(keys(self.signal)):
            entry = entry_of(self.signal, key) if id(key) not in old else None
            if entry is not None and (self._fits(key) or _is_same(entry.receiver, self.receiver)):
                return key, entry
        return None

    def in_the_way(self) -> tuple[Key, Entry] | None:
        """The entry that was there already under the key of this call."""
        for key in keys(self.signal):
            entry = entry_of(self.signal, key) if self._fits(key) else None
            if entry is not None:
                return key, entry
        return None

    def taken(self) -> Key | None:
        """The key of the entry that went with this call."""
        left = {id(each) for each in keys(self.signal)}
        return next((key for key in self.before if id(key) not in left and self._fits(key)), None)

    def is_clear(self) -> bool:
        """Whether it can be told by looking if an entry is kept under this call's key."""
        return self.uid is None or inert_key((self.uid, 0)) is not None

    def _fits(self, key: Key) -> bool:
        return is_key_of(key, self.receiver, self.sender, self.uid)


def is_receiver_of(attempt: Attempt, entry: Entry) -> bool:
    """Whether an entry connects the very receiver of this call."""
    return _is_same(entry.receiver, attempt.receiver)


def is_twin(attempt: Attempt, entry: Entry) -> bool:
    """Whether it connects what the same lines made: another object's method, another turn's function."""
    codes = [_code(each) for each in (attempt.receiver, entry.receiver)]
    return codes[0] is not None and codes[0] is codes[1]


def parts(receiver: Any) -> tuple[Any, ...]:
    """What has to live for a receiver to be called: the object and the function of a bound method."""
    return (receiver.__self__, receiver.__func__) if type(receiver) is MethodType else (receiver,)


def error_text(error: BaseException) -> str:
    """An exception as text; a message is believed of those that are made of one."""
    kind = type(error)
    message = error.args[0] if len(error.args) == 1 else ""
    usual = class_attribute(kind, "__str__") is BaseException.__str__
    text = exact_text(message) if usual else None
    return cut(f"{kind.__name__}: {text}" if text else kind.__name__, _MAX_REASON)


def _as_bool(value: Any) -> bool:
    """The truth of a value that is not asked for it, where it has a word of its own in that."""
    if value is None or is_exactly(value, bool, int, float, str, bytes, tuple, frozenset):
        return bool(value)
    if is_a(value, str):
        return bool(exact_text(value))
    return True


def _is_same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False
    if type(one) is MethodType and type(other) is MethodType:
        return one.__self__ is other.__self__ and one.__func__ is other.__func__
    return one is other


def _code(receiver: Any) -> Any:
    function = receiver.__func__ if type(receiver) is MethodType else receiver
    return function.__code__ if type(function) is FunctionType else None
