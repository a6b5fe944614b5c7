"""Programs that between them make capture run every function it has, each writing down what it sees."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import os
import threading
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

from asgiref.sync import markcoroutinefunction, sync_to_async
from django.db import connection, transaction
from django.dispatch import Signal

from signaltrace.capture.probes import default_probes
from tests.capture.faulty_kinds import a_model, act_on, program
from tests.capture.kinds import Failure
from tests.capture.observing import METHODS, SYNC_METHODS, Notes, outcome
from tests.testapp.models import Book


class Paper(Enum):
    """What is sent may be a member of an enum."""

    BROWN = "brown"


def own_classes() -> list[type[Signal]]:
    """Subclasses with ways of their own, made anew for each run: all of them come after the recording."""

    class Own(Signal):
        """Loops itself, in one method and in another that copies first."""

        def send_own(self, sender: Any, **named: Any) -> Any:
            sync, later = self._live_receivers(sender)
            return [receiver(signal=self, sender=sender, **named) for receiver in sync + later[:0]]

        def send_copied(self, sender: Any, **named: Any) -> Any:
            sync, later = self._live_receivers(sender)
            return [each(signal=self, sender=sender, **named) for each in list(sync)] and len(later)

    class Filtering(Own):
        """Leaves receivers out."""

        def _live_receivers(self, sender: Any) -> Any:
            sync, later = super()._live_receivers(sender)
            return sync[:2], later

        def _log_robust_failure(self, receiver: Any, err: Any) -> None:
            super()._log_robust_failure(receiver, err)

    class Unseen(Signal):
        """Reads its receivers itself."""

        def send_unseen(self) -> int:
            return len(self.receivers)

    return [Signal, Own, Filtering, Unseen]


class Kinds:
    """The receivers of one run."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.leaf = notes.keep(Signal(), "leaf")
        self.leaf.connect(act_on(notes, "leaf"), weak=False)

    def receive(self, **kwargs: Any) -> Any:
        """A method that sends."""
        self.notes.add("receive", sorted(kwargs))
        return len(self.leaf.send(None)) + len(self.leaf.send_robust(Notes, thing=self))

    async def areceive(self, **kwargs: Any) -> Any:
        """An async method that sends."""
        self.notes.add("areceive", sorted(kwargs))
        await asyncio.sleep(0)
        return len(await self.leaf.asend(Notes, thing=self))

    def fail(self, **kwargs: Any) -> Any:
        """A method that raises something with an object in it."""
        raise Failure("failed", self)

    async def answer(self, **kwargs: Any) -> Any:
        """An async method that is over at once, so that nothing can cut it short."""
        self.notes.add("answer", sorted(kwargs))

    async def afail(self, **kwargs: Any) -> Any:
        """An async one."""
        raise Failure("failed later", 1)


class Partial(partial[Any]):
    """Shown alike in each run."""

    def __repr__(self) -> str:
        return "Partial()"


@program()
def sending(notes: Notes) -> None:
    """Every method of every class, heard by receivers that answer, raise, nest and wait."""
    kinds = Kinds(notes)
    mixes = (
        (), (kinds.receive,), (kinds.receive, kinds.areceive), (kinds.fail, kinds.receive),
        (kinds.answer, kinds.afail),
    )  # fmt: skip
    signals = []
    for kind in own_classes()[:3]:
        for mix in mixes:
            signal = notes.keep(kind(use_caching=True), "signal")
            for each in mix:
                signal.connect(each)
            signals.append((kind, signal))

    async def asynchronously() -> None:
        for _, signal in signals:
            for method in METHODS[2:]:
                notes.add(method, await later(notes, getattr(signal, method)(Notes, one=1, thing=notes)))

    for kind, signal in signals:
        own = () if kind is Signal else ("send_own", "send_copied")
        for method in (*SYNC_METHODS, *own):
            notes.add(method, outcome(notes, partial(getattr(signal, method), Notes, one=1, thing=notes)))
    asyncio.run(asynchronously())


async def later(notes: Notes, awaitable: Any) -> Any:
    """What an awaitable gives or raises, in names."""
    try:
        result = await awaitable
    except BaseException as error:
        return outcome(notes, partial(again, error))
    return outcome(notes, lambda: result)


def again(error: BaseException) -> Any:
    """Raise it once more."""
    raise error


@program(probes=None)
def odd_calls(notes: Notes) -> None:
    """Odd keywords, odd senders, a save's keywords, looking without sending, several threads."""
    signal = notes.keep(Signal(), "signal")
    kinds = Kinds(notes)
    for each in (kinds.receive, act_on(notes, "plain"), Partial(act_on(notes, "partial"))):
        signal.connect(each, weak=False)
    saved = {"created": True, "update_fields": None, "raw": False, "using": "default"}
    for method in SYNC_METHODS:
        send = getattr(signal, method)
        notes.add("signal=", outcome(notes, partial(send, None, signal=1)))
        for sender in (None, "text", kinds, Book, [1], 5):
            notes.add("sender", outcome(notes, partial(send, sender)))
        for pk in (None, 5, "five", uuid.UUID(int=5), kinds):
            for more in (saved, {**saved, "using": "other"}):
                notes.add("saved", outcome(notes, partial(send, Book, instance=Book(pk=pk), **more)))
        before = {"raw": False, "using": "default", "update_fields": None}
        notes.add("pre", outcome(notes, partial(send, Book, instance=Book(pk=1), **before)))
        send(None, password="x", many={1, 2}, none=None, text="x" * 500, kind=Book, book=Book(pk=2), real=1.5)
        send(None, amount=Decimal("1.5"), at=datetime.now(UTC), how=Paper.BROWN)
    for kind in own_classes():
        notes.add("heard", kind().has_listeners(None), signal.has_listeners(None))
    for send in (signal.send, signal.send_robust):
        thread = threading.Thread(target=contextvars.Context().run, args=(send, None))
        thread.start()
        thread.join()


@program(orphaned=True)
def async_calls(notes: Notes) -> None:
    """Receivers that are only marked as async, cancelled ones, threads below them, and nobody to hear."""
    signal, kinds = notes.keep(Signal(), "signal"), Kinds(notes)
    unheard = notes.keep(Signal(), "unheard")

    async def wait(**kwargs: Any) -> Any:
        try:
            await asyncio.sleep(0)
            return await sync_to_async(kinds.receive)(**kwargs)
        finally:
            notes.add("waited", repr(asyncio.current_task())[:6])

    def marked(**kwargs: Any) -> Any:
        return wait(**kwargs)

    def future(**kwargs: Any) -> Any:
        return asyncio.ensure_future(wait(**kwargs))

    for each in (marked, future):
        signal.connect(markcoroutinefunction(each), weak=False)

    async def main() -> None:
        for method in METHODS[2:]:
            notes.add("unheard", await getattr(unheard, method)(None))
            notes.add("sent", await later(notes, getattr(signal, method)(None)))
            task = asyncio.ensure_future(getattr(signal, method)(None))
            await asyncio.sleep(0)
            task.cancel()
            notes.add("cancelled", await later(notes, task))
        for method in SYNC_METHODS:
            notes.add("inside a loop", outcome(notes, partial(getattr(kinds.leaf, method), "task")))

    asyncio.run(main())


@program(probes={"fields", "transactions"})
def collected(notes: Notes) -> None:
    """Receivers, senders, signals and classes that are gone after they were dispatched to, and of."""
    gc.freeze()  # only what is made from here on is looked through, which is quick
    try:
        for _ in range(2):
            signal, sender = Signal(), type("Sender", (), {})
            receive = act_on(notes, "short-lived")
            signal.connect(receive)
            signal.send(sender, thing=sender())
            signal.send(sender())
            signal.send(sender, instance=a_model()())
            del receive
            notes.add("gone", signal.send(sender))
            other = connection.copy()
            other.set_autocommit(False)
            other.connection.close()
            del signal, sender, other
            gc.collect()
    finally:
        gc.unfreeze()


@program(limit=100)
def crowded(notes: Notes) -> None:
    """More receivers than a row has room for (see the smaller figures the copy is given), and many rows."""
    kinds = Kinds(notes)
    for number in (1, 12):
        signal = notes.keep(Signal(), "signal")
        for _ in range(number):
            signal.connect(act_on(notes, "one of many"), weak=False)
        for _ in range(30):
            signal.send(None)
            signal.send_robust(None)
    signal.connect(kinds.fail)
    signal.connect(kinds.areceive)
    for method in SYNC_METHODS:
        notes.add("crowd", outcome(notes, partial(getattr(signal, method), None)))


@program(arguments="none", probes={*default_probes(), "fields"})
def forking(notes: Notes) -> None:
    """A child sends on its own, and tells over a pipe what it saw."""
    signal = notes.keep(Signal(), "signal")
    signal.connect(act_on(notes, "before"), weak=False)
    reader, writer = os.pipe()
    with transaction.atomic():  # open in the child, whose it is not
        signal.send(None)
        child = os.fork()
        if child == 0:
            status = 1
            with contextlib.suppress(BaseException):
                mine = Notes()
                signal.connect(act_on(mine, "in the child"), weak=False)
                told = outcome(mine, lambda: signal.send(None)), mine.entries
                os.write(writer, repr(told).encode())
                status = 0
            os._exit(status)
    os.close(writer)
    with open(reader, "rb") as file:
        notes.add("told", file.read())
    notes.add("ended", os.waitpid(child, 0)[1])
    signal.send(None)
