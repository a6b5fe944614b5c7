"""What a connection tells of its receiver: kind, module, qualname, and what Django asks of it."""

from __future__ import annotations

import functools
import gc
import inspect
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from django.dispatch import Signal
from django.utils.inspect import func_accepts_kwargs

from signaltrace.connections import ConnectedSignal
from signaltrace.inventory.keywords import accepts_kwargs
from signaltrace.inventory.traits import has_qualname, traits_of
from tests.labels.strangers import KINDS, Woken, stranger

ME = __name__


def function(sender: Any, **kwargs: Any) -> None:
    pass


def narrow(sender: Any, *args: Any) -> None:
    pass


async def asynchronous(**kwargs: Any) -> None:
    pass


def decorated(wrapped: Any) -> Any:
    @functools.wraps(wrapped)
    def wrapper(*args: Any) -> None:
        pass

    return wrapper


def undecorated(wrapped: Any) -> Any:
    def wrapper(**kwargs: Any) -> None:
        pass

    return wrapper


wrapped = decorated(function)
wrapped_narrow = decorated(narrow)


class Object:
    def __call__(self, **kwargs: Any) -> None:
        pass

    def method(self, **kwargs: Any) -> None:
        pass

    def narrow(self, sender: Any) -> None:
        pass

    @classmethod
    def of_class(cls, **kwargs: Any) -> None:
        pass

    @staticmethod
    def static(sender: Any) -> None:
        pass


class Heir(Object):
    def __call__(self, sender: Any) -> None:  # type: ignore[override]
        pass


class Static:
    @staticmethod
    def __call__(sender: Any, **kwargs: Any) -> None:
        pass


class Made:
    def __init__(self, **kwargs: Any) -> None:
        pass


class New:
    def __new__(cls, sender: Any) -> New:
        return super().__new__(cls)


class Both(Made):
    def __new__(cls, sender: Any) -> Both:
        return super().__new__(cls)


class Bare:
    pass


class Wrapping:
    """As a task is: an object in the place of the function it wraps."""

    def __init__(self, inner: Any) -> None:
        functools.update_wrapper(self, inner)

    def __call__(self) -> None:
        pass


class Open:
    """Which attributes it has, only its own code can tell."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __call__(self, sender: Any) -> None:
        pass


def signed(parameters: str) -> Any:
    def inner(**kwargs: Any) -> None:
        pass

    space: dict[str, Any] = {}
    exec(f"def sample({parameters}): pass", space)
    inner.__signature__ = inspect.signature(space["sample"])  # type: ignore[attr-defined]
    return inner


def named_partial() -> Any:
    return functools.update_wrapper(functools.partial(function), function)


def local() -> Any:
    def inner(**kwargs: Any) -> None:
        pass

    return inner


IN_LOCAL = "local.<locals>.inner"
RECEIVERS: dict[str, tuple[Callable[[], Any], tuple[str, str, str]]] = {
    "function": (lambda: function, ("function", ME, "function")),
    "narrow": (lambda: narrow, ("function", ME, "narrow")),
    "async": (lambda: asynchronous, ("function", ME, "asynchronous")),
    "wrapped": (lambda: wrapped, ("function", ME, "function")),
    "wrapped narrow": (lambda: wrapped_narrow, ("function", ME, "narrow")),
    "undecorated": (
        lambda: undecorated(narrow),
        ("local function", ME, "undecorated.<locals>.wrapper"),
    ),
    "local": (local, ("local function", ME, IN_LOCAL)),
    "lambda": (lambda: lambda **kwargs: None, ("lambda", ME, "<lambda>.<locals>.<lambda>")),
    "partial": (lambda: functools.partial(function, 1), ("partial", ME, "function")),
    "partial of narrow": (lambda: functools.partial(narrow), ("partial", ME, "narrow")),
    "partial of a method": (lambda: functools.partial(Object().method), ("partial", ME, "Object.method")),
    "partial of an object": (lambda: functools.partial(Object()), ("partial", ME, "Object")),
    "named partial": (named_partial, ("partial", ME, "function")),
    "method": (lambda: Object().method, ("method", ME, "Object.method")),
    "inherited method": (lambda: Heir().method, ("method", ME, "Object.method")),
    "narrow method": (lambda: Object().narrow, ("method", ME, "Object.narrow")),
    "class method": (lambda: Object.of_class, ("method", ME, "Object.of_class")),
    "static method": (lambda: Object.static, ("function", ME, "Object.static")),
    "object": (Object, ("callable object", ME, "Object")),
    "narrow object": (Heir, ("callable object", ME, "Heir")),
    "static object": (Static, ("callable object", ME, "Static")),
    "wrapping object": (lambda: Wrapping(function), ("callable object", ME, "function")),
    "wrapping a narrow one": (lambda: Wrapping(narrow), ("callable object", ME, "narrow")),
    "class with init": (lambda: Made, ("class", ME, "Made")),
    "class with new": (lambda: New, ("class", ME, "New")),
    "class with both": (lambda: Both, ("class", ME, "Both")),
    "bare class": (lambda: Bare, ("class", ME, "Bare")),
    "signature with": (lambda: signed("a, **more"), ("local function", ME, "signed.<locals>.inner")),
    "signature without": (lambda: signed("a"), ("local function", ME, "signed.<locals>.inner")),
    "method of an object": (
        lambda: type(Object().method)(Heir(), Object()),
        ("method", ME, "Heir"),
    ),
}


@pytest.mark.parametrize("name", RECEIVERS)
def test_kind_module_and_qualname(name: str) -> None:
    """Of a method or a partial they are the function's, of an object its class's."""
    make, expected = RECEIVERS[name]
    found = traits_of(make())
    assert (found.kind, found.module, found.qualname) == expected


@pytest.mark.parametrize("name", RECEIVERS)
def test_whether_it_accepts_kwargs_is_what_django_says(name: str) -> None:
    """Without asking Django, whose cache would hold it."""
    make, _ = RECEIVERS[name]
    assert accepts_kwargs(make()) == func_accepts_kwargs(make())


@pytest.mark.parametrize("name", RECEIVERS)
def test_whether_it_has_a_qualname_is_what_send_robust_finds(name: str) -> None:
    """One without makes send_robust itself raise."""
    make, _ = RECEIVERS[name]
    assert has_qualname(make()) == hasattr(make(), "__qualname__")


@pytest.mark.parametrize("make", [Open, lambda: print, lambda: [].append], ids=["open", "builtin", "bound"])
def test_what_cannot_be_told_is_not_claimed(make: Callable[[], Any]) -> None:
    """A rule that fires on what is False has nothing to fire on."""
    found = traits_of(make())
    assert (found.has_qualname, found.accepts_kwargs) == (True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_are_not_asked(kind: str) -> None:
    """Their attributes are looked at where no code of theirs runs."""
    try:
        traits_of(stranger(kind))
    except Woken:
        pytest.fail("user code ran")


@pytest.mark.parametrize("name", RECEIVERS)
def test_looking_keeps_nothing_alive(name: str) -> None:
    """The receiver may go as soon as its owner lets it."""
    make, _ = RECEIVERS[name]
    receiver = make()
    traits_of(receiver)
    owner = getattr(receiver, "__self__", receiver)
    end = weakref.ref(owner)
    del receiver, owner
    gc.collect()
    named = name in (
        "function",
        "narrow",
        "async",
        "wrapped",
        "wrapped narrow",
        "class method",
        "static method",
    )
    assert (end() is None) == (not named and not isinstance(make(), type))


def test_the_inventory_has_them(signal: Signal, read: Callable[[], ConnectedSignal]) -> None:
    """Of a dead connection what is left, which may be nothing."""
    signal.connect(narrow)
    keep = functools.partial(function)
    signal.connect(keep)
    signal.connect(Object().method)
    signal.connect(lambda **kwargs: None)
    found = [
        (each.kind, each.module, each.qualname, each.has_qualname, each.accepts_kwargs, each.alive)
        for each in read().connections
        if each.alive
    ]
    assert found == [
        ("function", ME, "narrow", True, False, True),
        ("partial", ME, "function", False, True, True),
    ]
    dead = [(each.kind, each.qualname) for each in read().connections if not each.alive]
    assert set(dead) <= {("", ""), ("method", "Object.method")}


def test_of_a_dead_method_it_is_known_that_it_was_one(
    signal: Signal, read: Callable[[], ConnectedSignal]
) -> None:
    """Its function lives on in the class."""
    signal.connect(Object().method)
    assert [(each.alive, each.kind) for each in read().connections] == [(False, "method")]
