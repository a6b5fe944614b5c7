"""Programs that send things out of the process, or whose receivers change what they are sent."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.dispatch import Signal

from tests.capture.faulty_kinds import depth, program
from tests.capture.observing import Notes, outcome
from tests.fake_celery import base, canvas, celery_in


class Own(EmailBackend):
    """A backend of the program's."""

    def send_messages(self, messages: Any) -> int:
        return super().send_messages(messages)


def _mail(subject: str = "s") -> list[EmailMessage]:
    return [EmailMessage(subject, "b", "a@shop.test", ["d@shop.test"])]


def pack(*args: Any) -> int:
    """A task."""
    return len(args)


@program(probes={"outgoing"})
def leaving(notes: Notes) -> None:
    """Mail, tasks and sockets, in a transaction and outside; some of it fails, some is loaded late."""
    signal = notes.keep(Signal(), "signal")

    def post(**kwargs: Any) -> None:
        notes.add("post", depth())

        class Later(EmailBackend):
            """A backend that is made only now."""

            def send_messages(self, messages: Any) -> int:
                notes.add("later", len(messages))
                return super().send_messages(messages)

        notes.add("mail", Own().send_messages(_mail()), Later().send_messages(_mail()))
        notes.add("bad mail", outcome(notes, lambda: EmailBackend().send_messages(_mail("s\ns"))))
        with socket.create_connection(server.getsockname()) as one:
            notes.add("socket", one.getpeername() == server.getsockname())
        with socket.socket() as two:
            notes.add("socket", two.connect_ex(server.getsockname()))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as three:
            three.connect(server.getsockname())
        task = app.task(pack)
        each = canvas().Signature(task)
        notes.add("tasks", task.delay(1), canvas().group(each, each).apply_async())

    signal.connect(post)
    with (
        tempfile.TemporaryDirectory() as folder,
        celery_in(Path(folder)),
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        app = base().Celery()
        with transaction.atomic():
            notes.add("sent", outcome(notes, lambda: signal.send(None)))
        notes.add("sent", outcome(notes, lambda: signal.send(None)))
        notes.add("queued", app.queued)
        app.queued = None
        notes.add("down", outcome(notes, lambda: app.task(pack).delay(2)))
