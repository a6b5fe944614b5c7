"""Receivers of every kind there is, each calling one function with its keywords."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tests.capture.observing import Notes, stack_depth

Act = Callable[[dict[str, Any]], Any]


class Failure(Exception):
    """What raising receivers raise."""


class Grave(BaseException):
    """An exception that robust sends do not catch."""


def act(notes: Notes, name: str, after: Callable[[], Any] | None = None, depth: bool = True) -> Act:
    """The body of a receiver: write down what it got and where it stands, then spoil its own keywords."""

    def body(kwargs: dict[str, Any]) -> Any:
        keywords = [(key, notes.name(value)) for key, value in kwargs.items()]
        notes.add(name, keywords, stack_depth() if depth else None)
        kwargs.clear()
        notes.awaited -= depth
        return after() if after else f"{name} was here"

    return body


def function(body: Act, notes: Notes) -> Any:
    def receive(**kwargs: Any) -> Any:
        return body(kwargs)

    return receive


def positional(body: Act, notes: Notes) -> Any:
    def receive(sender: Any, signal: Any, **kwargs: Any) -> Any:
        return body({"sender": sender, "signal": signal, **kwargs})

    return receive


def method(body: Act, notes: Notes) -> Any:
    class Owner:
        def receive(self, **kwargs: Any) -> Any:
            return body(kwargs)

    return notes.keep(Owner(), "owner").receive


def class_method(body: Act, notes: Notes) -> Any:
    class Owner:
        @classmethod
        def receive(cls, **kwargs: Any) -> Any:
            return body(kwargs)

    return notes.keep(Owner, "owner").receive


def static_method(body: Act, notes: Notes) -> Any:
    class Owner:
        @staticmethod
        def receive(**kwargs: Any) -> Any:
            return body(kwargs)

    return notes.keep(Owner, "owner").receive


def partial(body: Act, notes: Notes) -> Any:
    return functools.partial(function(body, notes), extra=1)


def callable_object(body: Act, notes: Notes) -> Any:
    class Owner:
        def __call__(self, **kwargs: Any) -> Any:
            return body(kwargs)

    return Owner()


def slotted(body: Act, notes: Notes) -> Any:
    class Owner:
        __slots__ = ("__weakref__",)

        def __call__(self, **kwargs: Any) -> Any:
            return body(kwargs)

    return Owner()


def without_weakref(body: Act, notes: Notes) -> Any:
    class Owner:
        __slots__ = ()

        def __call__(self, **kwargs: Any) -> Any:
            return body(kwargs)

    return Owner()


def equal_to_all(body: Act, notes: Notes) -> Any:
    """An object that says it equals everything, is empty and has no hash."""

    class Owner:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, **kwargs: Any) -> Any:
            return body(kwargs)

        def __eq__(self, other: object) -> bool:
            return True

        def __bool__(self) -> bool:
            return False

    return Owner()


def lambda_(body: Act, notes: Notes) -> Any:
    return lambda **kwargs: body(kwargs)


def decorated(body: Act, notes: Notes) -> Any:
    inner = function(body, notes)

    @functools.wraps(inner)
    def wrapper(**kwargs: Any) -> Any:
        return inner(**kwargs)

    return wrapper


def class_(body: Act, notes: Notes) -> Any:
    class Made:
        def __init__(self, **kwargs: Any) -> None:
            body(kwargs)

    return Made


def builtin(body: Act, notes: Notes) -> Any:
    """A method of a C type; what it was called with is seen in the dict."""
    return notes.keep({}, "").update


def generator(body: Act, notes: Notes) -> Any:
    def receive(**kwargs: Any) -> Any:
        yield body(kwargs)

    return receive


def raising(body: Act, notes: Notes) -> Any:
    def receive(**kwargs: Any) -> Any:
        body(kwargs)
        try:
            raise KeyError("cause")
        except KeyError as error:
            raise Failure("failed", 5) from error

    return receive


def raising_base(body: Act, notes: Notes) -> Any:
    def receive(**kwargs: Any) -> Any:
        body(kwargs)
        raise Grave("grave")

    return receive


def refusing(body: Act, notes: Notes) -> Any:
    """Connected, but it can't take the keywords."""

    def receive(sender: Any) -> Any:
        return body({})

    return receive


def nameless(body: Act, notes: Notes) -> Any:
    """A partial that raises: ``send_robust`` fails on its missing ``__qualname__``."""
    return functools.partial(raising(body, notes))


SYNC = {
    each.__name__.rstrip("_"): each
    for each in (
        function, positional, method, class_method, static_method, partial, callable_object, slotted,
        without_weakref, equal_to_all, lambda_, decorated, class_, builtin, generator, raising, raising_base,
        refusing, nameless,
    )
}  # fmt: skip
