"""Objects that do harm when they are looked at, and count how often they were."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any

from asgiref.sync import markcoroutinefunction

from tests.capture.kinds import Failure
from tests.testapp.models import Author

ACTS: dict[str, Callable[[str], Any]] = {}


def act(function: Callable[[str], Any]) -> Callable[[str], Any]:
    """One of the things a spy does when it is looked at."""
    ACTS[function.__name__] = function
    return function


class Endless(BaseException):
    """Raised in the place of a loop without end. Not an Exception, so that nobody swallows it."""


@act
def raises(name: str) -> Any:
    raise Failure(name)


@act
def never_returns(name: str) -> Any:
    raise Endless(name)


@act
def lies(name: str) -> Any:
    return {"__class__": str, "__hash__": 7, "__eq__": True, "__bool__": False, "__len__": 10**9}.get(
        name, "lie"
    )


@act
def queries(name: str) -> Any:
    Author.objects.count()
    return lies(name)


class Spy:
    """Makes classes whose methods tell it that they were called, and then do harm; only while ``armed``."""

    def __init__(self, harm: str) -> None:
        self.harm = ACTS[harm]
        self.armed = False
        self.asked: Counter[str] = Counter()

    def method(self, name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
        """One method; ``otherwise`` is what it does while the spy is not armed."""

        def method(*args: Any, **named: Any) -> Any:
            if not self.armed:
                return otherwise(*args, **named)
            self.asked[name] += 1
            return self.harm(name)

        return method

    def namespace(self, base: type) -> dict[str, Any]:
        """The methods and properties of a class of spies."""
        plain: dict[str, Callable[..., Any]] = {
            "__getattribute__": base.__getattribute__,
            "__getattr__": no_attribute,
            "__hash__": id,
            "__eq__": lambda one, other: one is other,
            "__repr__": lambda one: "a spy",
            "__str__": lambda one: "a spy",
            "__bool__": lambda one: True,
            "__dir__": lambda one: [],
            "__format__": lambda one, form: "a spy",
            "__reduce_ex__": lambda one, version: "a spy",
            "__instancecheck__": lambda one, other: False,
            "__subclasscheck__": lambda one, other: False,
        }
        if not issubclass(base, (type, str, BaseException)):
            plain |= {"__len__": lambda one: 1, "__iter__": lambda one: iter(()), "__index__": lambda one: 1}
        if issubclass(base, type):
            plain["mro"] = type.mro
        found = {name: self.method(name, otherwise) for name, otherwise in plain.items()}
        if not issubclass(base, type):
            found["__class__"] = property(self.method("__class__", type))
            for name in ("__wrapped__", "__name__", "__code__", "__func__", "__self__",
                         "func", "_meta", "pk", "__defaults__", "_wrapped", "__file__"):  # fmt: skip
                found[name] = property(self.method(name, no_attribute))
        return found

    def class_(self, base: type = object, meta: type = type, **more: Any) -> Any:
        """A class of spies."""
        return meta("Harmful", (base,), {**self.namespace(base), "__slots__": (), **more} if base is str
                    else {**self.namespace(base), **more})  # fmt: skip

    def text(self, value: str) -> Any:
        """A str that is a spy."""
        return self.class_(str)(value)


def no_attribute(*args: Any) -> Any:
    """As an attribute that is not there."""
    raise AttributeError("no such attribute")


def receivers(spy: Spy) -> dict[str, Any]:
    """Receivers that are spies, have spies inside, or are named by spies."""

    def heard(self: Any, **named: Any) -> str:
        return "heard"

    def fails(self: Any, **named: Any) -> str:
        raise Failure("failed")

    async def later(self: Any, **named: Any) -> str:
        return "heard later"

    harmful = spy.class_(__call__=heard, receive=heard, wait=later)
    by_meta = spy.class_(type)("ByMeta", (), {"__call__": heard, "__init__": lambda self, **named: None})
    part = spy.class_(functools.partial, func=vars(functools.partial)["func"])
    own_dict = {"__dict__": property(spy.method("__dict__", no_attribute)), "__call__": heard}
    instance, waiting = harmful(), spy.class_(__call__=later)()

    def functions() -> list[Any]:
        def one(**named: Any) -> str:
            return "heard"

        def two(**named: Any) -> str:
            return "heard too"

        def three(**named: Any) -> str:
            return "heard as well"

        return [one, two, three]

    (itself, one, two), (named, wrapping, other) = functions(), functions()
    itself.__wrapped__ = itself
    one.__wrapped__, two.__wrapped__ = two, one
    named.__module__, named.__qualname__, named.__name__ = harmful(), spy.text("named"), spy.text("named")
    named.__doc__, named.__defaults__ = harmful(), None
    wrapping.__wrapped__ = harmful()
    other.__dict__[spy.text("__wrapped__")] = harmful()
    return {
        "an object": instance,
        "a method": instance.receive,
        "an async method": instance.wait,
        "an async object": markcoroutinefunction(waiting),
        "a partial": functools.partial(instance, extra=1),
        "a partial of its own class": part(one),
        "a class": by_meta,
        "an instance by metaclass": by_meta(),
        "one that raises": spy.class_(__call__=fails)(),
        "wraps itself": itself,
        "in a circle": one,
        "named by spies": named,
        "wraps a spy": wrapping,
        "with a spy among its attributes": other,
        "with a dict of its own": type("OwnDict", (), own_dict)(),
    }
