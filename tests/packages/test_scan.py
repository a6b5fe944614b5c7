"""The scan of a process and signaltrace's inventory of it: equal here, and told where they are not."""

from functools import partial

import pytest
from django.db.models.signals import post_save
from django.dispatch import Signal

from signaltrace.inventory.registry import read_inventory
from tests.packages.packages_inside import matching
from tests.packages.packages_inside.scan import ANY, counts, lines, scan

kept = Signal()


class Sender:
    """Sends nothing; receivers are connected for it."""

    def receive(self, **named):
        """A receiver that is a method."""


def plain(**named):
    """A receiver that is a function."""


async def awaited(**named):
    """A receiver that is awaited."""


@pytest.fixture
def connected():
    """Every kind of entry, on a signal that has a name and on one that has none."""
    nameless = Signal(use_caching=True)
    instance = Sender()
    for signal in (kept, nameless):
        signal.connect(plain)
        signal.connect(awaited, sender=Sender)
        signal.connect(plain, sender=Sender, dispatch_uid="of its own")
        signal.connect(instance.receive, dispatch_uid=("of", 2))
        signal.connect(partial(plain, more=1), weak=False)
        signal.connect(lambda **named: None)
    yield nameless, instance
    kept.receivers.clear()
    kept.sender_receivers_cache.clear()


def test_scan_and_inventory_agree_on_this_process(connected):
    """Equal in number and kind, entry by entry, and one look does not change what the other sees."""
    seen = scan()
    inventory = read_inventory()
    assert matching.differences(inventory, seen) == []
    assert matching.counts(inventory) == counts(seen)
    assert lines(scan()) == lines(seen)
    of_kept = next(each for each in seen if each.signal is kept)
    assert counts([of_kept]) == {
        "signals": 1, "connections": 6, "with sender": 2, "weak": 5, "async": 1, "with uid": 2, "dead": 1,
    }  # fmt: skip
    names = ["plain", "plain", "Sender.receive", None, None, "awaited"]
    assert [each.receiver for each in of_kept.entries] == [each and f"{__name__}.{each}" for each in names]
    assert of_kept.entries[0].sender == ANY
    assert of_kept.entries[1].sender == f"{__name__}.Sender"


def test_the_scan_finds_what_django_has(connected):
    """The scan reads every signal there is, in a module or not."""
    nameless, _ = connected
    found = [each.signal for each in scan()]
    for signal in (kept, nameless, post_save):
        assert sum(each is signal for each in found) == 1


def _connect_more(nameless):
    kept.connect(awaited)


def _disconnect(nameless):
    kept.disconnect(plain)


def _connect_more_unnamed(nameless):
    nameless.connect(awaited)


def _strong_for_weak(nameless):
    (key, _, *rest), *others = kept.receivers
    kept.receivers = [(key, plain, *rest), *others]


def _another_receiver(nameless):
    kept.receivers[0], kept.receivers[2] = kept.receivers[2], kept.receivers[0]


@pytest.mark.parametrize(
    "change", [_connect_more, _disconnect, _connect_more_unnamed, _strong_for_weak, _another_receiver]
)
def test_an_inventory_that_differs_is_told(change, connected):
    """One entry more, less, of another kind or in another place, on whatever signal."""
    seen = scan()
    change(connected[0])
    assert matching.differences(read_inventory(), seen)


def test_a_signal_more_or_less_is_told(connected):
    """A signal only one of them has is a difference, however few receivers it has."""
    seen = scan()
    inventory = read_inventory()
    assert matching.differences(inventory, [each for each in seen if each.signal is not kept])
    assert matching.differences(inventory, [each for each in seen if each.signal is not connected[0]])
    new = Signal()
    told = matching.differences(read_inventory(), seen)
    assert told == ["signals without a name, only in the inventory: ()"]
    del new
    assert matching.differences(read_inventory(), seen) == []
