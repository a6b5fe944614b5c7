"""Senders that only an id is left of go by the name the ledger saw."""

from __future__ import annotations

from dataclasses import replace

from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.history import CONNECTED, DISCONNECTED, Event, History
from signaltrace.inventory.told_senders import with_told_senders
from signaltrace.trace import ReceiverInfo, SenderInfo, SignalInfo

PAID = "shop.signals.paid"
NOTIFY = ReceiverInfo("shop.receivers.notify", file="/shop/receivers.py", line=10)


def inventory(*senders: str) -> Inventory:
    """notify, connected to paid for these."""
    connections = tuple(
        Connection(order, NOTIFY, SenderInfo(each), True, True) for order, each in enumerate(senders, 1)
    )
    return Inventory((ConnectedSignal(SignalInfo(PAID), connections),))


def event(number: int, sender: str, **more: object) -> Event:
    """notify's connection for a sender."""
    return replace(Event(number, CONNECTED, PAID, NOTIFY, SenderInfo(sender)), **more)


def told(found: Inventory, *events: Event) -> list[str]:
    """The senders, as they are told then."""
    read = with_told_senders(found, History(on=True, complete=True, events=events))
    return [each.sender.name for signal in read.signals for each in signal.connections]


def test_the_one_sender_that_was_seen_is_the_one_that_is_left() -> None:
    """A text, say, that no search by id can find."""
    assert told(inventory("sender #1"), event(1, "shop.Order")) == ["shop.Order"]
    assert told(inventory("any sender", "sender #1"), event(1, "any sender"), event(2, "red")) == [
        "any sender",
        "red",
    ]


def test_what_ended_or_is_another_connection_is_not_taken() -> None:
    """Nothing is guessed: two that fit, one that was disconnected, another uid, nothing seen."""
    ended = event(2, "shop.Order", what=DISCONNECTED, rival=1)
    other = event(1, "shop.Order", dispatch_uid="a")
    for events in ((), (event(1, "red"), event(2, "blue")), (event(1, "shop.Order"), ended), (other,)):
        assert told(inventory("sender #1"), *events) == ["sender #1"]
    assert told(inventory("sender #1", "sender #2"), event(1, "red")) == ["sender #1", "sender #2"]
