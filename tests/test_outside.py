"""The ways out of the process: which there are, whose a socket is, and what is said of what goes out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends import console, dummy, filebased, locmem, smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.db.backends.signals import connection_created
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.utils.asyncio import async_unsafe
from django.utils.functional import lazystr

from signaltrace.outside import (
    CELERY,
    MAIL,
    SOCKET,
    Way,
    celery_ways,
    described,
    is_databases,
    is_djangos,
    later_ways,
    mail_way,
    ways,
)
from tests.fake_celery import base, canvas, celery_in

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def celery(tmp_path: Path) -> Iterator[Any]:
    """Nothing of Celery is imported until ``celery.app.base`` is asked for."""
    with celery_in(tmp_path):
        yield base


class Untouchable:
    """An object that fails whoever does more than look at its type."""

    def refuse(self, *args: Any) -> Any:
        raise AssertionError("somebody touched it")

    __repr__ = __str__ = __eq__ = __iter__ = __len__ = __getattr__ = __bool__ = refuse  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


def alive(value: Any) -> Any:
    """``value`` with the class Untouchable in it made an instance: pytest would touch one to name a test."""
    if type(value) in (list, tuple):
        return type(value)(map(alive, value))
    return Untouchable() if value is Untouchable else value


# -- the ways --------------------------------------------------------------------------------------


def test_mail_leaves_by_every_backend_that_is_loaded() -> None:
    """Those with a send_messages() of their own; a subclass that has none goes its parent's way."""

    class Quiet(locmem.EmailBackend):
        """Adds nothing."""

    class Own(Quiet):
        """Adds something."""

        def send_messages(self, email_messages: Any) -> int:
            return 0

    found = {each.owner for each in ways() if each.kind == MAIL}
    assert {console.EmailBackend, dummy.EmailBackend, locmem.EmailBackend, smtp.EmailBackend, Own} <= found
    assert found & {Quiet, filebased.EmailBackend, BaseEmailBackend} == set()
    assert (mail_way(Own), mail_way(Quiet)) == (Way(MAIL, Own, "send_messages"), None)
    assert [is_djangos(each) for each in (smtp.EmailBackend, Own)] == [True, False]


def test_sockets_leave_by_every_method_that_takes_an_address() -> None:
    """What is sent on a connection that is made is no new way."""
    assert [(each.owner, each.name) for each in ways() if each.kind == SOCKET] == [
        (socket.socket, name) for name in ("connect", "connect_ex", "sendto", "sendmsg")
    ]


def test_celery_is_looked_for_and_never_imported(celery: Any) -> None:
    """Where nobody has imported it there is none, be it that it is installed."""
    assert celery_ways() == []
    assert [each.kind for each in later_ways()] == [MAIL]
    assert [name for name in sys.modules if name.startswith("celery")] == []


def test_celerys_ways_come_with_its_modules(celery: Any) -> None:
    """Its tasks' module is imported when the first task is wanted: later_ways() says where that is seen."""
    app = celery().Celery
    assert celery_ways() == [Way(CELERY, app, "send_task")]
    assert later_ways()[1:] == [Way(CELERY, app, "subclass_with_self")]
    task = type(app().task(len)).__mro__[2]
    known = [Way(CELERY, task, "apply_async"), Way(CELERY, app, "send_task")]
    assert celery_ways() == known
    group = Way(CELERY, canvas().group, "apply_async")
    assert celery_ways() == [*known, group]


@pytest.mark.parametrize("stand_in", [5, "text", Untouchable])
def test_a_celery_that_is_another_is_none(
    stand_in: Any, celery: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test's stand-in for it, say."""
    celery()
    stand_in = alive(stand_in)
    monkeypatch.setitem(sys.modules, "celery.app.base", stand_in)
    assert celery_ways() == []
    assert len(later_ways()) == 1


def test_importing_it_imports_no_django() -> None:
    """Nothing is looked for before somebody asks."""
    program = "import sys, signaltrace.outside; print('django' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert told.stdout == "False\n"


# -- whose a socket is -----------------------------------------------------------------------------


class Remote(DatabaseWrapper):
    """A database whose driver looks at the stack where it would open a socket."""

    seen: list[bool]

    def get_new_connection(self, conn_params: Any) -> Any:
        self.seen.append(is_databases(sys._getframe()))
        return super().get_new_connection(conn_params)


@pytest.fixture
def remote(db: None) -> Iterator[Remote]:
    """Not connected yet."""
    made = Remote({**connection.settings_dict, "NAME": ":memory:"}, "remote")
    made.seen = []
    yield made
    made.close()
    if made.connection is not None:  # Django leaves a database in memory open
        made.connection.close()


def test_a_driver_at_work_is_a_databases(remote: Remote) -> None:
    """While it connects, whichever backend it is."""
    remote.connect()
    assert remote.seen == [True]
    assert is_databases(sys._getframe()) is False


def test_what_is_wrapped_as_the_drivers_methods_are_is_no_driver() -> None:
    """Django marks what must not run in an event loop, by a wrapper that is one for all."""
    assert async_unsafe(lambda: is_databases(sys._getframe()))() is False


def test_a_driver_that_connects_when_it_is_asked(remote: Remote) -> None:
    """Some do at the first query."""
    seen: list[bool] = []
    remote.connect()
    remote.connection.set_trace_callback(lambda text: seen.append(is_databases(sys._getframe())))
    with remote.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert seen == [True]


def test_a_wrapper_of_queries_is_no_driver(remote: Remote) -> None:
    """It is the program's own code, which may go out."""
    seen: list[bool] = []

    def wrapper(execute: Any, *args: Any) -> Any:
        seen.append(is_databases(sys._getframe()))
        return execute(*args)

    with remote.execute_wrapper(wrapper), remote.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert seen == [False]


def test_a_receiver_for_a_databases_signal_is_no_driver(remote: Remote) -> None:
    """connection_created is sent while the database connects; what its receivers open is theirs."""
    seen: list[bool] = []

    def receive(**kwargs: Any) -> None:
        seen.append(is_databases(sys._getframe()))

    connection_created.connect(receive)
    try:
        remote.connect()
    finally:
        connection_created.disconnect(receive)
    assert (remote.seen, seen) == ([True], [False])


# -- what they are said to be ----------------------------------------------------------------------


def mail(*to: Any, subject: Any = "", **more: Any) -> EmailMessage:
    return EmailMessage(subject, "the body", "from@example.org", list(to), **more)


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([mail("a@b.c")], "mail to 1 recipient"),
        ((mail("a@b.c", "d@e.f", subject="Your\n  order"),), "mail to 2 recipients: Your order"),
        ([mail("a@b.c", cc=["d@e.f"], bcc=["g@h.i"])], "mail to 3 recipients"),
        ([EmailMultiAlternatives("S", "", "f@g.h", ["a@b.c"])], "mail to 1 recipient: S"),
        ([mail("a@b.c", subject="1"), mail("d@e.f", "", subject="2")], "2 mails to 2 recipients"),
        ([mail("a@b.c", subject="1"), mail()], "mail to 1 recipient: 1"),
        ([mail(lazystr("a@b.c"), subject=lazystr("S"))], "mail to 1 recipient"),
        ([mail("a@b.c", subject="x" * 100)], f"mail to 1 recipient: {'x' * 29}…{'x' * 30}"),
        ([mail()], ""),
        ([], ""),
        (iter([mail("a@b.c")]), "mail"),
        ([Untouchable], ""),
        (Untouchable, "mail"),
    ],
)  # fmt: skip
def test_what_is_said_of_mail(messages: Any, text: str) -> None:
    """How many and the subject of a single one, whole as it stands there: no address, no body."""
    backend, messages = locmem.EmailBackend(), alive(messages)
    assert described(MAIL, backend, (messages,), {}) == text
    assert described(MAIL, backend, (), {"email_messages": messages}) == text


def test_an_iterator_of_mails_is_left_as_it_is() -> None:
    """Whoever looked into it would have taken the mails."""
    messages = iter([mail("a@b.c")])
    described(MAIL, locmem.EmailBackend(), (messages,), {})
    assert len(list(messages)) == 1


def test_nothing_given_is_no_fault() -> None:
    """The call fails by itself."""
    assert described(MAIL, object(), (), {}) == "mail"
    assert described(SOCKET, object(), (), {}) == ""
    assert described(CELERY, object(), (), {}) == "object"


def test_what_is_said_of_a_task(celery: Any) -> None:
    """Its name, whoever queues it; its arguments are nobody's business."""
    app = celery().Celery()

    def pack(secret: str) -> None:
        pass

    task = app.task(pack)
    assert described(CELERY, task, (("secret",),), {}) == f"{__name__}.pack"
    assert described(CELERY, app, ("shop.tasks.pack", ("secret",)), {}) == "shop.tasks.pack"
    assert described(CELERY, app, (), {"name": "shop.tasks.pack"}) == "shop.tasks.pack"
    type(task).name = Untouchable()
    assert described(CELERY, task, (), {}) == f"{type(task).__module__}.pack"
    assert described(CELERY, app, (Untouchable(),), {}) == "celery.app.base.Celery"


@pytest.mark.parametrize(
    ("signature", "text"),
    [
        ({"task": "shop.pack"}, "shop.pack"),
        ({"task": "celery.group", "kwargs": {"tasks": ({"task": "a"}, {"task": "b"})}}, "celery.group(a, b)"),
        ({"task": "celery.chain", "kwargs": {"tasks": [{"task": "a"}, {}, 5]}}, "celery.chain(a, ?)"),
        ({"task": "celery.group", "kwargs": {"tasks": iter([{"task": "a"}])}}, "celery.group"),
        ({"task": "celery.chord", "kwargs": {"header": [{"task": "a"}], "body": 1}}, "celery.chord(a)"),
        (
            {
                "task": "celery.chord",
                "kwargs": {"header": {"task": "g", "kwargs": {"tasks": [{"task": "a"}]}}},
            },
            "celery.chord(g(a))",
        ),
        ({}, "dict"),
        ({"task": Untouchable, "kwargs": Untouchable}, "dict"),
    ],
)
def test_what_is_said_of_a_signature(signature: dict[str, Any], text: str) -> None:
    """The names of its tasks; a generator of them is left as it is."""
    signature = {name: alive(value) for name, value in signature.items()}
    assert described(CELERY, signature, (), {}) == text


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((("example.org", 443),), "example.org:443"),
        (((b"example.org", 443),), "example.org:443"),
        ((("::1", 80, 0, 0),), "[::1]:80"),
        ((b"data", ("10.0.0.1", 8125)), "10.0.0.1:8125"),
        ((b"data", 0, ("10.0.0.1", 8125)), "10.0.0.1:8125"),
        (([b"data"], [], 0, ("10.0.0.1", 8125)), "10.0.0.1:8125"),
        (([b"data"],), ""),
        (((b"da", b"ta"),), ""),
        (([b"data"], [], 0), ""),
        (("/run/app.sock",), "/run/app.sock"),
        ((b"/run/app.sock",), "/run/app.sock"),
        ((b"\0name",), "@name"),
        ((Untouchable,), ""),
        (((Untouchable, 80),), ""),
        ((("example.org", Untouchable),), ""),
        (((0, 0),), ""),
        (((),), ""),
    ],
)
def test_what_is_said_of_a_socket(args: Any, text: str) -> None:
    """Where to; nothing where no address is given, or one that leads to the kernel (netlink)."""
    assert described(SOCKET, object(), alive(args), {}) == text
