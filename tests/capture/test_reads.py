"""What a receiver's code reads from the instance, told from its bytecode: what is plain, and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from signaltrace.capture.reads import reads_of


def parameter(sender: Any, instance: Any, **kwargs: Any) -> None:
    print(instance.status, instance.total.real)


def keywords(**kwargs: Any) -> None:
    print(kwargs["instance"].status)


def after_other_arguments(*args: Any, **named: Any) -> None:
    print(named["instance"].status)


def variable(instance: Any, **kwargs: Any) -> None:
    order = instance
    print(order.status)


def variable_of_keywords(**kwargs: Any) -> None:
    order = kwargs["instance"]
    for _ in range(2):
        print(order.status, order.total)


def augmented(instance: Any, **kwargs: Any) -> None:
    instance.total += 1


def closed_over(instance: Any, **kwargs: Any) -> Callable[[], Any]:
    return lambda: instance.status


def comprehended(instance: Any, **kwargs: Any) -> Any:
    return [instance.total for _ in range(3)]


def keyword_only(*, instance: Any, **kwargs: Any) -> Any:
    return instance.status if instance.total else None


class Owner:
    """Has a receiver."""

    def receive(self, instance: Any, **kwargs: Any) -> None:
        print(instance.status, self.status)

    status = 5


def wrapped(receiver: Any) -> Any:
    @functools.wraps(receiver)
    def around(*args: Any, **kwargs: Any) -> Any:
        return receiver(*args, **kwargs)

    return around


@pytest.mark.parametrize(
    ("receiver", "names"),
    [
        (parameter, ("status", "total")),
        (keywords, ("status",)),
        (after_other_arguments, ("status",)),
        (variable, ("status",)),
        (variable_of_keywords, ("status", "total")),
        (augmented, ("total",)),
        (closed_over, ("status",)),
        (comprehended, ("total",)),
        (keyword_only, ("status", "total")),
        (Owner().receive, ("status",)),
        (wrapped(parameter), ("status", "total")),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_is_plain_is_told(receiver: Any, names: tuple[str, ...]) -> None:
    """The parameter, the keyword, a variable that is nothing else, in the function and inside it."""
    assert reads_of(receiver) == names
    assert reads_of(receiver) == names


def written(instance: Any, **kwargs: Any) -> None:
    instance.status = 5


def called(instance: Any, **kwargs: Any) -> None:
    instance.save()


def another(instance: Any, sender: Any, **kwargs: Any) -> None:
    print(sender.status, kwargs["order"].status)


def replaced(instance: Any, **kwargs: Any) -> None:
    instance = kwargs["other"]
    order = instance
    print(instance.status, order.status)


def sometimes(instance: Any, **kwargs: Any) -> None:
    order = instance
    if kwargs:
        order = kwargs["other"]
    print(order.status)


def a_default(instance: Any, order: Any = None, **kwargs: Any) -> None:
    if kwargs:
        order = instance
    print(order.status)


def either(instance: Any, other: Any, **kwargs: Any) -> None:
    print((instance or other).status)


def of_its_own(**kwargs: Any) -> Any:
    def inner(instance: Any) -> Any:
        return instance.status

    return inner


def through_a_name(instance: Any, **kwargs: Any) -> None:
    name = "status"
    print(getattr(instance, name))


def unpacked(**kwargs: Any) -> None:
    order, other = kwargs["pair"], kwargs["instance"]
    order, other = other, order
    print(order.status)


class Callable_:
    """Not a function."""

    def __call__(self, instance: Any, **kwargs: Any) -> None:
        print(instance.status)


@pytest.mark.parametrize(
    "receiver",
    [written, called, another, replaced, sometimes, a_default, of_its_own, through_a_name, unpacked,
     Callable_(), functools.partial(parameter, 1), print, None],
    ids=lambda each: getattr(each, "__name__", type(each).__name__),
)  # fmt: skip
def test_what_the_code_leaves_open_is_not(receiver: Any) -> None:
    """What is written or called, another object, a variable that may be one, what is no function."""
    assert reads_of(receiver) == ()


def test_one_of_two_is_not_known() -> None:
    """Of ``(instance or other).status`` it is open whose it is."""
    assert reads_of(either) == ()
