"""Patterns that match nothing, and what the filters of ``receivers`` leave."""

from __future__ import annotations

import pytest

from signaltrace.analysis.selection import Selection
from signaltrace.commands.door import NoMatch
from signaltrace.commands.report import check_patterns, pick_connections
from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ReceiverInfo, SenderInfo, SignalInfo

IN_TRACE = " matches nothing in this trace; the closest is "
HERE = " matches nothing that is connected here; the closest is "
TRACE = build_trace(sent("shop.signals.paid", "shop.Order")(called("shop.mail.thank", 5)))


def connection(receiver, sender="any sender", app="shop"):
    """A live connection."""
    return Connection(1, ReceiverInfo(receiver, app=app, mine=app == "shop"), SenderInfo(sender), True, True)


INVENTORY = Inventory(
    (
        ConnectedSignal(
            SignalInfo("django.db.models.signals.post_save", "django"),
            (connection("shop.mail.thank", "shop.Order"), connection("log.write", "auth.User", "log")),
            ("shop.models.post_save",),
        ),
        ConnectedSignal(SignalInfo("shop.signals.paid", "shop", True), (connection("shop.stock.keep"),)),
        ConnectedSignal(SignalInfo("shop.signals.unheard", "shop", True)),
    )
)


def pick(by="signal", patterns=(), signals=(), senders=(), apps=(), mine=False):
    """What is left, as names of signals and their receivers, and the senders to list by."""
    picked = pick_connections(INVENTORY, by, patterns, signals, senders, apps, mine=mine)
    names = {
        each.signal.name.rsplit(".", 1)[-1]: [one.receiver.name for one in each.connections]
        for each in picked.inventory.signals
    }
    return names, picked.senders


@pytest.mark.parametrize(
    ("selection", "line"),
    [
        (Selection(signals=("paid",), senders=("ORDER",), receivers=("mail",), apps=("shop",)), None),
        (Selection(signals=("payd",)), f"--signal 'payd'{IN_TRACE}shop.signals.paid"),
        (Selection(senders=("Ordr",)), f"--sender 'Ordr'{IN_TRACE}shop.Order"),
        (
            Selection(receivers=("mail", "thnk")),
            f"--receiver 'thnk'{IN_TRACE}shop.mail.thank",
        ),
        (Selection(apps=("shpo",)), f"--app 'shpo'{IN_TRACE}shop"),
        (Selection(signals=("xyzzy",)), "--signal 'xyzzy' matches nothing in this trace"),
    ],
)
def test_a_pattern_that_is_part_of_no_name(selection, line):
    """Every pattern has to match something, and the closest name is told."""
    if line is None:
        check_patterns(TRACE, selection)
        return
    with pytest.raises(NoMatch) as caught:
        check_patterns(TRACE, selection)
    assert str(caught.value) == line
    assert caught.value.status == 1


@pytest.mark.parametrize(
    ("filters", "names", "senders"),
    [
        ({}, {"post_save": ["shop.mail.thank", "log.write"], "paid": ["shop.stock.keep"], "unheard": []}, ()),
        ({"patterns": ["PAID"]}, {"paid": ["shop.stock.keep"]}, ()),
        ({"patterns": ["stock"]}, {"paid": ["shop.stock.keep"]}, ()),
        ({"signals": ["shop.models.post_save"]}, {"post_save": ["shop.mail.thank", "log.write"]}, ()),
        ({"apps": ["log"]}, {"post_save": ["log.write"]}, ()),
        ({"by": "sender", "patterns": ["order"]}, {"post_save": ["shop.mail.thank"]}, ("order",)),
        ({"by": "sender", "patterns": ["thank"]}, {"post_save": ["shop.mail.thank"]}, ()),
    ],
)
def test_what_the_filters_leave(filters, names, senders):
    """By sender, a pattern that is part of a sender's name is meant as one."""
    assert pick(**filters) == (names, senders)


@pytest.mark.parametrize(
    ("filters", "line"),
    [
        ({"patterns": ["pad"]}, f"'pad'{HERE}shop.signals.paid"),
        ({"senders": ["ordr"]}, f"--sender 'ordr'{HERE}shop.Order"),
        ({"apps": ["lgo"]}, f"--app 'lgo'{HERE}log"),
        (
            {"signals": ["paid"], "apps": ["log"]},
            "nothing that is connected here matches all of that; try it with fewer options",
        ),
    ],
)
def test_filters_that_leave_nothing(filters, line):
    """Said in one line, with the closest name where a pattern is to blame."""
    with pytest.raises(NoMatch) as caught:
        pick(**filters)
    assert str(caught.value) == line
