"""What is timed: the same Django work for every tool, each run giving its own nanoseconds.

Importing this module sets Django up with an in-memory database of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import repeat
from typing import Any, NamedTuple

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    USE_TZ=True,
    INSTALLED_APPS=[],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import connection, models, transaction  # noqa: E402 - models need the settings above
from django.db.models.signals import ModelSignal, post_save, pre_save  # noqa: E402
from django.dispatch import Signal  # noqa: E402

clock = time.thread_time_ns
"""CPU time: what other processes on the machine take meanwhile is not counted."""

Timed = Callable[[int], int]
"""Does the work so many times; gives the nanoseconds that took."""


class Stock(models.Model):
    """What the nested save writes."""

    left = models.IntegerField(default=0)

    class Meta:
        app_label = "benchmarks"


class Order(models.Model):
    """What is saved and sent."""

    number = models.CharField(max_length=40)
    total = models.IntegerField(default=0)
    paid = models.BooleanField(default=False)
    stock = models.ForeignKey(Stock, on_delete=models.CASCADE)

    class Meta:
        app_label = "benchmarks"


class Workload(NamedTuple):
    """One row of the table. ``chunk`` is how often it runs in a round, enough for what is recorded to be
    packed several times; ``signaltrace`` what record() is given; ``budget`` the ratio allowed."""

    name: str
    title: str
    prepare: Callable[[], Timed]
    chunk: int
    budget: float | None = None
    signaltrace: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default, never written to


def noop_receivers(count: int) -> list[Callable[..., None]]:
    """Distinct receivers that do nothing. To be held: Signal connects weakly."""

    def receiver() -> Callable[..., None]:
        def noop(sender: Any, **kwargs: Any) -> None:
            pass

        return noop

    return [receiver() for _ in range(count)]


def sending(signal: Signal, *held: Any) -> Timed:
    """Sends with post_save's keywords."""
    order = Order(pk=5)

    def timed(count: int) -> int:
        assert held is not None
        began = clock()
        for _ in repeat(None, count):
            signal.send(
                sender=Order, instance=order, created=False, update_fields=None, raw=False, using="default"
            )
        return clock() - began

    return timed


def to_noops(count: int) -> Timed:
    """A dispatch to receivers that do nothing, from a signal as Django's model signals are."""
    signal = ModelSignal(use_caching=True)
    receivers = noop_receivers(count)
    for receiver in receivers:
        signal.connect(receiver, sender=Order)
    return sending(signal, receivers)


def to_noops_of_ones_own() -> Timed:
    """The same five, on a signal as projects declare them: no cache, any sender, keywords of its own."""
    signal = Signal()
    receivers = noop_receivers(5)
    for receiver in receivers:
        signal.connect(receiver)
    order = Order(pk=5)

    def timed(count: int) -> int:
        assert receivers
        began = clock()
        for _ in repeat(None, count):
            signal.send(sender=Order, order=order, total=12, currency="EUR", paid=True, note=None)
        return clock() - began

    return timed


def to_other_sender() -> Timed:
    """A dispatch nobody hears, of a signal that somebody listens to for another sender."""
    signal = ModelSignal(use_caching=True)
    receivers = noop_receivers(1)
    signal.connect(receivers[0], sender=Stock)
    return sending(signal, receivers)


def saving() -> Timed:
    """``Model.save()`` of an existing row: nine small receivers, one of which saves another row."""
    with connection.schema_editor() as editor:
        editor.create_model(Stock)
        editor.create_model(Order)
    order = Order.objects.create(number="N-1", stock=Stock.objects.create(left=9))
    held = connect_small_receivers()

    def timed(count: int) -> int:
        assert held
        began = clock()
        for _ in repeat(None, count):
            order.save()
        return clock() - began

    return timed


def asking() -> Timed:
    """A dispatch to a receiver that runs one query."""
    with connection.schema_editor() as editor:
        editor.create_model(Stock)
    Stock.objects.create(left=9)
    signal = ModelSignal(use_caching=True)

    def ask(sender: Any, **kwargs: Any) -> None:
        Stock.objects.get(pk=1)

    signal.connect(ask, sender=Order)
    return sending(signal, ask)


def committing() -> Timed:
    """``Model.save()`` in a block that commits; a receiver leaves a callback for then."""
    save = saving()

    def remind(sender: Any, **kwargs: Any) -> None:
        transaction.on_commit(int)

    post_save.connect(remind, sender=Order)

    def timed(count: int) -> int:
        assert remind
        began = clock()
        for _ in repeat(None, count):
            with transaction.atomic():
                save(1)
        return clock() - began

    return timed


def updating() -> Timed:
    """``QuerySet.update`` of a row whose ``save()`` would have called eight receivers."""
    save = saving()
    orders = Order.objects.filter(pk=1)

    def timed(count: int) -> int:
        assert save
        began = clock()
        for _ in repeat(None, count):
            orders.update(paid=True)
        return clock() - began

    return timed


def connect_small_receivers() -> list[Any]:
    """Three on an order's pre_save, five on its post_save, one on the stock's."""
    seen: dict[str, int] = {"orders": 0, "changes": 0}

    def number(sender: Any, instance: Order, **kwargs: Any) -> None:
        instance.number = instance.number.strip().upper()

    def total(sender: Any, instance: Order, **kwargs: Any) -> None:
        instance.total = max(instance.total, 0)

    def paid(sender: Any, instance: Order, raw: bool, **kwargs: Any) -> None:
        if not raw and instance.total == 0:
            instance.paid = True

    def count_orders(sender: Any, created: bool, **kwargs: Any) -> None:
        if created:
            seen["orders"] += 1

    def count_changes(sender: Any, created: bool, **kwargs: Any) -> None:
        if not created:
            seen["changes"] += 1

    def take_from_stock(sender: Any, instance: Order, **kwargs: Any) -> None:
        instance.stock.left += 1
        instance.stock.save()

    def remember(sender: Any, instance: Order, using: str, **kwargs: Any) -> None:
        seen[using] = instance.pk

    def skip_partial(sender: Any, update_fields: Any, **kwargs: Any) -> bool:
        return update_fields is not None

    def stock_changed(sender: Any, instance: Stock, **kwargs: Any) -> None:
        seen["left"] = instance.left

    before = [number, total, paid]
    after = [count_orders, count_changes, take_from_stock, remember, skip_partial]
    for receiver in before:
        pre_save.connect(receiver, sender=Order)
    for receiver in after:
        post_save.connect(receiver, sender=Order)
    post_save.connect(stock_changed, sender=Stock)
    return [*before, *after, stock_changed]


def asending() -> Timed:
    """``asend`` to three async receivers that do nothing, on one event loop."""
    signal = Signal()

    def receiver() -> Callable[..., Any]:
        async def noop(sender: Any, **kwargs: Any) -> None:
            pass

        return noop

    held = [receiver() for _ in range(3)]
    for each in held:
        signal.connect(each)
    runner = asyncio.Runner()

    async def send(count: int) -> int:
        began = clock()
        for _ in repeat(None, count):
            await signal.asend(sender=Order, order=5)
        return clock() - began

    def timed(count: int) -> int:
        assert held
        return runner.run(send(count))

    return timed


NONE = {"arguments": "none"}
WORKLOADS = {
    each.name: each
    for each in (
        Workload("no_receiver", "no receiver", lambda: sending(ModelSignal(use_caching=True)), 8000, 1.00),
        Workload("other_sender", "none for this sender", to_other_sender, 4000, 1.00),
        Workload("one", "one no-op receiver", lambda: to_noops(1), 2400, 1.85),
        Workload("five", "five no-op receivers", lambda: to_noops(5), 1500, 1.40),
        Workload("five_without_arguments", 'five, arguments="none"', lambda: to_noops(5), 1500, None, NONE),
        Workload("five_of_ones_own", "five, a signal of one's own", to_noops_of_ones_own, 1500),
        Workload("save", "Model.save(), nine receivers", saving, 100, 1.15),
        Workload("save_without_probes", "the same without probes", saving, 100, 1.10, {"probes": ()}),
        *(
            Workload(f"save_{probe}", f"the same with {probe} alone", saving, 100, None, {"probes": (probe,)})
            for probe in ("queries", "transactions", "outgoing", "bypasses", "fields")
        ),
        Workload("query", "a receiver with one query", asking, 200),
        Workload("atomic", "Model.save() in atomic, with on_commit", committing, 100),
        Workload("update", "QuerySet.update() past eight receivers", updating, 200),
        Workload("asend", "asend to three", asending, 60, 2.10),
    )
}
