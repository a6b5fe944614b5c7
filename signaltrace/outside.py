"""The ways code reaches out of its process, a stage below *capture*: mail, Celery, sockets; looked for only.

Mail is what a backend is handed: ``EmailMessage.send``, ``send_mass_mail`` and Django 6.1's mailers all end
in ``send_messages``. ``EmailMessage.send`` itself is no way: Django 6.1 judges by its caller's frame whether
to warn. Celery's ``delay`` and signatures end in one of the methods named here.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any

from signaltrace.labels.looking import (
    class_attribute,
    class_dict,
    class_module,
    class_name,
    cut,
    exact_text,
    is_a,
    is_exactly,
    loaded,
    own,
)

MAIL = "mail"
CELERY = "celery"
SOCKET = "socket"

_SOCKET_METHODS = ("connect", "connect_ex", "sendto", "sendmsg")
# Groups, chains and chords end in the first two where they are queued; called at once, in neither.
_CELERY_METHODS = (
    ("celery.app.task.Task", "apply_async"),
    ("celery.app.base.Celery", "send_task"),
    ("celery.canvas.group", "apply_async"),
    ("celery.canvas._chain", "apply_async"),
    ("celery.canvas._chord", "apply_async"),
)
ALL_OF_CELERY = len(_CELERY_METHODS)
"""How many :func:`celery_ways` there are when all of its modules are loaded."""
_CONNECTING = ("connect", "get_new_connection")
_RUNNING = ("_execute", "_executemany")
_MAX_SUBJECT = 60
_MAX_TEXT = 200
_CAPTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "capture", "")


@dataclass(frozen=True, slots=True)
class Way:
    """A method by which something leaves the process: ``vars(owner)`` has it, or a base of ``owner``."""

    kind: str
    owner: type
    name: str


def ways() -> list[Way]:
    """All there are now. What is imported or defined later may add to them: see :func:`later_ways`."""
    return [*_mail_ways(), *celery_ways(), *_socket_ways()]


def later_ways() -> list[Way]:
    """Methods that are called when there may be more :func:`ways`, by the kind of those: Celery makes its
    class of tasks when the first one is wanted; a mail backend is imported when the first mail is sent
    (``__init_subclass__`` is a classmethod)."""
    from django.core.mail.backends.base import BaseEmailBackend

    found = [Way(MAIL, BaseEmailBackend, "__init_subclass__")]
    celery: Any = loaded("celery.app.base.Celery")
    if is_a(celery, type) and type(class_attribute(celery, "subclass_with_self")) is FunctionType:
        found.append(Way(CELERY, celery, "subclass_with_self"))
    return found


def celery_ways() -> list[Way]:
    """Those of Celery, as far as it is loaded."""
    found = []
    for path, name in _CELERY_METHODS:
        owner: Any = loaded(path)
        if is_a(owner, type) and type(class_attribute(owner, name)) is FunctionType:
            found.append(Way(CELERY, owner, name))
    return found


def mail_way(backend: type) -> Way | None:
    """How mail leaves by a backend's class; None where it has no method of its own for that."""
    method = class_dict(backend).get("send_messages")
    return Way(MAIL, backend, "send_messages") if type(method) is FunctionType else None


def is_djangos(backend: type) -> bool:
    """Whether it is one of Django's own backends. One that is not may keep mail in the database for later."""
    return class_module(backend).startswith("django.core.mail.backends.")


def _mail_ways() -> list[Way]:
    from django.core.mail.backends.base import BaseEmailBackend

    return [way for each in _below(BaseEmailBackend) if (way := mail_way(each)) is not None]


def _below(kind: type) -> Iterator[type]:
    seen, waiting = {id(kind)}, [kind]
    while waiting:
        below: list[type] = type.__subclasses__(waiting.pop())
        for each in below:
            if id(each) not in seen:
                seen.add(id(each))
                waiting.append(each)
                yield each


def _socket_ways() -> list[Way]:
    kind = socket.socket
    return [Way(SOCKET, kind, name) for name in _SOCKET_METHODS if hasattr(kind, name)]


# -- whose they are --------------------------------------------------------------------------------


def is_databases(frame: FrameType | None) -> bool:
    """Whether a database's driver is at work at or above ``frame``, or ``socket.socketpair()``, by which a
    process speaks to itself. A receiver that runs for a database's signal is no driver."""
    codes = _drivers_codes()
    dispatcher = _dispatcher_file()
    while frame is not None:
        code = frame.f_code
        if code in codes:
            return True
        if code.co_filename == dispatcher or code.co_filename.startswith(_CAPTURE):
            return False
        frame = frame.f_back
    return False


def _dispatcher_file() -> str:
    from django.dispatch import Signal

    return Signal.connect.__code__.co_filename


def _drivers_codes() -> set[CodeType]:
    """The code of methods in which a driver may open its connection: a backend may override them."""
    from django.db import connections
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    kinds: set[type] = {BaseDatabaseWrapper, *(type(each) for each in connections.all(initialized_only=True))}
    methods = [class_attribute(kind, name) for kind in kinds for name in _CONNECTING]
    methods += [class_attribute(CursorWrapper, name) for name in _RUNNING]
    methods += [vars(socket).get(name) for name in ("socketpair", "_fallback_socketpair")]
    return {code for method in methods if (code := _code(method)) is not None}


def _code(method: Any) -> CodeType | None:
    """The code of a function, or of the one it wraps: BaseDatabaseWrapper's are wrapped by async_unsafe(),
    in code that is the same for all that it wraps."""
    code = None
    for _ in range(20):
        if type(method) is not FunctionType:
            break
        code, method = method.__code__, method.__dict__.get("__wrapped__")
    return code


# -- what they are said to be ----------------------------------------------------------------------


def described(kind: str, instance: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """What goes out, in a few words, given the arguments of a way after ``self``; "" for nothing.

    ``2 mails to 3 recipients``, ``mail to 1 recipient: Your order``, the name of a task, ``host:port``. No
    code of the program runs for that, and nothing of a mail is told but its subject.
    """
    if kind == MAIL:
        return _mails(args[0] if args else next(iter(kwargs.values()), None))
    return _task(instance, args, kwargs) if kind == CELERY else _peer(args)


def _mails(messages: Any) -> str:
    found = _items(messages)
    if found is None:
        return "mail"  # an iterator: reading it would take the mails out of it
    counts = [_recipients(each) for each in found]
    going = [each for each, count in zip(found, counts, strict=True) if count]
    if not going:
        return ""
    mails = "mail" if len(going) == 1 else f"{len(going):,} mails"
    total = sum(counts)
    text = f"{mails} to {total:,} recipient{'s' if total != 1 else ''}"
    subject = exact_text(own(going[0], "subject")) if len(going) == 1 else None
    subject = " ".join(subject.split()) if subject else ""
    return f"{text}: {cut(subject, _MAX_SUBJECT)}" if subject else text


def _recipients(message: Any) -> int:
    """How many there are; an address that is no text (a lazy one) counts, an empty one does not."""
    found = 0
    for name in ("to", "cc", "bcc"):
        entries = _items(own(message, name)) or ()
        found += sum(1 for each in entries if each is not None and exact_text(each) != "")
    return found


def _items(value: Any) -> list[Any] | None:
    """What is in a list or tuple, whatever its class says of iteration; None for all else."""
    if is_a(value, list):
        return list(list.__iter__(value))
    return list(tuple.__iter__(value)) if is_a(value, tuple) else None


def _task(instance: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    app = loaded("celery.app.base.Celery")
    if is_a(app, type) and is_a(instance, app):
        name = exact_text(args[0] if args else kwargs.get("name"))
    elif is_a(instance, dict):
        name = _signature(instance)
    else:
        name = exact_text(own(instance, "name")) or exact_text(class_attribute(type(instance), "name"))
    return cut(name or class_name(type(instance)), _MAX_TEXT)


def _signature(value: Any) -> str | None:
    """``celery.group(shop.tasks.pack, shop.tasks.bill)``: a signature is a dict, and so are those in it."""
    name = exact_text(dict.get(value, "task"))
    kept: Any = dict.get(value, "kwargs")
    inner = dict.get(kept, "header" if name == "celery.chord" else "tasks") if is_a(kept, dict) else None
    if is_a(inner, dict):  # the header of a chord may be a group
        return f"{name}({_signature(inner)})"
    parts = [each for each in _items(inner) or () if is_a(each, dict)]
    names = [exact_text(dict.get(each, "task")) or "?" for each in parts]
    return f"{name}({', '.join(names)})" if name and names else name


def _peer(args: Sequence[Any]) -> str:
    """Where to: the last argument of each of the methods, ``sendmsg``'s fourth; "" where none is given."""
    address = args[-1] if args else None
    if is_a(address, tuple):
        parts = _items(address) or []
        host = _text_or_bytes(parts[0]) if parts else None
        if host is None or len(parts) < 2 or not is_exactly(parts[1], int):
            return ""
        return f"[{cut(host)}]:{parts[1]}" if ":" in host else f"{cut(host)}:{parts[1]}"
    path = _text_or_bytes(address)
    if not path:
        return ""
    return cut(f"@{path[1:]}" if path.startswith("\0") else path)


def _text_or_bytes(value: Any) -> str | None:
    if is_exactly(value, bytes, bytearray):
        return os.fsdecode(bytes(value))
    return exact_text(value)
