"""Receivers that only DEBUG keeps alive are told from all those that somebody holds."""

from __future__ import annotations

import functools
import gc
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.dispatch import Signal
from django.test import override_settings
from django.utils import inspect as django_inspect

from signaltrace.connections import ConnectedSignal
from signaltrace.inventory.kept import kept_by_debug

Read = Callable[[], ConnectedSignal]


@pytest.fixture(autouse=True)
def _debug() -> Iterator[None]:
    """As in development, with nothing in Django's cache afterwards."""
    with override_settings(DEBUG=True):
        yield
    django_inspect._get_func_parameters.cache_clear()


def function(**kwargs: Any) -> None:
    pass


class Object:
    def __call__(self, **kwargs: Any) -> None:
        pass

    def method(self, **kwargs: Any) -> None:
        pass


class Ring(Object):
    """Holds itself: only a collection would end it."""

    def __init__(self) -> None:
        self.me = {"ring": [self]}


def local() -> Any:
    def inner(**kwargs: Any) -> None:
        pass

    return inner


def recursive() -> Any:
    def inner(**kwargs: Any) -> Any:
        return inner

    return inner


def replaced() -> Any:
    """A module's function whose name a second definition takes."""
    namespace: dict[str, Any] = {"__name__": __name__}
    exec("def receiver(**kwargs): pass", namespace)
    first = namespace["receiver"]
    exec("def receiver(**kwargs): pass", namespace)
    return first


MADE: dict[str, Callable[[], Any]] = {
    "local": local,
    "replaced": replaced,
    "recursive": recursive,
    "lambda": lambda: lambda **kwargs: None,
    "partial": lambda: functools.partial(function),
    "object": Object,
    "ring": Ring,
    "decorated": lambda: functools.wraps(local())(lambda **kwargs: None),
}


def kept(read: Read) -> list[bool]:
    return [each.kept_by_debug for each in read().connections]


@pytest.mark.parametrize("kind", MADE)
def test_what_nobody_holds_but_djangos_cache(signal: Signal, read: Read, kind: str) -> None:
    """It runs in development, and is gone in production."""
    signal.connect(MADE[kind]())
    signal.connect(MADE[kind](), sender=Object)
    assert kept(read) == [True, True]
    django_inspect._get_func_parameters.cache_clear()
    gc.collect()
    assert [each.alive for each in read().connections] == [False, False]


@pytest.mark.parametrize("kind", MADE)
def test_what_a_variable_holds(signal: Signal, kind: str) -> None:
    """Even one of a function that runs, which the garbage collector does not know."""
    receiver = MADE[kind]()
    signal.connect(receiver)
    assert kept_by_debug([signal]) == set()
    assert receiver is not None


HOLDERS: dict[str, Callable[[Any], Any]] = {
    "list": lambda receiver: [receiver],
    "dict in a list": lambda receiver: [{"receiver": receiver}],
    "attribute": lambda receiver: types.SimpleNamespace(receiver=receiver),
    "slot of a class": lambda receiver: type("Holder", (), {"receiver": receiver}),
    "closure": lambda receiver: lambda: receiver,
    "method": lambda receiver: types.MethodType(lambda self: None, receiver),
    "partial": lambda receiver: functools.partial(receiver),
}


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("kind", ["local", "recursive", "object", "ring"])
def test_what_something_else_holds(signal: Signal, kind: str, holder: str) -> None:
    """However far away it is held."""
    receiver = MADE[kind]()
    signal.connect(receiver)
    held = HOLDERS[holder](receiver)
    del receiver
    assert kept_by_debug([signal]) == set()
    del held
    gc.collect()  # a class holds itself
    assert len(kept_by_debug([signal])) == 1


def test_a_modules_own(signal: Signal, read: Read) -> None:
    """Functions, and objects under a name."""
    module = sys.modules["zz_inventory.signals"]
    module.recorder = Object()  # type: ignore[attr-defined]
    signal.connect(module.recorder)
    signal.connect(function)
    signal.connect(module.recorder.method)
    assert kept(read) == [False, False, False]


def test_held_by_the_signal_itself(signal: Signal, read: Read) -> None:
    """What is connected with weak=False lives in production, too."""
    signal.connect(local(), weak=False)
    assert kept(read) == [False]


def test_a_method_of_a_temporary_is_not_kept(signal: Signal, read: Read) -> None:
    """Django asks for the signature of its function: the object goes, DEBUG or not."""
    signal.connect(Object().method)
    assert [(each.alive, each.kept_by_debug) for each in read().connections] in ([], [(False, False)])


@override_settings(DEBUG=False)
def test_without_debug_there_is_nothing_to_find(signal: Signal, read: Read) -> None:
    """What lives is held."""
    receiver = local()
    signal.connect(receiver)
    assert kept(read) == [False]


def test_many_that_are_held_are_quickly_told(signal: Signal, read: Read) -> None:
    """The search is bounded: where it ends, nothing is claimed."""
    held = [recursive() for _ in range(60)]
    for each in held:
        signal.connect(each)
    del each
    assert kept(read) == [False] * 60
