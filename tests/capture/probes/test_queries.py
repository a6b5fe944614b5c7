"""Queries: each is charged to the innermost receiver call that runs it, and nobody else can tell."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.test.utils import CaptureQueriesContext

from signaltrace.capture import dialects, fingerprint, noted, query_places, statements
from signaltrace.capture.probes import queries as probe
from signaltrace.capture.recording import record
from signaltrace.testing import FakeClock
from signaltrace.trace import Trace
from tests.capture.paths import by_name, connected
from tests.testapp.models import Author

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unnamed_signals")]

ONE = "SELECT name FROM testapp_author WHERE id = %s"
TOLD = "SELECT name FROM testapp_author WHERE id = ?"
OWN = {"queries"}
OFF = "queries (switched off)"
METHODS = ("_execute", "_executemany")


@pytest.fixture(autouse=True)
def _puts_back() -> Iterator[None]:
    """Django's cursor has its very own methods after each test."""
    before = {name: vars(CursorWrapper)[name] for name in METHODS}
    yield
    assert {name: vars(CursorWrapper)[name] for name in METHODS} == before


def ask(sql: Any = ONE, parameters: Any = (1,), database: Any = connection) -> None:
    """Run a statement."""
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)


def close() -> None:
    """End this thread's connection, which Django leaves open where the database is in memory."""
    BaseDatabaseWrapper.close(connections["default"])


def told(trace: Trace) -> dict[str, list[str]]:
    """The text of the queries of each receiver, by its short name."""
    assert trace.faults == []
    return {
        span.label.rpartition(".")[2]: [
            trace.statements[each.statement].text for each in trace.queries_of(span.id)
        ]
        for _, span in trace.walk()
        if span.kind == "receiver"
    }


def recorded(*receivers: Callable[..., Any], method: str = "send") -> Trace:
    """What is recorded while a signal is sent to these receivers."""
    signal = connected(*receivers)
    with record(probes=OWN) as recording:
        getattr(signal, method)(None)
    return recording.trace


def test_the_innermost_receiver_is_charged() -> None:
    """What a receiver runs before and after it sends is its own; what runs outside is nobody's."""

    def inner(**kwargs: Any) -> None:
        ask("SELECT 1", None)

    nested = connected(inner)

    def outer(**kwargs: Any) -> None:
        ask()
        nested.send(None)
        nested.send_robust(None)
        ask("SELECT 'a', 2", None)

    signal = connected(outer)
    with record(probes=OWN) as recording:
        ask()
        signal.send(None)
        ask()
    trace = recording.trace
    spans = [span for _, span in trace.walk() if span.kind == "receiver"]
    texts = [[trace.statements[each.statement].text for each in trace.queries_of(span.id)] for span in spans]
    assert texts == [[TOLD, "SELECT ?, ?"], ["SELECT ?"], ["SELECT ?"]]
    assert [span.queries for span in spans] == [2, 1, 1]
    assert {each.alias for each in trace.statements} == {"default"}
    assert len(trace.queries_by_span) == 3


def test_the_line_that_asked() -> None:
    """The nearest line outside Django, however many of its frames are in between, and execute wrappers."""

    def receive(**kwargs: Any) -> None:
        list(Author.objects.filter(name="x"))
        with connection.execute_wrapper(lambda execute, *rest: execute(*rest)):
            Author.objects.filter(name="x").exists()

    trace = recorded(receive)
    sites = [trace.sites[each.site] for each in trace.statements]
    first = receive.__code__.co_firstlineno
    assert [(each.function, each.line - first) for each in sites if each] == [
        (receive.__qualname__, 1),
        (receive.__qualname__, 3),
    ]


def test_time_is_the_databases() -> None:
    """From the call of the driver to its return: what is ours, a new statement's text first of all, is
    neither the database's nor the receiver's."""
    clock = FakeClock()

    def run(execute: Any, sql: Any, *rest: Any) -> Any:
        clock.advance(1_000)
        return execute(sql, *rest)

    def receive(**kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.cursor = Driver(clock, 50)
            for _ in range(2):
                cursor.execute(ONE, (1,))

    signal = connected(receive)
    with connection.execute_wrapper(run), record(clock=clock, probes=OWN) as recording:
        signal.send(None)
    span = by_name(recording.trace)["receive"]
    assert (span.queries, span.sql_ns, span.duration_ns) == (2, 100, 2_100)


def test_the_time_of_reading_a_statement_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left out of the receiver, and taken once a statement."""
    clock = FakeClock()

    def slow(sql: str, vendor: str) -> str:
        clock.advance(7_000)
        return sql

    monkeypatch.setattr(statements, "fingerprint", slow)

    def receive(**kwargs: Any) -> None:
        for _ in range(3):
            ask()
            clock.advance(10)

    signal = connected(receive)
    with record(clock=clock, probes=OWN) as recording:
        signal.send(None)
    span = by_name(recording.trace)["receive"]
    assert (span.duration_ns, span.paused_ns, span.sql_ns) == (30, 7_000, 0)
    assert clock.now == 7_030


class Driver:
    """A driver's cursor whose queries take so long."""

    def __init__(self, clock: FakeClock, ns: int, error: BaseException | None = None) -> None:
        self.clock = clock
        self.ns = ns
        self.error = error

    def execute(self, *given: Any) -> Any:
        """Takes the time, then fails if it has to."""
        self.clock.advance(self.ns)
        if self.error is not None:
            raise self.error
        return given

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("recording", [False, True])
@pytest.mark.parametrize("inside", [False, True])
def test_statements_that_fail(recording: bool, inside: bool) -> None:
    """They are counted, and their exceptions are those of a bare run, frame by frame."""
    seen: list[Any] = []

    def receive(**kwargs: Any) -> None:
        for sql, parameters in (("SELECT nothing FROM nowhere", ()), (ONE, (1, 2, 3)), (ONE, object())):
            try:
                with transaction.atomic():
                    ask(sql, parameters)
            except Exception as error:
                seen.append((type(error), [each.name for each in traceback.extract_tb(error.__traceback__)]))
                seen.append(type(error.__cause__))
                files = {each.filename for each in traceback.extract_tb(error.__traceback__)}
                assert probe.__file__ not in files

    send = connected(receive).send
    if recording:
        with record(probes=OWN) as recording_:
            send(None) if inside else receive()
        asked = told(recording_.trace).get("receive", [])
        assert [each for each in asked if "SAVEPOINT" not in each] == (
            ["SELECT nothing FROM nowhere", TOLD, TOLD] if inside else []
        )
    else:
        send(None) if inside else receive()
    djangos = ["execute", "_execute_with_wrappers", "_execute", "__exit__", "_execute", "execute"]
    assert seen[0] == (OperationalError, ["receive", "ask", *djangos])
    assert len(seen) == 6


def test_an_exception_that_is_none_of_the_databases() -> None:
    """An interrupt passes as it came, and the query it cut short counts with its time."""
    clock, error = FakeClock(), KeyboardInterrupt()

    def receive(**kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.cursor = Driver(clock, 30, error)
            cursor.execute(ONE, (1,))

    signal = connected(receive)
    with record(clock=clock, probes=OWN) as recording, pytest.raises(KeyboardInterrupt) as raised:
        signal.send(None)
    assert raised.value is error
    assert by_name(recording.trace)["receive"].sql_ns == 30


def test_wrong_calls_are_the_programs() -> None:
    """Arguments go through as they came: what Django says of wrong ones it says still."""

    def receive(**kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor._execute(ONE, params=(1,))
            cursor._executemany("INSERT INTO testapp_author (name) VALUES (%s)", param_list=[("a",)])
            with suppress(TypeError):
                cursor._execute()
            with pytest.raises(TypeError, match="params"):
                cursor._execute(ONE)

    inserted = "INSERT INTO testapp_author (name) VALUES (…)"
    assert told(recorded(receive)) == {"receive": [TOLD, inserted, TOLD]}


def test_many_at_once_are_one_query() -> None:
    """``executemany`` counts as Django counts it; what bulk_create runs as well."""

    def receive(**kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO testapp_author (name) VALUES (%s)", [("a",), ("b",), ("c",)])
        Author.objects.bulk_create([Author(name=name) for name in "de"])

    asked = told(recorded(receive))["receive"]
    assert asked[0] == "INSERT INTO testapp_author (name) VALUES (…)"
    assert [
        each for each in asked if each.startswith("INSERT INTO testapp_author (name) VALUES (…)")
    ] == asked[:1] + asked[-1:]
    assert Author.objects.count() == 5


def first_words(sql: str) -> str:
    """A statement without what is another each time."""
    words = sql.replace('"', "").split()
    return words[0] if "SAVEPOINT" in words[:2] else " ".join(words[:2])


def test_what_counts_queries_is_unaffected(django_assert_num_queries: Any) -> None:
    """assertNumQueries, CaptureQueriesContext, connection.queries and execute wrappers see what they see
    bare, in their order, and what they count we count."""
    seen: list[str] = []

    def wrapper(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        assert context["cursor"].__class__.__name__ == "CursorDebugWrapper"
        return execute(sql, params, many, context)

    def receive(**kwargs: Any) -> None:
        author = Author.objects.create(name="x")
        author.refresh_from_db()
        with transaction.atomic():
            author.delete()

    def run() -> list[str]:
        seen.clear()
        with (
            connection.execute_wrapper(wrapper),
            CaptureQueriesContext(connection) as captured,
            django_assert_num_queries(6),
        ):
            send(None)
            assert connection.queries[-6:] == captured.captured_queries
        return [first_words(each["sql"]) for each in captured]

    send = connected(receive).send
    bare, before = run(), list(seen)
    with record(probes=OWN) as recording:
        traced = run()
    assert traced == bare
    assert [first_words(each) for each in seen] == [first_words(each) for each in before] == bare
    asked = told(recording.trace)["receive"]
    assert [first_words(each) for each in asked] == bare
    assert [each for each in asked if "SAVEPOINT" in each] == ["SAVEPOINT ?", "RELEASE SAVEPOINT ?"]


def test_every_alias_and_kind_of_text() -> None:
    """Each database by its alias. SQL may be bytes, lazy text, or what only its driver understands."""

    class Text(str):
        """Fails when it is looked at; its driver does not."""

        def __str__(self) -> str:
            raise AssertionError("looked at")

    class Any_:
        """What is no text."""

        def __getattribute__(self, name: str) -> Any:
            raise AssertionError("looked at")

    other = connection.copy("other")

    def receive(**kwargs: Any) -> None:
        ask(database=other)
        ask(Text("SELECT 5"), None)
        for odd in (Any_(), b"SELECT 'a'"):
            with suppress(TypeError):
                ask(odd, None)

    try:
        trace = recorded(receive)
    finally:
        BaseDatabaseWrapper.close(other)
    assert told(trace)["receive"] == [TOLD, "SELECT ?", "(a statement that is no text)", "SELECT ?"]
    assert {each.alias for each in trace.statements} == {"default", "other"}


def composed(module: str, held: str) -> Any:
    """A statement composed of parts as PostgreSQL's drivers have them."""

    def part(name: str, inside: Any) -> Any:
        made = type(name, (), {"__module__": module})()
        vars(made)[held] = inside
        return made

    table = part("Identifier", ("public", 'odd"name'))
    parts = [part("SQL", "SELECT * FROM "), table, part("SQL", " WHERE a = "), part("Literal", "secret")]
    more = [part("SQL", " AND b = 's' AND c = "), part("Placeholder", "d")]
    return part("Composed", [*parts, part("Composed", more)])


@pytest.mark.parametrize(("module", "held"), [("psycopg.sql", "_obj"), ("psycopg2.sql", "_wrapped")])
def test_composed_statements(module: str, held: str) -> None:
    """Their parts are read, no code of the driver's is run, and literals are none of the text."""

    def receive(**kwargs: Any) -> None:
        with suppress(TypeError):
            ask(composed(module, held), None)

    text = 'SELECT * FROM public."odd""name" WHERE a = ? AND b = ? AND c = ?'
    assert told(recorded(receive)) == {"receive": [text]}


def test_threads_have_receivers_of_their_own() -> None:
    """A query belongs to what runs in its thread; a thread that knows of no receiver belongs to none."""
    barrier = threading.Barrier(2)
    done: list[str] = []

    def receive(**kwargs: Any) -> None:
        name = threading.current_thread().name
        barrier.wait()
        with connection.cursor() as cursor:
            cursor.cursor = Driver(FakeClock(), 1)
            cursor.execute(ONE if name == "one" else "SELECT 2", ())
        done.append(name)
        barrier.wait()

    def start_thread(**kwargs: Any) -> None:
        thread = threading.Thread(target=contextvars.Context().run, args=(ask_alone,))
        thread.start()
        thread.join()

    def ask_alone() -> None:
        alone.cursor = Driver(FakeClock(), 1)
        alone.execute(ONE, ())
        done.append("alone")

    def run() -> None:
        signal.send(None)
        close()

    signal, alone = connected(receive), connection.cursor()
    with record(probes=OWN) as recording:
        threads = [threading.Thread(target=run, name=name) for name in ("one", "two")]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        connected(start_thread).send(None)
    trace = recording.trace
    found = {
        span.thread: [trace.statements[each.statement].text for each in trace.queries_of(span.id)]
        for _, span in trace.walk()
        if span.kind == "receiver"
    }
    assert found == {"one": [TOLD], "two": ["SELECT ?"], "MainThread": []}
    assert sorted(done) == ["alone", "one", "two"]


@pytest.mark.parametrize("method", ["asend", "asend_robust"])
def test_async_queries(method: str) -> None:
    """The ORM's async forms run outside the loop, each for the receiver that awaits it, also of several
    that run at once."""

    async def first(**kwargs: Any) -> None:
        await Author.objects.acreate(name="x")
        await asyncio.sleep(0)
        await Author.objects.acount()

    async def second(**kwargs: Any) -> None:
        await asyncio.sleep(0)
        async for _ in Author.objects.filter(name="y"):
            pass
        await sync_to_async(ask)()

    def third(**kwargs: Any) -> None:
        ask("SELECT 5", None)

    signal = connected(first, second, third)

    async def main() -> Trace:
        with record(probes=OWN) as recording:
            await getattr(signal, method)(None)
            await Author.objects.acount()
        return recording.trace

    asked = told(async_to_sync(main)())
    assert [first_words(each) for each in asked["first"]] == ["INSERT INTO", "SELECT COUNT(*)"]
    assert [first_words(each) for each in asked["second"]] == ["SELECT testapp_author.id,", "SELECT name"]
    assert asked["third"] == ["SELECT ?"]


@pytest.mark.django_db(transaction=True)
def test_async_queries_in_another_thread() -> None:
    """In a server's loop the ORM works in a thread of its own: what it asks is the receiver's all the same,
    and of nobody when that is over."""

    async def receive(**kwargs: Any) -> None:
        await Author.objects.acount()
        await sync_to_async(nested.send)(None)
        await Author.objects.aexists()

    def inner(**kwargs: Any) -> None:
        assert threading.current_thread() is not threading.main_thread()
        ask()

    signal, nested = connected(receive), connected(inner)

    async def main() -> Trace:
        with record(probes=OWN) as recording:
            for _ in range(2):
                await signal.asend(None)
                await Author.objects.acount()
        await sync_to_async(close)()
        return recording.trace

    trace = asyncio.run(main())
    found = [
        [first_words(trace.statements[each.statement].text) for each in asked]
        for asked in trace.queries_by_span.values()
    ]
    assert found == [["SELECT COUNT(*)", "SELECT ?"], ["SELECT name"]] * 2
    assert [len(each) for each in told(trace).values()] == [2, 1]


def test_async_receivers_of_a_sync_send() -> None:
    """The same where Django carries them to a loop of its own."""

    async def receive(**kwargs: Any) -> None:
        await Author.objects.acount()

    assert [len(each) for each in told(recorded(receive)).values()] == [1]


AT_IMPORT = ("_words", "_comments", "_strings", "_bare_quotes")
# Where they are called from.
CALLED = {"dialect": fingerprint, "fingerprint": statements}


def functions() -> list[tuple[Any, str]]:
    """Whatever works while a program runs, but for what replaces Django's methods."""
    found: list[tuple[Any, str]] = []
    for module in (dialects, fingerprint, query_places, statements):
        own = [each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__]
        found += [
            (CALLED.get(each.__name__, module), each.__name__) for each in own if not isinstance(each, type)
        ]
        classes = [each for each in own if isinstance(each, type) and not issubclass(each, tuple)]
        found += [(each, name) for each in classes for name, value in vars(each).items() if callable(value)]
    return [each for each in found if each[1] not in ("__init__", *AT_IMPORT)]


def passing_on(execute: Any, *call: Any) -> Any:
    return execute(*call)


def reach_all(**kwargs: Any) -> list[Any]:
    """Runs what makes the probe call every function it has."""
    many = 'SELECT "name" AS "n" /* c */ FROM testapp_author WHERE id IN (1, -2) OR ("id" = 5) OR id = \'7\';'
    results = []
    with connection.cursor() as cursor:
        for _ in range(3):
            results.append(cursor.execute(many).fetchall())
            with suppress(TypeError):
                cursor.execute(composed("psycopg.sql", "_obj"))
            with connection.execute_wrapper(passing_on):
                cursor.execute("SELECT 1")
    return results


@pytest.mark.parametrize(("owner", "name"), functions())
def test_our_own_fault_turns_the_probe_off(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Whatever fails: the program goes on, the probe is not tried again, and the trace says so once."""
    tried: list[int] = []

    def fail(*args: Any, **named: Any) -> Any:
        tried.append(1)
        raise LookupError("our own fault")

    Author.objects.create(pk=1, name="x")
    signal = connected(reach_all)
    with monkeypatch.context() as patched, record(probes=OWN) as recording:
        patched.setattr(owner, name, fail)
        ((_, results),) = signal.send(None)
    assert results == [[("x",)]] * 3
    assert len(tried) == 1
    (fault,) = recording.trace.faults
    assert (fault.where, fault.message, fault.count) == (OFF, "LookupError: our own fault", 1)
    with record(probes=OWN) as recording:
        signal.send(None)
    assert len(told(recording.trace)["reach_all"]) == 9


@pytest.mark.parametrize("name", ["install", "_around", "__init__"])
def test_a_probe_that_can_not_begin(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Nothing is patched then, and all else is recorded."""

    def fail(*args: Any, **named: Any) -> Any:
        raise LookupError("our own fault")

    monkeypatch.setattr(probe.Queries, name, fail)
    method = vars(CursorWrapper)["_execute"]
    with record(probes=OWN) as recording:
        assert vars(CursorWrapper)["_execute"] is method
        connected(reach_all).send(None)
    assert [each.where for each in recording.trace.faults] == [OFF]
    assert [span.queries for _, span in recording.trace.walk()] == [0, 0]


def test_a_recording_that_does_not_want_it() -> None:
    """Nothing is patched for it; of two recordings each has what it asked for."""
    method = vars(CursorWrapper)["_execute"]

    def receive(**kwargs: Any) -> None:
        ask()

    signal = connected(receive)
    with record(probes=()) as without:
        assert vars(CursorWrapper)["_execute"] is method
        with record(probes=["queries"]) as within:
            signal.send(None)
    assert told(within.trace) == {"receive": [TOLD]}
    assert told(without.trace) == {"receive": []}


def test_patched_over_by_another_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another tool holds of ours passes on when the recording is over, and counts nothing twice."""

    def receive(**kwargs: Any) -> None:
        ask()

    signal, original = connected(receive), vars(CursorWrapper)["_execute"]
    with record(probes=OWN) as first:
        ours = vars(CursorWrapper)["_execute"]
        theirs = lambda self, *args: ours(self, *args)  # noqa: E731
        CursorWrapper._execute = theirs  # type: ignore[method-assign]
        recorder = first._recorder
        signal.send(None)
    try:
        assert vars(CursorWrapper)["_execute"] is theirs
        with record(probes=OWN) as second:
            signal.send(None)
    finally:
        CursorWrapper._execute = original  # type: ignore[method-assign]
    assert told(first.trace) == told(second.trace) == {"receive": [TOLD]}
    assert recorder is not None
    assert recorder.noted.take() == ([], [])


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that writes its values into its SQL makes no more of it than one statement."""
    monkeypatch.setattr(statements, "MAX_KNOWN", 10)
    held: list[int] = []

    def receive(**kwargs: Any) -> None:
        for number in range(100):
            ask(f"SELECT name FROM testapp_author WHERE id = {number}", None)
            ask(f"SELECT '{'x' * 20_000}'", None) if number % 30 == 0 else None

    monkeypatch.setattr(statements.Statements, "_remember", watched(statements.Statements._remember, held))
    trace = recorded(receive)
    assert sorted({each.text[:44] for each in trace.statements}) == ["SELECT ? …", TOLD[:44]]
    assert len(trace.statements) == 2
    assert max(held) == 10


def watched(method: Any, held: list[int]) -> Any:
    """A method that notes how much is held."""

    def remember(self: Any, *args: Any) -> None:
        method(self, *args)
        held.append(len(self._known))

    return remember


def test_a_receiver_that_asks_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it runs is packed meanwhile, though it sends nothing; none is lost, and the time is ours."""
    monkeypatch.setattr(noted, "_MANY_QUERIES", 30)
    waiting: list[int] = []

    def receive(**kwargs: Any) -> None:
        assert recording._recorder is not None
        for _ in range(100):
            ask()
            waiting.append(len(recording._recorder.noted._queries))

    signal = connected(receive)
    with record(probes=OWN) as recording:
        signal.send(None)
    assert max(waiting) <= 30
    assert told(recording.trace) == {"receive": [TOLD] * 100}


def test_one_statement_from_two_lines_is_told_by_each() -> None:
    """The line is looked for where it was the last time: another one at the same height is another one."""

    def receive(**kwargs: Any) -> None:
        for _ in range(2):
            Author.objects.count()
            Author.objects.count()
            deeper()

    def deeper() -> None:
        Author.objects.count()

    trace = recorded(receive)
    ((_, queries),) = trace.queries_by_span.items()
    lines = [trace.sites[trace.statements[each.statement].site].line for each in queries]
    first = receive.__code__.co_firstlineno
    deep = deeper.__code__.co_firstlineno + 1
    assert lines == [first + 2, first + 3, deep] * 2


@pytest.mark.django_db(transaction=True)
def test_a_query_of_an_async_receiver_has_the_line_that_waits_for_it() -> None:
    """It runs in another thread, whose stack ends at the hop: the receiver's coroutine knows."""

    async def receive(**kwargs: Any) -> None:
        await Author.objects.acount()
        await deeper()

    async def deeper() -> None:
        await asyncio.sleep(0)
        await Author.objects.acreate(pk=7, name="x")

    signal = connected(receive)
    with record() as recording:
        asyncio.run(signal.asend(None))
    trace = recording.trace
    ((_, queries),) = trace.queries_by_span.items()
    sites = {trace.sites[trace.statements[each.statement].site] for each in queries}
    assert {(each.function.rpartition(".")[2], each.line) for each in sites} == {
        ("receive", receive.__code__.co_firstlineno + 1),
        ("deeper", deeper.__code__.co_firstlineno + 2),
    }


@pytest.mark.django_db(transaction=True)
def test_what_a_task_asks_after_its_receiver_takes_nothing_from_its_time() -> None:
    """The time we take to read a new statement is left out only where it fell into the call."""
    tasks: list[asyncio.Task[None]] = []

    async def receive(**kwargs: Any) -> None:
        tasks.append(asyncio.create_task(later()))

    async def later() -> None:
        await Author.objects.filter(name="asked when all was over").acount()

    async def main() -> None:
        await signal.asend(None)
        await asyncio.gather(*tasks)

    signal = connected(receive)
    with record() as recording:
        asyncio.run(main())
    trace = recording.trace
    ((row,),) = [trace.rows_by_parent[0]]
    (call,) = trace.calls(row)
    assert len(trace.queries_of(call.id)) == 1
    assert trace.pauses == {}
    assert trace.call_span(row, call).duration_ns == call.duration_ns
