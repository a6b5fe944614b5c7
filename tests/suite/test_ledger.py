"""The ledger: what each test's receivers did, to the nanosecond, in whatever order rows arrive."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from django.dispatch import Signal

from signaltrace.ran import CALL, OUTSIDE, SETUP, TEARDOWN, Cost, Phase, RanTest
from signaltrace.suite import ledger as ledger_module
from signaltrace.suite.ledger import Ledger
from signaltrace.testing import FakeClock

sent, nested = Signal(), Signal()
clock = FakeClock()


def outer(**kwargs: object) -> None:
    clock.advance(5)
    nested.send(None)


def inner(**kwargs: object) -> None:
    clock.advance(3)


def failing(**kwargs: object) -> None:
    clock.advance(2)
    raise ValueError("no")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A ledger under way; ``outer`` hears ``sent`` and sends ``nested``, which ``inner`` hears."""
    clock.now = 1_000
    sent.connect(outer)
    nested.connect(inner)
    ledger = Ledger(clock)
    ledger.start()
    yield ledger
    ledger.stop()
    for signal, receiver in ((sent, outer), (sent, failing), (nested, inner)):
        signal.disconnect(receiver)


def told(ledger: Ledger, phase: Phase) -> dict[str, tuple[int, ...]]:
    """The costs of a phase by the receivers' names."""
    names = {cost: ledger.receiver(cost.receiver) for cost in phase.costs()}
    return {info.name.rpartition(".")[2]: tuple(cost)[1:] for cost, info in names.items() if info}


def test_each_phase_has_its_own_costs(ledger: Ledger) -> None:
    """Calls, primitive calls, errors and self time count where the dispatch began."""
    ledger.begin("t.py::test_a")
    ledger.enter(SETUP)
    sent.send(None)
    clock.advance(10)
    ledger.enter(CALL)
    sent.send(None)
    sent.send(None)
    ledger.enter(TEARDOWN)
    nested.send(None)
    ran = ledger.end()
    assert [(each.when, each.start_ns, each.duration_ns) for each in ran.phases] == [
        (SETUP, 1_000, 18),
        (CALL, 1_018, 16),
        (TEARDOWN, 1_034, 3),
    ]
    setup, call, teardown = ran.phases
    assert told(ledger, setup) == {"outer": (1, 1, 0, 5), "inner": (1, 1, 0, 3)}
    assert told(ledger, call) == {"outer": (2, 2, 0, 10), "inner": (2, 2, 0, 6)}
    assert told(ledger, teardown) == {"inner": (1, 1, 0, 3)}
    assert [each.dispatches for each in ran.phases] == [2, 4, 1]
    assert [each.inside_ns for each in ran.phases] == [8, 16, 3]


def test_what_runs_outside_of_tests_counts_apart(ledger: Ledger) -> None:
    """A session's fixtures and imports are no test's doing; nor is what comes between two phases."""
    sent.send(None)
    ledger.begin("t.py::test_a")
    ledger.enter(SETUP)
    ledger.enter(OUTSIDE)
    nested.send(None)
    ledger.enter(CALL)
    nested.send(None)
    ran = ledger.end()
    assert [each.when for each in ran.phases] == [SETUP, CALL]
    assert told(ledger, ran.phases[1]) == {"inner": (1, 1, 0, 3)}
    assert told(ledger, ledger.outside.phases[0]) == {"outer": (1, 1, 0, 5), "inner": (2, 2, 0, 6)}
    assert ledger.outside.phases[0].duration_ns == 11


def test_settling_in_between_changes_no_sum(ledger: Ledger) -> None:
    """A budget that is checked after the call does not count anything twice."""
    ledger.begin("t.py::test_a")
    ledger.enter(CALL)
    sent.send(None)
    first = ledger.settle().phases[0].ncalls
    sent.send(None)
    ran = ledger.end()
    assert (first, ran.phases[0].ncalls, ran.phases[0].inside_ns) == (2, 4, 16)
    assert ledger.settle() is ran
    assert ran.phases[0].ncalls == 4


def test_failures_are_kept_by_kind(ledger: Ledger) -> None:
    """Raised, or caught by send_robust: with type, message and how often."""
    sent.connect(failing)
    ledger.begin("t.py::test_a")
    ledger.enter(CALL)
    for _ in range(3):
        sent.send_robust(None)
    with pytest.raises(ValueError, match="no"):
        sent.send(None)
    ran = ledger.end()
    assert [(each.outcome, each.type, each.message, each.times) for each in ran.failed] == [
        ("returned_error", "ValueError", "no", 3),
        ("raised", "ValueError", "no", 1),
    ]
    assert ran.phases[0].errors == 4
    names = {ledger.receiver(each.receiver).name.rpartition(".")[2] for each in ran.failed}  # type: ignore[union-attr]
    assert names == {"failing"}


def test_a_test_makes_only_so_many_kinds_of_failure(ledger: Ledger) -> None:
    """Messages that differ each time do not grow a test's entry for ever."""
    numbers = iter(range(1_000))

    def counting(**kwargs: object) -> None:
        raise ValueError(next(numbers))

    sent.connect(counting)
    ledger.begin("t.py::test_a")
    ledger.enter(CALL)
    for _ in range(150):
        sent.send_robust(None)
    ran = ledger.end()
    assert len(ran.failed) == 100
    assert ran.phases[0].errors == 150
    sent.disconnect(counting)


def test_a_call_that_ends_in_a_later_test_counts_where_it_began(ledger: Ledger) -> None:
    """A thread goes on when its test is over: its dispatch belongs to the test that began it."""
    begun, over = threading.Event(), threading.Event()

    def slow(**kwargs: object) -> None:
        begun.set()
        over.wait(10)
        clock.advance(7)

    sent.connect(slow)
    ledger.begin("t.py::test_a")
    ledger.enter(CALL)
    thread = threading.Thread(target=lambda: sent.send(None))
    thread.start()
    begun.wait(10)
    first = ledger.end()
    clock.advance(1)
    ledger.begin("t.py::test_b")
    ledger.enter(CALL)
    over.set()
    thread.join()
    second = ledger.end()
    sent.disconnect(slow)
    assert told(ledger, first.phases[0])["slow"] == (1, 1, 0, 8)
    assert second.phases[0].ncalls == 0


def test_a_receiver_called_inside_itself_is_one_primitive_call(ledger: Ledger) -> None:
    """As pstats counts recursion."""
    depth = iter((1, 1, 0))

    def again(**kwargs: object) -> None:
        clock.advance(1)
        if next(depth):
            nested.send(None)

    nested.disconnect(inner)
    nested.connect(again)
    ledger.begin("t.py::test_a")
    ledger.enter(CALL)
    nested.send(None)
    ran = ledger.end()
    nested.disconnect(again)
    assert told(ledger, ran.phases[0]) == {"again": (3, 1, 0, 3)}


def test_many_blocks_are_read_before_the_test_is_over(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that sends millions of signals keeps no millions of rows."""
    monkeypatch.setattr(ledger_module, "_MOST_BLOCKS", 2)
    ledger.begin("t.py::test_a")
    ledger.enter(CALL)
    held = []
    for _ in range(6):
        sent.send(None)
        ledger._recorder.flush()  # type: ignore[union-attr]
        held.append(len(ledger._blocks))
    ran = ledger.end()
    assert held == [1, 0, 1, 0, 1, 0]
    assert ran.phases[0].ncalls == 12


def test_rows_of_tests_long_gone_count_outside(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten thousand tests only the last stretches of time are remembered; no number is lost."""
    monkeypatch.setattr(ledger_module, "_REMEMBERED", 4)
    for number in range(20):
        ledger.begin(f"t.py::test_{number}")
        ledger.enter(CALL)
        nested.send(None)
        ledger.end()
    assert len(ledger._starts) <= 8
    assert sum(test.phases[0].ncalls for test in ledger.tests) == 20


def test_a_fault_of_ours_is_counted_and_the_suite_goes_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading must not fail a test."""
    monkeypatch.setattr(Ledger, "_count", lambda *_: 1 / 0)
    ledger.begin("t.py::test_a")
    ledger.enter(CALL)
    sent.send(None)
    ledger.end()
    recorder = ledger._recorder
    assert recorder is not None
    assert [(each.where, each.message) for each in recorder.fault_list()] == [
        ("tests", "ZeroDivisionError: division by zero")
    ]


def test_costs_of_a_test_add_up_over_its_phases() -> None:
    """By receiver, for all phases or those asked for."""
    ran = RanTest(
        "t",
        phases=[
            Phase(SETUP, 0, calls=[1, 2, 2, 0, 10]),
            Phase(CALL, 5, calls=[1, 3, 1, 1, 5, 2, 1, 1, 0, 1]),
        ],
    )
    assert ran.costs() == {1: Cost(1, 5, 3, 1, 15), 2: Cost(2, 1, 1, 0, 1)}
    assert ran.costs(CALL) == {1: Cost(1, 3, 1, 1, 5), 2: Cost(2, 1, 1, 0, 1)}
    assert [each.when for each in ran.during(SETUP)] == [SETUP]


@pytest.mark.django_db
def test_queries_count_where_the_dispatch_began(ledger: Ledger) -> None:
    """Those that a receiver runs itself, however deep; what runs outside of receivers is nobody's."""

    def asking(**kwargs: object) -> None:
        ask()
        nested.send(None)
        ask()

    def ask(**kwargs: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    sent.disconnect(outer)
    sent.connect(asking)
    nested.connect(ask)
    ledger.begin("t.py::test_a")
    ledger.enter(SETUP)
    nested.send(None)
    ledger.enter(CALL)
    ask()
    sent.send(None)
    sent.send(None)
    ran = ledger.end()
    nested.disconnect(ask)

    def named(*when: str) -> dict[str, int]:
        found = {ledger.receiver(index): queries for index, queries in ran.queries(*when).items()}
        return {info.name.rpartition(".")[2]: queries for info, queries in found.items() if info}

    assert named(SETUP) == {"ask": 1}
    assert named(CALL) == {"asking": 4, "ask": 2}
    assert named() == {"asking": 4, "ask": 3}
    assert named(TEARDOWN) == {}
    sent.disconnect(asking)
