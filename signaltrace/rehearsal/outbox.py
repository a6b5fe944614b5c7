"""Mail during a rehearsal, stage *rehearsal*: every backend's messages go to memory and are listed.

A backend is a class with ``send_messages``, whatever it inherits from: those that are loaded, those
that are made or imported meanwhile, and what a message is given for its connection. In all of them
``send_messages``, ``open`` and ``close`` do nothing but note; none of their own code runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django import VERSION
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

from signaltrace.analysis.rehearsed import Mail
from signaltrace.capture.swaps import Swaps
from signaltrace.labels.looking import class_dict, is_a
from signaltrace.rehearsal.whereabouts import whereabouts

_LONGEST = 200


class Outbox:
    """What was sent, and the swaps that keep it here."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self._swaps = Swaps()
        self._kept: set[type] = set()
        self._watched = _Watched(self._keep_all)

    def open(self) -> None:
        """From now on no mail leaves."""
        for each in _family(BaseEmailBackend):
            self._keep(each)
        self._swaps.put(BaseEmailBackend, "__init_subclass__", self._of_new_classes)
        self._watched.begin()
        for module in (mail, sys.modules.get("django.core.mail.handler")):
            if module is not None:
                # a module is swapped in as a class is; both name what they import backends with
                self._swaps.put(module, "import_string", self._of_imports)  # type: ignore[arg-type]

    def close(self) -> None:
        """Put everything back."""
        self._watched.end()
        self._swaps.back()
        self._kept.clear()

    def _keep(self, backend: Any) -> None:
        """Swap what a class has of its own; once."""
        if not is_a(backend, type) or backend in self._kept:
            return
        self._kept.add(backend)
        own = class_dict(backend)
        for name, make in (("send_messages", self._sending), ("open", _opening), ("close", _closing)):
            if callable(own.get(name)):
                self._swaps.put(backend, name, make)

    def _keep_all(self, backend: Any) -> None:
        """A class that is a backend by what it can do, with what it inherits."""
        if is_a(backend, type):
            for each in backend.__mro__[:-1]:
                self._keep(each)

    def _sending(self, original: Any) -> Callable[..., int]:
        def send_messages(backend: Any, messages: Iterable[Any] = (), *rest: Any, **named: Any) -> int:
            number = 0
            for each in messages or named.get("email_messages") or ():
                if not each.recipients():
                    continue
                each.message()  # what is wrong with its headers is found here, by the program's own code
                self.mails.append(_described(each, sys._getframe(1)))
                number += 1
            return number

        return send_messages

    def _of_new_classes(self, original: Any) -> Any:
        keep = self._keep
        below = class_dict(BaseEmailBackend).get("__init_subclass__")

        def __init_subclass__(cls: type, **named: Any) -> None:
            if below is None:
                super(BaseEmailBackend, cls).__init_subclass__(**named)  # type: ignore[misc]
            else:
                below.__get__(None, cls)(**named)
            keep(cls)

        return classmethod(__init_subclass__)  # type: ignore[arg-type]

    def _of_imports(self, original: Any) -> Any:
        keep_all = self._keep_all

        def import_string(path: str) -> Any:
            found = original(path)
            keep_all(found)
            return found

        return import_string


class _Watched:
    """A descriptor in the place where a message has its connection: whatever it is given is kept in too.

    Not a wrapper of ``send``: Django 6.1 judges by the frame of its caller whether to warn.
    """

    def __init__(self, keep: Callable[[Any], None]) -> None:
        self._keep = keep
        # until Django 6.0, and since
        self._name = "_connection" if VERSION >= (6, 1) else "connection"

    def begin(self) -> None:
        setattr(EmailMessage, self._name, self)

    def end(self) -> None:
        if class_dict(EmailMessage).get(self._name) is self:
            delattr(EmailMessage, self._name)

    def __get__(self, message: Any, kind: Any = None) -> Any:
        if message is None:
            return self
        try:
            found = vars(message)[self._name]
        except KeyError:
            raise AttributeError(self._name) from None
        self._keep(type(found))
        return found

    def __set__(self, message: Any, value: Any) -> None:
        vars(message)[self._name] = value

    def __delete__(self, message: Any) -> None:
        vars(message).pop(self._name, None)


def _opening(original: Any) -> Callable[..., bool]:
    def open(backend: Any) -> bool:
        return True

    return open


def _closing(original: Any) -> Callable[..., None]:
    def close(backend: Any) -> None:
        return None

    return close


def _family(kind: type) -> Iterator[type]:
    yield kind
    below: list[type] = type.__subclasses__(kind)
    for each in below:
        yield from _family(each)


def _described(message: Any, frame: Any) -> Mail:
    to = tuple(_text(each) for each in message.recipients())
    attachments = getattr(message, "attachments", None)
    number = len(attachments or ()) if is_a(attachments, list) or is_a(attachments, tuple) else 0
    return Mail(
        _text(getattr(message, "subject", "")),
        _text(getattr(message, "from_email", "")),
        to,
        number,
        whereabouts(frame),
    )


def _text(value: Any) -> str:
    return str(value)[:_LONGEST]
