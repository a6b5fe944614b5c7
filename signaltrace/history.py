"""What became of each connection, stage *trace*: every ``connect`` and ``disconnect`` that was watched."""

from __future__ import annotations

from dataclasses import dataclass

from signaltrace.span import CallSite, Fault, ReceiverInfo, SenderInfo

CONNECTED = "connected"
IGNORED = "ignored"  # Django kept the earlier one: the same receiver, or the same dispatch_uid
REFUSED = "refused"  # connect() or disconnect() raised
WAITING = "waiting"  # the sender is the name of a model that is not there yet
DISCONNECTED = "disconnected"
NOT_FOUND = "not found"  # a disconnect that matched nothing
DIED = "died"  # the receiver (or its sender) was collected
REMOVED = "removed"  # gone from the signal's receivers, and no disconnect took it

# Reasons of IGNORED.
SAME_RECEIVER = "the same receiver"
SAME_UID = "the same dispatch_uid"
# Reasons of DIED.
RECEIVER_COLLECTED = "the receiver was collected"
SENDER_COLLECTED = "the sender was collected"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a connection.

    ``number`` counts from 1 in the order of happening, with gaps; ``time_ns`` since the ledger was begun.
    ``site`` is the line that called ``connect`` or ``disconnect`` (for ``@receiver``, the decorated
    definition's module; ``function`` of it is the qualname that ran), ``within`` the ``AppConfig.ready`` on
    the stack, as a dotted name, "" if there was none. ``reason`` is a sentence's worth of why: one of those
    above, an exception, what a disconnect missed. ``rival`` is the number of the event that made the
    connection this one lost against, that this one ended, or that a disconnect just missed; 0 for none, or
    one older than the ledger. ``rival_receiver`` is that connection's, where it is known.

    A connection for a model that was WAITING becomes what came of it under the number, the time and the site
    of its ``connect``; a ``disconnect`` for one is NOT_FOUND until then. DIED and REMOVED have no site: they
    are noticed later than they happen, and what is put back is no longer told as REMOVED. ``receiver`` has
    the name "" where a ``disconnect`` named a dispatch_uid alone and matched nothing. ``kind``, ``module``
    and ``qualname`` are the receiver's, as those of a Connection.
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
    rival_receiver: ReceiverInfo | None = None
    kind: str = ""
    module: str = ""
    qualname: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """All that a ledger saw. Not ``on``: there was none, and ``advice`` says how to have one.

    ``complete`` is whether it was begun before the apps were loaded, so that no ``ready()`` was missed; if
    not, ``advice`` says what is not known and how to know it. ``how`` is what asked for it. ``dropped``
    counts the oldest events that were let go.
    """

    on: bool = False
    complete: bool = False
    advice: str = ""
    events: tuple[Event, ...] = ()
    dropped: int = 0
    faults: tuple[Fault, ...] = ()
    how: str = ""
