"""What became of each connection, stage *trace*: every ``connect`` and ``disconnect`` that was watched."""

from __future__ import annotations

from dataclasses import dataclass

from signaltrace.span import CallSite, Fault, ReceiverInfo, SenderInfo

CONNECTED = "connected"
IGNORED = "ignored"  # Django kept the earlier one: the same receiver, or the same dispatch_uid
REFUSED = "refused"  # connect() raised
WAITING = "waiting"  # the sender is the name of a model that is not there yet
DISCONNECTED = "disconnected"
NOT_FOUND = "not found"  # a disconnect that matched nothing
DIED = "died"  # the receiver (or its sender) was collected
REMOVED = "removed"  # gone from the signal's receivers, and no disconnect took it


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a connection.

    ``number`` counts from 1 in the order of happening; ``time_ns`` since the ledger was begun. ``site`` is
    the line that called ``connect`` or ``disconnect`` (for ``@receiver``, the decorated definition's module),
    ``within`` the ``AppConfig.ready`` on the stack, as a dotted name, "" if there was none. ``reason`` is a
    sentence's worth of why: "the same receiver", "the same dispatch_uid", an exception. ``rival`` is the
    number of the event that made the connection this one lost against, or that this one ended; 0 for none.
    ``found_after`` is set for REMOVED and DIED: they are noticed later than they happen.
    """

    number: int
    what: str
    signal: str
    receiver: ReceiverInfo
    sender: SenderInfo
    dispatch_uid: str | None = None
    weak: bool = True
    site: CallSite | None = None
    within: str = ""
    time_ns: int = 0
    thread: str = ""
    reason: str = ""
    rival: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """All that a ledger saw. Not ``on``: there was none, and ``advice`` says how to have one.

    ``complete`` is whether it was begun before the apps were loaded, so that no ``ready()`` was missed.
    ``dropped`` counts the oldest events that were let go.
    """

    on: bool = False
    complete: bool = False
    advice: str = ""
    events: tuple[Event, ...] = ()
    dropped: int = 0
    faults: tuple[Fault, ...] = ()
