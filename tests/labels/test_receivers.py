"""Receivers' names: right for every kind there is, and found without running the receiver's code."""

import asyncio
import functools
import sys
import types
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock, create_autospec

import pytest

from signaltrace.labels.receivers import describe_receiver
from tests.labels.strangers import KINDS, Woken, stranger

HERE = str(Path(__file__))
ME = __name__


def line_of(marker: str) -> int:
    """The line of this file that ends with `# marker`."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(at for at, line in enumerate(lines, 1) if line.endswith(f"# {marker}"))


def decorated(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def plain(**kwargs: Any) -> None:  # plain
    pass


@decorated  # twice
@decorated
def twice(**kwargs: Any) -> None:
    pass


async def waits(**kwargs: Any) -> None:
    pass


class Mailer:
    def send(self, **kwargs: Any) -> None:  # send
        pass

    @classmethod
    def send_all(cls, **kwargs: Any) -> None:
        pass

    @staticmethod
    def send_none(**kwargs: Any) -> None:
        pass

    @decorated
    def send_decorated(self, **kwargs: Any) -> None:
        pass


class LoudMailer(Mailer):
    pass


class Recorder:
    def __call__(self, **kwargs: Any) -> None:  # call
        pass


class Wrapping:
    """A decorator that is an object, as task libraries have them."""

    def __init__(self, function: Any) -> None:
        functools.update_wrapper(self, function)

    def __call__(self, **kwargs: Any) -> None:
        pass


def connect() -> Any:
    def welcome(**kwargs: Any) -> None:
        pass

    return welcome


nameless = lambda **kwargs: None  # noqa: E731  # lambda


NAMES = [
    (plain, "plain"),
    (twice, "twice"),
    (connect(), "connect.<locals>.welcome"),
    (Mailer().send, "Mailer.send"),
    (LoudMailer().send, "LoudMailer.send"),
    (Mailer.send_all, "Mailer.send_all"),
    (LoudMailer.send_all, "LoudMailer.send_all"),
    (Mailer.send_none, "Mailer.send_none"),
    (Mailer().send_decorated, "Mailer.send_decorated"),
    (Recorder(), "Recorder()"),
    (Recorder, "Recorder"),
    (Wrapping(plain), "plain"),
    (functools.lru_cache(plain), "plain"),
    (staticmethod(plain), "plain"),
]


@pytest.mark.parametrize(("receiver", "name"), NAMES, ids=[name for _, name in NAMES])
def test_every_kind_has_its_dotted_name(receiver: Any, name: str) -> None:
    """The name is where one would look the receiver up, through every kind of wrapping."""
    assert describe_receiver(receiver).name == f"{ME}.{name}"
    assert describe_receiver(receiver).file == HERE


def test_partials_show_what_they_call() -> None:
    """A partial has no name of its own; partials of partials are one."""
    inner = functools.partial(plain, a=1)
    assert describe_receiver(inner).name == f"partial({ME}.plain)"
    assert describe_receiver(functools.partial(inner, b=1)).name == f"partial({ME}.plain)"
    assert describe_receiver(functools.partial(Recorder())).name == f"partial({ME}.Recorder())"


def test_lambdas_are_called_by_their_place() -> None:
    """Every lambda has the same name; its line tells it apart."""
    info = describe_receiver(nameless)
    assert info.name == f"<lambda> at tests/labels/test_receivers.py:{line_of('lambda')}"
    assert info.line == line_of("lambda")


@pytest.mark.parametrize(
    ("receiver", "marker"),
    [(plain, "plain"), (twice, "twice"), (Mailer().send, "send"), (Recorder(), "call")],
    ids=["function", "decorated", "method", "object"],
)
def test_the_line_is_where_it_is_written(receiver: Any, marker: str) -> None:
    """Not where a decorator's wrapper is, and for an object the line of its call."""
    assert describe_receiver(receiver).line == line_of(marker)


def test_builtins_have_a_name_and_no_place() -> None:
    """What is written in C has no line."""
    assert describe_receiver(print) == describe_receiver(print).__class__("print", app="builtins")
    assert describe_receiver([].append).name == "list.append"
    assert describe_receiver(dict.fromkeys).name == "dict.fromkeys"
    assert describe_receiver([].append).file is None


def test_mocks_are_named_by_their_class_and_not_touched() -> None:
    """A mock makes up every attribute it is asked for: it is asked for none."""
    for mock in (Mock(), AsyncMock()):
        name = f"unittest.mock.{type(mock).__name__}()"
        assert describe_receiver(mock).name == name
        assert mock.mock_calls == []
        assert "__wrapped__" not in mock.__dict__
        assert list(mock._mock_children) == []
    assert describe_receiver(create_autospec(plain)).name.endswith("plain")


def test_async_is_told_from_sync_as_django_does() -> None:
    """The function itself counts, through partials and methods; a sync wrapper of an async one is sync."""

    class Waiter:
        async def wait(self, **kwargs: Any) -> None:
            pass

    is_async = [waits, functools.partial(waits), Waiter().wait, functools.partial(Waiter().wait), AsyncMock()]
    assert [describe_receiver(each).is_async for each in is_async] == [True] * 5
    assert [asyncio.iscoroutinefunction(each) for each in is_async] == [True] * 5
    is_sync = [plain, decorated(waits), Mailer().send, Recorder(), Mock()]
    assert [describe_receiver(each).is_async for each in is_sync] == [False] * 5


@pytest.mark.skipif(sys.version_info < (3, 12), reason="inspect.markcoroutinefunction is new in 3.12")
def test_a_marked_function_is_async() -> None:
    """Wrappers that return coroutines are marked, not `async def`."""
    from inspect import markcoroutinefunction

    assert describe_receiver(markcoroutinefunction(decorated(waits))).is_async


def test_wrapping_in_a_circle_ends() -> None:
    """`__wrapped__` is an attribute like any other: it may point back, at itself, or nowhere."""

    def one(**kwargs: Any) -> None:
        pass

    def other(**kwargs: Any) -> None:
        pass

    one.__wrapped__, other.__wrapped__ = other, one  # type: ignore[attr-defined]
    assert describe_receiver(one).name.rpartition(".")[2] in ("one", "other")
    one.__wrapped__ = one  # type: ignore[attr-defined]
    assert describe_receiver(one).name.endswith(".one")
    one.__wrapped__ = 5  # type: ignore[attr-defined]
    assert describe_receiver(one).name.endswith(".one")
    turning = Recorder()
    turning.__wrapped__ = turning  # type: ignore[attr-defined]
    assert describe_receiver(turning).name == f"{ME}.Recorder()"


@pytest.mark.parametrize("kind", KINDS)
def test_looking_runs_no_code_of_the_receiver(kind: str) -> None:
    """Receivers whose attributes raise, lie or loop are described by their type, asked nothing."""
    odd = stranger(kind)

    def holds(**kwargs: Any) -> None:
        pass

    holds.__wrapped__ = odd  # type: ignore[attr-defined]
    bound = types.MethodType(plain, odd)
    try:
        for receiver in (odd, functools.partial(_calls, odd), holds, bound):
            assert type(describe_receiver(receiver).name) is str
    except Woken:
        pytest.fail("user code ran")


def _calls(odd: Any, **kwargs: Any) -> None:
    pass


def test_lying_names_are_made_text_and_cut() -> None:
    """A function's `__module__` can be set to anything, and names may be endless."""

    class Loud(str):
        __slots__ = ()

        def __format__(self, spec: str) -> str:
            raise Woken

    def local(**kwargs: Any) -> None:
        pass

    local.__module__ = 5  # type: ignore[assignment]
    local.__qualname__ = Loud("x" * 5000)
    name = describe_receiver(local).name
    assert type(name) is str
    assert name == "x" * 99 + "…" + "x" * 100


def test_the_app_is_the_label_of_the_config_that_holds_it() -> None:
    """The longest app name that contains the module; code outside every app goes by its top package."""
    from django.contrib.auth.models import update_last_login

    assert describe_receiver(update_last_login).app == "auth"
    assert describe_receiver(plain).app == "tests"
    local = types.FunctionType(plain.__code__, {"__name__": "tests.testapp.deep.receivers"})
    assert describe_receiver(local).app == "testapp"


def test_mine_is_code_under_the_project() -> None:
    """Django's own receivers are not the user's; this file lies under the settings' folder."""
    from django.contrib.auth.models import update_last_login

    assert describe_receiver(plain).mine
    assert not describe_receiver(update_last_login).mine
    assert not describe_receiver(functools.wraps).mine
