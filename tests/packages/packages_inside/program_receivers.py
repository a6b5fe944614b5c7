"""The small program's signals and receivers, one of every kind, and the acts that send."""

import functools
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal
from django.test import Client
from packages_inside.program import LOG

placed = Signal()
shipped = Signal(use_caching=True)
noted = Signal()

_in_view: list[Callable[[], Any]] = []


class Desk:
    """Its methods and its instances are receivers."""

    def take(self, sender: Any, **named: Any) -> str:
        LOG.append(f"Desk.take {sorted(named)}")
        return "taken"

    def __call__(self, **named: Any) -> str:
        LOG.append(f"Desk() {sorted(named)}")
        return "called"


def shouted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator as most are."""

    @functools.wraps(function)
    def inside(*arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named).upper()

    return inside


def plain(sender: Any, **named: Any) -> str:
    LOG.append(f"plain {sorted(named)}")
    return "plain"


@shouted
def decorated(sender: Any, **named: Any) -> str:
    LOG.append(f"decorated {sorted(named)}")
    return "decorated"


def with_more(more: int, **named: Any) -> int:
    LOG.append(f"with_more {more}")
    return more


def saving(sender: Any, **named: Any) -> str:
    """Sends again from inside: a save, and a robust dispatch in which one fails."""
    group = Group.objects.create(name=f"group {len(LOG)}")
    noted.send_robust(sender=Desk, by="saving")
    group.delete()
    return "saved"


def leaving(sender: Any, **named: Any) -> str:
    """Disconnects itself while it is called, and comes back."""
    found = [placed.disconnect(leaving), placed.disconnect(leaving)]
    placed.connect(leaving)
    return f"left {found}"


def failing(sender: Any, **named: Any) -> None:
    raise ValueError("as it always does")


async def awaited(sender: Any, **named: Any) -> str:
    LOG.append(f"awaited {sorted(named)}")
    return "awaited"


def row_saved(sender: Any, instance: Any, **named: Any) -> None:
    LOG.append(f"row_saved {sender.__name__} {sorted(named)}")


desk = Desk()
placed.connect(plain)
placed.connect(desk.take)
placed.connect(decorated, dispatch_uid="decorated")
placed.connect(functools.partial(with_more, 3), weak=False)
placed.connect(desk, weak=False)
placed.connect(lambda **named: "lambda", weak=False)
placed.connect(saving, sender=Desk)
placed.connect(leaving)
shipped.connect(plain)
shipped.connect(awaited)
noted.connect(failing)
noted.connect(plain)
post_save.connect(row_saved, sender=Group)
post_delete.connect(row_saved, sender=Group)


def everything(log: list[str]) -> list[str]:
    """Each way to send, its responses told."""
    given = [_told(placed.send(sender=each, number=1)) for each in (Desk, None)]
    given.append(_told(shipped.send(sender=Desk)))
    given.append(_told(shipped.send(sender=Desk)))
    given.append(_told(noted.send_robust(sender=Desk)))
    given.append(_told(async_to_sync(shipped.asend)(sender=Desk)))
    given.append(_told(async_to_sync(noted.asend_robust)(sender=Desk)))
    try:
        noted.send(sender=Desk)
    except ValueError as error:
        given.append(f"raised {error}")
    given.append(str([noted.has_listeners(Desk), post_save.has_listeners(Desk)]))
    return given


def request(log: list[str], in_view: Callable[[], Any]) -> str:
    """A request through the whole of Django; ``in_view`` is called in its view."""
    _in_view.append(in_view)
    response = Client().get("/")
    return f"{response.status_code}, {len(log)}"


def begin_in_view() -> None:
    """What the request under way was given to do in its view."""
    while _in_view:
        _in_view.pop()()


def _told(responses: list[tuple[Any, Any]]) -> str:
    """Names and values, and whether the receiver is the one that was connected."""
    mine = (plain, desk, decorated, saving, leaving, failing, awaited)
    return str(
        [
            (
                getattr(receiver, "__qualname__", type(receiver).__qualname__),
                any(receiver is each for each in mine),
                value if isinstance(value, str | int) else type(value).__name__,
            )
            for receiver, value in responses
        ]
    )
