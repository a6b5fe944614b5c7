"""Programs of connects and disconnects by a seed, and a log of all that such a program can see of them."""

from __future__ import annotations

import gc
import random
import weakref
from functools import partial
from typing import Any

from django.apps import apps
from django.db.models.signals import ModelSignal
from django.dispatch import Signal

from tests.testapp.models import Author, Book, ProxyBook

UIDS: tuple[Any, ...] = (None, None, None, "", "one", "two", ("one", 2), Author)
LAZY = ("testapp.Book", "testapp.Author", "testapp.Nowhere", "no label")
STEPS = 60


class Passing(Signal):
    """Overrides both methods and passes them on."""

    def connect(self, receiver: Any, sender: Any = None, weak: bool = True, dispatch_uid: Any = None) -> Any:
        return super().connect(receiver, sender=sender, weak=weak, dispatch_uid=dispatch_uid)

    def disconnect(self, *args: Any, **kwargs: Any) -> Any:
        return super().disconnect(*args, **kwargs)


class Called:
    """A callable object, and the owner of methods."""

    def __call__(self, **kwargs: Any) -> None:
        pass

    def method(self, **kwargs: Any) -> None:
        pass


class Rigid:
    """Cannot be referred to weakly."""

    __slots__ = ()

    def __call__(self, **kwargs: Any) -> None:
        pass


def of_module(**kwargs: Any) -> None:
    pass


async def asynchronous(**kwargs: Any) -> None:
    pass


def make(kind: str) -> Any:
    """A receiver that nothing else holds, but for those of the module."""

    def local(**kwargs: Any) -> None:
        pass

    made: dict[str, Any] = {
        "module": of_module,
        "async": asynchronous,
        "local": local,
        "lambda": lambda **kwargs: None,
        "partial": partial(of_module, extra=1),
        "object": Called(),
        "method": Called().method,
        "class": Called,
        "rigid": Rigid(),
        "none": None,
        "number": 5,
    }
    return made[kind]


KINDS = (
    "module", "async", "local", "local", "lambda", "partial", "object", "method", "method", "class",
    "rigid", "none", "number",
)  # fmt: skip


class Program:
    """One run. ``log`` holds names, results and exceptions, and who was there after each step."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.signals: list[Any] = [
            Signal(),
            Signal(use_caching=True),
            ModelSignal(use_caching=True),
            Passing(),
        ]
        self.log: list[Any] = []
        self._slots: dict[int, Any] = {}
        self._watched: list[Any] = []
        self._paused: list[tuple[Any, list[Any]]] = []
        self._sender = Called()
        self._names: dict[int, str] = {}

    def run(self) -> list[Any]:
        """All steps; what the program held is let go of at the end, and the log goes on until then."""
        for number in range(STEPS):
            action = self._random.choice(
                [self._connect] * 8
                + [self._disconnect] * 4
                + [self._drop, self._collect, self._mute, self._send]
            )
            self.log.append((number, action.__name__))
            try:
                self.log.append(action())
            except Exception as error:
                self.log.append((type(error).__name__, str(error).partition(" at 0x")[0]))
            self.log.append([self._standing(each) for each in self.signals])
        while self._paused:
            self._restore()
        return self.log

    def _connect(self) -> Any:
        slot = self._random.randrange(8)
        if slot not in self._slots or self._random.random() < 0.3:
            self._slots[slot] = self._make(slot)
        signal = self._random.choice(self.signals)
        more = {"weak": self._random.random() < 0.7, "dispatch_uid": self._random.choice(UIDS)}
        receiver = self._slots[slot]
        if self._random.random() < 0.15:
            receiver = self._make(slot)  # nobody's but the signal's
        if self._random.random() < 0.05:
            more["no_such"] = 1
        return signal.connect(receiver, self._any_sender(signal), **more)

    def _disconnect(self) -> Any:
        slot = self._random.randrange(8)
        receiver = self._slots.get(slot)
        signal = self._random.choice(self.signals)
        uid = self._random.choice(UIDS)
        return signal.disconnect(receiver, sender=self._any_sender(signal), dispatch_uid=uid)

    def _drop(self) -> None:
        self._slots.pop(self._random.randrange(8), None)

    def _collect(self) -> None:
        gc.collect(0)

    def _mute(self) -> None:
        if self._paused and self._random.random() < 0.7:
            self._restore()
            return
        signal = self._random.choice(self.signals)
        self._paused.append((signal, signal.receivers))
        signal.receivers = []

    def _restore(self) -> None:
        signal, receivers = self._paused.pop()
        signal.receivers = receivers + signal.receivers
        signal.sender_receivers_cache.clear()

    def _send(self) -> Any:
        signal = self._random.choice(self.signals)
        sync, _ = signal._live_receivers(self._random.choice([Author, Book, self._sender]))
        return [self._name(each) for each in sync]

    def _any_sender(self, signal: Any) -> Any:
        choices: list[Any] = [None, None, Author, Book, ProxyBook, self._sender, "text"]
        if isinstance(signal, ModelSignal):
            choices += LAZY
        return self._random.choice(choices)

    def _make(self, slot: int) -> Any:
        receiver = make(self._random.choice(KINDS))
        name = f"{slot}.{len(self._watched)}"
        owner = getattr(receiver, "__self__", receiver)
        try:
            self._watched.append(weakref.ref(owner, lambda _: self.log.append(("died", name))))
        except TypeError:
            self._watched.append(None)
        return receiver

    def _standing(self, signal: Any) -> list[Any]:
        """Its entries but for their addresses."""
        return [
            (
                key[0] if not isinstance(key[0], int | tuple) or key[0] == ("one", 2) else "",
                type(held).__name__,
                self._name(held() if isinstance(held, weakref.ref) else held),
                *[each if isinstance(each, bool) else type(each).__name__ for each in more],
            )
            for key, held, *more in signal.receivers
        ]

    def _name(self, receiver: Any) -> str:
        return getattr(receiver, "__qualname__", type(receiver).__name__)


def pending() -> int:
    """How many calls wait for the models that never come."""
    return len(apps._pending_operations.get(("testapp", "nowhere"), ()))  # type: ignore[attr-defined]


def forget_pending() -> None:
    """As if there had been none."""
    apps._pending_operations.pop(("testapp", "nowhere"), None)  # type: ignore[attr-defined]
