"""What the ledger keeps, stage *inventory*: descriptions and weak references, nothing that holds an object.

Apps and settings may not be there yet when an app connects its receivers: whose a file is, and which app a
module belongs to, is asked when the history is read.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from types import FunctionType, MethodType
from typing import Any, NamedTuple

from django.db.models.options import Options

from signaltrace.history import Event
from signaltrace.inventory.ledger.attempts import Key
from signaltrace.inventory.traits import kind_of, named
from signaltrace.labels.apps import app_of
from signaltrace.labels.looking import class_attribute, class_module, is_a, is_exactly
from signaltrace.labels.places import is_mine, short_path
from signaltrace.labels.receivers import describe_receiver, look
from signaltrace.labels.senders import describe_sender
from signaltrace.labels.signals import SignalNames
from signaltrace.trace import CallSite, ReceiverInfo, SenderInfo

GONE_SIGNAL = "a signal that is gone"
_NAMELESS = ("unnamed ", "Signal created at ")


class ToldReceiver(NamedTuple):
    """A receiver by its names; ``path`` is how its file was written when it was described."""

    info: ReceiverInfo
    home: str = ""
    path: str = ""
    kind: str = ""
    module: str = ""
    qualname: str = ""

    def now(self) -> ReceiverInfo:
        """With what only a project that is set up can tell."""
        name, file = self.info.name, self.info.file
        if self.path and file:
            name = name.replace(f"{self.path}:", f"{short_path(file)}:")
        return replace(self.info, name=name, app=app_of(self.home), mine=is_mine(file))


class ToldSender(NamedTuple):
    """A sender by its name; ``home`` is the module that tells its app, "" where the name itself does."""

    info: SenderInfo
    home: str = ""

    def now(self) -> SenderInfo:
        """With the app, as it is known now."""
        return replace(self.info, app=app_of(self.home)) if self.home else self.info


NO_RECEIVER = ToldReceiver(ReceiverInfo(""))


class Mark:
    """A signal that was met: its connections that stand, and those that something took away."""

    __slots__ = ("gone", "live", "name", "signal")

    def __init__(self, signal: weakref.ref[Any]) -> None:
        self.signal = signal
        self.name = ""
        # Both by the id of the key that Django made for the entry.
        self.live: dict[int, Row] = {}
        self.gone: dict[int, Row] = {}

    def named(self, names: SignalNames) -> str:
        """Its name now; the last one it had where it is gone."""
        signal = self.signal()
        if signal is not None:
            name = names.name(signal).name
            # Django 5.2 keeps a signal for as long as its receivers live: the last of its names is one.
            if not (self.name and name.startswith(_NAMELESS)):
                self.name = name
        return self.name or GONE_SIGNAL


class Row:
    """One event, as it is kept; of a connection that stands also what watches it."""

    __slots__ = (
        "key", "key_id", "mark", "number", "reason", "receiver", "removed", "rival", "rival_receiver",
        "sender", "site", "thread", "time_ns", "uid", "watches", "weak", "what", "within",
    )  # fmt: skip

    def __init__(self, what: str, mark: Mark, receiver: ToldReceiver, sender: ToldSender) -> None:
        self.what = what
        self.mark = mark
        self.receiver = receiver
        self.sender = sender
        self.number = self.rival = self.time_ns = 0
        self.uid: str | None = None
        self.weak = True
        self.site: CallSite | None = None
        self.within = self.thread = self.reason = ""
        self.rival_receiver: ToldReceiver | None = None
        self.key: Key | None = None
        self.key_id = 0
        self.watches: tuple[weakref.ref[Any] | None, ...] = ()
        self.removed: Row | None = None

    def follow_up(self, what: str) -> Row:
        """What happens to this connection without a call of anybody's."""
        row = Row(what, self.mark, self.receiver, self.sender)
        row.uid, row.weak, row.rival = self.uid, self.weak, self.number
        return row

    def is_dead(self) -> bool:
        """Whether the receiver, or the sender, was collected."""
        return any(each is not None and each() is None for each in self.watches)

    def copy(self) -> Row:
        """As it is now, for whoever reads it when it may have changed."""
        row = Row(self.what, self.mark, self.receiver, self.sender)
        for name in ("number", "rival", "time_ns", "uid", "weak", "site", "within", "thread", "reason"):
            setattr(row, name, getattr(self, name))
        row.rival_receiver = self.rival_receiver
        return row

    def event(self, signal: str) -> Event:
        """As data."""
        rival = self.rival_receiver
        return Event(
            number=self.number,
            what=self.what,
            signal=signal,
            receiver=self.receiver.now(),
            sender=self.sender.now(),
            dispatch_uid=self.uid,
            weak=self.weak,
            site=self.site,
            within=self.within,
            time_ns=self.time_ns,
            thread=self.thread,
            reason=self.reason,
            rival=self.rival,
            rival_receiver=None if rival is None else rival.now(),
            kind=self.receiver.kind,
            module=self.receiver.module,
            qualname=self.receiver.qualname,
        )


def tell_receiver(receiver: Any) -> ToldReceiver:
    """A receiver, described at once: later it may be gone."""
    info = describe_receiver(receiver)
    try:
        path = short_path(info.file) if info.file and "<lambda> at " in info.name else ""
        return ToldReceiver(info, look(receiver).module, path, kind_of(receiver), *named(receiver))
    except Exception:  # noqa: BLE001 - the name, at least, is known
        return ToldReceiver(info)


def tell_sender(sender: Any) -> ToldSender:
    """A sender, described at once. A model's label tells its app by itself."""
    info = describe_sender(sender)
    if sender is None or type(sender) is str or not info.app:
        return ToldSender(info)
    cls: type = sender if is_a(sender, type) else type(sender)
    meta = class_attribute(cls, "_meta")
    if meta is not None and is_a(meta, Options):
        return ToldSender(info)
    if is_exactly(sender, FunctionType, MethodType) or is_a(sender, partial):
        return ToldSender(info, look(sender).module)
    if is_a(sender, type) or app_of(class_module(cls)) == info.app:
        return ToldSender(info, class_module(cls))
    return ToldSender(info)


def watch(things: Iterable[Any], note: Callable[[Any], None]) -> tuple[weakref.ref[Any] | None, ...]:
    """Weak references that tell when something ends; None for what can't be watched."""
    found: list[weakref.ref[Any] | None] = []
    for each in things:
        try:
            found.append(None if each is None else weakref.ref(each, note))
        except TypeError:
            found.append(None)
    return tuple(found)
