"""What goes out of the process on a receiver's behalf, stage *capture*: whether it did, from which line."""

from __future__ import annotations

import _socket
import errno
import os
import socket
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import connections
from django.dispatch import Signal

from signaltrace import capture
from signaltrace.labels.looking import is_a
from signaltrace.outside import CELERY, MAIL, SOCKET, Way, is_djangos

# What connect_ex() gives for a connection that is made, or being made.
_UNDER_WAY = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)
# A socket may be made with these in its type.
_FLAGS = getattr(socket, "SOCK_NONBLOCK", 0) | getattr(socket, "SOCK_CLOEXEC", 0)

_DISPATCHER = Signal.connect.__code__.co_filename
_CAPTURE = os.path.join(os.path.dirname(os.path.abspath(capture.__file__)), "")
_LIBRARY = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")
_PACKAGES = tuple(f"{os.sep}{each}{os.sep}" for each in ("site-packages", "dist-packages"))


class Going:
    """Something that is on its way out; ``went`` where something went out on its behalf meanwhile."""

    __slots__ = ("data", "head", "outer", "way", "went")

    def __init__(self, way: Way, outer: Going | None) -> None:
        self.way = way
        self.outer = outer
        self.went = False
        self.head: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
        self.data: dict[str, Any] = {}

    def is_out(self, result: Any, error: BaseException | None) -> bool:
        """Whether it is out, by what its method returned or raised.

        A backend that is not Django's may keep mail in the database, which is part of the transaction:
        it went where something went out of that backend. Django's own tell how many they sent.
        """
        way = self.way
        if error is not None:  # a connection that is being made while the program goes on
            return way.kind == SOCKET and issubclass(type(error), BlockingIOError)
        if way.kind == MAIL:
            return type(result) is int and result > 0 if is_djangos(way.owner) else self.went
        return way.kind == CELERY or way.name != "connect_ex" or result in _UNDER_WAY


def only_names_a_peer(way: Way, instance: Any) -> bool:
    """Whether it is a datagram socket that is told where to: nothing is sent by that."""
    if way.name not in ("connect", "connect_ex") or not is_a(instance, _socket.socket):
        return False
    kind: int = vars(_socket.socket)["type"].__get__(instance)
    return kind & ~_FLAGS == socket.SOCK_DGRAM


def open_transaction() -> str | None:
    """The alias of the first database of this thread that is inside an atomic block, or that was taken out
    of autocommit by hand; the blocks of Django's TestCase are the test's, not the program's."""
    for connection in connections.all(initialized_only=True) if settings.configured else ():
        if connection.in_atomic_block and not all(
            getattr(block, "_from_testcase", False) for block in connection.atomic_blocks
        ):
            return str(connection.alias)
        if connection.connection is not None and not (connection.autocommit or connection.in_atomic_block):
            return str(connection.alias)
    return None


def frame_to_tell(frame: FrameType | None) -> FrameType | None:
    """The frame whose line is told: the nearest of the project's own within the receiver, else the
    receiver's, be it in an installed package: not a line of Celery's or of an HTTP client's."""
    last = frame
    while frame is not None:
        path = frame.f_code.co_filename
        if path == _DISPATCHER or path.startswith(_CAPTURE):
            return last
        if not any(each in path for each in _PACKAGES) and not _is_pythons(path):
            return frame
        last, frame = frame, frame.f_back
    return last


def _is_pythons(path: str) -> bool:
    return path.startswith((_LIBRARY, "<frozen "))
