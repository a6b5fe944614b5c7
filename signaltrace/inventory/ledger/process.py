"""The process's ledger, stage *inventory*: Signal's methods swapped and put back, and what is told of it.

Swapped on the class, and on ModelSignal, which may put a call off: a subclass that overrides them comes here
by ``super()``. Where another tool has patched over ours its patch stays, and ours only passes the call on.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db.models.signals import ModelSignal

from signaltrace.history import History
from signaltrace.internals import django_signal_class
from signaltrace.inventory.ledger import advice
from signaltrace.inventory.ledger.attempts import CONNECT, DISCONNECT
from signaltrace.inventory.ledger.keeper import Keeper
from signaltrace.inventory.ledger.sites import caller
from signaltrace.labels.signals import SignalNames

LIMIT = 10_000
"""Events that are over and kept; as many connections that stand are watched."""

_lock = threading.RLock()
_keeper: Keeper | None = None
_replaced: list[tuple[type, str, Any, Any]] = []


def begin(how: str, clock: Callable[[], int] = time.perf_counter_ns, limit: int = LIMIT) -> bool:
    """Watch from now on; ``how`` says who asked. False where there is a ledger already: it goes on.

    Never raises: what cannot be patched is not watched.
    """
    global _keeper
    with _lock:
        if _keeper is not None:
            return False
        keeper = Keeper(how, clock, limit, advice.missing())
        try:
            for action in (CONNECT, DISCONNECT):
                _swap(django_signal_class(), action, _watched(keeper, action, django_signal_class()))
                _swap(ModelSignal, action, _watched_lazy(keeper, action))
        except Exception as fault:  # noqa: BLE001 - a program that can't be watched is to run all the same
            keeper.book.fault("patching", fault)
        _keeper = keeper
        return True


def end() -> None:
    """Put back what is still ours to put back. Harmless where there is no ledger."""
    global _keeper
    with _lock:
        keeper, _keeper = _keeper, None
        if keeper is not None:
            keeper.off = True
        for owner, name, original, method in reversed(_replaced):
            if vars(owner).get(name) is method:
                setattr(owner, name, original)
        _replaced.clear()


def is_on() -> bool:
    """Whether there is a ledger."""
    return _keeper is not None


def history(names: SignalNames | None = None) -> History:
    """What became of each connection so far. ``names``: an index of signals that is kept."""
    keeper = _keeper
    if keeper is None:
        return History(advice=advice.how_to_turn_on())
    names = SignalNames() if names is None else names
    names.refresh()
    events = keeper.book.events(names)
    return History(
        on=True,
        complete=not keeper.missing,
        advice=keeper.missing,
        events=events,
        dropped=keeper.book.dropped,
        faults=keeper.book.faults(),
        how=keeper.how,
    )


def _swap(owner: type, name: str, method: Any) -> None:
    original = vars(owner)[name]
    functools.update_wrapper(method, original)
    setattr(owner, name, method)
    _replaced.append((owner, name, original, method))


def _watched(keeper: Keeper, action: str, owner: type) -> Any:
    original = vars(owner)[action]

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        if keeper.off:
            return original(self, *args, **kwargs)
        attempt = keeper.before(action, self, args, kwargs, caller(1))
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            if attempt is not None:
                keeper.raised(attempt, error)
            raise
        if attempt is not None:
            keeper.after(attempt, result)
        return result

    return watched


def _watched_lazy(keeper: Keeper, action: str) -> Any:
    original = vars(ModelSignal)[action]

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        if keeper.off:
            return original(self, *args, **kwargs)
        calls = keeper.before_lazy(action, self, args, kwargs, caller(1))
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            if calls is not None:
                keeper.after_lazy(calls, error)
            raise
        if calls is not None:
            keeper.after_lazy(calls, None)
        return result

    return watched


def _after_fork_in_child() -> None:
    """A child goes on with the history it got; a lock that another thread held then is nobody's now."""
    global _lock
    _lock = threading.RLock()
    if _keeper is not None:
        _keeper.book.lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork_in_child)
