"""What goes out of a receiver before its transaction is committed: noted once, and only then."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core import mail
from django.core.mail import EmailMessage, send_mass_mail
from django.core.mail.backends import locmem
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import connection, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.dispatch import Signal

from signaltrace.analysis.findings import left_transaction
from signaltrace.capture.probes.outgoing import NAME
from signaltrace.capture.recording import record
from signaltrace.event import Event
from signaltrace.facts import Facts
from signaltrace.trace import Trace
from tests.fake_celery import base, canvas, celery_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unnamed_signals")]
# Django 6.1's words for a project that is not set up for its mailers: the suite's settings are for 5.2, too.
DEPRECATED = pytest.mark.filterwarnings("ignore:.*MAILERS:PendingDeprecationWarning")

FILE = __file__


class Server:
    """A port of this machine where somebody answers."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = self.socket.getsockname()
        self.said = f"127.0.0.1:{self.address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    """It accepts by itself: the kernel does."""
    made = Server()
    yield made
    made.socket.close()


def own_attributes() -> list[dict[str, Any]]:
    """Those of the classes that are watched, less what copying an instance leaves on its class."""
    owners = (socket.socket, locmem.EmailBackend, SmtpBackend, BaseEmailBackend)
    return [{k: v for k, v in vars(each).items() if k != "__slotnames__"} for each in owners]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Every test ends with the very methods it began with."""
    before = own_attributes()
    yield
    assert own_attributes() == before


def recorded(receive: Callable[[], Any], *, atomic: bool = True, **options: Any) -> Trace:
    """A receiver run inside a transaction that commits, or outside of any."""
    signal = Signal()
    signal.connect(lambda **kwargs: receive(), weak=False)
    block = transaction.atomic() if atomic else contextlib.nullcontext()
    options.setdefault("probes", {NAME})
    with record(**options) as recording, block:
        signal.send("test")
    return recording.trace


def told(trace: Trace) -> list[tuple[str, str]]:
    """What left, and how; no fault of ours did."""
    assert trace.faults == []
    return [(each.data["how"], each.data["what"]) for each in trace.events_of("left")]


def message(subject: str = "Your order", **more: Any) -> EmailMessage:
    return EmailMessage(subject, "body", "shop@example.org", ["ann@example.org"], **more)


def post(subject: str = "Your order") -> int:
    """Hand a message to a backend that keeps it in memory."""
    return locmem.EmailBackend().send_messages([message(subject)])


def connect(server: Server) -> None:
    socket.create_connection(server.address).close()


# -- mail ------------------------------------------------------------------------------------------


def test_an_event_says_where_it_belongs() -> None:
    """Its receiver call, thread and line; its id is inside its dispatch, its data is JSON's own."""
    trace = recorded(post)
    (event,) = trace.events
    (root,) = trace.roots()
    call = next(span for _, span in trace.walk() if span.receiver)
    site = trace.sites[event.site]
    assert event == Event(
        "left", event.id, 0, call.id, event.thread, event.site, event.start_ns, event.duration_ns, (),
        {"how": "mail", "what": "mail to 1 recipient: Your order", "alias": "default"},
    )  # fmt: skip
    assert event.id > root.id
    assert trace.threads[event.thread] == threading.current_thread().name
    assert site is not None
    assert (site.file, site.function) == (FILE, "post")
    assert call.start_ns <= event.start_ns - trace.origin_ns
    assert event.start_ns - trace.origin_ns + event.duration_ns <= call.end_ns


@DEPRECATED
@pytest.mark.parametrize(
    "send",
    [
        lambda: message().send(),
        lambda: mail.send_mail("Your order", "body", "a@b.c", ["ann@example.org"]),
        lambda: send_mass_mail([("Your order", "body", "a@b.c", ["ann@example.org"])]),
        lambda: message(connection=locmem.EmailBackend()).send(),
        lambda: locmem.EmailBackend().send_messages([message()]),
        lambda: locmem.EmailBackend().send_messages(messages=[message()]),
    ],
    ids=["send", "send_mail", "send_mass_mail", "a connection of its own", "the backend", "keywords"],
)  # fmt: skip
def test_mail_by_every_door(send: Callable[[], Any]) -> None:
    """All of them end in the backend; each is told once, and sent as it would be."""
    returned: list[Any] = []
    trace = recorded(lambda: returned.append(send()))
    assert told(trace) == [("mail", "mail to 1 recipient: Your order")]
    assert returned == [1]
    assert [each.subject for each in mail.outbox] == ["Your order"]


def test_mail_to_nobody_went_nowhere() -> None:
    """A message without recipients, no messages, and a message that could not be written."""
    assert told(recorded(lambda: locmem.EmailBackend().send_messages([]))) == []
    assert told(recorded(lambda: EmailMessage("S", "b", "a@b.c", []).send())) == []

    def fail() -> None:
        with contextlib.suppress(ValueError):
            post("two\nlines")

    assert told(recorded(fail)) == []


def smtp_answers(server: Server, codes: list[bytes]) -> threading.Thread:
    """A mail server that answers one line after another."""

    def serve() -> None:
        accepted, _ = server.socket.accept()
        with accepted, accepted.makefile("rwb") as file:
            for code in codes:
                file.write(code + b" so be it\r\n")
                file.flush()
                line = file.readline()
                while code == b"354" and line not in (b".\r\n", b""):
                    line = file.readline()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.filterwarnings("ignore")
def test_mail_that_opens_a_socket_is_a_mail(server: Server) -> None:
    """The outermost way counts: one mail, no connection; and no mail where the server refuses it."""
    host, port = server.address
    backend = SmtpBackend(host=host, port=port, username="", password="", use_tls=False, use_ssl=False)
    backend.fail_silently = True
    found = []
    for codes in ([b"220", b"250", b"250", b"250", b"354", b"250", b"221"], [b"554"]):
        thread = smtp_answers(server, codes)
        found.append(told(recorded(lambda: backend.send_messages([message()]))))
        thread.join()
    assert found == [[("mail", "mail to 1 recipient: Your order")], []]


def test_a_strangers_backend_counts_when_something_goes_out_of_it(server: Server) -> None:
    """One that keeps mail in the database for later is part of the transaction."""

    class Queue(BaseEmailBackend):
        """Keeps."""

        def send_messages(self, email_messages: Any) -> int:
            return len(email_messages)

    class Http(Queue):
        """Sends, and tells nothing of it."""

        def send_messages(self, email_messages: Any) -> None:  # type: ignore[override]
            connect(server)

    class Wrapping(locmem.EmailBackend):
        """Sends by one of Django's."""

        def send_messages(self, messages: Any) -> Any:
            super().send_messages(messages)

    assert told(recorded(lambda: Queue().send_messages([message()]))) == []
    for kind in (Http, Wrapping):
        trace = recorded(lambda kind=kind: kind().send_messages([message()]))  # type: ignore[misc]
        assert told(trace) == [("mail", "mail to 1 recipient: Your order")]


def test_a_backend_that_is_made_meanwhile() -> None:
    """It is imported when the first mail is sent, mostly; its own __init_subclass__ works as it would."""
    seen: list[str] = []

    def receive() -> None:
        class Late(locmem.EmailBackend):
            """Comes after the recording began."""

            def __init_subclass__(cls, name: str, **kwargs: Any) -> None:
                super().__init_subclass__(**kwargs)
                seen.append(name)

            def send_messages(self, messages: Any) -> Any:
                return super().send_messages(messages)

        class Later(Late, name="later"):
            """Below one that has a word in it."""

            def send_messages(self, messages: Any) -> Any:
                return super().send_messages(messages)

        original = Later.send_messages.__wrapped__  # type: ignore[attr-defined]
        assert original is not Later.send_messages
        Later().send_messages([message()])

    assert told(recorded(receive)) == [("mail", "mail to 1 recipient: Your order")]
    assert seen == ["later"]


def test_a_word_of_djangos_own_when_backends_are_made() -> None:
    """Another tool's, say: it is asked as before, under its own class."""
    seen: list[Any] = []
    word = classmethod(lambda cls, **kwargs: seen.append((cls.__name__, kwargs)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseEmailBackend, "__init_subclass__", word, raising=False)
        with record(probes={NAME}):

            class Late(locmem.EmailBackend, name="x"):
                """Comes after the recording began."""

        assert vars(BaseEmailBackend)["__init_subclass__"] is word
    assert seen == [("Late", {"name": "x"})]


# -- sockets ---------------------------------------------------------------------------------------


def test_a_connection(server: Server) -> None:
    """Told by where it leads; the line is the project's, not one of the library that opened it."""
    trace = recorded(lambda: connect(server))
    assert told(trace) == [("socket", server.said)]
    site = trace.sites[trace.events[0].site]
    assert site is not None
    assert (site.file, site.function) == (FILE, "connect")


def test_a_connection_that_failed_left_nothing(server: Server) -> None:
    """Nobody was there; the program gets the very error."""
    server.socket.close()
    errors: list[Any] = []

    def receive() -> None:
        for name in ("connect", "connect_ex"):
            with socket.socket() as own:
                try:
                    errors.append(getattr(own, name)(server.address))
                except OSError as error:
                    errors.append(error)

    assert told(recorded(receive)) == []
    assert type(errors[0]) is ConnectionRefusedError
    assert errors[0].errno == errors[1]
    ours = [each for each in traceback.extract_tb(errors[0].__traceback__) if each.filename != FILE]
    assert len(ours) == 1  # that of the method itself, under its name


def test_a_connection_that_is_under_way(server: Server) -> None:
    """Who does not wait for it has let it out all the same."""

    def receive() -> None:
        for name in ("connect", "connect_ex"):
            with socket.socket() as own:
                own.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    getattr(own, name)(server.address)

    assert told(recorded(receive)) == [("socket", server.said)] * 2


def test_datagrams(server: Server) -> None:
    """They leave when they are sent: to name a peer sends nothing, which is how one learns one's address."""

    def receive() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.connect(server.address)
            own.connect_ex(server.address)

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.sendto(b"x", server.address)
            own.sendto(b"x", 0, server.address)
            own.sendmsg([b"x"], [], 0, server.address)

    assert told(recorded(receive)) == []
    assert told(recorded(send)) == [("socket", server.said)] * 3


def test_what_is_said_on_a_connection_is_no_new_one(server: Server) -> None:
    """It left when it was opened, be it before."""
    open_one = socket.create_connection(server.address)
    try:
        assert told(recorded(lambda: open_one.sendmsg([b"x"]))) == []
    finally:
        open_one.close()


def test_a_databases_socket_is_its_own(server: Server) -> None:
    """A receiver that is the first to need a second database connects to it."""

    class Remote(DatabaseWrapper):
        def get_new_connection(self, conn_params: Any) -> Any:
            connect(server)
            return super().get_new_connection(conn_params)

    remote = Remote({**connection.settings_dict, "NAME": ":memory:"}, "remote")
    assert told(recorded(remote.connect)) == []
    assert remote.connection is not None
    remote.connection.close()


def test_the_line_of_a_receiver_that_is_installed(server: Server, tmp_path: Path) -> None:
    """Where nothing of the project is in between it is the receiver's own, not one of what it calls."""
    folder = tmp_path / "site-packages"
    names = {"address": server.address, "socket": socket}
    for name, source in (
        ("client.py", "def ask():\n    socket.create_connection(address).close()\n"),
        ("receivers.py", "def receive(**kwargs):\n    ask()\n"),
    ):
        exec(compile(source, str(folder / name), "exec"), names)
    signal = Signal()
    signal.connect(names["receive"])
    with record(probes={NAME}) as recording, transaction.atomic():
        signal.send("test")
    trace = recording.trace
    assert told(trace) == [("socket", server.said)]
    site = trace.sites[trace.events[0].site]
    assert site is not None
    assert (site.file, site.line, site.function) == (str(folder / "receivers.py"), 2, "receive")


# -- Celery ----------------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Any]:
    """An app of Celery's shape; no task is made yet, so its class of tasks is not imported."""
    with celery_in(tmp_path):
        yield base().Celery()


def pack(*args: Any) -> str:
    """What a task does."""
    return "packed"


PACK = f"{__name__}.pack"


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_task_is_told_once(eager: bool, when: str, app: Any) -> None:
    """Also one whose class is imported when it is called; one called at once is queued in production."""
    app.eager = eager
    before = app.task(pack) if when == "before" else None
    returned: list[Any] = []
    trace = recorded(lambda: returned.append((before or app.task(pack)).delay("secret")))
    assert told(trace) == [("celery", PACK)]
    assert returned == ["packed" if eager else f"result of {PACK}"]
    site = trace.sites[trace.events[0].site]
    assert site is not None
    assert site.file == FILE
    base().Celery.send_task(app, "undone")  # nothing of ours is left
    assert not hasattr(base().Celery.send_task, "__wrapped__")
    assert not hasattr(base().Celery.subclass_with_self, "__wrapped__")


def test_a_task_by_its_name(app: Any) -> None:
    """send_task() needs no task."""
    assert told(recorded(lambda: app.send_task("shop.tasks.pack"))) == [("celery", "shop.tasks.pack")]


@pytest.mark.parametrize("eager", [False, True])
def test_a_group_is_one(eager: bool, app: Any) -> None:
    """Its tasks go with it, be they called at once: then no apply_async() of theirs is."""
    app.eager = eager
    signature = canvas().Signature(app.task(pack))
    group = canvas().group(signature, signature)
    assert told(recorded(lambda: group.apply_async())) == [("celery", f"celery.group({PACK}, {PACK})")]
    assert told(recorded(lambda: signature.apply_async())) == [("celery", PACK)]


def test_a_celery_that_is_imported_meanwhile(tmp_path: Path) -> None:
    """It is seen when the next thing goes out."""

    def receive() -> None:
        app = base().Celery()
        app.send_task("unseen")
        post()
        app.send_task("seen")
        app.eager = True
        app.task(pack).delay()

    with celery_in(tmp_path):
        trace = recorded(receive)
    assert told(trace) == [("mail", "mail to 1 recipient: Your order"), ("celery", "seen"), ("celery", PACK)]


def test_a_task_that_was_not_queued(app: Any) -> None:
    """The broker is down: the error is the program's, and nothing left."""
    app.queued = None
    seen: list[str] = []

    def receive() -> None:
        try:
            app.task(pack).delay()
        except ConnectionError as error:
            seen.append(str(error))

    assert told(recorded(receive)) == []
    assert seen == ["the broker is down"]


def test_what_a_task_sends_when_it_is_called_at_once_is_the_tasks(app: Any) -> None:
    """Queued, it would do that elsewhere."""
    app.eager = True
    assert told(recorded(app.task(post).delay)) == [("celery", f"{__name__}.post")]


# -- when ------------------------------------------------------------------------------------------


def test_outside_of_a_transaction_nothing_is_told(server: Server) -> None:
    """What went out then is true."""

    def receive() -> None:
        post()
        connect(server)

    assert told(recorded(receive, atomic=False)) == []
    assert len(mail.outbox) == 1


def test_outside_of_a_receiver_nothing_is_told() -> None:
    """The view's own business."""
    with record() as recording, transaction.atomic():
        post()
    assert told(recording.trace) == []


def test_after_the_commit_nothing_is_told() -> None:
    """A callback of on_commit is where it belongs; so is what follows a block that has ended."""

    def receive() -> None:
        with transaction.atomic():
            transaction.on_commit(post)
        post()

    assert told(recorded(receive, atomic=False)) == []
    trace = recorded(lambda: transaction.on_commit(post))
    assert told(trace) == []
    assert len(mail.outbox) == 3


def test_a_block_that_the_receiver_opened_counts() -> None:
    """It may be rolled back as any other."""

    def receive() -> None:
        with transaction.atomic():
            post()

    assert told(recorded(receive, atomic=False)) == [("mail", "mail to 1 recipient: Your order")]


@pytest.mark.django_db(transaction=False)
def test_the_block_of_a_test_case_is_the_tests() -> None:
    """Django's TestCase wraps every test in two; the program's own inside them count."""
    assert connection.in_atomic_block
    assert told(recorded(post, atomic=False)) == []
    assert told(recorded(post)) == [("mail", "mail to 1 recipient: Your order")]


def test_a_receiver_on_another_thread() -> None:
    """Each thread has its own connections: what it has open counts, what others have does not."""
    signal = Signal()
    signal.connect(lambda **kwargs: post(), weak=False)

    def alone() -> None:
        signal.send("test")

    with record() as recording, transaction.atomic():
        thread = threading.Thread(target=alone)
        thread.start()
        thread.join()
    assert told(recording.trace) == []


def test_an_async_receiver_that_goes_to_a_thread() -> None:
    """The call that is running is found there, and so is the thread's transaction."""
    signal = Signal()

    def work() -> None:
        with transaction.atomic():
            post()

    async def receive(**kwargs: Any) -> None:
        await sync_to_async(work)()

    signal.connect(receive, weak=False)

    async def main() -> None:
        with record() as recording:
            await signal.asend("test")
        traces.append(recording.trace)

    traces: list[Trace] = []
    asyncio.run(main())
    assert told(traces[0]) == [("mail", "mail to 1 recipient: Your order")]


class OutOfStockError(Exception):
    """What has a transaction rolled back."""


@pytest.mark.parametrize("undone", ["transaction", "savepoint", ""])
def test_with_the_other_probes_the_rule_knows_what_became_of_it(undone: str) -> None:
    """Mail went out, and the block it went out of did or did not come to nothing afterwards."""
    signal = Signal()
    signal.connect(lambda **kwargs: post(), weak=False)
    with record() as recording, contextlib.suppress(OutOfStockError), transaction.atomic():
        with contextlib.suppress(OutOfStockError), transaction.atomic():
            signal.send("test")
            if undone == "savepoint":
                raise OutOfStockError
        if undone == "transaction":
            raise OutOfStockError
    (finding,) = left_transaction.find(Facts(trace=recording.trace))
    fate = f"{undone}, which was rolled back" if undone else "transaction before it committed"
    assert finding.title.endswith(f" left the {fate}: mail to 1 recipient")
    assert finding.evidence[0].file == FILE


# -- how it behaves --------------------------------------------------------------------------------


def test_not_wanted_nothing_is_swapped() -> None:
    """A recording without the probe leaves everything alone."""
    before = locmem.EmailBackend.send_messages
    with record(probes=()) as recording:
        assert locmem.EmailBackend.send_messages is before
        assert "connect" not in vars(socket.socket)
    assert recording.trace.events == []


def test_what_is_held_beyond_the_end_only_passes_on() -> None:
    """A method taken while it was swapped."""
    with record():
        held = locmem.EmailBackend().send_messages
    assert held([message()]) == 1
    trace = recorded(lambda: held([message()]), probes=())
    assert told(trace) == []


class Broken(Exception):
    """What our functions raise here."""


@pytest.mark.parametrize("name", ["described", "open_transaction", "is_databases", "frame_to_tell", "Going"])
def test_a_fault_of_ours_switches_the_probe_off(
    name: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program goes on; the trace says so, once."""

    def breaking(*args: Any) -> Any:
        raise Broken("our own fault")

    def receive() -> None:
        connect(server)
        post()

    monkeypatch.setattr(f"signaltrace.capture.probes.outgoing.{name}", breaking)
    trace = recorded(receive)
    assert [(each.where, each.message, each.count) for each in trace.faults] == [
        (f"{NAME} (switched off)", "Broken: our own fault", 1)
    ]
    assert trace.events == []
    assert len(mail.outbox) == 1


def test_a_forked_child_has_nothing_on_its_way() -> None:
    """What was on its way when it was forked is the parent's; it tells of its own."""
    reader, writer = os.pipe()

    class Forking(locmem.EmailBackend):
        """Half of it goes on elsewhere."""

        def send_messages(self, messages: Any) -> Any:
            child = os.fork()
            if child == 0:
                with contextlib.suppress(BaseException):
                    post("of the child")
                    found = [each.data["what"] for each in recording.trace.events]
                    os.write(writer, repr(found).encode())
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            return super().send_messages(messages)

    signal = Signal()
    signal.connect(lambda **kwargs: Forking().send_messages([message()]), weak=False)
    with record(probes={NAME}) as recording, transaction.atomic():
        signal.send("test")
    os.close(writer)
    with open(reader, "rb") as file:
        assert file.read() == b"['mail to 1 recipient: of the child']"
    assert told(recording.trace) == [("mail", "mail to 1 recipient: Your order")]


def frames_of(error: BaseException) -> list[str]:
    return [each.name for each in traceback.extract_tb(error.__traceback__)]


@pytest.mark.parametrize("traced", [True, False])
def test_a_traceback_has_the_frames_it_has_untraced(traced: bool, app: Any) -> None:
    """Ours stand for Django's and Celery's. Above a backend of the program's, whose line may be the very
    one that failed, and above C code there is one more."""
    app.queued = None
    seen: list[list[str]] = []

    class Failing(locmem.EmailBackend):
        """Fails."""

        def send_messages(self, messages: Any) -> Any:
            raise RuntimeError

    def receive() -> None:
        for call in (lambda: post("two\nlines"), lambda: app.task(pack).delay(), lambda: send_by(Failing)):
            try:
                call()
            except Exception as error:
                seen.append(frames_of(error))

    def send_by(kind: Any) -> None:
        kind().send_messages([message()])

    recorded(receive, probes={NAME} if traced else ())
    assert seen[0][:3] == ["receive", "<lambda>", "post"]
    assert seen[0].count("send_messages") == 1
    assert seen[1] == ["receive", "<lambda>", "delay", "apply_async", "send_task"]
    assert seen[2] == ["receive", "<lambda>", "send_by"] + ["send_messages"] * (2 if traced else 1)


def test_an_error_of_the_program_passes_unchanged() -> None:
    """A backend's own, the very object; and the next thing that goes out is told."""
    error = RuntimeError("no server")
    caught: list[BaseException] = []

    class Failing(locmem.EmailBackend):
        """Fails."""

        def send_messages(self, messages: Any) -> Any:
            raise error

    def receive() -> None:
        try:
            Failing().send_messages([message()])
        except RuntimeError as seen:
            caught.append(seen)
        post()

    assert told(recorded(receive)) == [("mail", "mail to 1 recipient: Your order")]
    assert caught == [error]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_begun_by_hand_is_one() -> None:
    """Without autocommit all is uncommitted until somebody says so."""
    transaction.set_autocommit(False)
    try:
        trace = recorded(post, atomic=False)
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    assert told(trace) == [("mail", "mail to 1 recipient: Your order")]


def test_a_subject_is_an_argument_too() -> None:
    """Where arguments are not to be recorded only the kind of thing is told."""
    assert told(recorded(post, arguments="none")) == [("mail", "mail to 1 recipient")]
